/* The configuration as a whole: what a file gives, and what differs between two. */
#include "command/config/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define FILE_NAME "/tmp/margay-config-XXXXXX"

static struct config *config_of(const char *text) {
  char path[] = FILE_NAME;
  int file = mkstemp(path);
  struct problems problems = PROBLEMS_NONE;
  assert_true(file >= 0);
  assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
  close(file);
  struct config *config = config_load(path, &problems);
  unlink(path);
  if (problems.count)
    fail_msg("%u:%u: %s", problems.items[0].line, problems.items[0].column, problems.items[0].text);
  return config;
}

static void note(void *context, const struct settings_difference *difference) {
  struct buffer *out = context;
  buffer_printf(out, "%s%s\n", difference->restart ? "needs a restart: " : "", difference->path);
}

#define ZOOM                                                                                       \
  "sources:\n  - {id: zoom, type: zoom_reports, account_id: a, client_id: b, client_secret: "

static const struct {
  const char *old, *new, *differences;
} rows[] = {
    {ZOOM "c}", ZOOM "c, page_size: 300} # as by default", ""},
    {ZOOM "c}", ZOOM "c, page_size: 30}", "sources[zoom].page_size\n"},
    {ZOOM "sesame}", ZOOM "sesame2}", "sources[zoom].client_secret\n"},
    {"state: {path: a.db}", "state: {path: b.db, retention: 1d}",
     "needs a restart: state.path\nstate.retention\n"},
    {"workers: 2", "workers: 3", "needs a restart: workers\n"},
    {"destinations: [{id: a, type: console}]",
     "destinations: [{id: a, type: console, severities: [high], colour: never}]",
     "destinations[a].severities\ndestinations[a].colour\n"},
    {"sigma: {fields: {a: b}}", "sigma: {fields: {a: c}}", "sigma.fields\n"},
    {"lookups: [{name: a, path: a.csv}]", "lookups: [{name: a, path: b.csv, optional: true}]",
     "lookups[a].path\nlookups[a].optional\n"},
};

static void what_differs_is_named_and_no_value_is_given_away(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct config *old = config_of(rows[i].old), *new = config_of(rows[i].new);
    struct buffer found = BUFFER_NONE;
    config_compare(old, new, note, &found);
    if (!text_is(buffer_text(&found), rows[i].differences))
      fail_msg("%s\n%s\nfound: %s", rows[i].old, rows[i].new, buffer_text(&found).data);
    buffer_free(&found);
    config_free(old);
    config_free(new);
  }
}

static void sources_and_destinations_are_as_they_were_configured(void **state) {
  (void)state;
  struct config *config = config_of("sources:\n"
                                    "  - {id: a, type: file, path: x, label: A}\n"
                                    "  - {id: b, type: file, path: y}\n"
                                    "destinations:\n"
                                    "  - {id: chat, type: slack, url: 'https://example.com/x'}\n"
                                    "  - {id: all, type: console, max_per_second: 7,\n"
                                    "     severities: [low, high], alert_types: [rule_error]}\n");
  assert_int_equal(config->source_count, 2);
  assert_string_equal(config->sources[0].type->kind.name, "file");
  assert_true(text_is(config->sources[0].label, "A"));
  assert_true(text_is(config->sources[1].id, "b"));
  assert_int_equal(config->destination_count, 2);
  const struct destination *chat = &config->destinations[0], *all = &config->destinations[1];
  assert_int_equal(chat->severities, 31);
  assert_int_equal(chat->max_per_second, 1); /* Slack's own limit */
  assert_int_equal(all->max_per_second, 7);
  assert_int_equal(all->severities, 1 << SEVERITY_LOW | 1 << SEVERITY_HIGH);
  assert_int_equal(all->alert_types, 1 << ALERT_RULE_ERROR);
  config_free(config);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_differs_is_named_and_no_value_is_given_away),
      cmocka_unit_test(sources_and_destinations_are_as_they_were_configured),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

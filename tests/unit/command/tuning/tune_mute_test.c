/* Entries that a program writes: what they may hold, and what they must not do to the file. */
#include "command/tuning/tune_mute.h"

#include "base/file_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define CONFIG                                                                                     \
  "state: {path: margay.db}\nrules: [rules]\nschemas: schema.yml\n"                                \
  "sources: [{id: a, type: file, path: rows.ndjson}]\n"
#define RULE                                                                                       \
  "metadata { id = 'My.Rule', log_types = { 'Test.Log' }, severity = 'low',\n"                     \
  "  where = { action = 'Add' } }\n"

#define SCHEMA                                                                                     \
  "schema: Test.Log\nversion: 0\nfields:\n  - {name: action, type: string}\n"                      \
  "  - {name: time, type: timestamp, timeFormats: [rfc3339], isEventTime: true, required: true}\n"

static char folder[64], config[128];

static void write_file(const char *name, const char *text) {
  char path[128];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
}

static int set_up(void **state) {
  (void)state;
  char rules[128];
  snprintf(folder, sizeof folder, "/tmp/tune-mute-XXXXXX");
  assert_non_null(mkdtemp(folder));
  snprintf(config, sizeof config, "%s/margay.yml", folder);
  snprintf(rules, sizeof rules, "mkdir %s/rules", folder);
  assert_int_equal(system(rules), 0);
  write_file("margay.yml", CONFIG);
  write_file("schema.yml", SCHEMA);
  write_file("rules/rule.lua", RULE);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  char command[128];
  snprintf(command, sizeof command, "rm -r %s", folder);
  return system(command);
}

static void assert_file(const char *expected) {
  struct buffer text = BUFFER_NONE;
  assert_int_equal(file_read(config, FILE_REGULAR, 1 << 20, &text, NULL, NULL), FILE_READ);
  assert_string_equal(buffer_text(&text).data, expected);
  buffer_free(&text);
}

static bool except(const char *json, const char *reason, struct error *error) {
  json_t *fields = json_loads(json, 0, NULL);
  assert_non_null(fields);
  bool ok = tune_except(config, TEXT("My.Rule"), fields, text_from(reason), error);
  json_decref(fields);
  return ok;
}

/* A daemon would not take such a file, and not start with it. */
static void leaves_the_file_when_the_rules_refuse_the_entry(void **state) {
  (void)state;
  static const struct {
    const char *except, *error;
  } cases[] = {
      {"{\"action|regex\": \"(\"}", "unknown modifier 'regex' in except key 'action|regex'"},
      {"{\"action|matches\": \"(\"}", "except"},
      {"{\"\": \"x\"}", "except: a field without a name"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct error error = ERROR_NONE;
    if (except(cases[i].except, "why", &error))
      fail_msg("%s was taken", cases[i].except);
    if (!strstr(error.text, cases[i].error))
      fail_msg("%s: %s", cases[i].except, error.text);
    assert_string_equal(error.file, config);
    assert_file(CONFIG);
  }
}

/* The name of who pressed a button is in the reason, and secrets are in the environment. */
static void writes_no_variables(void **state) {
  (void)state;
  struct error error = ERROR_NONE;
  if (!tune_mute(config, TEXT("My.Rule"), (time_us)1893456000 * US_PER_SECOND,
                 TEXT("muted by ${HOME} ${NO_SUCH"), &error))
    fail_msg("%s", error.text);
  assert_file(CONFIG "\ntuning:\n  - rule: My.Rule\n    mute_until: 2030-01-01T00:00:00Z\n"
                     "    reason: \"muted by $${HOME} $${NO_SUCH\"\n");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(leaves_the_file_when_the_rules_refuse_the_entry, set_up,
                                      tear_down),
      cmocka_unit_test_setup_teardown(writes_no_variables, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Where the alerts of rules go by a configuration, in words. */
#include "command/rules/rules_routes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define DESTINATIONS                                                                               \
  "destinations: [{id: chat, type: console}, {id: pager, type: console, severities: "              \
  "[critical]}]\n"

static struct rules_routes *routes_of(const char *config) {
  char path[] = "/tmp/margay-routes-XXXXXX";
  int file = mkstemp(path);
  assert_true(file >= 0);
  assert_int_equal(write(file, config, strlen(config)), (ssize_t)strlen(config));
  close(file);
  struct rules_routes *routes = rules_routes_read(path);
  unlink(path);
  return routes;
}

static const struct text pager = TEXT_INIT("pager"), nobody = TEXT_INIT("nobody");

static const struct {
  const char *config;
  enum severity severity;
  bool has_destinations;
  struct text_list destinations;
  const char *words;
} rows[] = {
    {DESTINATIONS, SEVERITY_LOW, false, {NULL, 0}, "chat (by severity and type)\n"},
    {DESTINATIONS, SEVERITY_CRITICAL, false, {NULL, 0}, "chat, pager (by severity and type)\n"},
    {DESTINATIONS, SEVERITY_LOW, true, {&pager, 1}, "pager (its rule says so)\n"},
    {DESTINATIONS, SEVERITY_LOW, true, {NULL, 0}, "nowhere (its rule names no destination)\n"},
    {DESTINATIONS, SEVERITY_LOW, true, {&nobody, 1}, "chat (by severity and type)\n"},
    {DESTINATIONS "routes: [{packs: core, send_to: pager}]",
     SEVERITY_LOW,
     false,
     {NULL, 0},
     "pager (route 1)\n"},
    {DESTINATIONS "routes: [{packs: core, send_to: pager}]",
     SEVERITY_LOW,
     true,
     {&nobody, 1},
     "pager (route 1)\n"},
    {DESTINATIONS "routes: [{sources: zoom, actors: a*, send_to: pager},\n"
                  " {actors: b, mute_until: 2099-01-01, reason: CHG, name: mig}]",
     SEVERITY_LOW,
     false,
     {NULL, 0},
     "for some actors of some sources: pager (route 1)\n"
     "for some actors: nowhere (muted by mig: CHG)\n"
     "chat (by severity and type)\n"},
    {DESTINATIONS "routes: [{mute_until: 2024-01-01, reason: over}]",
     SEVERITY_LOW,
     false,
     {NULL, 0},
     "chat (by severity and type)\n"},
    {"destinations: []", SEVERITY_LOW, false, {NULL, 0}, ""},
};

static void it_is_said_where_the_alerts_of_a_rule_go(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const struct rule rule = {.id = TEXT("R"),
                              .severity = rows[i].severity,
                              .pack = TEXT("core"),
                              .tags_json = TEXT("[]"),
                              .has_destinations = rows[i].has_destinations,
                              .destinations = rows[i].destinations};
    struct rules_routes *routes = routes_of(rows[i].config);
    struct buffer words = BUFFER_NONE;
    buffer_append_string(&words, "");
    rules_routes_append_rule(routes, &rule, &words);
    assert_string_equal(words.data, rows[i].words);
    buffer_free(&words);
    rules_routes_free(routes);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_is_said_where_the_alerts_of_a_rule_go),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

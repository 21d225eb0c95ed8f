/* Rules that fail: one alert for each rule and reason, until the rule is another one. */
#include "daemon/commit_fixture.h"

#define BROKEN                                                                                     \
  "metadata { id = 'Test.Broken', log_types = { 'Test.Log' }, severity = 'low',\n"                 \
  "  destinations = { 'critical' } }\n"                                                            \
  "function rule(event) error('cannot read ' .. event.who) end\n"

static const char *text_of(struct fixture *fixture, const char *query) {
  static char found[256];
  sqlite3_stmt *statement;
  assert_int_equal(sqlite3_prepare_v2(fixture->store->db, query, -1, &statement, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  snprintf(found, sizeof found, "%s", (const char *)sqlite3_column_text(statement, 0));
  sqlite3_finalize(statement);
  return found;
}

static void a_rule_that_fails_again_hours_later_joins_the_first_alert(void **state) {
  (void)state;
  struct fixture fixture;
  start(&fixture, BROKEN);
  commit_ok(&fixture, fixture_event(0, "homer"));
  commit_ok(&fixture, fixture_event(300, "marge"));
  committer_free(fixture.committer);
  start_committer(&fixture);
  commit_ok(&fixture, fixture_event(6000, "bartholomew"));
  assert_int_equal(counts(&fixture).alerts, 1);
  assert_int_equal(newest_alert(&fixture).match_count, 3);
  assert_string_equal(text_of(&fixture, "SELECT dedup FROM alert"),
                      "rules/test.lua:3: cannot read ...");
  assert_string_equal(text_of(&fixture, "SELECT context FROM alert"),
                      "{\"error\":\"rules/test.lua:3: cannot read homer\"}");
  stop(&fixture);
}

static void a_failure_has_a_severity_and_a_routing_of_its_own(void **state) {
  (void)state;
  struct fixture fixture;
  start(&fixture, BROKEN);
  commit_ok(&fixture, fixture_event(0, "homer"));
  assert_string_equal(text_of(&fixture, "SELECT severity FROM alert"), "3"); /* HIGH */
  assert_string_equal(text_of(&fixture, "SELECT group_concat(destination_id) FROM outbox"), "all");
  stop(&fixture);
}

/* The states of all alerts, in their order. */
static const char *states_of(struct fixture *fixture) {
  return text_of(fixture, "SELECT group_concat(state) FROM"
                          " (SELECT state FROM alert_count ORDER BY number)");
}

static bool ends_causes(struct fixture *fixture) {
  struct error error = ERROR_NONE;
  bool wrote;
  if (!committer_end_causes(fixture->committer, fixture->detection->rules, &wrote, &error))
    fail_msg("%s", error.text);
  return wrote;
}

static void a_failure_is_over_when_the_rule_is_another_one_or_off(void **state) {
  (void)state;
  struct fixture fixture;
  start(&fixture, BROKEN);
  commit_ok(&fixture, fixture_event(0, "homer"));
  assert_false(ends_causes(&fixture));
  struct rule *rule = &fixture.detection->rules->rules[0];
  rule->version++; /* as another text would have made it */
  assert_true(ends_causes(&fixture));
  assert_string_equal(states_of(&fixture), "2");
  assert_string_equal(text_of(&fixture, "SELECT note FROM alert_history"),
                      "the rule was changed since");
  assert_false(ends_causes(&fixture));

  commit_ok(&fixture, fixture_event(1, "homer")); /* it fails as well */
  assert_string_equal(states_of(&fixture), "2,0");
  assert_false(ends_causes(&fixture));
  rule->enabled = false;
  assert_true(ends_causes(&fixture));
  assert_string_equal(states_of(&fixture), "2,2");
  rule->enabled = true;
  commit_ok(&fixture, fixture_event(2, "homer")); /* and goes on */
  assert_string_equal(states_of(&fixture), "2,0");
  stop(&fixture);
}

static void a_rule_that_was_changed_and_still_fails_opens_another_alert(void **state) {
  (void)state;
  struct fixture fixture;
  start(&fixture, BROKEN);
  commit_ok(&fixture, fixture_event(0, "homer"));
  struct rule *rule = &fixture.detection->rules->rules[0];
  uint64_t version = rule->version;
  rule->version++; /* as another text would have made it */
  commit_ok(&fixture, fixture_event(1, "homer"));
  assert_int_equal(counts(&fixture).alerts, 2);
  rule->version = version;
  commit_ok(&fixture, fixture_event(2, "homer"));
  assert_int_equal(counts(&fixture).alerts, 2);
  stop(&fixture);
}

static void an_alert_that_is_past_its_retention_is_opened_again(void **state) {
  (void)state;
  struct fixture fixture;
  start(&fixture, BROKEN);
  commit_ok(&fixture, fixture_event(0, "homer"));
  text_of(&fixture, "DELETE FROM alert RETURNING id");
  commit_ok(&fixture, fixture_event(1, "homer"));
  assert_int_equal(counts(&fixture).alerts, 1);
  assert_int_equal(newest_alert(&fixture).match_count, 1);
  stop(&fixture);
}

/* A rule may change what it puts into its error, so that nobody recognizes it. */
static void too_many_reasons_of_a_rule_have_an_alert_together(void **state) {
  (void)state;
  struct fixture fixture;
  start(&fixture, "metadata { id = 'Test.Broken', log_types = { 'Test.Log' }, severity = 'low' }\n"
                  "function rule(event) error('no ' .. event.who:reverse()) end\n");
  for (int i = 0; i < 40; i++) {
    char who[32];
    snprintf(who, sizeof who, "who %c%c", 'a' + i % 26, 'a' + i / 26);
    commit_ok(&fixture, fixture_event(i, who));
  }
  assert_int_equal(counts(&fixture).alerts, 17);
  assert_int_equal(newest_alert(&fixture).match_count, 24);
  assert_string_equal(text_of(&fixture, "SELECT dedup FROM alert ORDER BY number DESC"),
                      "other errors");
  stop(&fixture);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_rule_that_fails_again_hours_later_joins_the_first_alert),
      cmocka_unit_test(a_failure_has_a_severity_and_a_routing_of_its_own),
      cmocka_unit_test(a_failure_is_over_when_the_rule_is_another_one_or_off),
      cmocka_unit_test(a_rule_that_was_changed_and_still_fails_opens_another_alert),
      cmocka_unit_test(an_alert_that_is_past_its_retention_is_opened_again),
      cmocka_unit_test(too_many_reasons_of_a_rule_have_an_alert_together),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

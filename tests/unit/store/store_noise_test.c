/* What rules did, counted by rule and actor. */
#include "store/store_fixture.h"
#include "store/store_noise.h"

static void add_match(struct store_fixture *f, const char *rule, const char *actor,
                      const char *alert, time_us event_time) {
  const struct store_match match = {.alert_id = text_from(alert),
                                    .rule_id = text_from(rule),
                                    .actor = text_from(actor),
                                    .dedup = TEXT("d"),
                                    .row_id = TEXT("r"),
                                    .event_time = event_time};
  DONE(store_match_add(f->store, &match, &f->error));
}

static void add_alert(struct store_fixture *f, const char *id, const char *rule,
                      enum alert_type type, int held, time_us first) {
  struct alert alert = fixture_alert(id);
  alert.rule_id = text_from(rule);
  alert.type = type;
  alert.held = held;
  alert.created_at = f->now;
  alert.first_event_time = first;
  DONE(store_alert_add(f->store, &alert, &f->error));
}

static void write_matches(void *context, const struct store_noise *noise) {
  buffer_printf(context, "%.*s %.*s %d %d\n", TEXT_ARGS(noise->rule_id), TEXT_ARGS(noise->actor),
                (int)noise->matches, (int)((noise->first - NOON) / HOUR));
}

static void write_alerts(void *context, const struct store_noise_alerts *noise) {
  buffer_printf(context, "%.*s %d %d\n", TEXT_ARGS(noise->rule_id), (int)noise->alerts,
                (int)((noise->first - NOON) / HOUR));
}

static void assert_noise(struct store_fixture *f, time_us since, const char *matches,
                         const char *alerts) {
  struct buffer out = BUFFER_NONE;
  DONE(store_noise_matches(f->store, since, write_matches, &out, &f->error));
  assert_string_equal(buffer_text(&out).data, matches);
  buffer_reset(&out);
  DONE(store_noise_alerts(f->store, since, write_alerts, &out, &f->error));
  assert_string_equal(buffer_text(&out).data, alerts);
  buffer_free(&out);
}

static void matches_are_counted_by_rule_and_actor_from_a_time_on(void **state) {
  struct store_fixture *f = *state;
  assert_noise(f, TIME_NONE, "", "");
  for (int hour = 0; hour < 10; hour++) {
    f->now = NOON + hour * HOUR;
    add_match(f, "B", hour % 3 ? "homer" : "marge", "", f->now);
    add_match(f, "A", "", "", f->now - 5 * HOUR); /* history: found late */
  }
  assert_noise(f, TIME_NONE, "A  10 -5\nB homer 6 1\nB marge 4 0\n", "");
  assert_noise(f, NOON + 4 * HOUR, "A  1 4\nB homer 4 4\nB marge 2 6\n", "");
  assert_noise(f, NOON + 10 * HOUR, "", "");
}

static void alerts_that_nobody_was_sent_and_failures_of_rules_do_not_count(void **state) {
  struct store_fixture *f = *state;
  add_alert(f, "sent", "A", ALERT_RULE, 0, NOON - HOUR);
  add_alert(f, "early", "A", ALERT_RULE, 0, NOON - 9 * HOUR);
  add_alert(f, "held", "A", ALERT_RULE, 1, NOON - HOUR);
  add_alert(f, "failed", "A", ALERT_RULE_ERROR, 0, NOON - HOUR);
  add_alert(f, "system", "margay", ALERT_SYSTEM, 0, NOON - HOUR);
  add_match(f, "A", "homer", "sent", NOON - HOUR);
  add_match(f, "A", "", "sent", NOON - HOUR);
  add_match(f, "A", "homer", "held", NOON - HOUR);
  add_match(f, "A", "", "failed", NOON - HOUR);
  assert_noise(f, NOON - 2 * HOUR, "A  1 -1\nA homer 2 -1\n", "A 1 -1\n");
  assert_noise(f, TIME_NONE, "A  1 -1\nA homer 2 -1\n", "A 2 -9\n");
}

struct totals {
  int64_t pairs, matches, suppressed;
  time_us first;
};

static void add_up(void *context, const struct store_noise *noise) {
  struct totals *totals = context;
  totals->pairs++;
  totals->matches += noise->matches;
  totals->suppressed += noise->suppressed;
  if (noise->first < totals->first)
    totals->first = noise->first;
}

/* They are counted in parts then. */
static void more_actors_than_are_counted_at_once_are_each_counted_once(void **state) {
  struct store_fixture *f = *state;
  struct totals totals = {.first = TIME_END};
  assert_int_equal(
      sqlite3_exec(f->store->db,
                   "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE"
                   " i < 139999) INSERT INTO rule_match (added_at, event_time, row_id, rule_id,"
                   " dedup, actor, suppressed) SELECT 0, 3600000000 + i, '', 'R', '', i % 70000,"
                   " i % 7 = 0 FROM n",
                   NULL, NULL, NULL),
      SQLITE_OK);
  DONE(store_noise_matches(f->store, TIME_NONE, add_up, &totals, &f->error));
  assert_int_equal(totals.pairs, 70000);
  assert_int_equal(totals.matches, 140000);
  assert_int_equal(totals.suppressed, 20000);
  assert_int_equal(totals.first, 3600000000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(matches_are_counted_by_rule_and_actor_from_a_time_on),
      STORE_TEST(alerts_that_nobody_was_sent_and_failures_of_rules_do_not_count),
      STORE_TEST(more_actors_than_are_counted_at_once_are_each_counted_once),
  };
  return cmocka_run_group_tests_name("store_noise", tests, NULL, NULL);
}

/* History: alerts of the time before a source was there, what sums them up, and what is news. */
#include "daemon/commit_fixture.h"

/* Three rules, each with an alert for every event. */
#define RULE(who, severity)                                                                        \
  {                                                                                                \
    .path = "rules/" who ".lua",                                                                   \
    .source = TEXT_INIT("metadata { id = 'Test." who "', log_types = { 'Test.Log' },\n"            \
                        "  severity = '" severity "', where = { bad = true, who = '" who "' } }\n" \
                        "function dedup(event) return tostring(event.at) end\n")                   \
  }
static const struct rule_file rules[] = {RULE("one", "low"), RULE("two", "high"),
                                         RULE("three", "critical")};

static bool always(const void *options) {
  (void)options;
  return true;
}

static const struct source_type type_that_goes_on = {.goes_on = always};
static const struct source_type type_that_ends = {.goes_on = NULL};
static struct source history_sources[] = {{.type = &type_that_goes_on, .id = TEXT_INIT("one")},
                                          {.type = &type_that_ends, .id = TEXT_INIT("two")}};

static void use(struct fixture *fixture, enum history_alerts mode) {
  history_sources[0].history_alerts = mode;
  const struct committer_setup setup = {
      .sources = history_sources,
      .source_count = 2,
      .routing = {.destinations = destinations, .destination_count = 1},
      .keep_events = true};
  committer_use(fixture->committer, &setup);
}

/* The fixture's sources were there at its now; `hours` later than that is when an event happens. */
static void happen(struct fixture *fixture, const char *who, double hours, unsigned source) {
  char line[256];
  snprintf(line, sizeof line, "{\"at\":%lld,\"who\":\"%s\",\"bad\":true}\n",
           (long long)(1704067200 + hours * 3600), who);
  struct batch *batch = fixture_batch(line);
  batch->tag = source;
  commit_ok(fixture, batch);
}

static void pass(struct fixture *fixture, int64_t time) {
  struct error error = ERROR_NONE;
  fixture->now += time;
  assert_true(committer_advance(fixture->committer, fixture->detection, &error));
  assert_string_equal(error.text, "");
}

static void start_history(struct fixture *fixture, enum history_alerts mode) {
  start(fixture, FIXTURE_RULE);
  use(fixture, mode);
  pass(fixture, 0);
}

static void restart(struct fixture *fixture, enum history_alerts mode) {
  committer_free(fixture->committer);
  start_committer(fixture);
  use(fixture, mode);
}

struct found {
  size_t held, system, others;
  char title[256], description[512];
};

static bool find(void *context, const struct alert *alert) {
  struct found *found = context;
  found->held += alert->held != 0;
  found->system += alert->type == ALERT_SYSTEM;
  found->others += alert->type == ALERT_RULE && !alert->held;
  if (alert->type == ALERT_SYSTEM) {
    snprintf(found->title, sizeof found->title, "%.*s", TEXT_ARGS(alert->title));
    snprintf(found->description, sizeof found->description, "%.*s", TEXT_ARGS(alert->description));
  }
  return true;
}

static struct found find_alerts(struct fixture *fixture) {
  struct found found = {.held = 0};
  struct error error = ERROR_NONE;
  const struct alert_filter filter = {.since = TIME_NONE, .until = TIME_NONE, .limit = 10000};
  assert_true(store_alert_list(fixture->store, &filter, find, &found, &error));
  return found;
}

static void history_makes_one_alert_for_a_rule_and_news_alert_as_usual(void **state) {
  (void)state;
  struct fixture fixture;
  start_history(&fixture, HISTORY_SUMMARY);
  for (int i = 0; i < 60; i++)
    happen(&fixture, i % 3 ? "often" : "seldom", -2 - 12 * i, 0);
  assert_int_equal(counts(&fixture).outbox_pending, 0);
  pass(&fixture, 4 * US_PER_MINUTE);
  assert_int_equal(counts(&fixture).outbox_pending, 0); /* more may come */
  pass(&fixture, US_PER_MINUTE);
  struct found found = find_alerts(&fixture);
  assert_int_equal(found.held, 60);
  assert_int_equal(found.system, 1);
  assert_int_equal(counts(&fixture).outbox_pending, 1);
  assert_string_equal(found.title, "60 matches of Test.Bad in history from 2023-12-02T10:00:00Z to "
                                   "2023-12-31T22:00:00Z");
  assert_non_null(strstr(found.description, "60 alerts of it are kept and not sent."));
  happen(&fixture, "today", 1, 0);
  happen(&fixture, "just before", -0.5, 0);
  assert_int_equal(counts(&fixture).outbox_pending, 3);
  pass(&fixture, US_PER_DAY);
  assert_int_equal(find_alerts(&fixture).system, 1);
  stop(&fixture);
}

static void a_month_of_three_rules_makes_three_alerts(void **state) {
  (void)state;
  static const char *const who[] = {"one", "two", "three"};
  struct fixture fixture;
  struct buffer lines = BUFFER_NONE;
  start_detection(&fixture, fixture_detection_of(rules, 3));
  use(&fixture, HISTORY_SUMMARY);
  pass(&fixture, 0);
  for (int i = 0; i < 500; i++)
    buffer_printf(&lines, "{\"at\":%d,\"who\":\"%s\",\"bad\":true}\n",
                  1704067200 - (i + 1) * 30 * 86400 / 500 - 3600, who[i % 3]);
  commit_ok(&fixture, fixture_batch(lines.data));
  pass(&fixture, 5 * US_PER_MINUTE);
  struct found found = find_alerts(&fixture);
  assert_int_equal(found.held, 500);
  assert_int_equal(found.system, 3);
  assert_int_equal(counts(&fixture).outbox_pending, 3);
  for (int i = 0; i < 3; i++)
    happen(&fixture, who[i], 1, 0);
  assert_int_equal(counts(&fixture).outbox_pending, 6);
  buffer_free(&lines);
  stop(&fixture);
}

static void a_source_that_ends_and_mode_all_alert_as_ever(void **state) {
  (void)state;
  struct fixture fixture;
  start_history(&fixture, HISTORY_SUMMARY);
  happen(&fixture, "a", -100, 1);
  assert_int_equal(counts(&fixture).outbox_pending, 1);
  use(&fixture, HISTORY_ALL);
  happen(&fixture, "b", -100, 0);
  pass(&fixture, US_PER_HOUR);
  assert_int_equal(counts(&fixture).outbox_pending, 2);
  assert_int_equal(find_alerts(&fixture).system, 0);
  stop(&fixture);
}

static void mode_none_is_silent_and_keeps_the_alerts(void **state) {
  (void)state;
  struct fixture fixture;
  start_history(&fixture, HISTORY_NONE);
  happen(&fixture, "a", -100, 0);
  happen(&fixture, "b", -100, 0);
  pass(&fixture, US_PER_HOUR);
  assert_int_equal(counts(&fixture).outbox_pending, 0);
  assert_int_equal(find_alerts(&fixture).held, 2);
  assert_int_equal(find_alerts(&fixture).system, 0);
  happen(&fixture, "a", 0, 0);
  assert_int_equal(counts(&fixture).outbox_pending, 1);
  stop(&fixture);
}

static void a_start_is_kept_over_restarts_and_so_is_what_was_not_summed_up(void **state) {
  (void)state;
  struct fixture fixture;
  start_history(&fixture, HISTORY_SUMMARY);
  happen(&fixture, "a", -100, 0);
  fixture.now += 50 * US_PER_HOUR;
  restart(&fixture, HISTORY_SUMMARY);
  happen(&fixture, "b", 10, 0); /* it was down when that happened */
  assert_int_equal(counts(&fixture).outbox_pending, 1);
  pass(&fixture, 5 * US_PER_MINUTE);
  assert_int_equal(counts(&fixture).outbox_pending, 2);
  assert_int_equal(find_alerts(&fixture).system, 1);
  stop(&fixture);
}

static void a_match_of_today_sends_the_alert_that_it_joins(void **state) {
  (void)state;
  struct fixture fixture;
  start_history(&fixture, HISTORY_SUMMARY);
  happen(&fixture, "a", -1.2, 0);
  assert_int_equal(find_alerts(&fixture).held, 1);
  happen(&fixture, "a", -0.5, 0);
  assert_int_equal(find_alerts(&fixture).held, 0);
  assert_int_equal(counts(&fixture).alerts, 1);
  assert_int_equal(counts(&fixture).outbox_pending, 1);
  happen(&fixture, "a", -0.4, 0);
  assert_int_equal(counts(&fixture).outbox_pending, 1);
  pass(&fixture, US_PER_HOUR);
  assert_int_equal(find_alerts(&fixture).system, 0);
  stop(&fixture);
}

static void matches_of_history_count_towards_a_threshold(void **state) {
  (void)state;
  struct fixture fixture;
  start(&fixture, "metadata { id = 'Test.Bad', log_types = { 'Test.Log' }, severity = 'high',\n"
                  "  threshold = 3, where = { bad = true } }\n");
  use(&fixture, HISTORY_SUMMARY);
  pass(&fixture, 0);
  happen(&fixture, "a", -1.3, 0);
  happen(&fixture, "a", -1.2, 0);
  assert_int_equal(counts(&fixture).alerts, 0);
  happen(&fixture, "a", -0.5, 0);
  struct found found = find_alerts(&fixture);
  assert_int_equal(found.others, 1);
  assert_int_equal(counts(&fixture).outbox_pending, 1);
  stop(&fixture);
}

/* As `margay backfill --alerts` has it, whatever the source says. */
static void a_backfill_says_itself_what_becomes_of_alerts(void **state) {
  (void)state;
  static const struct {
    enum history_alerts alerts;
    size_t held, system;
    int64_t outbox;
  } rows[] = {{HISTORY_SUMMARY, 1, 1, 1}, {HISTORY_ALL, 0, 0, 1}, {HISTORY_NONE, 1, 0, 0}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct fixture fixture;
    start_history(&fixture, i % 2 ? HISTORY_NONE : HISTORY_ALL);
    struct batch *batch = fixture_batch("{\"at\":1700000000,\"who\":\"a\",\"bad\":true}\n");
    batch->backfill_alerts = 1 + (int)rows[i].alerts;
    commit_ok(&fixture, batch);
    pass(&fixture, US_PER_HOUR);
    struct found found = find_alerts(&fixture);
    assert_int_equal(found.held, rows[i].held);
    assert_int_equal(found.system, rows[i].system);
    assert_int_equal(counts(&fixture).outbox_pending, rows[i].outbox);
    stop(&fixture);
  }
}

static void a_backfill_does_not_take_what_the_archive_holds(void **state) {
  (void)state;
  struct fixture fixture;
  start_history(&fixture, HISTORY_ALL);
  for (int i = 0; i < 3; i++) {
    struct batch *batch = fixture_batch("{\"at\":1700000000,\"who\":\"a\",\"bad\":true}\n");
    batch->backfill_alerts = i > 0; /* the first one is the source's own */
    commit_ok(&fixture, batch);
  }
  assert_int_equal(counts(&fixture).events, 1);
  assert_int_equal(counts(&fixture).matches, 1);
  stop(&fixture);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(history_makes_one_alert_for_a_rule_and_news_alert_as_usual),
      cmocka_unit_test(a_month_of_three_rules_makes_three_alerts),
      cmocka_unit_test(a_source_that_ends_and_mode_all_alert_as_ever),
      cmocka_unit_test(mode_none_is_silent_and_keeps_the_alerts),
      cmocka_unit_test(a_start_is_kept_over_restarts_and_so_is_what_was_not_summed_up),
      cmocka_unit_test(a_match_of_today_sends_the_alert_that_it_joins),
      cmocka_unit_test(matches_of_history_count_towards_a_threshold),
      cmocka_unit_test(a_backfill_says_itself_what_becomes_of_alerts),
      cmocka_unit_test(a_backfill_does_not_take_what_the_archive_holds),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

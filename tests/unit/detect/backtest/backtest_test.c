/* Rules over the archive. */
#include "detect/detect_fixture.h"

#include "detect/backtest/backtest.h"
#include "store/store_health.h"

#define START (INT64_C(1704067200) * US_PER_SECOND) /* 2024 */
#define COUNT_RULE                                                                                 \
  "metadata { id = 'Test.Three', log_types = { 'Test.Log' }, severity = 'low', threshold = 3,\n"   \
  "  where = { bad = true } }\n"
#define KV_RULE                                                                                    \
  "metadata { id = 'Test.New', log_types = { 'Test.Log' }, severity = 'low', stateful = true,\n"   \
  "  where = { bad = true } }\n"                                                                   \
  "function rule(event) return kv.increment_counter('seen ' .. event.who) == 1 end\n"              \
  "function dedup(event) return event.who .. (event.p_source_label or '') end\n"

struct fixture {
  struct store *store;
  struct buffer matches, alerts;
  struct backtest_counts counts;
  uint64_t tried; /* as the progress says */
  time_us reached;
  struct error error;
};

static int start(void **state) {
  struct fixture *f = memory_alloc(sizeof *f);
  f->store = store_open_scratch(&f->error);
  assert_non_null(f->store);
  *state = f;
  return 0;
}

static int end(void **state) {
  struct fixture *f = *state;
  store_close(f->store);
  buffer_free(&f->matches);
  buffer_free(&f->alerts);
  free(f);
  return 0;
}

/* `minute` after the start of 2024; harmless when `who` is NULL. */
static void add(struct fixture *f, const char *source, const char *row_id, int minute,
                const char *who) {
  char record[256];
  snprintf(record, sizeof record, "{\"at\":%lld,\"who\":\"%s\",\"bad\":%s}",
           1704067200LL + minute * 60LL, who ? who : "nobody", who ? "true" : "false");
  const struct store_event event = {.row_id = text_from(row_id),
                                    .source_id = text_from(source),
                                    .log_type = TEXT("Test.Log"),
                                    .event_time = START + minute * US_PER_MINUTE,
                                    .parse_time = START + US_PER_DAY,
                                    .record = text_from(record)};
  assert_true(store_event_add(f->store, &event, 1, &f->error));
}

static int minute_of(time_us time) {
  return (int)((time - START) / US_PER_MINUTE);
}

static void see_match(void *context, const struct match *match) {
  struct fixture *f = context;
  buffer_printf(&f->matches, "%.*s:%.*s@%d ", TEXT_ARGS(match->rule->id), TEXT_ARGS(match->row_id),
                minute_of(match->event_time));
}

static void see_alert(void *context, const struct alert *alert) {
  struct fixture *f = context;
  buffer_printf(&f->alerts, "%.*s:%.*s@%d*%d ", TEXT_ARGS(alert->rule_id), TEXT_ARGS(alert->dedup),
                minute_of(alert->first_event_time), (int)alert->match_count);
}

static void see_progress(void *context, uint64_t events, time_us reached) {
  struct fixture *f = context;
  assert_true(events > f->tried && reached >= f->reached);
  f->tried = events;
  f->reached = reached;
}

static void run(struct fixture *f, const char *rule, int since, int until) {
  const struct backtest_report report = {see_match, see_alert, see_progress, f};
  struct backtest_options options = {.detection = fixture_detection(rule),
                                     .store = f->store,
                                     .since = since < 0 ? TIME_NONE : START + since * US_PER_MINUTE,
                                     .until = until < 0 ? TIME_NONE : START + until * US_PER_MINUTE,
                                     .workers = 2};
  buffer_free(&f->matches);
  buffer_free(&f->alerts);
  f->tried = 0;
  f->reached = TIME_NONE;
  assert_true(backtest_run(&options, &report, &f->counts, &f->error));
  detection_release(options.detection);
}

static void assert_found(const struct fixture *f, const char *matches, const char *alerts) {
  assert_string_equal(buffer_text(&f->matches).data, matches);
  assert_string_equal(buffer_text(&f->alerts).data, alerts);
}

static void matches_have_the_rows_of_the_archive_and_open_alerts(void **state) {
  struct fixture *f = *state;
  add(f, "zoom", "late", 90, "homer");
  add(f, "zoom", "first", 0, "homer");
  add(f, "zoom", "good", 1, NULL);
  add(f, "zoom", "other", 2, "marge");
  run(f, FIXTURE_RULE, -1, -1);
  assert_found(f, "Test.Bad:first@0 Test.Bad:other@2 Test.Bad:late@90 ",
               "Test.Bad:homer@0*1 Test.Bad:marge@2*1 Test.Bad:homer@90*1 ");
  assert_int_equal(f->counts.events, 4);
  assert_int_equal(f->counts.first, START);
  assert_int_equal(f->tried, 4);
  assert_int_equal(minute_of(f->reached), 90);
}

/* An alert that began before is not one of this time, and its later matches open no other one. */
static void windows_at_the_beginning_know_what_was_before(void **state) {
  struct fixture *f = *state;
  for (int minute = 0; minute < 150; minute += 10) {
    char row_id[16];
    snprintf(row_id, sizeof row_id, "%d", minute);
    add(f, "zoom", row_id, minute, "homer");
  }
  run(f, FIXTURE_RULE, 90, 130);
  assert_found(f, "Test.Bad:90@90 Test.Bad:100@100 Test.Bad:110@110 Test.Bad:120@120 ",
               "Test.Bad:homer@90*4 ");
  assert_int_equal(f->counts.first, START + 90 * US_PER_MINUTE);
  run(f, COUNT_RULE, 140, -1);
  assert_found(f, "Test.Three:140@140 ", "");
}

/* Sources whose events come by turns, and what the rule remembers of all of them. */
static void rules_that_remember_see_events_in_order_of_time(void **state) {
  struct fixture *f = *state;
  for (int i = 0; i < 20; i++) {
    char row_id[16];
    snprintf(row_id, sizeof row_id, "%02d", i);
    add(f, i % 2 ? "one" : "two", row_id, i, i < 10 ? "homer" : "marge");
  }
  run(f, KV_RULE, -1, -1);
  assert_found(f, "Test.New:00@0 Test.New:10@10 ", "Test.New:homer@0*1 Test.New:marge@10*1 ");
  run(f, KV_RULE, -1, 1);
  assert_found(f, "Test.New:00@0 ", "Test.New:homer@0*1 ");
}

static void the_label_of_a_source_is_known(void **state) {
  struct fixture *f = *state;
  const struct store_source_health sources[] = {{.source_id = TEXT("one"), .label = TEXT("One")}};
  const struct store_daemon daemon = {.version = TEXT("")};
  assert_true(store_health_save(f->store, &daemon, sources, 1, &f->error));
  add(f, "one", "r", 0, "homer");
  run(f, KV_RULE, -1, -1);
  assert_found(f, "Test.New:r@0 ", "Test.New:homerOne@0*1 ");
}

static void what_no_schema_takes_any_more_is_counted(void **state) {
  struct fixture *f = *state;
  const struct store_event event = {.row_id = TEXT("r"),
                                    .log_type = TEXT("Test.Log"),
                                    .event_time = START,
                                    .record = TEXT("{\"at\":1}")};
  assert_true(store_event_add(f->store, &event, 1, &f->error));
  run(f, FIXTURE_RULE, -1, -1);
  assert_found(f, "", "");
  assert_int_equal(f->counts.unreadable, 1);
}

static void an_archive_without_events_is_no_mistake(void **state) {
  struct fixture *f = *state;
  run(f, FIXTURE_RULE, -1, -1);
  assert_found(f, "", "");
  assert_int_equal(f->counts.first, TIME_NONE);
}

#define BACKTEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void) {
  const struct CMUnitTest tests[] = {
      BACKTEST(matches_have_the_rows_of_the_archive_and_open_alerts),
      BACKTEST(windows_at_the_beginning_know_what_was_before),
      BACKTEST(rules_that_remember_see_events_in_order_of_time),
      BACKTEST(the_label_of_a_source_is_known),
      BACKTEST(what_no_schema_takes_any_more_is_counted),
      BACKTEST(an_archive_without_events_is_no_mistake),
  };
  return cmocka_run_group_tests_name("backtest", tests, NULL, NULL);
}

/* What there is, counted: events by hour, alerts by day, actor and rule. */
#include "store/store_fixture.h"
#include "store/store_overview.h"

static void write_hour(void *context, const struct store_event_hour *hour) {
  buffer_printf(context, "%.*s %d %d\n", TEXT_ARGS(hour->log_type),
                (int)((hour->start - NOON / HOUR * HOUR) / HOUR), (int)hour->events);
}

static void assert_hours(struct store_fixture *f, time_us since, time_us until,
                         const char *expected) {
  struct buffer out = BUFFER_NONE;
  DONE(store_event_hours(f->store, since, until, write_hour, &out, &f->error));
  assert_string_equal(buffer_text(&out).data, expected);
  buffer_free(&out);
}

static void add_events(struct store_fixture *f, const char *log_type, time_us first, int64_t step,
                       size_t count) {
  struct store_event events[400];
  char ids[400][40];
  assert_true(count <= 400);
  for (size_t i = 0; i < count; i++) {
    time_us time = first + (int64_t)i * step;
    snprintf(ids[i], sizeof ids[i], "%s-%lld", log_type, (long long)time);
    events[i] = fixture_event(ids[i], time);
    events[i].log_type = i % 2 ? text_from(log_type) : TEXT("Zoom.Operation");
  }
  DONE(store_event_add(f->store, events, count, &f->error));
}

/* Forty hours: more than are counted side by side. */
static void events_are_counted_by_log_type_and_hour(void **state) {
  struct store_fixture *f = *state;
  assert_hours(f, TIME_NONE, INT64_MAX, "");
  add_events(f, "Zoom.User", NOON, 0, 3);
  add_events(f, "Zoom.User", NOON + HOUR, 6 * US_PER_MINUTE, 400);
  assert_hours(f, NOON, NOON + 3 * HOUR,
               "Zoom.Operation 1 4\nZoom.Operation 2 5\nZoom.Operation 3 5\n"
               "Zoom.User 1 4\nZoom.User 2 5\nZoom.User 3 5\n");
  assert_hours(f, NOON / HOUR * HOUR, NOON, "Zoom.Operation 0 2\nZoom.User 0 1\n");
}

static int64_t sum_of_hours(struct store_fixture *f) {
  sqlite3_stmt *statement;
  int64_t sum;
  assert_int_equal(
      sqlite3_prepare_v2(f->store->db, "SELECT sum(events) FROM event_count", -1, &statement, NULL),
      SQLITE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  sum = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return sum;
}

static void what_is_deleted_or_taken_back_is_not_counted(void **state) {
  struct store_fixture *f = *state;
  const struct store_slice slice = {.rows = 3, .most_us = US_PER_SECOND};
  struct store_pruned pruned;
  add_events(f, "Zoom.User", NOON - HOUR, 30 * US_PER_MINUTE, 8);
  DONE(store_begin(f->store, &f->error));
  add_events(f, "Zoom.User", NOON, HOUR, 8);
  store_rollback(f->store);
  assert_int_equal(sum_of_hours(f), 8);
  DONE(store_prune(f->store, STORE_EVENTS, NOON + HOUR, &slice, &pruned, &f->error));
  assert_int_equal(pruned.rows, 3);
  assert_int_equal(sum_of_hours(f), 5);
  assert_hours(f, NOON - 2 * HOUR, NOON, "Zoom.User 0 1\n");
}

static void write_span(void *context, int64_t span, int64_t events) {
  buffer_printf(context, "%d:%d ", (int)span, (int)events);
}

static bool write_minute(void *context, const struct store_event *event) {
  buffer_printf(context, "%d ", (int)((event->event_time - NOON) / US_PER_MINUTE));
  return true;
}

static void spans_begin_where_they_are_asked_to(void **state) {
  struct store_fixture *f = *state;
  struct buffer out = BUFFER_NONE;
  add_events(f, "Zoom.Operation", NOON, US_PER_MINUTE, 60);
  const struct store_event_range range = {.log_type = TEXT("Zoom.Operation"),
                                          .since = NOON + 10 * US_PER_MINUTE,
                                          .until = NOON + 45 * US_PER_MINUTE,
                                          .begin = NOON,
                                          .width = 15 * US_PER_MINUTE};
  DONE(store_event_spans(f->store, &range, write_span, &out, &f->error));
  assert_string_equal(out.data, "0:5 1:15 2:15 ");
  DONE(store_event_latest(f->store, &range, 2, write_minute, &out, &f->error));
  assert_string_equal(out.data, "0:5 1:15 2:15 44 43 ");
  buffer_free(&out);
}

/* ---- alerts ------------------------------------------------------------------------------ */

static void add_alert(struct store_fixture *f, const char *rule, const char *actor,
                      enum severity severity, int held) {
  static int number;
  char id[33];
  snprintf(id, sizeof id, "%032d", ++number);
  struct alert alert = fixture_alert(id);
  alert.rule_id = text_from(rule);
  alert.display_name = text_from(rule);
  alert.actor = text_from(actor);
  alert.severity = severity;
  alert.held = held;
  alert.created_at = f->now;
  alert.first_event_time = f->now;
  DONE(store_alert_add(f->store, &alert, &f->error));
}

static void write_day(void *context, time_us day, enum severity severity, int64_t alerts) {
  buffer_printf(context, "%d %s %d\n", (int)(day / US_PER_DAY - NOON / US_PER_DAY),
                severity_name(severity), (int)alerts);
}

static void write_top(void *context, const struct store_alert_top *top) {
  buffer_printf(context, "%.*s %s %d %d\n", TEXT_ARGS(top->value), severity_name(top->severity),
                (int)top->alerts, (int)top->score);
}

static void alerts_are_counted_without_those_that_are_held(void **state) {
  struct store_fixture *f = *state;
  struct buffer out = BUFFER_NONE;
  int64_t open[SEVERITY_COUNT];
  add_alert(f, "A", "homer", SEVERITY_HIGH, 0);
  f->now += US_PER_DAY;
  add_alert(f, "A", "homer", SEVERITY_LOW, 0);
  add_alert(f, "B", "marge", SEVERITY_CRITICAL, 0);
  add_alert(f, "B", "", SEVERITY_CRITICAL, 0);
  add_alert(f, "B", "bart", SEVERITY_CRITICAL, 1);
  DONE(store_alert_days(f->store, NOON, write_day, &out, &f->error));
  DONE(store_alert_actors(f->store, NOON, 10, write_top, &out, &f->error));
  DONE(store_alert_rules(f->store, NOON + 1, 10, write_top, &out, &f->error));
  DONE(store_alert_actors(f->store, NOON, 1, write_top, &out, &f->error));
  assert_string_equal(out.data, "0 HIGH 1\n1 LOW 1\n1 CRITICAL 2\n"
                                "marge CRITICAL 1 50\nhomer HIGH 2 21\n"
                                "B CRITICAL 2 100\nA LOW 1 1\n"
                                "marge CRITICAL 1 50\n");
  DONE(store_alert_open(f->store, open, &f->error));
  assert_int_equal(open[SEVERITY_CRITICAL], 2);
  assert_int_equal(open[SEVERITY_HIGH] + open[SEVERITY_LOW], 2);
  assert_int_equal(open[SEVERITY_INFO], 0);
  buffer_free(&out);
}

/* ---- matches ----------------------------------------------------------------------------- */

struct page {
  struct buffer out;
  int64_t last;
};

static bool write_match(void *context, const struct store_match_found *match) {
  struct page *page = context;
  buffer_printf(&page->out, "%.*s %.*s\n", TEXT_ARGS(match->dedup), TEXT_ARGS(match->title));
  page->last = match->id;
  return true;
}

static void the_matches_of_a_rule_come_newest_first_and_page_by_page(void **state) {
  struct store_fixture *f = *state;
  struct page page = {.out = BUFFER_NONE};
  add_alert(f, "A", "homer", SEVERITY_HIGH, 0);
  for (int i = 0; i < 5; i++) {
    char dedup[16];
    snprintf(dedup, sizeof dedup, "d%d", i);
    /* in hours of any order */
    fixture_add_match(f, TEXT(""), TEXT("A"), text_from(dedup), TEXT("r"),
                      NOON + (i * 7 % 5) * HOUR);
    fixture_add_match(f, TEXT(""), TEXT("B"), text_from(dedup), TEXT("r"), NOON);
  }
  DONE(store_match_list(f->store, TEXT("A"), INT64_MAX, 2, write_match, &page, &f->error));
  buffer_append_string(&page.out, "--\n");
  DONE(store_match_list(f->store, TEXT("A"), page.last, 9, write_match, &page, &f->error));
  assert_string_equal(page.out.data, "d4 \nd3 \n--\nd2 \nd1 \nd0 \n");
  buffer_free(&page.out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(events_are_counted_by_log_type_and_hour),
      STORE_TEST(what_is_deleted_or_taken_back_is_not_counted),
      STORE_TEST(spans_begin_where_they_are_asked_to),
      STORE_TEST(alerts_are_counted_without_those_that_are_held),
      STORE_TEST(the_matches_of_a_rule_come_newest_first_and_page_by_page),
  };
  return cmocka_run_group_tests_name("store_overview", tests, NULL, NULL);
}

/* What is known of sources: what they report, and what is committed of them. */
#include "daemon/health/health.h"
#include "detect/detect_fixture.h"
#include "store/store_health.h"

#define NOON (INT64_C(1704110400) * US_PER_SECOND) /* 2024-01-01T12:00:00Z */

static const struct source_type type = {.kind = {.name = "zoom_reports"}};

struct fixture {
  time_us now;
  struct health *health;
  struct source source;
  struct health_source *held;
  struct source_run run;
};

static int start(void **state) {
  struct fixture *f = memory_alloc(sizeof *f);
  f->now = NOON;
  f->health = health_new(clock_fixed(&f->now));
  f->source = (struct source){.type = &type, .id = TEXT("one"), .label = TEXT("One")};
  f->held = health_source_hold(f->health, &f->source);
  f->run =
      (struct source_run){.health = health_source_reports(f->held), .clock = clock_fixed(&f->now)};
  *state = f;
  return 0;
}

static int end(void **state) {
  struct fixture *f = *state;
  health_source_release(f->held);
  health_free(f->health);
  free(f);
  return 0;
}

#define HEALTH_TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

static void report_fault(struct fixture *f, const char *part, enum source_fault fault,
                         const char *why) {
  struct error error = ERROR_NONE;
  error_set(&error, "%s", why);
  source_fails(&f->run, part, fault, &error);
}

/* Minutes from noon. */
static int64_t minutes(time_us time) {
  return time == TIME_NONE ? -1 : (time - NOON) / US_PER_MINUTE;
}

static void note(void *context, const struct health_view *view) {
  const struct store_source_health *saved = &view->saved;
  buffer_printf(context, "%.*s %.*s %lld (%.*s) %lld x %lld: %.*s\n", TEXT_ARGS(saved->source_id),
                TEXT_ARGS(saved->state), (long long)minutes(saved->last_success),
                TEXT_ARGS(saved->fault), (long long)minutes(saved->error_since),
                (long long)saved->errors, TEXT_ARGS(saved->error));
}

static void assert_view(struct fixture *f, const char *expected) {
  struct buffer out = BUFFER_NONE;
  health_each(f->health, note, &out);
  assert_string_equal(out.data ? out.data : "", expected);
  buffer_free(&out);
}

static void a_source_works_fails_and_works_again(void **state) {
  struct fixture *f = *state;
  assert_view(f, "one starting -1 () -1 x 0: \n");
  health_source_begins(f->held);
  source_works(&f->run, "operation");
  assert_view(f, "one working 0 () -1 x 0: \n");
  f->now += US_PER_MINUTE;
  report_fault(f, "operation", SOURCE_FAULT_OTHER, "no answer");
  f->now += US_PER_MINUTE;
  report_fault(f, "operation", SOURCE_FAULT_OTHER, "still no answer\x1b[31m");
  assert_view(f, "one failing 0 (other) 1 x 2: still no answer\\u{1B}[31m\n");
  source_works(&f->run, "activity"); /* another part */
  assert_view(f, "one failing 2 (other) 1 x 2: still no answer\\u{1B}[31m\n");
  source_works(&f->run, "operation");
  assert_view(f, "one working 2 () -1 x 0: \n");
}

static void another_kind_of_fault_counts_anew(void **state) {
  struct fixture *f = *state;
  health_source_begins(f->held);
  report_fault(f, "operation", SOURCE_FAULT_OTHER, "no answer");
  f->now += US_PER_MINUTE;
  report_fault(f, "operation", SOURCE_FAULT_SCOPE, "no scope");
  assert_view(f, "one failing -1 (scope) 1 x 1: no scope\n");
}

static void a_run_that_ends_says_how_and_the_next_one_begins_anew(void **state) {
  struct fixture *f = *state;
  struct error error = ERROR_NONE;
  health_source_begins(f->held);
  health_source_ends(f->held, &error);
  assert_view(f, "one ended -1 () -1 x 0: \n");
  error_set(&error, "the checkpoint cannot be read");
  health_source_ends(f->held, &error);
  assert_view(f, "one failed -1 (other) 0 x 1: the checkpoint cannot be read\n");
  health_source_begins(f->held);
  assert_view(f, "one starting -1 () -1 x 0: \n");
}

static void many_parts_share_the_last_place(void **state) {
  struct fixture *f = *state;
  health_source_begins(f->held);
  for (int i = 0; i < 100; i++) {
    char name[200];
    snprintf(name, sizeof name, "part %d %0150d", i, 0);
    report_fault(f, name, SOURCE_FAULT_OTHER, "no");
    f->now += US_PER_MINUTE;
  }
  assert_view(f, "one failing -1 (other) 0 x 1: no\n");
}

static void what_changes_is_counted_and_what_goes_on_is_not(void **state) {
  struct fixture *f = *state;
  health_source_begins(f->held);
  source_works(&f->run, "");
  uint64_t before = health_changes(f->health);
  source_works(&f->run, "");
  assert_int_equal(health_changes(f->health), before);
  report_fault(f, "", SOURCE_FAULT_OTHER, "no");
  assert_true(health_changes(f->health) > before);
  before = health_changes(f->health);
  report_fault(f, "", SOURCE_FAULT_OTHER, "no");
  assert_int_equal(health_changes(f->health), before);
}

/* ---- batches ----------------------------------------------------------------------------- */

static struct batch_source batches = {.id = TEXT_INIT("one")};

static void commit(struct fixture *f, uint64_t records, size_t dead_letters, time_us latest,
                   time_us watermark) {
  struct batch batch = {.source = &batches, .watermark = watermark, .received_at = f->now};
  struct batch_result result = {
      .batch = &batch, .records = records, .dead_letter_count = dead_letters, .latest = latest};
  health_committed(f->health, &result);
}

static void take(void *context, const struct health_view *view) {
  *(struct health_view *)context = *view;
}

static struct health_view view_of(struct fixture *f) {
  struct health_view view;
  health_each(f->health, take, &view);
  return view;
}

static void the_latest_event_counts_and_when_something_came(void **state) {
  struct fixture *f = *state;
  commit(f, 10, 1, NOON - US_PER_HOUR, NOON - US_PER_MINUTE);
  f->now += US_PER_MINUTE;
  commit(f, 5, 0, NOON - 2 * US_PER_HOUR, TIME_NONE); /* late rows */
  f->now += US_PER_MINUTE;
  commit(f, 0, 0, TIME_NONE, NOON + US_PER_MINUTE); /* nothing new */
  commit(f, 0, 0, TIME_NONE, BATCH_ENDED);
  struct health_view view = view_of(f);
  assert_true(view.saved.last_event == NOON - US_PER_HOUR);
  assert_true(view.saved.last_event_at == NOON + US_PER_MINUTE);
  assert_true(view.saved.watermark == NOON + US_PER_MINUTE);
  assert_int_equal(view.saved.rows_today, 15);
  f->now += 12 * US_PER_HOUR;
  assert_int_equal(view_of(f).saved.rows_today, 0);
}

static void what_is_read_once_more_is_no_news(void **state) {
  struct fixture *f = *state;
  int64_t letters[1] = {1};
  struct batch retried = {.source = &batches, .watermark = TIME_NONE, .letters = letters};
  struct batch backfill = {.source = &batches, .watermark = NOON, .backfill_alerts = 1};
  health_committed(f->health,
                   &(struct batch_result){.batch = &retried, .records = 1, .latest = NOON});
  health_committed(f->health,
                   &(struct batch_result){.batch = &backfill, .records = 1, .latest = NOON});
  struct health_view view = view_of(f);
  assert_true(view.saved.last_event_at == TIME_NONE);
  assert_true(view.saved.watermark == TIME_NONE);
  assert_int_equal(view.saved.rows_today, 0);
}

static void rates_forget_what_is_older_than_their_time(void **state) {
  struct fixture *f = *state;
  commit(f, 10, 4, NOON, TIME_NONE);
  f->now += HEALTH_RATE_US / 2;
  commit(f, 10, 3, NOON, TIME_NONE);
  source_rejects(&f->run, 2);
  assert_int_equal(view_of(f).dead_letters, 7);
  f->now += HEALTH_RATE_US / 2;
  assert_int_equal(view_of(f).dead_letters, 3);
  assert_int_equal(view_of(f).rejects, 2);
  f->now += US_PER_DAY;
  assert_int_equal(view_of(f).dead_letters, 0);
  f->now -= 2 * US_PER_DAY; /* the clock was set back */
  source_rejects(&f->run, 2);
  assert_int_equal(view_of(f).rejects, 2);
}

static void the_time_that_an_answer_takes_is_no_difference_of_clocks(void **state) {
  struct fixture *f = *state;
  static const struct {
    int asked, remote, answered; /* seconds from noon */
    int64_t ahead;
  } rows[] = {{0, 0, 0, 0},    {0, 30, 60, 0},     {0, 60, 60, 0},
              {0, -90, 1, 90}, {0, 600, 30, -570}, {0, 31, 30, -1}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    f->now = NOON + rows[i].answered * US_PER_SECOND;
    source_compares(&f->run, NOON + rows[i].asked * US_PER_SECOND,
                    NOON + rows[i].remote * US_PER_SECOND);
    struct health_view view = view_of(f);
    assert_true(view.compared);
    assert_int_equal(view.ahead_us / US_PER_SECOND, rows[i].ahead);
  }
}

static void a_source_is_forgotten_with_its_last_holder(void **state) {
  struct fixture *f = *state;
  struct health_source *again = health_source_hold(f->health, &f->source);
  assert_ptr_equal(again, f->held);
  health_source_release(again);
  assert_view(f, "one starting -1 () -1 x 0: \n");
  struct source other = {.type = &type, .id = TEXT("two")};
  struct health_source *two = health_source_hold(f->health, &other);
  health_source_release(two);
  assert_view(f, "one starting -1 () -1 x 0: \n");
}

static void a_start_goes_on_from_what_was_saved(void **state) {
  struct fixture *f = *state;
  struct error error = ERROR_NONE;
  struct store *store = store_open_scratch(&error);
  assert_non_null(store);
  const struct store_daemon daemon = {.beat_at = NOON, .ended_at = TIME_NONE};
  commit(f, 3, 0, NOON - 1, TIME_NONE);
  const struct store_source_health saved = view_of(f).saved;
  assert_true(store_health_save(store, &daemon, &saved, 1, &error));

  f->now += US_PER_HOUR;
  struct health *next = health_new(clock_fixed(&f->now));
  assert_true(health_load(next, store, &error));
  struct health_source *held = health_source_hold(next, &f->source);
  struct health_view view;
  health_each(next, take, &view);
  assert_true(view.saved.known_since == NOON);
  assert_true(view.saved.last_event == NOON - 1);
  assert_true(view.saved.last_event_at == NOON);
  assert_int_equal(view.saved.rows_today, 3);
  health_source_release(held);
  health_free(next);
  store_close(store);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      HEALTH_TEST(a_source_works_fails_and_works_again),
      HEALTH_TEST(another_kind_of_fault_counts_anew),
      HEALTH_TEST(a_run_that_ends_says_how_and_the_next_one_begins_anew),
      HEALTH_TEST(many_parts_share_the_last_place),
      HEALTH_TEST(what_changes_is_counted_and_what_goes_on_is_not),
      HEALTH_TEST(the_latest_event_counts_and_when_something_came),
      HEALTH_TEST(what_is_read_once_more_is_no_news),
      HEALTH_TEST(rates_forget_what_is_older_than_their_time),
      HEALTH_TEST(the_time_that_an_answer_takes_is_no_difference_of_clocks),
      HEALTH_TEST(a_source_is_forgotten_with_its_last_holder),
      HEALTH_TEST(a_start_goes_on_from_what_was_saved),
  };
  return cmocka_run_group_tests_name("health", tests, NULL, NULL);
}

/* What happens to an alert after it opened, as the committer sees it. */
#include "daemon/commit_fixture.h"
#include "store/store_outbox.h"

#define RISING                                                                                     \
  "metadata { id = 'Test.Bad', log_types = { 'Test.Log' }, severity = 'low',\n"                    \
  "  where = { bad = true } }\n"                                                                   \
  "function dedup(event) return 'all' end\n"                                                       \
  "function severity(event) if event.who == 'boss' then return 'CRITICAL' end return 'LOW' end\n"

static const struct destination updated[] = {{.type = &destination_console,
                                              .id = TEXT_INIT("all"),
                                              .severities = ~0u,
                                              .alert_types = ~0u,
                                              .occasions = ALERT_WHEN_ALWAYS},
                                             {.type = &destination_console,
                                              .id = TEXT_INIT("critical"),
                                              .severities = 1u << SEVERITY_CRITICAL,
                                              .alert_types = ~0u}};

static void start_updated(struct fixture *f) {
  start(f, RISING);
  const struct committer_setup setup = {
      .sources = sources,
      .source_count = 2,
      .routing = {.destinations = updated, .destination_count = 2},
      .keep_events = true};
  committer_use(f->committer, &setup);
}

static bool note_row(void *context, const struct outbox_row *row) {
  buffer_printf(context, "%.*s %s %s; ", TEXT_ARGS(row->destination_id),
                outbox_state_name(row->state), alert_occasion_name(row->occasion));
  return true;
}

/* The rows of all alerts that wait or were delivered. */
static void assert_rows(struct fixture *f, const char *expected) {
  struct buffer out = BUFFER_NONE;
  struct error error = ERROR_NONE;
  assert_true(store_outbox_list(f->store, TEXT(""), OUTBOX_PENDING, note_row, &out, &error));
  assert_string_equal(out.size ? out.data : "", expected);
  buffer_free(&out);
}

static void record_one(void *context, const struct outbox_row *row, const struct alert *alert) {
  struct fixture *f = context;
  const struct outbox_result result = {.id = row->id,
                                       .owner = TEXT("me"),
                                       .state = OUTBOX_DELIVERED,
                                       .now = f->now,
                                       .last_error = TEXT("")};
  struct error error = ERROR_NONE;
  bool held;
  (void)alert;
  assert_true(store_outbox_record(f->store, &result, &held, &error));
}

static void deliver(struct fixture *f) {
  struct error error = ERROR_NONE;
  for (size_t i = 0; i < 2; i++) {
    const struct outbox_claim claim = {TEXT("me"), updated[i].id, INT64_MAX / 2, 1, 100};
    assert_true(store_outbox_claim(f->store, &claim, record_one, f, &error));
  }
}

static void push(struct fixture *f, const char *who, int count) {
  struct buffer records = BUFFER_NONE;
  static int row;
  for (int i = 0; i < count; i++)
    buffer_printf(&records, "{\"at\":%d,\"who\":\"%s\",\"bad\":true}\n", 1 + ++row % 1000, who);
  commit_ok(f, fixture_batch(records.data));
  buffer_free(&records);
}

static bool take_life(void *context, const struct alert *alert) {
  struct alert *taken = context;
  taken->severity = alert->severity;
  taken->state = alert->state;
  return true;
}

static struct alert life(struct fixture *f) {
  struct alert taken = {.match_count = 0};
  struct error error = ERROR_NONE;
  assert_true(store_alert_list(f->store, &newest_only, take_life, &taken, &error));
  return taken;
}

static uint64_t queued(struct fixture *f) {
  struct commit_counts counts;
  committer_count(f->committer, &counts);
  return counts.queued;
}

static void a_rise_is_an_update_and_reaches_who_takes_it_only_now(void **state) {
  struct fixture fixture, *f = &fixture;
  (void)state;
  start_updated(f);
  push(f, "lisa", 1);
  deliver(f);
  assert_rows(f, "");
  uint64_t before = queued(f);
  push(f, "boss", 1);
  assert_int_equal(life(f).severity, SEVERITY_CRITICAL);
  assert_rows(f, "all pending rose; critical pending opened; ");
  assert_int_equal(queued(f) - before, 2);
  push(f, "boss", 1);
  assert_int_equal(queued(f) - before, 2);
  stop(f);
}

static void ten_times_the_matches_are_an_update(void **state) {
  struct fixture fixture, *f = &fixture;
  (void)state;
  start_updated(f);
  push(f, "lisa", 1);
  deliver(f);
  push(f, "lisa", 8);
  assert_rows(f, "");
  push(f, "lisa", 1);
  assert_rows(f, "all pending grew; ");
  stop(f);
}

static void advance(struct fixture *f) {
  struct error error = ERROR_NONE;
  assert_true(committer_advance(f->committer, f->detection, &error));
}

static void the_end_of_a_window_is_an_update_on_an_idle_daemon(void **state) {
  struct fixture fixture, *f = &fixture;
  (void)state;
  start_updated(f);
  push(f, "lisa", 1);
  deliver(f);
  push(f, "lisa", 2);
  f->now += US_PER_HOUR - 1;
  advance(f);
  assert_rows(f, "");
  f->now += 1;
  advance(f);
  assert_rows(f, "all pending grew; ");
  deliver(f);
  f->now += US_PER_DAY;
  advance(f);
  assert_rows(f, "");
  stop(f);
}

static void records_that_are_refused_again_reopen_their_alert(void **state) {
  struct fixture fixture, *f = &fixture;
  (void)state;
  start_updated(f);
  commit_ok(f, fixture_batch("garbage\n"));
  deliver(f);
  resolve_newest(f);
  deliver(f);
  assert_int_equal(life(f).state, ALERT_RESOLVED);
  commit_ok(f, fixture_batch("garbage once more\n"));
  assert_int_equal(life(f).state, ALERT_OPEN);
  assert_rows(f, "all pending reopened; ");
  stop(f);
}

static void a_rule_that_goes_on_matching_leaves_its_resolved_alert_alone(void **state) {
  struct fixture fixture, *f = &fixture;
  (void)state;
  start_updated(f);
  push(f, "lisa", 1);
  deliver(f);
  resolve_newest(f);
  deliver(f);
  push(f, "lisa", 30);
  assert_int_equal(life(f).state, ALERT_RESOLVED);
  f->now += US_PER_DAY;
  advance(f);
  assert_rows(f, "");
  stop(f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_rise_is_an_update_and_reaches_who_takes_it_only_now),
      cmocka_unit_test(ten_times_the_matches_are_an_update),
      cmocka_unit_test(the_end_of_a_window_is_an_update_on_an_idle_daemon),
      cmocka_unit_test(records_that_are_refused_again_reopen_their_alert),
      cmocka_unit_test(a_rule_that_goes_on_matching_leaves_its_resolved_alert_alone),
  };
  return cmocka_run_group_tests_name("commit_update", tests, NULL, NULL);
}

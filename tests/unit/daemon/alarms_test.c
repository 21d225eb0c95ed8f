/* The life of an alarm, whatever its kind. */
#include "daemon/alarms_fixture.h"

static void an_alarm_lasts_through_restarts_and_is_reported_once(void **state) {
  struct fixture *f = *state;
  commit(f, 1, 0);
  pass(f, US_PER_DAY);
  assert_alerts(f, QUIET);
  pass(f, US_PER_HOUR);
  restart(f);
  assert_int_equal(count_open(f), 1);
  assert_alerts(f, QUIET);
  pass(f, US_PER_HOUR);
  assert_alerts(f, QUIET);
  restart(f);
  commit(f, 1, 0);
  assert_alerts(f, QUIET QUIET_END("1 d 2 h"));
  restart(f);
  assert_int_equal(count_open(f), 0);
}

static void note_detail(void *context, const struct store_alarm *alarm) {
  buffer_reset(context);
  buffer_append_text(context, alarm->detail);
}

/* Looks once, and compares what the store says of the only alarm. */
static void assert_detail(struct fixture *f, const char *expected) {
  struct buffer detail = BUFFER_NONE;
  struct error error = ERROR_NONE;
  bool changed;
  assert_true(alarms_look(f->alarms, &f->moment, &changed, &error));
  assert_false(changed);
  assert_true(store_alarm_list(f->store, note_detail, &detail, &error));
  assert_string_equal(detail.data, expected);
  buffer_free(&detail);
}

#define SAYS(why) "source 'Springfield' is refused its credentials: operation: " why

static void what_an_alarm_says_is_kept_up_to_date_and_not_sent_again(void **state) {
  struct fixture *f = *state;
  report_fault(f, "operation", SOURCE_FAULT_CREDENTIALS, "no token");
  assert_alerts(f, REFUSED);
  report_fault(f, "operation", SOURCE_FAULT_CREDENTIALS, "unknown app");
  assert_detail(f, SAYS("no token")); /* it was written only now */
  pass(f, ALARM_REWORD_US);
  assert_detail(f, SAYS("unknown app"));
  restart(f);
  report_fault(f, "operation", SOURCE_FAULT_CREDENTIALS, "app is off");
  assert_detail(f, SAYS("app is off"));
  assert_alerts(f, REFUSED);
  report_fault(f, "operation", SOURCE_FAULT_CREDENTIALS, "app is gone");
  assert_detail(f, SAYS("app is off"));
  source_works(&f->run, "operation");
  assert_alerts(f,
                REFUSED "margay.source_credentials: Ended after 1 min: " SAYS("app is gone") "\n");
}

static void the_alarms_of_a_source_that_is_gone_end(void **state) {
  struct fixture *f = *state;
  report_fault(f, "operation", SOURCE_FAULT_CREDENTIALS, "no token");
  assert_alerts(f, REFUSED);
  f->setup.source_count = 0;
  alarms_use(f->alarms, &f->setup);
  assert_alerts(f, REFUSED "margay.source_credentials: Ended after 0 s: source 'Springfield' is "
                           "refused its credentials: operation: no token\n");
}

static void what_comes_and_goes_does_not_flap(void **state) {
  struct fixture *f = *state;
  struct error error = ERROR_NONE;
  struct store_counts counts;
  bool changed;
  for (int i = 0; i < 60; i++) { /* an hour, a minute each */
    if (i % 2)
      source_works(&f->run, "operation");
    else
      report_fault(f, "operation", SOURCE_FAULT_CREDENTIALS, "no token");
    assert_true(alarms_look(f->alarms, &f->moment, &changed, &error));
    pass(f, US_PER_MINUTE);
  }
  assert_true(store_count(f->store, &counts, &error));
  assert_int_equal(counts.alerts, 1);
  /* What stays is reported after all. */
  report_fault(f, "operation", SOURCE_FAULT_CREDENTIALS, "no token");
  for (int i = 0; i < 20; i++) {
    assert_true(alarms_look(f->alarms, &f->moment, &changed, &error));
    pass(f, US_PER_MINUTE);
  }
  assert_true(store_count(f->store, &counts, &error));
  assert_int_equal(counts.alerts, 2);
}

static void what_cannot_be_written_is_tried_again(void **state) {
  struct fixture *f = *state;
  struct error error = ERROR_NONE;
  struct store_counts counts;
  bool changed;
  assert_int_equal(sqlite3_exec(f->store->db,
                                "CREATE TRIGGER fail BEFORE INSERT ON outbox"
                                " BEGIN SELECT RAISE(ABORT, 'no'); END",
                                NULL, NULL, NULL),
                   SQLITE_OK);
  report_fault(f, "operation", SOURCE_FAULT_CREDENTIALS, "no token");
  for (int i = 0; i < 2; i++) {
    error = ERROR_NONE;
    assert_false(alarms_look(f->alarms, &f->moment, &changed, &error));
    assert_false(changed);
    assert_true(store_count(f->store, &counts, &ERROR_NONE));
    assert_int_equal(counts.alerts, 0);
    assert_int_equal(count_open(f), 0);
  }
  assert_int_equal(sqlite3_exec(f->store->db, "DROP TRIGGER fail", NULL, NULL, NULL), SQLITE_OK);
  assert_alerts(f, REFUSED);
}

static void an_alert_goes_where_system_alerts_go(void **state) {
  struct fixture *f = *state;
  struct error error = ERROR_NONE;
  struct store_counts counts;
  struct commit_counts commits;
  report_fault(f, "operation", SOURCE_FAULT_CREDENTIALS, "no token");
  assert_alerts(f, REFUSED);
  assert_true(store_count(f->store, &counts, &error));
  assert_int_equal(counts.outbox_pending, 1);
  committer_count(f->committer, &commits);
  assert_int_equal(commits.alerts, 1);
  assert_int_equal(commits.queued, 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      ALARM_TEST(an_alarm_lasts_through_restarts_and_is_reported_once),
      ALARM_TEST(what_an_alarm_says_is_kept_up_to_date_and_not_sent_again),
      ALARM_TEST(the_alarms_of_a_source_that_is_gone_end),
      ALARM_TEST(what_comes_and_goes_does_not_flap),
      ALARM_TEST(what_cannot_be_written_is_tried_again),
      ALARM_TEST(an_alert_goes_where_system_alerts_go),
  };
  return cmocka_run_group_tests_name("alarms", tests, NULL, NULL);
}

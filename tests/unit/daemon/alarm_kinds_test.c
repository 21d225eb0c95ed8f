/* The kinds of alarms: each begins, is reported once, and ends by itself. */
#include "daemon/alarms_fixture.h"

/* ---- sources ----------------------------------------------------------------------------- */

static void a_quiet_source_is_reported_until_something_comes(void **state) {
  struct fixture *f = *state;
  source_works(&f->run, "operation");
  commit(f, 1, 0);
  pass(f, US_PER_DAY - US_PER_SECOND);
  assert_alerts(f, "");
  pass(f, US_PER_SECOND);
  assert_alerts(f, QUIET);
  pass(f, US_PER_HOUR);
  assert_alerts(f, QUIET);
  pass(f, US_PER_HOUR);
  commit(f, 1, 0);
  assert_alerts(f, QUIET QUIET_END("1 d 1 h"));
  assert_int_equal(count_open(f), 0);
}

static void a_source_that_nothing_ever_came_from_is_quiet_too(void **state) {
  struct fixture *f = *state;
  pass(f, US_PER_DAY);
  assert_alerts(f, "margay.source_quiet: Source 'Springfield' is quiet: nothing has come for 1 d, "
                   "since it was configured\n");
}

static void without_quiet_after_and_at_its_end_a_source_may_be_quiet(void **state) {
  struct fixture *f = *state;
  f->source.quiet_after = 0;
  pass(f, 30 * US_PER_DAY);
  assert_alerts(f, "");
  f->source.quiet_after = US_PER_DAY;
  health_source_ends(f->held, &ERROR_NONE);
  assert_alerts(f, "");
}

static void a_daemon_that_was_away_asks_its_sources_before_it_calls_them_quiet(void **state) {
  struct fixture *f = *state;
  commit(f, 1, 0);
  pass(f, 2 * US_PER_DAY);
  restart(f);
  assert_alerts(f, "");
  pass(f, US_PER_MINUTE);
  commit(f, 1, 0);
  pass(f, US_PER_HOUR);
  assert_alerts(f, "");
}

static void refused_credentials_are_reported_at_once_until_they_are_taken(void **state) {
  struct fixture *f = *state;
  report_fault(f, "operation", SOURCE_FAULT_CREDENTIALS, "no token");
  report_fault(f, "activity", SOURCE_FAULT_CREDENTIALS, "no token");
  assert_alerts(f, REFUSED);
  pass(f, US_PER_MINUTE);
  report_fault(f, "operation", SOURCE_FAULT_CREDENTIALS, "another answer");
  assert_alerts(f, REFUSED);
  /* Another fault says nothing of the credentials. */
  report_fault(f, "operation", SOURCE_FAULT_OTHER, "no answer");
  source_works(&f->run, "activity");
  assert_alerts(f, REFUSED);
  restart(f);
  assert_alerts(f, REFUSED);
  pass(f, 5 * US_PER_MINUTE);
  source_works(&f->run, "operation");
  assert_alerts(f, REFUSED "margay.source_credentials: Ended after 6 min: source 'Springfield' is "
                           "refused its credentials: operation: another answer\n");
}

static void a_missing_scope_is_reported_until_all_parts_are_read(void **state) {
  struct fixture *f = *state;
  source_works(&f->run, "activity");
  report_fault(f, "operation", SOURCE_FAULT_SCOPE, "add the scope report:read:admin");
#define SCOPE                                                                                      \
  "margay.source_scope: Source 'Springfield' may not read all that it should: operation: add "     \
  "the scope report:read:admin\n"
  assert_alerts(f, SCOPE);
  source_works(&f->run, "activity");
  assert_alerts(f, SCOPE);
  pass(f, US_PER_HOUR);
  source_works(&f->run, "operation");
  assert_alerts(f, SCOPE "margay.source_scope: Ended after 1 h: source 'Springfield' may not read "
                         "all that it should: operation: add the scope report:read:admin\n");
}

static void a_source_that_cannot_be_read_for_half_an_hour_is_reported(void **state) {
  struct fixture *f = *state;
  report_fault(f, "", SOURCE_FAULT_OTHER, "could not connect");
  pass(f, 29 * US_PER_MINUTE);
  report_fault(f, "", SOURCE_FAULT_OTHER, "could not connect");
  assert_alerts(f, "");
  pass(f, US_PER_MINUTE);
#define FAILING "margay.source_failing: Source 'Springfield' cannot be read: could not connect\n"
  assert_alerts(f, FAILING);
  source_works(&f->run, "");
  assert_alerts(f, FAILING "margay.source_failing: Ended after 0 s: source 'Springfield' cannot be "
                           "read: could not connect\n");
}

static void a_source_that_stopped_for_good_is_reported_at_once(void **state) {
  struct fixture *f = *state;
  struct error error = ERROR_NONE;
  error_set(&error, "the checkpoint cannot be read");
  health_source_ends(f->held, &error);
#define STOPPED                                                                                    \
  "margay.source_failing: Source 'Springfield' has stopped: the checkpoint cannot be read\n"
  assert_alerts(f, STOPPED);
  pass(f, US_PER_MINUTE);
  health_source_begins(f->held);
  assert_alerts(f, STOPPED);
  source_works(&f->run, "");
  assert_alerts(f, STOPPED "margay.source_failing: Ended after 1 min: source 'Springfield' has "
                           "stopped: the checkpoint cannot be read\n");
}

static void wrong_signatures_are_reported_from_a_rate_on(void **state) {
  struct fixture *f = *state;
  source_rejects(&f->run, 19);
  assert_alerts(f, "");
  pass(f, 2 * HEALTH_RATE_US); /* these count no more */
  source_rejects(&f->run, 19);
  assert_alerts(f, "");
  source_rejects(&f->run, 1);
#define SIGNATURES                                                                                 \
  "margay.source_signatures: Source 'Springfield' gets requests with wrong signatures: 20 "        \
  "within 15 minutes\n"
  assert_alerts(f, SIGNATURES);
  pass(f, HEALTH_RATE_US);
  source_rejects(&f->run, 10); /* between the two thresholds: it goes on */
  assert_alerts(f, SIGNATURES);
  pass(f, HEALTH_RATE_US);
  source_rejects(&f->run, 9);
  assert_alerts(f, SIGNATURES);
  pass(f, 15 * US_PER_MINUTE);
  assert_alerts(f, SIGNATURES
                "margay.source_signatures: Ended after 45 min: source 'Springfield' gets requests "
                "with wrong signatures: 20 within 15 minutes\n");
}

static void many_dead_letters_are_reported_until_there_were_few_for_an_hour(void **state) {
  struct fixture *f = *state;
  commit(f, 1000, 60);
  assert_alerts(f, "");
  commit(f, 1000, 40);
#define REFUSALS                                                                                   \
  "margay.source_dead_letters: Source 'Springfield' brings records that are refused: 100 within "  \
  "15 minutes\n"
  assert_alerts(f, REFUSALS);
  /* As much again an hour later, at the next poll: the alarm goes on. */
  pass(f, 20 * US_PER_MINUTE);
  assert_alerts(f, REFUSALS);
  pass(f, 40 * US_PER_MINUTE);
  commit(f, 1000, 100);
  assert_alerts(f, REFUSALS);
  pass(f, 20 * US_PER_MINUTE);
  assert_alerts(f, REFUSALS);
  pass(f, US_PER_HOUR);
  assert_alerts(f, REFUSALS
                "margay.source_dead_letters: Ended after 2 h 20 min: source 'Springfield' brings "
                "records that are refused: 100 within 15 minutes\n");
}

/* ---- destinations ------------------------------------------------------------------------ */

static void add_delivery(struct fixture *f, const char *destination) {
  struct error error = ERROR_NONE;
  const struct alert alert = {.id = TEXT("0123456789abcdef0123456789abcdef"),
                              .type = ALERT_SYSTEM,
                              .severity = SEVERITY_HIGH,
                              .rule_id = TEXT("other"),
                              .tags = TEXT("[]"),
                              .reports = TEXT("{}"),
                              .context = TEXT("{}"),
                              .event = TEXT("{}"),
                              .created_at = f->now - US_PER_DAY};
  assert_true(store_alert_add(f->store, &alert, &error));
  assert_true(store_outbox_add(f->store, alert.id, text_from(destination), f->now, &error));
}

/* What became of the last attempt of delivery 1. */
static void deliver(struct fixture *f, enum outbox_state outcome, const char *why) {
  struct error error = ERROR_NONE;
  bool held;
  const struct outbox_result result = {
      .id = 1, .state = outcome, .due = f->now, .now = f->now, .last_error = text_from(why)};
  assert_true(store_outbox_record(f->store, &result, &held, &error));
}

static void a_destination_that_takes_nothing_is_reported_until_it_does(void **state) {
  struct fixture *f = *state;
  add_delivery(f, "rules");
  assert_alerts(f, "other: \n"); /* it waits, but was not tried */
  deliver(f, OUTBOX_PENDING, "answered 503");
  assert_alerts(f, "other: \n"); /* the outbox is looked at once a minute */
  pass(f, US_PER_MINUTE);
#define DESTINATION                                                                                \
  "other: \nmargay.destination_failing: Destination 'rules' has not taken an alert for 1 d: "      \
  "answered 503\n"
  assert_alerts(f, DESTINATION);
  deliver(f, OUTBOX_DELIVERED, "");
  pass(f, US_PER_MINUTE);
  assert_alerts(f, DESTINATION "margay.destination_failing: Ended after 1 min: destination 'rules' "
                               "has not taken an alert for 1 d: answered 503\n");
}

static void parked_alerts_are_reported_until_none_is(void **state) {
  struct fixture *f = *state;
  add_delivery(f, "rules");
  deliver(f, OUTBOX_PARKED, "answered 404");
#define PARKED                                                                                     \
  "other: \nmargay.destination_parked: Destination 'rules' refuses alerts for good, and 1 is "     \
  "parked: answered 404\n"
  assert_alerts(f, PARKED);
  deliver(f, OUTBOX_DELIVERED, "");
  pass(f, US_PER_MINUTE);
  assert_alerts(f, PARKED "margay.destination_parked: Ended after 1 min: destination 'rules' "
                          "refuses alerts for good, and 1 is parked: answered 404\n");
}

/* ---- the machine ------------------------------------------------------------------------- */

static void a_disk_that_is_nearly_full_is_reported_until_there_is_room(void **state) {
  struct fixture *f = *state;
  f->moment.disk.free_bytes = GIB - 1;
#define DISK                                                                                       \
  "margay.disk_full: The disk of the state file is nearly full: 1023 MiB are free of 100 GiB\n"
  assert_alerts(f, DISK);
  pass(f, US_PER_HOUR);
  f->moment.disk.free_bytes = GIB + GIB / 5;
  assert_alerts(f, DISK);
  pass(f, US_PER_HOUR);
  f->moment.disk.free_bytes = 2 * GIB;
  assert_alerts(f, DISK);
  f->moment.disk_known = false;
  pass(f, US_PER_HOUR);
  assert_alerts(f, DISK);
  f->moment.disk_known = true;
  assert_alerts(f, DISK);
  pass(f, US_PER_MINUTE);
  assert_alerts(f, DISK "margay.disk_full: Ended after 3 h 1 min: the disk of the state file is "
                        "nearly full: 1023 MiB are free of 100 GiB\n");
}

static void compare(struct fixture *f, int64_t ahead_seconds) {
  source_compares(&f->run, f->now, f->now - ahead_seconds * US_PER_SECOND);
}

static void a_clock_that_is_not_the_remote_one_is_reported(void **state) {
  struct fixture *f = *state;
  compare(f, 59);
  assert_alerts(f, "");
  compare(f, -90);
#define CLOCK "margay.clock_wrong: The clock is 1 min behind what sources say\n"
  assert_alerts(f, CLOCK);
  pass(f, US_PER_HOUR);
  compare(f, 31);
  assert_alerts(f, CLOCK);
  compare(f, 1);
  assert_alerts(f, CLOCK "margay.clock_wrong: Ended after 1 h: the clock is 1 min behind what "
                         "sources say\n");
}

static void a_clock_that_jumps_is_reported_and_a_machine_that_slept_is_not(void **state) {
  struct fixture *f = *state;
  f->source.quiet_after = 0;
  compare(f, 0);
  assert_alerts(f, "");
  pass(f, 10 * US_PER_DAY); /* both clocks went on */
  assert_alerts(f, "");
  f->now += 2 * US_PER_HOUR;
  f->moment.now = f->now;
#define JUMP "margay.clock_wrong: The clock jumped forward by 2 h\n"
  assert_alerts(f, JUMP);
  pass(f, ALARM_JUMP_US - US_PER_SECOND);
  assert_alerts(f, JUMP);
  pass(f, US_PER_SECOND);
  assert_alerts(f,
                JUMP "margay.clock_wrong: Ended after 15 min: the clock jumped forward by 2 h\n");
}

static void of_several_sources_the_one_that_agrees_with_the_clock_is_right(void **state) {
  struct fixture *f = *state;
  const struct source other = {.type = &type, .id = TEXT("other")};
  struct health_source *held = health_source_hold(f->health, &other);
  const struct source_run run = {.health = health_source_reports(held), .clock = f->run.clock};
  compare(f, 600);
  source_compares(&run, f->now, f->now);
  assert_alerts(f, "");
  health_source_release(held);
  assert_alerts(f, "margay.clock_wrong: The clock is 10 min ahead of what sources say\n");
}

/* ---- none -------------------------------------------------------------------------------- */

static void limits_of_nothing_raise_nothing(void **state) {
  struct fixture *f = *state;
  f->setup.limits = (struct health_limits){.disk_free = 0};
  f->source.quiet_after = 0;
  alarms_use(f->alarms, &f->setup);
  add_delivery(f, "rules");
  deliver(f, OUTBOX_PARKED, "answered 404");
  f->moment.disk.free_bytes = 0;
  compare(f, 86400);
  commit(f, 1000, 1000);
  source_rejects(&f->run, 1000);
  report_fault(f, "", SOURCE_FAULT_OTHER, "could not connect");
  pass(f, 30 * US_PER_DAY);
  assert_alerts(f, "other: \n");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      ALARM_TEST(a_quiet_source_is_reported_until_something_comes),
      ALARM_TEST(a_source_that_nothing_ever_came_from_is_quiet_too),
      ALARM_TEST(without_quiet_after_and_at_its_end_a_source_may_be_quiet),
      ALARM_TEST(a_daemon_that_was_away_asks_its_sources_before_it_calls_them_quiet),
      ALARM_TEST(refused_credentials_are_reported_at_once_until_they_are_taken),
      ALARM_TEST(a_missing_scope_is_reported_until_all_parts_are_read),
      ALARM_TEST(a_source_that_cannot_be_read_for_half_an_hour_is_reported),
      ALARM_TEST(a_source_that_stopped_for_good_is_reported_at_once),
      ALARM_TEST(wrong_signatures_are_reported_from_a_rate_on),
      ALARM_TEST(many_dead_letters_are_reported_until_there_were_few_for_an_hour),
      ALARM_TEST(a_destination_that_takes_nothing_is_reported_until_it_does),
      ALARM_TEST(parked_alerts_are_reported_until_none_is),
      ALARM_TEST(a_disk_that_is_nearly_full_is_reported_until_there_is_room),
      ALARM_TEST(a_clock_that_is_not_the_remote_one_is_reported),
      ALARM_TEST(a_clock_that_jumps_is_reported_and_a_machine_that_slept_is_not),
      ALARM_TEST(of_several_sources_the_one_that_agrees_with_the_clock_is_right),
      ALARM_TEST(limits_of_nothing_raise_nothing),
  };
  return cmocka_run_group_tests_name("alarm kinds", tests, NULL, NULL);
}

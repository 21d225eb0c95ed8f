/* What waits for quiet hours and digests, and what a storm holds back. */
#include "delivery/delivery_fixture.h"

#include "alert/routing/hold.h"
#include "store/store_lifecycle.h"
#include "store/store_routing.h"

/* A clock that the test sets forward while the delivery thread looks at it. */
static atomic_llong ahead;

static time_us now_ahead(void *context) {
  const struct clock clock = clock_system();
  (void)context;
  return clock_now(&clock) + atomic_load(&ahead);
}

static int start_ahead(void **state) {
  atomic_store(&ahead, 0);
  start(state);
  struct fixture *f = *state;
  f->options.clock.now = now_ahead;
  add_destination(f, &destination_console, "console", NULL);
  return 0;
}

static time_us now_of(const struct fixture *f) {
  return clock_now(&f->options.clock);
}

static void go_on(struct fixture *f, int64_t time) {
  atomic_fetch_add(&ahead, time);
  delivery_wake(f->delivery);
}

static void wait_held(struct fixture *f, int64_t count) {
  for (int i = 0; counts(f).outbox_held < count; i++, nap())
    if (i == WAIT_STEPS)
      fail_msg("%d held, %d expected", (int)counts(f).outbox_held, (int)count);
}

/* How often the part was printed. */
static int printed(struct fixture *f, const char *part) {
  char text[65536];
  fflush(f->options.console);
  ssize_t size = pread(fileno(f->options.console), text, sizeof text - 1, 0);
  int count = 0;
  assert_true(size >= 0);
  text[size] = '\0';
  for (const char *at = text; (at = strstr(at, part)); at++)
    count++;
  return count;
}

/* Quiet hours around now, in UTC. */
static struct week_hours quiet_now(struct fixture *f) {
  struct week_hours hours = {.days = 0x7f, .zone = time_zone_open(TEXT("UTC"), &f->error)};
  int64_t day;
  int minute = week_minute_of(hours.zone, now_of(f), &day);
  hours.from = (minute + 1440 - 60) % 1440;
  hours.to = (minute + 60) % 1440;
  return hours;
}

static void what_comes_in_quiet_hours_waits_for_their_end(void **state) {
  struct fixture *f = *state;
  struct week_hours quiet = quiet_now(f);
  const struct destination_holds holds = {
      .quiet = &quiet, .quiet_count = 1, .quiet_below = SEVERITY_HIGH};
  f->destinations[0].holds = &holds;
  add_alerts_of(f, "console", 1, 3, SEVERITY_MEDIUM);
  add_alerts_of(f, "console", 4, 1, SEVERITY_HIGH);
  add_alerts_of(f, "console", 5, 1, SEVERITY_CRITICAL);
  start_delivery(f);
  wait_delivered(f, 2);
  assert_int_equal(row_of(f, 1).state, OUTBOX_PENDING);
  assert_true(row_of(f, 1).due == week_hours_end(&quiet, 1, now_of(f)));
  go_on(f, US_PER_HOUR + US_PER_MINUTE);
  wait_delivered(f, 5);
  stop_delivery(f, 0);
  time_zone_free(quiet.zone);
}

static void what_waits_is_sent_when_a_reload_ends_the_quiet_hours(void **state) {
  struct fixture *f = *state;
  struct week_hours quiet = quiet_now(f);
  const struct destination_holds holds = {
      .quiet = &quiet, .quiet_count = 1, .quiet_below = SEVERITY_HIGH};
  struct destination without = f->destinations[0];
  f->destinations[0].holds = &holds;
  add_alerts_of(f, "console", 1, 1, SEVERITY_LOW);
  add_alerts_of(f, "console", 2, 1, SEVERITY_CRITICAL);
  start_delivery(f);
  wait_delivered(f, 1);
  delivery_use(f->delivery,
               &(struct delivery_setup){.destinations = &without, .destination_count = 1});
  wait_delivered(f, 2);
  stop_delivery(f, 0);
  time_zone_free(quiet.zone);
}

static void a_digest_sums_up_what_waited_and_nothing_is_sent_twice(void **state) {
  struct fixture *f = *state;
  const struct destination_holds holds = {.digest_every = US_PER_HOUR,
                                          .digest_zone = time_zone_open(TEXT("UTC"), &f->error),
                                          .digest_below = SEVERITY_MEDIUM};
  f->destinations[0].holds = &holds;
  add_alerts_of(f, "console", 1, 4, SEVERITY_LOW);
  add_alerts_of(f, "console", 5, 1, SEVERITY_MEDIUM);
  start_delivery(f);
  wait_delivered(f, 1);
  stop_delivery(f, 0); /* a restart changes nothing of it */
  assert_int_equal(counts(f).outbox_pending, 4);
  atomic_fetch_add(&ahead, US_PER_HOUR);
  start_delivery(f);
  wait_delivered(f, 2);
  stop_delivery(f, 0);
  assert_int_equal(counts(f).outbox_held, 4);
  assert_int_equal(counts(f).outbox_pending, 0);
  assert_int_equal(printed(f, "Digest of 4 alerts: 4 LOW"), 1);
  assert_int_equal(printed(f, "margay alert 0000000000000000000000000000000"), 0);
  assert_non_null(strstr(row_of(f, 1).last_error, "sent in the digest "));
  time_zone_free(holds.digest_zone);
}

static void one_alert_that_waited_for_a_digest_is_sent_as_it_is(void **state) {
  struct fixture *f = *state;
  const struct destination_holds holds = {.digest_every = US_PER_HOUR,
                                          .digest_zone = time_zone_open(TEXT("UTC"), &f->error),
                                          .digest_below = SEVERITY_MEDIUM};
  f->destinations[0].holds = &holds;
  add_alerts_of(f, "console", 1, 1, SEVERITY_LOW);
  start_delivery(f);
  for (int i = 0; row_of(f, 1).due < now_of(f) && i < WAIT_STEPS; i++)
    nap();
  go_on(f, US_PER_HOUR);
  wait_delivered(f, 1);
  stop_delivery(f, 0);
  assert_int_equal(row_of(f, 1).state, OUTBOX_DELIVERED);
  assert_int_equal(counts(f).outbox_held, 0);
  time_zone_free(holds.digest_zone);
}

static void a_storm_is_one_message_at_its_begin_and_one_at_its_end(void **state) {
  struct fixture *f = *state;
  f->destinations[0].storm_limit = 5;
  add_alerts_of(f, "console", 1, 20, SEVERITY_HIGH);
  add_alerts_of(f, "console", 21, 2, SEVERITY_CRITICAL);
  start_delivery(f);
  wait_held(f, 15);
  wait_delivered(f, 8); /* five, two that are CRITICAL, and the one that says it */
  add_alerts_of(f, "console", 23, 4, SEVERITY_LOW);
  delivery_wake(f->delivery);
  wait_held(f, 19);
  stop_delivery(f, 0);
  assert_int_equal(printed(f, "more than 5 messages a minute to console"), 1);

  start_delivery(f); /* it goes on after a restart */
  add_alerts_of(f, "console", 27, 1, SEVERITY_LOW);
  delivery_wake(f->delivery);
  wait_held(f, 20);
  go_on(f, US_PER_MINUTE);
  wait_delivered(f, 9);
  add_alerts_of(f, "console", 28, 1, SEVERITY_LOW);
  delivery_wake(f->delivery);
  wait_delivered(f, 10);
  struct delivery_counts counted;
  delivery_count(f->delivery, &counted);
  assert_int_equal(counted.held, 1); /* of this run */
  stop_delivery(f, 0);
  assert_int_equal(printed(f, "Storm of alerts is over: 20 messages to console were held back"), 1);
  assert_int_equal(count_in_log(f, "storm of alerts is over"), 1);
}

static void the_end_of_a_storm_is_an_update_where_updates_are_sent(void **state) {
  struct fixture *f = *state;
  const struct store_destination wanted = {TEXT("console"), ALERT_WHEN_OVER};
  done(f, store_destinations_set(f->store, &wanted, 1, &f->error));
  f->destinations[0].storm_limit = 5;
  add_alerts_of(f, "console", 1, 20, SEVERITY_HIGH);
  start_delivery(f);
  wait_held(f, 15);
  wait_delivered(f, 6);
  go_on(f, US_PER_MINUTE);
  for (int i = 0; printed(f, "it is over") == 0 && i < WAIT_STEPS; i++)
    nap();
  wait_delivered(f, 6);
  stop_delivery(f, 0);
  assert_int_equal(printed(f, "resolved by margay: it is over: 15 messages were held back"), 1);
  assert_int_equal(printed(f, "Storm of alerts is over"), 0);
}

static void what_waited_for_an_outage_to_end_is_no_storm(void **state) {
  struct fixture *f = *state;
  f->destinations[0].storm_limit = 5;
  f->opened_ago = US_PER_HOUR;
  f->opened_apart = US_PER_MINUTE;
  add_alerts_of(f, "console", 1, 30, SEVERITY_MEDIUM);
  start_delivery(f);
  wait_delivered(f, 30);
  stop_delivery(f, 0);
  assert_int_equal(counts(f).outbox_held, 0);
  assert_int_equal(printed(f, "Storm"), 0);
}

static void what_came_as_a_storm_in_an_outage_is_held_back_and_said_in_one_message(void **state) {
  struct fixture *f = *state;
  f->destinations[0].storm_limit = 5;
  f->opened_ago = now_of(f) % US_PER_MINUTE + 10 * US_PER_MINUTE; /* all in one minute */
  add_alerts_of(f, "console", 1, 20, SEVERITY_LOW);
  add_alerts_of(f, "console", 21, 1, SEVERITY_HIGH);
  f->opened_ago += US_PER_MINUTE;
  add_alerts_of(f, "console", 22, 2, SEVERITY_LOW); /* the minute before */
  start_delivery(f);
  wait_held(f, 16);
  wait_delivered(f, 8); /* five of the one minute, two of the other, and what says it */
  stop_delivery(f, 0);
  assert_int_equal(row_of(f, 21).state, OUTBOX_DELIVERED);
  assert_int_equal(printed(f, "Storm of alerts is over: 16 messages to console were held back"), 1);
  assert_int_equal(printed(f, "more than 5 messages"), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(what_comes_in_quiet_hours_waits_for_their_end, start_ahead,
                                      end),
      cmocka_unit_test_setup_teardown(what_waits_is_sent_when_a_reload_ends_the_quiet_hours,
                                      start_ahead, end),
      cmocka_unit_test_setup_teardown(a_digest_sums_up_what_waited_and_nothing_is_sent_twice,
                                      start_ahead, end),
      cmocka_unit_test_setup_teardown(one_alert_that_waited_for_a_digest_is_sent_as_it_is,
                                      start_ahead, end),
      cmocka_unit_test_setup_teardown(a_storm_is_one_message_at_its_begin_and_one_at_its_end,
                                      start_ahead, end),
      cmocka_unit_test_setup_teardown(the_end_of_a_storm_is_an_update_where_updates_are_sent,
                                      start_ahead, end),
      cmocka_unit_test_setup_teardown(what_waited_for_an_outage_to_end_is_no_storm, start_ahead,
                                      end),
      cmocka_unit_test_setup_teardown(
          what_came_as_a_storm_in_an_outage_is_held_back_and_said_in_one_message, start_ahead, end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

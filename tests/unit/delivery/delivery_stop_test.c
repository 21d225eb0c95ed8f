/* What a delivery still sends when it is stopped, and what the next one goes on with. */
#include "delivery/delivery_fixture.h"

static void a_restart_goes_on_with_the_same_keys(void **state) {
  static const struct receiver_step failing[] = {{.status = 500}};
  struct fixture *f = *state;
  struct receiver before, after;
  receiver_start(&before, failing, 1);
  receiver_start(&after, NULL, 0);
  add_destination(f, &destination_webhook, "web", before.url);
  add_alerts(f, "web", 1, 1);
  start_delivery(f);
  wait_attempts(f, 1, 2);
  stop_delivery(f, US_PER_SECOND);

  option_set(&destination_webhook, f->destinations[0].options, "url", after.url);
  start_delivery(f);
  wait_delivered(f, 1);
  assert_string_equal(before.keys[0], after.keys[0]);
  assert_int_equal(receiver_count(&after), 1);
  receiver_stop(&before);
  receiver_stop(&after);
}

static void *stop_from_another_thread(void *context) {
  stop_delivery(context, 15 * US_PER_SECOND);
  return NULL;
}

static void stopping_lets_transfers_finish(void **state) {
  static const struct receiver_step hold[] = {{.status = 200, .how = STEP_HOLD}};
  struct fixture *f = *state;
  struct receiver receiver;
  pthread_t stopper;
  receiver_start(&receiver, hold, 1);
  add_destination(f, &destination_webhook, "web", receiver.url);
  add_alerts(f, "web", 1, 1);
  start_delivery(f);
  receiver_wait(&receiver, 1);
  pthread_create(&stopper, NULL, stop_from_another_thread, f);
  receiver_release(&receiver);
  pthread_join(stopper, NULL);
  assert_int_equal(row_of(f, 1).state, OUTBOX_DELIVERED);
  receiver_stop(&receiver);
}

static void stopping_gives_up_in_time_and_the_same_key_comes_again(void **state) {
  static const struct receiver_step steps[] = {{.status = 200, .how = STEP_HOLD}, {.status = 200}};
  struct fixture *f = *state;
  struct receiver receiver;
  receiver_start(&receiver, steps, 2);
  add_destination(f, &destination_webhook, "web", receiver.url);
  add_alerts(f, "web", 1, 1);
  start_delivery(f);
  receiver_wait(&receiver, 1);
  stop_delivery(f, 20 * US_PER_MS);
  assert_int_equal(row_of(f, 1).state, OUTBOX_PENDING);
  assert_int_equal(row_of(f, 1).attempts, 0);
  assert_int_equal(count_in_log(f, "they are sent again"), 1);
  start_delivery(f);
  wait_delivered(f, 1);
  assert_int_equal(receiver_count(&receiver), 2);
  assert_string_equal(receiver.keys[0], receiver.keys[1]);
  receiver_stop(&receiver);
}

static void draining_sends_everything_that_is_due(void **state) {
  struct fixture *f = *state;
  struct receiver receiver;
  receiver_start(&receiver, NULL, 0);
  add_destination(f, &destination_webhook, "web", receiver.url);
  add_destination(f, &destination_console, "console", NULL);
  start_delivery(f);
  add_alerts(f, "web", 100, 50);
  add_alerts(f, "console", 200, 50);
  stop_delivery(f, 20 * US_PER_SECOND);
  assert_int_equal(counts(f).outbox_delivered, 100);
  assert_int_equal(receiver_count(&receiver), 50);
  receiver_stop(&receiver);
}

static void draining_does_not_wait_for_what_fails(void **state) {
  static const struct receiver_step failing[] = {{.status = 500}};
  struct fixture *f = *state;
  struct receiver receiver;
  receiver_start(&receiver, failing, 1);
  f->options.retry_first_us = f->options.retry_most_us = US_PER_HOUR;
  add_destination(f, &destination_webhook, "web", receiver.url);
  add_alerts(f, "web", 1, 5);
  start_delivery(f);
  stop_delivery(f, 20 * US_PER_MINUTE); /* jitter leaves at least half of the hour */
  assert_int_equal(counts(f).outbox_pending, 5);
  assert_int_equal(receiver_count(&receiver), 1);
  receiver_stop(&receiver);
}

static void draining_gets_over_a_hiccup(void **state) {
  static const struct receiver_step steps[] = {{.status = 500}, {.status = 503}, {.status = 200}};
  struct fixture *f = *state;
  struct receiver receiver;
  receiver_start(&receiver, steps, 3);
  add_destination(f, &destination_webhook, "web", receiver.url);
  add_alerts(f, "web", 1, 5);
  start_delivery(f);
  stop_delivery(f, 20 * US_PER_SECOND);
  assert_int_equal(counts(f).outbox_delivered, 5);
  receiver_stop(&receiver);
}

/* So the destination is known to work, and one alert waits for its next try. */
static void draining_waits_for_what_failed_beside_what_was_taken(void **state) {
  static const struct receiver_step steps[] = {
      {.status = 200}, {.status = 500}, {.status = 200, .how = STEP_HOLD}, {.status = 200}};
  struct fixture *f = *state;
  struct receiver receiver;
  receiver_start(&receiver, steps, 4);
  f->options.retry_first_us = f->options.retry_most_us = US_PER_SECOND / 2;
  add_destination(f, &destination_webhook, "web", receiver.url);
  add_alerts(f, "web", 1, 1);
  start_delivery(f);
  wait_delivered(f, 1);
  add_alerts(f, "web", 2, 2);
  delivery_wake(f->delivery);
  receiver_wait(&receiver, 3);
  receiver_release(&receiver);
  stop_delivery(f, 20 * US_PER_SECOND);
  assert_int_equal(counts(f).outbox_delivered, 3);
  receiver_stop(&receiver);
}

/* The daemon before may have put it off for hours. */
static void what_failed_before_a_restart_is_sent_when_something_is_taken(void **state) {
  static const struct receiver_step steps[] = {{.status = 500}, {.status = 200}};
  struct fixture *f = *state;
  struct receiver receiver;
  receiver_start(&receiver, steps, 2);
  f->options.retry_first_us = f->options.retry_most_us = US_PER_HOUR;
  add_destination(f, &destination_webhook, "web", receiver.url);
  add_alerts(f, "web", 1, 1);
  start_delivery(f);
  stop_delivery(f, 20 * US_PER_MINUTE); /* jitter leaves at least half of the hour */
  assert_int_equal(counts(f).outbox_pending, 1);
  add_alerts(f, "web", 2, 1);
  start_delivery(f);
  stop_delivery(f, 20 * US_PER_SECOND);
  assert_int_equal(counts(f).outbox_delivered, 2);
  receiver_stop(&receiver);
}

static void draining_gives_up_on_what_stays_down(void **state) {
  static const struct receiver_step failing[] = {{.status = 500}};
  struct fixture *f = *state;
  struct receiver receiver;
  receiver_start(&receiver, failing, 1);
  add_destination(f, &destination_webhook, "web", receiver.url);
  add_alerts(f, "web", 1, 5);
  start_delivery(f);
  stop_delivery(f, US_PER_HOUR);
  assert_int_equal(counts(f).outbox_pending, 5);
  receiver_stop(&receiver);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      DELIVERY_TEST(a_restart_goes_on_with_the_same_keys),
      DELIVERY_TEST(stopping_lets_transfers_finish),
      DELIVERY_TEST(stopping_gives_up_in_time_and_the_same_key_comes_again),
      DELIVERY_TEST(draining_sends_everything_that_is_due),
      DELIVERY_TEST(draining_does_not_wait_for_what_fails),
      DELIVERY_TEST(draining_gets_over_a_hiccup),
      DELIVERY_TEST(draining_waits_for_what_failed_beside_what_was_taken),
      DELIVERY_TEST(what_failed_before_a_restart_is_sent_when_something_is_taken),
      DELIVERY_TEST(draining_gives_up_on_what_stays_down),
  };
  return cmocka_run_group_tests(tests, start_http, stop_http);
}

/* When delivery stops trying: a destination's circuit, and alerts that are given up. */
#include "delivery/delivery_fixture.h"

#include "store/store_health.h"

static void see_health(void *context, const struct store_destination_health *health) {
  struct store_destination_health *seen = context;
  assert_true(text_is(health->destination_id, "web"));
  *seen = *health;
}

static struct store_destination_health health_of(struct fixture *f) {
  struct store_destination_health health = {.failures = -1};
  done(f, store_destination_health_list(f->store, see_health, &health, &f->error));
  return health;
}

static void note_circuit(void *context, struct text destination_id, bool open) {
  struct buffer *seen = context;
  buffer_printf(seen, "%.*s %s, ", TEXT_ARGS(destination_id), open ? "open" : "closed");
}

static void the_circuit_opens_after_three_failures_and_closes_with_the_first_success(void **state) {
  struct fixture *f = *state;
  struct buffer circuits = BUFFER_NONE;
  struct receiver receiver;
  const struct receiver_step steps[] = {
      {.status = 503}, {.status = 503}, {.status = 503}, {.how = STEP_HOLD, .status = 200}};
  receiver_start(&receiver, steps, 4);
  f->options.circuit_changed = note_circuit;
  f->options.circuit_context = &circuits;
  add_destination(f, &destination_webhook, "web", receiver.url);
  add_alerts(f, "web", 1, 2);
  start_delivery(f);
  receiver_wait(&receiver, 4); /* the probe */
  struct store_destination_health health = health_of(f);
  assert_true(health.circuit_open);
  assert_int_equal(health.failures, 3);
  assert_true(health.failing_since > 0 && health.failing_since <= health.last_failure);
  assert_true(health.probe_at >= health.last_failure);
  assert_int_equal(health.last_success, TIME_NONE);
  receiver_release(&receiver);
  wait_delivered(f, 2);
  stop_delivery(f, 0);
  health = health_of(f);
  assert_false(health.circuit_open);
  assert_int_equal(health.failures, 0);
  assert_int_equal(health.failing_since, TIME_NONE);
  assert_true(health.last_success >= health.last_failure && health.last_failure > 0);
  assert_string_equal(circuits.data, "web closed, web open, web closed, ");
  buffer_free(&circuits);
  receiver_stop(&receiver);
}

static void what_waits_for_a_dead_destination_is_given_up_together(void **state) {
  struct fixture *f = *state;
  add_destination(f, &destination_webhook, "web", "http://127.0.0.1:1/?token=sesame");
  f->destinations[0].retry_for = 100 * US_PER_MS;
  add_alerts(f, "web", 1, 100);
  start_delivery(f);
  wait_parked(f, 100);
  stop_delivery(f, 0);
  assert_non_null(strstr(row_of(f, 1).last_error, "given up after 0 s: could not connect"));
  assert_non_null(strstr(row_of(f, 100).last_error, "given up after 0 s: could not connect"));
  assert_true(count_in_log(f, "they are parked, because they waited for long enough") >= 1);
}

/* The first has failed for a day, the second for no time, and the destination is not to blame. */
static void an_alert_that_fails_alone_is_given_up_alone(void **state) {
  struct fixture *f = *state;
  struct receiver receiver;
  const struct receiver_step steps[] = {{.status = 500}};
  receiver_start(&receiver, steps, 1);
  add_destination(f, &destination_webhook, "web", receiver.url);
  f->destinations[0].retry_for = US_PER_DAY;
  add_alerts(f, "web", 1, 2);
  const struct outbox_result failed = {
      .id = 1, .state = OUTBOX_PENDING, .due = 1, .now = SAMPLE_TIME, .last_error = TEXT("no")};
  bool held;
  done(f, store_outbox_record(f->store, &failed, &held, &f->error));
  start_delivery(f);
  wait_parked(f, 1);
  wait_attempts(f, 2, 1);
  stop_delivery(f, 0);
  assert_string_equal(row_of(f, 1).last_error, "given up after 1 d: answered 500: it failed");
  assert_int_equal(row_of(f, 2).state, OUTBOX_PENDING);
  assert_int_equal(count_in_log(f, "because it was tried for long enough"), 1);
  receiver_stop(&receiver);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      DELIVERY_TEST(the_circuit_opens_after_three_failures_and_closes_with_the_first_success),
      DELIVERY_TEST(what_waits_for_a_dead_destination_is_given_up_together),
      DELIVERY_TEST(an_alert_that_fails_alone_is_given_up_alone),
  };
  return cmocka_run_group_tests(tests, start_http, stop_http);
}

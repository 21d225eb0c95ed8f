/* What is sent, tried again and parked. */
#include "delivery/delivery_fixture.h"

#include "delivery/lane.h"

static bool note_key(void *context, const struct outbox_row *row) {
  snprintf(context, 40, "%.*s", TEXT_ARGS(row->idempotency_key));
  return true;
}

static void an_alert_is_delivered_once_and_logged(void **state) {
  struct fixture *f = *state;
  struct receiver receiver;
  receiver_start(&receiver, NULL, 0);
  add_destination(f, &destination_slack, "chat", receiver.url);
  add_alerts(f, "chat", 1, 1);
  start_delivery(f);
  wait_delivered(f, 1);
  assert_int_equal(receiver_count(&receiver), 1);
  assert_int_equal(row_of(f, 1).attempts, 1);
  assert_string_equal(row_of(f, 1).last_error, "");
  assert_int_equal(strlen(receiver.keys[0]), 32);
  stop_delivery(f, 0);
  assert_int_equal(count_in_log(f, "alert delivered"), 1);
  receiver_stop(&receiver);
}

static void a_wake_sends_new_rows(void **state) {
  struct fixture *f = *state;
  struct receiver receiver;
  receiver_start(&receiver, NULL, 0);
  add_destination(f, &destination_webhook, "web", receiver.url);
  start_delivery(f);
  for (int i = 0; i < 5; i++) {
    add_alerts(f, "web", i, 1);
    delivery_wake(f->delivery);
    wait_delivered(f, i + 1);
  }
  receiver_stop(&receiver);
}

/* Connections are kept: a new one costs a receiver of TLS more than the alert. */
static void many_alerts_use_few_connections(void **state) {
  struct fixture *f = *state;
  struct receiver receiver;
  receiver_start(&receiver, NULL, 0);
  add_destination(f, &destination_webhook, "web", receiver.url);
  add_alerts(f, "web", 1, 100);
  start_delivery(f);
  wait_delivered(f, 100);
  stop_delivery(f, 0);
  assert_int_equal(receiver_count(&receiver), 100);
  assert_in_range(receiver.connection_count, 1, LANE_AT_ONCE_MAX);
  receiver_stop(&receiver);
}

static void count_release(void *owner) {
  atomic_fetch_add((atomic_int *)owner, 1);
}

static void destinations_are_swapped_while_a_transfer_is_under_way(void **state) {
  static const struct receiver_step slow = {.status = 200, .how = STEP_HOLD};
  struct fixture *f = *state;
  struct receiver old, new;
  receiver_start(&old, &slow, 1);
  receiver_start(&new, NULL, 0);
  add_destination(f, &destination_webhook, "web", old.url);
  add_alerts(f, "web", 0, 1);
  start_delivery(f);
  receiver_wait(&old, 1);
  struct destination swapped = destination_sample(&destination_webhook, "web", new.url);
  atomic_int released = 0;
  const struct delivery_setup setup = {.destinations = &swapped,
                                       .destination_count = 1,
                                       .release = count_release,
                                       .owner = &released};
  delivery_use(f->delivery, &setup);
  receiver_release(&old);
  wait_delivered(f, 1);
  add_alerts(f, "web", 1, 1);
  delivery_wake(f->delivery);
  wait_delivered(f, 2);
  assert_int_equal(receiver_count(&old), 1);
  assert_int_equal(receiver_count(&new), 1);
  stop_delivery(f, 0);
  assert_int_equal(atomic_load(&released), 1);
  free(swapped.options);
  receiver_stop(&old);
  receiver_stop(&new);
}

static void what_may_pass_is_tried_again_with_the_same_key(void **state) {
  static const struct {
    struct receiver_step steps[4];
    size_t attempts;
  } rows[] = {
      {{{.status = 500}, {.status = 500}, {.status = 200}}, 3},
      {{{.status = 429, .header = "Retry-After: 0\r\n"}, {.status = 200}}, 2},
      {{{.status = 429, .header = "Retry-After: 1\r\n"}, {.status = 200}}, 2},
      {{{.status = 429}, {.status = 202}}, 2},
      {{{.how = STEP_CLOSE}, {.how = STEP_CLOSE}, {.status = 204}}, 3},
      {{{.status = 503, .padding = 1 << 20}, {.status = 200}}, 2},
      {{{.status = 200, .padding = 1 << 20}}, 1},
  };
  struct fixture *f = *state;
  struct receiver receivers[sizeof rows / sizeof rows[0]];
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    receiver_start(&receivers[i], rows[i].steps, rows[i].attempts);
    f->destination_count = 0;
    free(f->destinations[0].options);
    add_destination(f, &destination_webhook, "web", receivers[i].url);
    add_alerts(f, "web", (int)i, 1);
    start_delivery(f);
    wait_delivered(f, (int64_t)i + 1);
    stop_delivery(f, US_PER_SECOND);
    assert_int_equal(receivers[i].count, rows[i].attempts);
    assert_int_equal(row_of(f, (int)i).attempts, rows[i].attempts);
    for (size_t j = 1; j < rows[i].attempts; j++)
      assert_string_equal(receivers[i].keys[0], receivers[i].keys[j]);
    receiver_stop(&receivers[i]);
  }
}

static void a_wait_that_is_asked_for_is_kept_but_not_for_ever(void **state) {
  static const struct receiver_step steps[] = {
      {.status = 503, .header = "Retry-After: 99999999\r\n"}};
  struct fixture *f = *state;
  struct receiver receiver;
  receiver_start(&receiver, steps, 1);
  add_destination(f, &destination_webhook, "web", receiver.url);
  add_alerts(f, "web", 1, 3);
  start_delivery(f);
  wait_attempts(f, 1, 1);
  time_us now = clock_now(&f->options.clock);
  assert_true(row_of(f, 1).due > now + 50 * US_PER_MINUTE);
  assert_true(row_of(f, 1).due <= now + US_PER_HOUR);
  assert_non_null(strstr(row_of(f, 1).last_error, "503"));
  stop_delivery(f, 0);
  assert_int_equal(receiver_count(&receiver), 1);
  receiver_stop(&receiver);
}

static void what_can_never_work_is_parked_and_reported_once(void **state) {
  static const struct receiver_step steps[] = {{.status = 400}, {.status = 404}, {.status = 200}};
  struct fixture *f = *state;
  struct receiver receiver;
  receiver_start(&receiver, steps, 3);
  add_destination(f, &destination_webhook, "web", receiver.url);
  add_alerts(f, "web", 1, 3);
  start_delivery(f);
  wait_parked(f, 2);
  wait_delivered(f, 1);
  struct delivery_counts reported;
  for (int i = 0; delivery_count(f->delivery, &reported), reported.sent < 1 && i < WAIT_STEPS; i++)
    nap();
  assert_int_equal(reported.parked, 2);
  assert_int_equal(reported.sent, 1);
  stop_delivery(f, US_PER_SECOND);
  assert_int_equal(receiver_count(&receiver), 3);
  assert_int_equal(row_of(f, 1).state, OUTBOX_PARKED);
  assert_non_null(strstr(row_of(f, 1).last_error, "400"));
  /* The other two are on their way at the same time: either may get the 404. */
  struct seen second = row_of(f, 2), third = row_of(f, 3);
  const struct seen *parked = second.state == OUTBOX_PARKED ? &second : &third;
  assert_non_null(strstr(parked->last_error, "check the URL"));
  assert_int_equal(count_in_log(f, "level=error"), 2);
  assert_int_equal(count_in_log(f, "destination=web"), 3);
  receiver_stop(&receiver);
}

static bool fail_template(void *context, const struct alert *alert,
                          const struct message_occasion *occasion, struct message *message,
                          struct arena *arena, struct error *error) {
  (void)context, (void)alert, (void)occasion, (void)arena;
  message->headline = TEXT("half a title");
  return error_set(error, "no title comes to mind");
}

static void a_template_that_fails_costs_only_itself_and_is_counted(void **state) {
  static const struct message_template template = {.apply = fail_template};
  static const struct alert_display display = {.template = &template};
  struct fixture *f = *state;
  struct receiver receiver;
  receiver_start(&receiver, NULL, 0);
  add_destination(f, &destination_slack, "chat", receiver.url);
  f->destinations[0].display = &display;
  add_alerts(f, "chat", 1, 1);
  start_delivery(f);
  wait_delivered(f, 1);
  struct delivery_counts counts;
  delivery_count(f->delivery, &counts);
  stop_delivery(f, US_PER_SECOND);
  assert_int_equal(counts.template_errors, 1);
  assert_int_equal(count_in_log(f, "no title comes to mind"), 1);
  receiver_stop(&receiver);
}

static void
a_destination_that_is_down_holds_up_nobody_and_is_reported_once_and_at_the_stop(void **state) {
  struct fixture *f = *state;
  struct receiver up, down;
  receiver_start(&up, NULL, 0);
  receiver_start(&down, NULL, 0);
  char gone[96];
  snprintf(gone, sizeof gone, "%s", down.url);
  receiver_stop(&down); /* its port refuses from now on */
  add_destination(f, &destination_webhook, "down", gone);
  add_destination(f, &destination_webhook, "up", up.url);
  add_alerts(f, "down", 100, 40);
  add_alerts(f, "up", 200, 40);
  start_delivery(f);
  wait_delivered(f, 40);
  wait_attempts(f, 100, 2);
  stop_delivery(f, US_PER_SECOND);
  assert_int_equal(counts(f).outbox_pending, 40);
  assert_int_equal(counts(f).outbox_parked, 0);
  assert_int_equal(count_in_log(f, "level=warn"), 2);
  assert_non_null(strstr(row_of(f, 100).last_error, "connect"));
  receiver_stop(&up);
}

static void a_destination_that_hangs_holds_up_nobody(void **state) {
  static const struct receiver_step hold[] = {{.status = 200, .how = STEP_HOLD}};
  struct fixture *f = *state;
  struct receiver up, hung;
  receiver_start(&up, NULL, 0);
  receiver_start(&hung, hold, 1);
  add_destination(f, &destination_webhook, "hung", hung.url);
  add_destination(f, &destination_webhook, "up", up.url);
  add_alerts(f, "hung", 100, 20);
  start_delivery(f);
  receiver_wait(&hung, 1);
  add_alerts(f, "up", 200, 20);
  delivery_wake(f->delivery);
  wait_delivered(f, 20);
  receiver_release(&hung);
  wait_delivered(f, 40);
  assert_int_equal(receiver_count(&hung), 20);
  receiver_stop(&up);
  receiver_stop(&hung);
}

static void many_destinations_that_hang_after_they_worked_hold_up_nobody(void **state) {
  enum { HUNG = 12 };
  static const struct receiver_step steps[] = {
      {.status = 200}, {.status = 200}, {.status = 200}, {.status = 200, .how = STEP_HOLD}};
  static const char *const ids[HUNG] = {"h0", "h1", "h2", "h3", "h4",  "h5",
                                        "h6", "h7", "h8", "h9", "h10", "h11"};
  struct fixture *f = *state;
  struct receiver hung[HUNG], up;
  receiver_start(&up, NULL, 0);
  for (int i = 0; i < HUNG; i++) {
    receiver_start(&hung[i], steps, 4);
    add_destination(f, &destination_webhook, ids[i], hung[i].url);
    add_alerts(f, ids[i], 1000 * (i + 1), 20);
  }
  add_destination(f, &destination_webhook, "up", up.url);
  start_delivery(f);
  for (int i = 0; i < HUNG; i++)
    receiver_wait(&hung[i], 4);
  add_alerts(f, "up", 100000, 20);
  delivery_wake(f->delivery);
  receiver_wait(&up, 20);
  wait_delivered(f, 3 * HUNG + 20);
  /* One of each, and the shared ones. */
  size_t under_way = 0;
  for (int i = 0; i < HUNG; i++)
    under_way += receiver_count(&hung[i]) - 3;
  assert_in_range(under_way, HUNG, HUNG + 8);
  for (int i = 0; i < HUNG; i++)
    receiver_release(&hung[i]);
  wait_delivered(f, 20 * HUNG + 20);
  for (int i = 0; i < HUNG; i++)
    receiver_stop(&hung[i]);
  receiver_stop(&up);
}

static void the_gravest_alert_is_sent_first(void **state) {
  static const struct receiver_step hold[] = {{.status = 200, .how = STEP_HOLD}, {.status = 200}};
  struct fixture *f = *state;
  struct receiver receiver;
  receiver_start(&receiver, hold, 2);
  add_destination(f, &destination_webhook, "web", receiver.url);
  f->destinations[0].max_per_second = 5; /* so that they do not overtake each other */
  add_alerts_of(f, "web", 1, 1, SEVERITY_LOW);
  start_delivery(f);
  receiver_wait(&receiver, 1);
  add_alerts_of(f, "web", 2, 3, SEVERITY_LOW);
  add_alerts_of(f, "web", 100, 1, SEVERITY_CRITICAL);
  delivery_wake(f->delivery);
  receiver_release(&receiver);
  wait_delivered(f, 5);
  char key[40] = "";
  done(f, store_outbox_list(f->store, TEXT("00000000000000000000000000000100"), OUTBOX_PENDING,
                            note_key, key, &f->error));
  assert_string_equal(receiver.keys[1], key);
  receiver_stop(&receiver);
}

static void what_failed_in_an_outage_does_not_wait_once_it_is_over(void **state) {
  static const struct receiver_step steps[] = {
      {.status = 500}, {.status = 500}, {.status = 500}, {.status = 200}};
  struct fixture *f = *state;
  struct receiver receiver;
  receiver_start(&receiver, steps, 4);
  add_destination(f, &destination_webhook, "web", receiver.url);
  add_alerts(f, "web", 1, 1);
  /* As one that was tried so often that its turn comes in half an hour. */
  int64_t count = 0;
  time_us later = clock_now(&f->options.clock) + 30 * US_PER_MINUTE;
  done(f, store_outbox_park(
              f->store,
              &(struct outbox_park){
                  .destination_id = TEXT("web"), .now = 0, .last_error = TEXT("no"), .limit = 1},
              &count, &f->error));
  done(f,
       store_outbox_retry(f->store, &(struct outbox_filter){.limit = 0}, later, &count, &f->error));
  add_alerts(f, "web", 2, 1);
  start_delivery(f);
  wait_delivered(f, 2);
  assert_int_equal(receiver_count(&receiver), 5);
  receiver_stop(&receiver);
}

static void the_end_of_a_failure_is_reported(void **state) {
  static const struct receiver_step steps[] = {
      {.status = 500}, {.status = 500}, {.status = 429}, {.status = 200}};
  struct fixture *f = *state;
  struct receiver receiver;
  receiver_start(&receiver, steps, 4);
  add_destination(f, &destination_webhook, "web", receiver.url);
  add_alerts(f, "web", 1, 1);
  start_delivery(f);
  wait_delivered(f, 1);
  wait_log(f, "works again");
  assert_int_equal(count_in_log(f, "level=warn"), 2); /* 500, then 429 */
  receiver_stop(&receiver);
}

static void rows_of_a_removed_destination_are_parked(void **state) {
  struct fixture *f = *state;
  struct receiver receiver;
  receiver_start(&receiver, NULL, 0);
  add_destination(f, &destination_webhook, "web", receiver.url);
  add_alerts(f, "removed", 100, 150);
  add_alerts(f, "web", 300, 1);
  start_delivery(f);
  wait_delivered(f, 1);
  wait_parked(f, 150);
  stop_delivery(f, US_PER_SECOND);
  assert_non_null(strstr(row_of(f, 100).last_error, "not configured any more"));
  assert_int_equal(count_in_log(f, "destination=removed"), 3); /* 64 at a time */
  receiver_stop(&receiver);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      DELIVERY_TEST(an_alert_is_delivered_once_and_logged),
      DELIVERY_TEST(a_wake_sends_new_rows),
      DELIVERY_TEST(many_alerts_use_few_connections),
      DELIVERY_TEST(destinations_are_swapped_while_a_transfer_is_under_way),
      DELIVERY_TEST(what_may_pass_is_tried_again_with_the_same_key),
      DELIVERY_TEST(a_wait_that_is_asked_for_is_kept_but_not_for_ever),
      DELIVERY_TEST(what_can_never_work_is_parked_and_reported_once),
      DELIVERY_TEST(a_template_that_fails_costs_only_itself_and_is_counted),
      DELIVERY_TEST(
          a_destination_that_is_down_holds_up_nobody_and_is_reported_once_and_at_the_stop),
      DELIVERY_TEST(a_destination_that_hangs_holds_up_nobody),
      DELIVERY_TEST(many_destinations_that_hang_after_they_worked_hold_up_nobody),
      DELIVERY_TEST(the_gravest_alert_is_sent_first),
      DELIVERY_TEST(what_failed_in_an_outage_does_not_wait_once_it_is_over),
      DELIVERY_TEST(the_end_of_a_failure_is_reported),
      DELIVERY_TEST(rows_of_a_removed_destination_are_parked),
  };
  return cmocka_run_group_tests(tests, start_http, stop_http);
}

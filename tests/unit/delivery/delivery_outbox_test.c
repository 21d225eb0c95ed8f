/* Delivery over an outbox that cannot be written, that others use too, or whose clock was set back.
 */
#include "delivery/delivery_fixture.h"

#include "store/sqlite/internal.h"

static void alerts_do_not_wait_for_a_clock_that_was_set_back(void **state) {
  struct fixture *f = *state;
  struct receiver receiver;
  struct clock clock = clock_system();
  receiver_start(&receiver, NULL, 0);
  add_destination(f, &destination_webhook, "web", receiver.url);
  add_alerts(f, "web", 1, 2);
  /* Due in a day, as if the clock had been a day ahead: no delay is that long. */
  int64_t count = 0;
  time_us tomorrow = clock_now(&clock) + US_PER_DAY;
  done(f, store_outbox_park(
              f->store,
              &(struct outbox_park){
                  .destination_id = TEXT("web"), .now = 0, .last_error = TEXT("no"), .limit = 2},
              &count, &f->error));
  done(f, store_outbox_retry(f->store, &(struct outbox_filter){.limit = 0}, tomorrow, &count,
                             &f->error));
  assert_int_equal(count, 2);
  start_delivery(f);
  wait_delivered(f, 2);
  receiver_stop(&receiver);
}

/* Makes the delivery's handle read-only, or writable again. */
static void set_read_only(struct fixture *f, bool read_only) {
  assert_int_equal(sqlite3_exec(f->delivery_store->db,
                                read_only ? "PRAGMA query_only = 1" : "PRAGMA query_only = 0", NULL,
                                NULL, NULL),
                   SQLITE_OK);
}

static void a_store_that_cannot_be_written_sends_nothing(void **state) {
  struct fixture *f = *state;
  struct receiver receiver;
  receiver_start(&receiver, NULL, 0);
  add_destination(f, &destination_webhook, "web", receiver.url);
  add_alerts(f, "web", 1, 3);
  set_read_only(f, true);
  start_delivery(f);
  wait_log(f, "the outbox cannot be used");
  assert_int_equal(counts(f).outbox_pending, 3);
  assert_int_equal(receiver_count(&receiver), 0);
  set_read_only(f, false);
  wait_delivered(f, 3);
  wait_log(f, "the outbox can be used again");
  assert_int_equal(receiver_count(&receiver), 3);
  assert_int_equal(count_in_log(f, "the outbox cannot be used"), 1);
  receiver_stop(&receiver);
}

static void what_was_sent_while_the_store_failed_is_not_sent_again(void **state) {
  static const struct receiver_step steps[] = {{.status = 200, .how = STEP_HOLD}, {.status = 200}};
  struct fixture *f = *state;
  struct receiver receiver;
  receiver_start(&receiver, steps, 2);
  add_destination(f, &destination_webhook, "web", receiver.url);
  add_alerts(f, "web", 1, 3);
  start_delivery(f);
  receiver_wait(&receiver, 1);
  set_read_only(f, true);
  receiver_release(&receiver);
  wait_log(f, "the outbox cannot be used");
  assert_int_equal(counts(f).outbox_pending, 3);
  assert_int_equal(receiver_count(&receiver), 1);
  set_read_only(f, false);
  wait_delivered(f, 3);
  assert_int_equal(receiver_count(&receiver), 3);
  receiver_stop(&receiver);
}

static void ignore_row(void *context, const struct outbox_row *row, const struct alert *alert) {
  (void)context, (void)row, (void)alert;
}

static void what_another_process_left_claimed_is_sent_when_its_lease_has_ended(void **state) {
  struct fixture *f = *state;
  struct receiver receiver;
  receiver_start(&receiver, NULL, 0);
  add_destination(f, &destination_webhook, "web", receiver.url);
  add_alerts(f, "web", 1, 2);
  struct outbox_claim claim = {.owner = TEXT("gone"),
                               .destination_id = TEXT("web"),
                               .now = clock_now(&f->options.clock),
                               .lease_us = 300 * US_PER_MS,
                               .limit = 1};
  done(f, store_outbox_claim(f->store, &claim, ignore_row, NULL, &f->error));
  start_delivery(f);
  wait_delivered(f, 2);
  assert_true(clock_now(&f->options.clock) >= claim.now + claim.lease_us);
  assert_int_equal(receiver_count(&receiver), 2);
  receiver_stop(&receiver);
}

static void a_result_that_comes_after_the_lease_counts_for_nothing(void **state) {
  static const struct receiver_step steps[] = {{.status = 200, .how = STEP_HOLD}, {.status = 200}};
  struct fixture *f = *state;
  struct receiver receiver;
  receiver_start(&receiver, steps, 2);
  add_destination(f, &destination_webhook, "web", receiver.url);
  add_alerts(f, "web", 1, 1);
  start_delivery(f);
  receiver_wait(&receiver, 1);
  done(f, store_outbox_release(f->store, TEXT(""), &f->error));
  struct outbox_claim claim = {.owner = TEXT("other"),
                               .destination_id = TEXT("web"),
                               .now = clock_now(&f->options.clock),
                               .lease_us = US_PER_HOUR,
                               .limit = 1};
  done(f, store_outbox_claim(f->store, &claim, ignore_row, NULL, &f->error));
  receiver_release(&receiver);
  wait_log(f, "after its lease had ended");
  assert_int_equal(row_of(f, 1).state, OUTBOX_PENDING);
  assert_int_equal(row_of(f, 1).attempts, 0);
  receiver_stop(&receiver);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      DELIVERY_TEST(alerts_do_not_wait_for_a_clock_that_was_set_back),
      DELIVERY_TEST(a_store_that_cannot_be_written_sends_nothing),
      DELIVERY_TEST(what_was_sent_while_the_store_failed_is_not_sent_again),
      DELIVERY_TEST(what_another_process_left_claimed_is_sent_when_its_lease_has_ended),
      DELIVERY_TEST(a_result_that_comes_after_the_lease_counts_for_nothing),
  };
  return cmocka_run_group_tests(tests, start_http, stop_http);
}

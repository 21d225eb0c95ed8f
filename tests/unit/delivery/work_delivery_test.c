/* Work on threads of its own: what comes of it, and that nobody waits for work that hangs. */
#include "delivery/delivery_fixture.h"

#include <unistd.h>

static atomic_int given_up, deaf, let_go;

static enum delivery_verdict do_what_is_said(const struct delivery_work *work,
                                             struct error *reason) {
  struct pollfd stop = {.fd = work->stop_fd, .events = POLLIN};
  assert_true(text_is(work->body, "the body"));
  assert_string_equal(work->tls.ca_file, "ca.pem");
  if (text_is(work->target, "hang")) {
    poll(&stop, 1, 60000);
    atomic_fetch_add(&given_up, 1);
    error_set(reason, "given up");
    return DELIVERY_RETRY;
  }
  if (text_is(work->target, "deaf")) {
    atomic_fetch_add(&deaf, 1);
    while (!atomic_load(&let_go))
      nap();
    atomic_fetch_sub(&deaf, 1);
    return DELIVERY_DONE;
  }
  if (text_is(work->target, "done"))
    return DELIVERY_DONE;
  error_set(reason, "it said %.*s", TEXT_ARGS(work->target));
  return text_is(work->target, "park") ? DELIVERY_PARK : DELIVERY_RETRY;
}

static bool render(const struct destination *destination, const struct alert *alert,
                   const struct delivery_try *attempt, struct delivery_request *request,
                   struct error *error) {
  (void)alert, (void)attempt, (void)error;
  request->transport = DELIVERY_WORK;
  request->work.run = do_what_is_said;
  request->work.verb = "do";
  request->tls.ca_file = "ca.pem";
  buffer_append_text(&request->url, destination->id);
  buffer_append_string(&request->body, "the body");
  return true;
}

static const struct destination_type worker = {.kind = {.name = "worker", .settings = {.size = 1}},
                                               .render = render};

static void its_verdict_counts(void **state) {
  struct fixture *f = *state;
  add_destination(f, &worker, "done", NULL);
  add_destination(f, &worker, "park", NULL);
  add_destination(f, &worker, "retry", NULL);
  add_alerts(f, "done", 1, 5);
  add_alerts(f, "park", 6, 1);
  add_alerts(f, "retry", 7, 1);
  start_delivery(f);
  wait_delivered(f, 5);
  wait_parked(f, 1);
  wait_attempts(f, 7, 2);
  stop_delivery(f, 0);
  assert_string_equal(row_of(f, 6).last_error, "it said park");
  assert_string_equal(row_of(f, 7).last_error, "it said retry");
}

static void what_hangs_is_waited_for_by_nobody(void **state) {
  struct fixture *f = *state;
  atomic_store(&given_up, 0);
  add_destination(f, &worker, "hang", NULL);
  add_destination(f, &worker, "done", NULL);
  add_alerts(f, "hang", 1, 1);
  add_alerts(f, "done", 2, 20);
  start_delivery(f);
  wait_delivered(f, 20);
  stop_delivery(f, 0);
  assert_int_equal(atomic_load(&given_up), 1); /* at once, when delivery ended */
  assert_int_equal(row_of(f, 1).state, OUTBOX_PENDING);
}

static void what_does_not_even_stop_is_left_to_itself(void **state) {
  struct fixture *f = *state;
  atomic_store(&let_go, 0);
  f->options.transfer_most_us = 10 * US_PER_MS;
  f->options.retry_first_us = f->options.retry_most_us = US_PER_HOUR;
  add_destination(f, &worker, "deaf", NULL);
  add_alerts(f, "deaf", 1, 1);
  start_delivery(f);
  wait_attempts(f, 1, 1);
  stop_delivery(f, 0);
  assert_string_equal(row_of(f, 1).last_error, "it hangs, in spite of its time-out");
  assert_int_equal(row_of(f, 1).state, OUTBOX_PENDING);
  assert_int_equal(atomic_load(&deaf), 1);
  atomic_store(&let_go, 1);
  for (int i = 0; atomic_load(&deaf) > 0; i++, nap())
    assert_true(i < WAIT_STEPS);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      DELIVERY_TEST(its_verdict_counts),
      DELIVERY_TEST(what_hangs_is_waited_for_by_nobody),
      DELIVERY_TEST(what_does_not_even_stop_is_left_to_itself),
  };
  return cmocka_run_group_tests(tests, start_http, stop_http);
}

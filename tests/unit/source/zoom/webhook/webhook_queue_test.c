/* A webhook's requests from receipt to answer, with an intake that writes down what is answered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "source/zoom/webhook/webhook_queue.h"

#define REQUESTS_MAX (WEBHOOK_WAITING_MAX + 1)
#define LONG_AGO (clock_monotonic() - WEBHOOK_ANSWER_US - 1)

/* The handle of a request is the place of its answer. */
struct given {
  unsigned status, times;
  enum intake_outcome outcome;
};

struct fixture {
  struct webhook_queue *queue;
  struct given given[REQUESTS_MAX];
  size_t count;
  size_t late; /* that the last expire answered */
};

static void write_down(void *context, const struct intake_request *request,
                       const struct intake_answer *answer) {
  (void)context;
  struct given *given = request->handle;
  given->status = answer->status;
  given->outcome = answer->outcome;
  given->times++;
}

static int start(void **state) {
  struct fixture *f = memory_alloc(sizeof *f);
  const struct source_intake intake = {.answer = write_down};
  f->queue = webhook_queue_new(&intake);
  *state = f;
  return 0;
}

static int end(void **state) {
  struct fixture *f = *state;
  if (f->queue)
    webhook_queue_release(f->queue);
  for (size_t i = 0; i < f->count; i++)
    assert_int_equal(f->given[i].times, 1);
  free(f);
  return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

static enum intake_outcome put_at(struct fixture *f, struct text body, time_us received) {
  const struct intake_request request = {
      .handle = &f->given[f->count], .body = body, .received = received};
  enum intake_outcome outcome = webhook_queue_put(f->queue, &request);
  f->count += outcome == INTAKE_ACCEPTED;
  return outcome;
}

static void put(struct fixture *f, const char *body) {
  assert_int_equal(put_at(f, text_from(body), clock_monotonic()), INTAKE_ACCEPTED);
}

static time_us expire(struct fixture *f) {
  struct ip client;
  return webhook_queue_expire(f->queue, &f->late, &client);
}

static struct batch *take(struct fixture *f) {
  return webhook_queue_take(f->queue, US_PER_MS);
}

/* What is in a batch, with a '|' after each record. */
static void assert_holds(const struct batch *batch, const char *expected) {
  struct buffer records = BUFFER_NONE;
  struct text record;
  uint64_t occurrence;
  for (size_t cursor = 0; batch_next(batch, &cursor, &record, &occurrence);) {
    assert_int_equal(occurrence, 0);
    buffer_append_text(&records, record);
    buffer_append_string(&records, "|");
  }
  assert_string_equal(buffer_text(&records).data, expected);
  buffer_free(&records);
}

static void settle(struct batch *batch, bool durable) {
  batch_settle(batch, durable);
  batch_free(batch);
}

/* ---- the usual way ----------------------------------------------------------------------- */

static void requests_are_answered_when_their_batch_is_durable(void **state) {
  struct fixture *f = *state;
  put(f, "a");
  put(f, "b");
  struct batch *batch = take(f);
  put(f, "c");
  assert_holds(batch, "a|b|");
  assert_int_equal(f->given[0].times, 0);
  settle(batch, true);
  assert_int_equal(f->given[0].status, 200);
  assert_int_equal(f->given[1].status, 200);
  assert_int_equal(f->given[2].times, 0);
  batch = take(f);
  assert_holds(batch, "c|");
  settle(batch, true);
  assert_int_equal(f->given[2].status, 200);
}

static void requests_whose_batch_is_refused_are_to_be_sent_again(void **state) {
  struct fixture *f = *state;
  put(f, "a");
  batch_free(take(f));
  assert_int_equal(f->given[0].status, 503);
  assert_int_equal(f->given[0].outcome, INTAKE_UNAVAILABLE);
}

static void two_batches_are_in_flight_at_most(void **state) {
  struct fixture *f = *state;
  struct batch *batches[WEBHOOK_FLIGHTS_MAX];
  for (size_t i = 0; i < WEBHOOK_FLIGHTS_MAX; i++) {
    put(f, "a");
    batches[i] = take(f);
    assert_holds(batches[i], "a|");
  }
  put(f, "b");
  struct batch *empty = take(f);
  assert_holds(empty, "");
  batch_free(empty);
  settle(batches[1], true);
  batches[1] = take(f);
  assert_holds(batches[1], "b|");
  settle(batches[0], true);
  settle(batches[1], true);
}

static void a_batch_is_cut_by_bytes_and_by_records(void **state) {
  struct fixture *f = *state;
  char *large = memory_alloc(WEBHOOK_BATCH_BYTES);
  const size_t sizes[] = {WEBHOOK_BATCH_BYTES - 1, 1, 1, WEBHOOK_BATCH_BYTES, 1};
  const size_t counts[] = {2, 1, 1, 1};
  memset(large, 'x', WEBHOOK_BATCH_BYTES);
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    assert_int_equal(put_at(f, (struct text){large, sizes[i]}, clock_monotonic()), INTAKE_ACCEPTED);
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
    struct batch *batch = take(f);
    assert_int_equal(batch->count, counts[i]);
    settle(batch, true);
  }
  for (size_t i = 0; i < WEBHOOK_BATCH_MAX + 1; i++)
    put(f, "y");
  struct batch *batch = take(f);
  assert_int_equal(batch->count, WEBHOOK_BATCH_MAX);
  settle(batch, true);
  free(large);
}

/* ---- too much, too late ------------------------------------------------------------------ */

static void what_waits_is_bounded_by_number_and_by_bytes(void **state) {
  struct fixture *f = *state;
  char *large = memory_alloc(WEBHOOK_WAITING_BYTES_MAX);
  const struct text all = {large, WEBHOOK_WAITING_BYTES_MAX};
  assert_int_equal(put_at(f, all, clock_monotonic()), INTAKE_ACCEPTED);
  assert_int_equal(put_at(f, TEXT("x"), clock_monotonic()), INTAKE_OVERLOADED);
  settle(take(f), true);
  for (size_t i = 0; i < WEBHOOK_WAITING_MAX; i++)
    put(f, "x");
  assert_int_equal(put_at(f, TEXT("x"), clock_monotonic()), INTAKE_OVERLOADED);
  free(large);
}

static void what_waits_for_too_long_is_answered_and_not_stored(void **state) {
  struct fixture *f = *state;
  assert_int_equal(expire(f), INT64_MAX);
  put_at(f, TEXT("old"), LONG_AGO);
  put(f, "young");
  time_us next = expire(f), now = clock_monotonic();
  assert_in_range(next, now, now + WEBHOOK_ANSWER_US);
  assert_int_equal(f->late, 1);
  assert_int_equal(f->given[0].status, 503);
  assert_int_equal(f->given[0].outcome, INTAKE_LATE);
  assert_int_equal(f->given[1].times, 0);
  struct batch *batch = take(f);
  assert_holds(batch, "young|");
  settle(batch, true);
}

static void while_a_batch_is_late_nothing_is_taken(void **state) {
  struct fixture *f = *state;
  put_at(f, TEXT("old"), LONG_AGO);
  put(f, "young"); /* their fate is one */
  struct batch *batch = take(f);
  assert_int_equal(expire(f), INT64_MAX);
  assert_int_equal(f->late, 2);
  assert_int_equal(f->given[0].outcome, INTAKE_LATE);
  assert_int_equal(f->given[1].outcome, INTAKE_LATE);
  assert_int_equal(put_at(f, TEXT("x"), clock_monotonic()), INTAKE_UNAVAILABLE);
  settle(batch, true); /* nobody waits for it any longer */
  put(f, "x");
}

/* ---- the end ----------------------------------------------------------------------------- */

static void a_close_answers_what_waits_and_lets_what_is_in_flight_come(void **state) {
  struct fixture *f = *state;
  put(f, "in flight");
  struct batch *batch = take(f);
  put(f, "waits");
  webhook_queue_close(f->queue);
  assert_int_equal(f->given[1].outcome, INTAKE_UNAVAILABLE);
  assert_int_equal(put_at(f, TEXT("x"), clock_monotonic()), INTAKE_UNAVAILABLE);
  assert_null(take(f));
  settle(batch, true);
  assert_int_equal(f->given[0].status, 200);
}

static void a_batch_may_outlive_the_queues_release(void **state) {
  struct fixture *f = *state;
  put(f, "a");
  struct batch *batch = take(f);
  webhook_queue_close(f->queue);
  webhook_queue_release(f->queue);
  f->queue = NULL;
  assert_int_equal(f->given[0].outcome, INTAKE_UNAVAILABLE);
  batch_free(batch);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(requests_are_answered_when_their_batch_is_durable),
      TEST(requests_whose_batch_is_refused_are_to_be_sent_again),
      TEST(two_batches_are_in_flight_at_most),
      TEST(a_batch_is_cut_by_bytes_and_by_records),
      TEST(what_waits_is_bounded_by_number_and_by_bytes),
      TEST(what_waits_for_too_long_is_answered_and_not_stored),
      TEST(while_a_batch_is_late_nothing_is_taken),
      TEST(a_close_answers_what_waits_and_lets_what_is_in_flight_come),
      TEST(a_batch_may_outlive_the_queues_release),
  };
  return cmocka_run_group_tests_name("webhook_queue", tests, NULL, NULL);
}

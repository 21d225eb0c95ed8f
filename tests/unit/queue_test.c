#include "base/queue.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ITEM_COUNT = 20000, PRODUCER_COUNT = 3, CONSUMER_COUNT = 3 };

static int numbers[ITEM_COUNT];

static void items_come_out_in_the_order_they_went_in(void **state) {
  (void)state;
  struct queue *queue = queue_new(3);
  for (int round = 0; round < 5; round++) { /* more than once around the ring */
    assert_true(queue_push(queue, &numbers[0]));
    assert_true(queue_push(queue, &numbers[1]));
    assert_int_equal(queue_size(queue), 2);
    assert_ptr_equal(queue_pop(queue), &numbers[0]);
    assert_ptr_equal(queue_pop(queue), &numbers[1]);
  }
  queue_free(queue);
}

static void a_closed_queue_refuses_a_push(void **state) {
  (void)state;
  struct queue *queue = queue_new(3);
  queue_close(queue);
  queue_close(queue);
  assert_false(queue_push(queue, &numbers[0]));
  queue_free(queue);
}

static void a_closed_queue_gives_what_it_holds_and_then_null(void **state) {
  (void)state;
  struct queue *queue = queue_new(3);
  queue_push(queue, &numbers[0]);
  queue_close(queue);
  assert_ptr_equal(queue_pop(queue), &numbers[0]);
  assert_null(queue_pop(queue));
  assert_null(queue_pop(queue));
  queue_free(queue);
}

static void *pop_one(void *queue) {
  return queue_pop(queue);
}

static void *push_one(void *queue) {
  return queue_push(queue, &numbers[1]) ? queue : NULL;
}

static void closing_wakes_those_who_wait(void **state) {
  (void)state;
  pthread_t popper, pusher;
  void *result;
  struct queue *empty = queue_new(1), *full = queue_new(1);
  queue_push(full, &numbers[0]);
  pthread_create(&popper, NULL, pop_one, empty);
  pthread_create(&pusher, NULL, push_one, full);
  queue_close(empty);
  queue_close(full);
  pthread_join(popper, &result);
  assert_null(result);
  pthread_join(pusher, &result);
  assert_null(result);
  queue_free(empty);
  queue_free(full);
}

static void a_full_queue_takes_again_after_a_pop(void **state) {
  (void)state;
  pthread_t pusher;
  void *result;
  struct queue *queue = queue_new(1);
  queue_push(queue, &numbers[0]);
  pthread_create(&pusher, NULL, push_one, queue);
  assert_ptr_equal(queue_pop(queue), &numbers[0]);
  assert_ptr_equal(queue_pop(queue), &numbers[1]);
  pthread_join(pusher, &result);
  assert_ptr_equal(result, queue);
  queue_free(queue);
}

struct traffic {
  struct queue *queue;
  atomic_int next; /* the next number to push */
  atomic_int popped[ITEM_COUNT];
};

static void *produce(void *context) {
  struct traffic *traffic = context;
  int i;
  while ((i = atomic_fetch_add(&traffic->next, 1)) < ITEM_COUNT)
    if (!queue_push(traffic->queue, &numbers[i]))
      return NULL;
  return NULL;
}

static void *consume(void *context) {
  struct traffic *traffic = context;
  int *item;
  while ((item = queue_pop(traffic->queue)))
    atomic_fetch_add(&traffic->popped[item - numbers], 1);
  return NULL;
}

static void many_threads_pass_every_item_once(void **state) {
  (void)state;
  static struct traffic traffic;
  pthread_t producers[PRODUCER_COUNT], consumers[CONSUMER_COUNT];
  traffic.queue = queue_new(7);
  for (int i = 0; i < PRODUCER_COUNT; i++)
    pthread_create(&producers[i], NULL, produce, &traffic);
  for (int i = 0; i < CONSUMER_COUNT; i++)
    pthread_create(&consumers[i], NULL, consume, &traffic);
  for (int i = 0; i < PRODUCER_COUNT; i++)
    pthread_join(producers[i], NULL);
  queue_close(traffic.queue);
  for (int i = 0; i < CONSUMER_COUNT; i++)
    pthread_join(consumers[i], NULL);
  for (int i = 0; i < ITEM_COUNT; i++)
    assert_int_equal(atomic_load(&traffic.popped[i]), 1);
  queue_free(traffic.queue);
  queue_free(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(items_come_out_in_the_order_they_went_in),
      cmocka_unit_test(a_closed_queue_refuses_a_push),
      cmocka_unit_test(a_closed_queue_gives_what_it_holds_and_then_null),
      cmocka_unit_test(closing_wakes_those_who_wait),
      cmocka_unit_test(a_full_queue_takes_again_after_a_pop),
      cmocka_unit_test(many_threads_pass_every_item_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

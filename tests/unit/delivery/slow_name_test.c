/* A destination whose name is not resolved, because DNS hangs. The test is the system's resolver
 * for libcurl: it takes the place of getaddrinfo. */
#include "delivery/delivery_fixture.h"

#include <netdb.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* guards what follows */
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int waiting;
static bool released;

int getaddrinfo(const char *restrict name, const char *restrict service,
                const struct addrinfo *restrict req, struct addrinfo **restrict pai) {
  (void)name, (void)service, (void)req, (void)pai;
  pthread_mutex_lock(&mutex);
  waiting++;
  while (!released)
    pthread_cond_wait(&changed, &mutex);
  waiting--;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&mutex);
  return EAI_AGAIN;
}

/* Lets the resolver's threads end, which libcurl has left behind. */
static void release_names(void) {
  pthread_mutex_lock(&mutex);
  released = true;
  pthread_cond_broadcast(&changed);
  while (waiting > 0)
    pthread_cond_wait(&changed, &mutex);
  pthread_mutex_unlock(&mutex);
}

static int names_waiting(void) {
  pthread_mutex_lock(&mutex);
  int count = waiting;
  pthread_mutex_unlock(&mutex);
  return count;
}

static void a_name_that_is_not_resolved_holds_up_nobody_and_not_the_end(void **state) {
  struct fixture *f = *state;
  struct receiver up;
  receiver_start(&up, NULL, 0);
  f->options.transfer_most_us = 300 * US_PER_MS;
  add_destination(f, &destination_webhook, "lost", "http://lost.example/hook?token=sesame");
  add_destination(f, &destination_webhook, "up", up.url);
  add_alerts(f, "lost", 1, 1);
  add_alerts(f, "up", 100, 5);
  start_delivery(f);
  wait_delivered(f, 5);
  wait_attempts(f, 1, 2); /* the end of the first transfer waited for nothing */
  assert_non_null(strstr(row_of(f, 1).last_error, "timed out"));
  add_alerts(f, "up", 200, 5);
  delivery_wake(f->delivery);
  wait_delivered(f, 10);
  assert_true(names_waiting() > 0);
  int64_t begin = clock_monotonic();
  stop_delivery(f, 50 * US_PER_MS);
  assert_true(clock_monotonic() - begin < 2 * US_PER_SECOND + 50 * US_PER_MS);
  assert_true(names_waiting() > 0);
  release_names();
  receiver_stop(&up);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      DELIVERY_TEST(a_name_that_is_not_resolved_holds_up_nobody_and_not_the_end),
  };
  return cmocka_run_group_tests(tests, start_http, stop_http);
}

#include "sim/sim_client.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

static void start_with(struct client *client, uint64_t operations, const char *const *faults,
                       size_t fault_count) {
  struct sim_options options = client_options(client);
  options.count[SIM_OPERATION] = operations;
  options.count[SIM_ACTIVITY] = 10;
  options.faults = faults;
  options.fault_count = fault_count;
  client_start(client, &options);
}

#define START(client, operations, ...)                                                             \
  start_with((client), (operations), (const char *const[]){__VA_ARGS__},                           \
             sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void a_status_comes_at_the_requests_it_is_for(void **state) {
  (void)state;
  static const long expected[] = {200, 500, 429, 200, 500, 200};
  struct client client;
  START(&client, 10, "429:at=3,retry-after=7", "500:at=2+5");
  client_mint(&client);
  for (size_t i = 0; i < 6; i++) {
    assert_int_equal(client_get(&client, i % 2 ? ACTIVITIES : OPERATIONS), expected[i]);
    assert_true(client.response.retry_after_us == (i == 2 ? 7 * US_PER_SECOND : -1));
  }
  struct sim_stats stats;
  sim_stats(client.sim, &stats);
  assert_int_equal(stats.faults_injected, 3);
  assert_int_equal(stats.pages, 3);
  client_stop(&client);
}

static void retry_after_can_be_a_date(void **state) {
  (void)state;
  struct client client;
  struct sim_options options = client_options(&client);
  options.clock = clock_system();
  options.faults = &(const char *){"503:retry-after-date=600"};
  options.fault_count = 1;
  client_start(&client, &options);
  assert_int_equal(client_get(&client, OPERATIONS), 503);
  assert_in_range(client.response.retry_after_us, 300 * US_PER_SECOND, 600 * US_PER_SECOND);
  client_stop(&client);
}

static void a_fault_can_be_for_one_kind_of_request(void **state) {
  (void)state;
  struct client client;
  START(&client, 10, "429:on=oauth,first=1", "500:on=activity");
  assert_int_equal(client_mint(&client), 429);
  assert_int_equal(client_mint(&client), 200);
  assert_int_equal(client_get(&client, OPERATIONS), 200);
  assert_int_equal(client_get(&client, ACTIVITIES), 500);
  client_stop(&client);
}

static void answers_that_are_cut_or_missing_are_no_answers(void **state) {
  (void)state;
  struct client client;
  START(&client, 300, "cut:at=1", "close:at=2");
  client_mint(&client);
  assert_int_equal(client_get(&client, OPERATIONS), 0);
  assert_int_equal(client_get(&client, OPERATIONS), 0);
  assert_int_equal(client_get(&client, OPERATIONS), 200);
  assert_int_equal(client_rows(&client), 30);
  struct sim_stats stats;
  sim_stats(client.sim, &stats);
  assert_int_equal(stats.pages, 1);
  client_stop(&client);
}

static void a_body_can_be_no_json(void **state) {
  (void)state;
  struct client client;
  START(&client, 10, "json:at=1");
  client_mint(&client);
  assert_int_equal(client_get(&client, OPERATIONS), 200);
  assert_null(client.json);
  assert_int_equal(client_get(&client, OPERATIONS), 200);
  assert_non_null(client.json);
  client_stop(&client);
}

static void a_slow_answer_comes_whole_and_late(void **state) {
  (void)state;
  struct client client;
  START(&client, 10, "slow:at=1,ms=60");
  client_mint(&client);
  time_us before = clock_monotonic();
  assert_int_equal(client_get(&client, OPERATIONS), 200);
  assert_true(clock_monotonic() - before >= 60 * US_PER_MS);
  assert_int_equal(client_rows(&client), 10);
  client_stop(&client);
}

static void *get_slowly(void *context) {
  client_get(context, OPERATIONS);
  return NULL;
}

static void a_stop_does_not_wait_for_a_slow_answer(void **state) {
  (void)state;
  struct client client;
  pthread_t thread;
  START(&client, 10, "slow:ms=600000");
  client_mint(&client);
  assert_int_equal(pthread_create(&thread, NULL, get_slowly, &client), 0);
  struct sim_stats stats = {.requests = 0};
  while (stats.faults_injected == 0) {
    sim_stats(client.sim, &stats);
    sched_yield();
  }
  sim_stop(client.sim);
  client.sim = NULL;
  pthread_join(thread, NULL);
  client_stop(&client);
}

static void a_page_token_is_found_expired_once(void **state) {
  (void)state;
  struct client client;
  char path[512];
  START(&client, 100, "page-token:page=3");
  client_mint(&client);
  client_get(&client, OPERATIONS);
  client_next(&client, OPERATIONS, path, sizeof path);
  assert_int_equal(client_get(&client, path), 200);
  client_next(&client, OPERATIONS, path, sizeof path);
  assert_int_equal(client_get(&client, path), 400);
  assert_int_equal(client_code(&client), 300);
  assert_int_equal(client_get(&client, path), 400);
  assert_int_equal(client_read_all(&client, OPERATIONS), 100);
  client_stop(&client);
}

static void tokens_are_found_revoked(void **state) {
  (void)state;
  struct client client;
  START(&client, 10, "token:every=3");
  client_mint(&client);
  assert_int_equal(client_get(&client, OPERATIONS), 200);
  assert_int_equal(client_get(&client, OPERATIONS), 200);
  assert_int_equal(client_get(&client, OPERATIONS), 401);
  assert_int_equal(client_get(&client, OPERATIONS), 401);
  client_mint(&client);
  assert_int_equal(client_get(&client, OPERATIONS), 200);
  client_stop(&client);
}

static void late_rows_come_after_so_many_pages_but_not_within_a_reading(void **state) {
  (void)state;
  struct client client;
  START(&client, 200, "late:share=0.2,after=3");
  client_mint(&client);
  struct sim_stats stats;
  sim_stats(client.sim, &stats);
  uint64_t late = stats.reports[SIM_OPERATION].late;
  assert_in_range(late, 20, 60);
  assert_int_equal(client_read_all(&client, OPERATIONS), 200 - late);
  assert_int_equal(client_read_all(&client, OPERATIONS), 200);
  client_stop(&client);
}

static void the_same_rows_are_late_for_the_same_seed(void **state) {
  (void)state;
  char *first = NULL;
  for (int run = 0; run < 2; run++) {
    struct client client;
    START(&client, 30, "late:share=0.5,after=100");
    client_mint(&client);
    client_get(&client, OPERATIONS);
    char *rows = json_dumps(json_object_get(client.json, "operation_logs"), 0);
    if (run == 0)
      first = rows;
    else
      assert_string_equal(rows, first);
    client_stop(&client);
    if (run == 1)
      free(rows);
  }
  free(first);
}

static void identical_rows_stand_side_by_side(void **state) {
  (void)state;
  struct client client;
  START(&client, 100, "identical:share=0.1");
  client_mint(&client);
  struct sim_stats stats;
  sim_stats(client.sim, &stats);
  uint64_t identical = stats.reports[SIM_OPERATION].identical, seen = 0;
  assert_in_range(identical, 2, 25);
  assert_int_equal(stats.reports[SIM_OPERATION].rows, 100 + identical);
  assert_int_equal(client_get(&client, OPERATIONS "&page_size=300"), 200);
  const json_t *rows = json_object_get(client.json, "operation_logs");
  for (size_t i = 1; i < json_array_size(rows); i++)
    seen += (uint64_t)json_equal(json_array_get(rows, i - 1), json_array_get(rows, i));
  assert_int_equal(json_array_size(rows), 100 + identical);
  assert_int_equal(seen, identical);
  client_stop(&client);
}

static void a_fault_that_is_written_wrong_stops_the_start(void **state) {
  (void)state;
  struct client client;
  struct error error = ERROR_NONE;
  struct sim_options options = client_options(&client);
  options.faults = &(const char *){"429:evry=2"};
  options.fault_count = 1;
  assert_null(sim_start(&options, &error));
  assert_non_null(strstr(error.text, "unknown setting 'evry'"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_status_comes_at_the_requests_it_is_for),
      cmocka_unit_test(retry_after_can_be_a_date),
      cmocka_unit_test(a_fault_can_be_for_one_kind_of_request),
      cmocka_unit_test(answers_that_are_cut_or_missing_are_no_answers),
      cmocka_unit_test(a_body_can_be_no_json),
      cmocka_unit_test(a_slow_answer_comes_whole_and_late),
      cmocka_unit_test(a_stop_does_not_wait_for_a_slow_answer),
      cmocka_unit_test(a_page_token_is_found_expired_once),
      cmocka_unit_test(tokens_are_found_revoked),
      cmocka_unit_test(late_rows_come_after_so_many_pages_but_not_within_a_reading),
      cmocka_unit_test(the_same_rows_are_late_for_the_same_seed),
      cmocka_unit_test(identical_rows_stand_side_by_side),
      cmocka_unit_test(a_fault_that_is_written_wrong_stops_the_start),
  };
  return cmocka_run_group_tests(tests, start_http, stop_http);
}

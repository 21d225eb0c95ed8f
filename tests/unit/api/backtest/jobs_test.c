/* Backtests as jobs: one at a time, so many wait, and any can be cancelled. */
#include "detect/detect_fixture.h"

#include "api/backtest/jobs.h"
#include "api/backtest/outcome.h"
#include "store/store_access.h"

#include <pthread.h>
#include <unistd.h>

struct fixture {
  char path[64];
  struct api_jobs *jobs;
  struct rule_loader loader;
  pthread_mutex_t gate; /* loading waits while somebody has it */
  struct buffer json;
};

/* The configuration's rules, or one that is given: the same. */
static bool load(void *context, const struct rule_load *load, struct rules_loaded *loaded,
                 struct problems *problems) {
  struct fixture *f = context;
  pthread_mutex_lock(&f->gate);
  pthread_mutex_unlock(&f->gate);
  if (load->given && !text_equal(load->given->source, TEXT(FIXTURE_RULE)))
    return problems_add(problems, NULL, 0, 0, "this is another rule");
  loaded->detection = fixture_detection(FIXTURE_RULE);
  return true;
}

static int start(void **state) {
  struct fixture *f = memory_alloc(sizeof *f);
  struct error error = ERROR_NONE;
  snprintf(f->path, sizeof f->path, "/tmp/margay-jobs-%d.db", (int)getpid());
  struct store *store = store_open(f->path, &error);
  const struct store_event event = {.row_id = TEXT("row"),
                                    .source_id = TEXT("test"),
                                    .log_type = TEXT("Test.Log"),
                                    .event_time = 1704067200 * US_PER_SECOND,
                                    .parse_time = 1704067200 * US_PER_SECOND,
                                    .record =
                                        TEXT("{\"at\":1704067200,\"who\":\"homer\",\"bad\":true}")};
  assert_true(store_event_add(store, &event, 1, &error));
  store_close(store);
  pthread_mutex_init(&f->gate, NULL);
  f->loader = (struct rule_loader){f, load};
  f->jobs = api_jobs_new(f->path, &f->loader, 1);
  *state = f;
  return 0;
}

static int end(void **state) {
  static const char *const ends[] = {"", "-wal", "-shm"};
  struct fixture *f = *state;
  char path[80];
  api_jobs_free(f->jobs);
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    snprintf(path, sizeof path, "%s%s", f->path, ends[i]);
    unlink(path);
  }
  pthread_mutex_destroy(&f->gate);
  buffer_free(&f->json);
  free(f);
  return 0;
}

static const char *show(struct fixture *f, const struct job_id *id) {
  buffer_reset(&f->json);
  buffer_append_char(&f->json, '{');
  assert_true(api_jobs_show(f->jobs, text_from(id->text), &f->json));
  return f->json.data;
}

static bool is(struct fixture *f, const struct job_id *id, const char *state) {
  char wanted[40];
  snprintf(wanted, sizeof wanted, "\"state\":\"%s\"", state);
  return strstr(show(f, id), wanted) != NULL;
}

static void wait_until(struct fixture *f, const struct job_id *id, const char *state) {
  const time_us end = clock_monotonic() + 20 * US_PER_SECOND;
  while (!is(f, id, state)) {
    if (clock_monotonic() > end)
      fail_msg("not %s: %s", state, f->json.data);
    usleep(2000);
  }
}

static struct job_id start_job(struct fixture *f, const char *rule) {
  const struct job_ask ask = {.rule = text_from(rule), .since = US_PER_DAY};
  struct job_id id;
  assert_true(api_jobs_start(f->jobs, &ask, &id));
  return id;
}

static void what_a_backtest_found_is_kept(void **state) {
  struct fixture *f = *state;
  const struct job_id id = start_job(f, "test.*");
  wait_until(f, &id, "done");
  assert_non_null(strstr(show(f, &id), "\"alert_count\":1"));
  assert_non_null(strstr(show(f, &id), "\"title\":\"bad: homer\""));
  const struct job_id none = start_job(f, "Other");
  wait_until(f, &none, "failed");
  assert_non_null(strstr(show(f, &none), "there is no such rule"));
  assert_non_null(strstr(show(f, &id), "\"alert_count\":1"));
}

static void a_rule_may_be_given_as_a_text(void **state) {
  struct fixture *f = *state;
  const struct job_ask ask = {.source = TEXT(FIXTURE_RULE), .since = US_PER_DAY};
  struct job_id id;
  assert_true(api_jobs_start(f->jobs, &ask, &id));
  wait_until(f, &id, "done");
}

static void one_runs_at_a_time_and_so_many_wait(void **state) {
  struct fixture *f = *state;
  const struct job_ask ask = {.rule = TEXT("*"), .since = US_PER_DAY};
  struct job_id waiting[JOBS_WAITING_MAX], refused;
  pthread_mutex_lock(&f->gate);
  const struct job_id first = start_job(f, "*");
  wait_until(f, &first, "running");
  for (size_t i = 0; i < JOBS_WAITING_MAX; i++)
    waiting[i] = start_job(f, "*");
  assert_false(api_jobs_start(f->jobs, &ask, &refused));
  assert_true(is(f, &waiting[0], "queued"));
  assert_true(api_jobs_cancel(f->jobs, text_from(waiting[0].text)));
  assert_true(is(f, &waiting[0], "cancelled"));
  assert_true(api_jobs_cancel(f->jobs, text_from(first.text)));
  assert_false(api_jobs_cancel(f->jobs, TEXT("0000")));
  start_job(f, "*");
  pthread_mutex_unlock(&f->gate);
  for (size_t i = 1; i < JOBS_WAITING_MAX; i++)
    wait_until(f, &waiting[i], "done");
  assert_false(is(f, &first, "running"));
}

/* Each alert of a backtest takes memory. */
static void a_backtest_of_too_many_alerts_ends(void **state) {
  struct fixture *f = *state;
  struct error error = ERROR_NONE;
  struct store *store = store_open(f->path, &error);
  const struct store_event event = {.row_id = TEXT("another"),
                                    .source_id = TEXT("test"),
                                    .log_type = TEXT("Test.Log"),
                                    .event_time = 1704067201 * US_PER_SECOND,
                                    .parse_time = 1704067201 * US_PER_SECOND,
                                    .record =
                                        TEXT("{\"at\":1704067201,\"who\":\"bart\",\"bad\":true}")};
  assert_true(store_event_add(store, &event, 1, &error));
  for (size_t most = 1; most <= 2; most++) {
    struct outcome outcome = {.matches = 0};
    atomic_bool cancelled = false;
    const struct outcome_request request = {.detection = fixture_detection(FIXTURE_RULE),
                                            .store = store,
                                            .since = US_PER_DAY,
                                            .until = TIME_NONE,
                                            .workers = 1,
                                            .cancelled = &cancelled,
                                            .most = most};
    assert_int_equal(outcome_run(&request, &outcome, &error), most == 2);
    assert_int_equal(outcome.too_many, most == 1);
    if (most == 1)
      assert_non_null(strstr(error.text, "more than 1 alerts or actors come of it"));
    error_clear(&error);
    outcome_clear(&outcome);
    detection_release(request.detection);
  }
  store_close(store);
}

/* Whoever had the token may have filled the queue. */
static void what_a_revoked_token_asked_for_does_not_run(void **state) {
  struct fixture *f = *state;
  struct error error = ERROR_NONE;
  bool done;
  struct store *store = store_open(f->path, &error);
  const struct store_access_token token = {.name = TEXT("thief"),
                                           .hash = TEXT("0123"),
                                           .role = TEXT("analyst"),
                                           .created_at = US_PER_DAY,
                                           .expires_at = TIME_NONE,
                                           .used_at = TIME_NONE};
  const struct job_ask ask = {
      .rule = TEXT("*"), .since = US_PER_DAY, .pass = pass_of(token.hash, TEXT(""), "analyst")};
  struct job_id before, after;
  assert_true(store_access_token_add(store, &token, &done, &error) && done);
  assert_true(api_jobs_start(f->jobs, &ask, &before));
  wait_until(f, &before, "done");
  pthread_mutex_lock(&f->gate);
  const struct job_id first = start_job(f, "*");
  assert_true(api_jobs_start(f->jobs, &ask, &after));
  assert_true(store_access_token_revoke(store, token.name, &done, &error) && done);
  pthread_mutex_unlock(&f->gate);
  wait_until(f, &first, "done");
  wait_until(f, &after, "cancelled");
  store_close(store);
}

static void freeing_ends_what_waits(void **state) {
  struct fixture *f = *state;
  for (int i = 0; i < JOBS_WAITING_MAX; i++)
    start_job(f, "*");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
  const struct CMUnitTest tests[] = {
      TEST(what_a_backtest_found_is_kept),
      TEST(a_rule_may_be_given_as_a_text),
      TEST(one_runs_at_a_time_and_so_many_wait),
      TEST(a_backtest_of_too_many_alerts_ends),
      TEST(what_a_revoked_token_asked_for_does_not_run),
      TEST(freeing_ends_what_waits),
  };
  return cmocka_run_group_tests_name("jobs", tests, NULL, NULL);
}

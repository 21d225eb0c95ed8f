/* Calls whose instructions are counted once they are known to be long. */
#include "rule/sandbox/sandbox.h"
#include "rule/sandbox/sandbox_watch.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/resource.h>

#include <cmocka.h>

/* More than a tick and a half on any machine. */
#define LONG "for i = 1, 30000000 do end"
#define BUDGET INT64_C(1000000000)

static struct sandbox *make(bool counts_late) {
  return sandbox_new(
      &(struct sandbox_limits){.instruction_max = BUDGET, .counts_late = counts_late}, NULL);
}

/* What the call took from its budget. */
static int64_t spend(struct sandbox *sandbox, const char *source) {
  struct error error = ERROR_NONE;
  int top = lua_gettop(sandbox_lua(sandbox));
  assert_true(sandbox_load(sandbox, "rules/x.lua", text_from(source), &error));
  assert_true(sandbox_call(sandbox, 0, 0, &error));
  lua_settop(sandbox_lua(sandbox), top);
  return sandbox_spent(sandbox);
}

static void a_short_call_is_not_counted(void **state) {
  struct sandbox *late = make(true), *at_once = make(false);
  (void)state;
  assert_in_range(spend(at_once, "for i = 1, 20000 do end"), 20000, 30000);
  assert_int_equal(spend(late, "for i = 1, 20000 do end"), 0);
  sandbox_free(late);
  sandbox_free(at_once);
}

static void a_long_call_is_counted_and_the_short_one_after_it_is_not(void **state) {
  struct sandbox *sandbox = make(true);
  (void)state;
  assert_in_range(spend(sandbox, LONG), SANDBOX_UNCOUNTED, BUDGET);
  assert_int_equal(spend(sandbox, "for i = 1, 20000 do end"), 0);
  assert_in_range(spend(sandbox, LONG), SANDBOX_UNCOUNTED, BUDGET);
  sandbox_free(sandbox);
}

/* So that the hook's thousand instructions are never over between two ticks. */
static void calls_of_slow_functions_are_counted(void **state) {
  struct sandbox *sandbox = make(true);
  (void)state;
  int64_t spent = spend(sandbox, "local text = ('9'):rep(100000) .. 'x' for i = 1, 3000 do "
                                 "pcall(math.ldexp, text, text) end");
  assert_in_range(spent, SANDBOX_UNCOUNTED, BUDGET);
  sandbox_free(sandbox);
}

static void what_functions_charge_counts_in_a_short_call_too(void **state) {
  struct sandbox *sandbox = make(true);
  (void)state;
  assert_in_range(spend(sandbox, "local s = ('x'):rep(1000000):upper()"), 10000, 1000000);
  sandbox_free(sandbox);
}

/* Each thread has ticks of its own, and takes them with it. */
static void *spend_in_a_thread(void *sandbox) {
  bool counted = spend(sandbox, LONG) >= SANDBOX_UNCOUNTED;
  return counted ? sandbox : NULL;
}

static void each_thread_has_ticks(void **state) {
  enum { COUNT = 3 };
  pthread_t threads[COUNT];
  struct sandbox *sandboxes[COUNT];
  (void)state;
  for (int i = 0; i < COUNT; i++) {
    sandboxes[i] = make(true);
    assert_int_equal(pthread_create(&threads[i], NULL, spend_in_a_thread, sandboxes[i]), 0);
  }
  for (int i = 0; i < COUNT; i++) {
    void *counted;
    pthread_join(threads[i], &counted);
    assert_ptr_equal(counted, sandboxes[i]);
    sandbox_free(sandboxes[i]);
  }
}

static void *have_ticks(void *context) {
  return sandbox_watch_works() ? context : NULL;
}

static void a_thread_that_ends_leaves_no_timer(void **state) {
  enum { TIMERS_MAX = 1000, THREADS = 1500 };
  struct rlimit limit;
  pthread_t thread;
  void *works;
  (void)state;
  /* The kernel keeps a signal for each timer, and lets a user have so many. */
  getrlimit(RLIMIT_SIGPENDING, &limit);
  limit.rlim_cur = limit.rlim_cur < TIMERS_MAX ? limit.rlim_cur : TIMERS_MAX;
  setrlimit(RLIMIT_SIGPENDING, &limit);
  for (int i = 0; i < THREADS; i++) {
    assert_int_equal(pthread_create(&thread, NULL, have_ticks, &limit), 0);
    pthread_join(thread, &works);
    assert_non_null(works);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_short_call_is_not_counted),
      cmocka_unit_test(a_long_call_is_counted_and_the_short_one_after_it_is_not),
      cmocka_unit_test(calls_of_slow_functions_are_counted),
      cmocka_unit_test(what_functions_charge_counts_in_a_short_call_too),
      cmocka_unit_test(each_thread_has_ticks),
      cmocka_unit_test(a_thread_that_ends_leaves_no_timer),
  };
  if (!sandbox_watch_works()) /* as under ThreadSanitizer: everything is counted */
    return 0;
  return cmocka_run_group_tests(tests, NULL, NULL);
}

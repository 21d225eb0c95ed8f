/* The daemon's table of metrics. */
#include "daemon/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void every_metric_keeps_the_conventions_for_names_and_units(void **state) {
  (void)state;
  struct problems problems = PROBLEMS_NONE;
  bool ok = counters_check(daemon_metrics, DAEMON_METRICS, &problems);
  problems_print(&problems, stderr);
  problems_clear(&problems);
  assert_true(ok);
}

static void a_new_registry_says_which_margay_it_is_and_since_when(void **state) {
  (void)state;
  struct counters *counters = daemon_counters_new();
  assert_int_equal(
      counters_value(counters, METRIC_BUILD_INFO, METRIC_VALUES(text_from(MARGAY_VERSION))), 1);
  assert_true(counters_value(counters, METRIC_START_TIME, METRIC_NO_VALUES) > 0);
  counters_free(counters);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_metric_keeps_the_conventions_for_names_and_units),
      cmocka_unit_test(a_new_registry_says_which_margay_it_is_and_since_when),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/backoff.h"

static void the_delay_doubles_up_to_the_most(void **state) {
  (void)state;
  static const struct {
    int64_t first, most, failures, delay;
  } rows[] = {
      {1000, 16000, 1, 1000},
      {1000, 16000, 2, 2000},
      {1000, 16000, 3, 4000},
      {1000, 16000, 5, 16000},
      {1000, 16000, 6, 16000},
      {1000, 15000, 5, 15000},
      {1000, 16000, 1000000, 16000},
      {1000, 500, 1, 500},
      {1000, 16000, 0, 1000},
      {1000, 16000, -5, 1000},
      {0, 16000, 1, 1},
      {1, INT64_MAX, INT64_MAX, INT64_MAX},
      {INT64_MAX, INT64_MAX, 3, INT64_MAX},
      {0, 0, 1, 1},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    assert_int_equal(backoff_delay(rows[i].first, rows[i].most, rows[i].failures, 0),
                     rows[i].delay);
}

static void chance_takes_away_at_most_half(void **state) {
  (void)state;
  assert_int_equal(backoff_delay(1000, 16000, 3, UINT32_MAX), 2000);
  for (uint32_t random = 0; random < UINT32_MAX - 99999999; random += 99999999) {
    int64_t delay = backoff_delay(1000, 16000, 3, random);
    assert_in_range(delay, 2000, 4000);
  }
  assert_int_equal(backoff_delay(1, 1, 1, UINT32_MAX), 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_delay_doubles_up_to_the_most),
      cmocka_unit_test(chance_takes_away_at_most_half),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

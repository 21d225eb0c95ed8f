/* Which matches the search chooses; correlation_state_test tests what follows from that. */
#include "detect/correlation/correlation_find.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define MATCH(minute, row)                                                                         \
  &(struct correlation_entry) {                                                                    \
    .time = (minute)*US_PER_MINUTE, .row_id = TEXT_INIT(row)                                       \
  }

/* The example of correlation_find.c: A, then B twice, then C. */
static void the_example_of_the_source_is_true(void **state) {
  (void)state;
  enum { A, B, C };
  struct correlation_step steps[] = {{.id = TEXT_INIT("A"), .min = 1, .max = CORRELATION_NO_MAX},
                                     {.id = TEXT_INIT("B"), .min = 2, .max = CORRELATION_NO_MAX},
                                     {.id = TEXT_INIT("C"), .min = 1, .max = CORRELATION_NO_MAX}};
  struct correlation correlation = {.order = CORRELATION_SEQUENCE,
                                    .steps = steps,
                                    .step_count = 3,
                                    .within = 60 * US_PER_MINUTE,
                                    .lookback = 60 * US_PER_MINUTE};
  struct correlation_state *matches = correlation_state_new(&correlation);
  correlation_state_add(matches, A, MATCH(0, "A0"));
  correlation_state_add(matches, C, MATCH(5, "C5"));
  correlation_state_add(matches, A, MATCH(10, "A10"));
  correlation_state_add(matches, B, MATCH(12, "B12"));
  correlation_state_add(matches, A, MATCH(20, "A20"));
  correlation_state_add(matches, B, MATCH(30, "B30"));
  correlation_state_add(matches, C, MATCH(40, "C40"));
  struct correlation_find find;
  assert_int_equal(correlation_find(matches, INT64_MIN, INT64_MIN, &find), CORRELATION_FOUND);
  static const char *const chosen[] = {"C40", "B30", "B12", "A10"};
  assert_int_equal(find.needed_count, 4);
  for (size_t i = 0; i < 4; i++) {
    struct correlation_choice choice = find.needed[i];
    assert_true(text_is(matches->lines[choice.step].items[choice.index].row_id, chosen[i]));
  }
  assert_int_equal(find.first, 10 * US_PER_MINUTE);
  assert_int_equal(find.last, 40 * US_PER_MINUTE);
  /* The first step takes in A0, but not A20. */
  assert_true(find.range[A].first <= 0);
  assert_int_equal(find.range[A].last, 12 * US_PER_MINUTE);
  correlation_state_free(matches);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_example_of_the_source_is_true),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

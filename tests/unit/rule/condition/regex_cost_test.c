/* What patterns can cost, judged from their text. */
#include "rule/condition/regex_cost.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void repeats_without_end_and_ways_are_counted(void **state) {
  (void)state;
  static const struct {
    const char *pattern;
    unsigned repeats;
    double ways;
    unsigned runs;
  } rows[] = {
      {"", 0, 1, 0},
      {"from On to Off", 0, 1, 0},
      {"a.*b", 1, 1, 0},
      {"https?://.*login.*\\.php", 2, 2, 0},
      {"a+?b*+c{3,}", 2, 1, 1},
      {"a++b{3,}+[c]*+", 0, 1, 3},
      {"a++|b++", 0, 2, 2},
      {"(?>a+)b?+", 1, 2, 0},
      {"(?:a++)?", 0, 2, 1},
      {"a{1,3}+", 0, 8, 0},
      {"a\\++b+\\+", 2, 1, 0},
      {"a\\+++b", 0, 1, 1},
      {"a|b|c*", 1, 3, 0},
      {"(?:a|b)(?:c|d)", 0, 4, 0},
      {"(?i)x?y?", 0, 4, 0},
      {"(?is)^(.*?): (?:from )?(on|off)(?![\\w-])", 1, 4, 0},
      {"(?im:a|b)", 0, 2, 0},
      {"\\d{1,3}\\.", 0, 8, 0},
      {"a{100}", 1, 1, 0},
      {"(abc)+", 1, 1, 0},
      {"(\\w+)@(\\w+)\\1", 3, 1, 0},
      {"[*+?{(|)]", 0, 1, 0},
      {"[]*]", 0, 1, 0},
      {"[^]*]", 0, 1, 0},
      {"[[:alpha:]*]+", 1, 1, 0},
      {"[a[:b]", 0, 1, 0},
      {"\\*\\+\\(\\|", 0, 1, 0},
      {"\\p{Lu}\\x{20AC}", 0, 1, 0},
      {"a{x", 1, 1, 0},
      {"a{+", 1, 1, 0},
      {"a{2+", 1, 1, 0},
      {"a{2,+", 1, 1, 0},
      {"a{ 1, 5 }", 1, 1, 0},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct regex_cost cost = regex_cost(text_from(rows[i].pattern));
    double ways = cost.ways / (1 + (double)strlen(rows[i].pattern) / 32);
    if (cost.unknown || cost.repeats != rows[i].repeats || ways != rows[i].ways ||
        cost.runs != rows[i].runs)
      fail_msg("%s: %d, %u repeats, %g ways, %u runs", rows[i].pattern, cost.unknown, cost.repeats,
               ways, cost.runs);
  }
}

static void what_nobody_can_bound_is_unknown(void **state) {
  (void)state;
  static const char *const patterns[] = {
      "(a++)+$",   "(?:a++)*+", "(a+)+$",       "(a|b)*",          "(?:a*){2}",
      "(a|(?R))",  "(?1)(a)",   "(?<n>a)(?&n)", "\\Qa*\\E+",       "\\g{1}",
      "(*COMMIT)", "(?x) a #",  "(?(?=a)b|c)",  "(?#comment)",     "\\X+",
      "\\k<n>",    "[\\Qa]\\E", "(?i)\\c(",     "((a{1,9}){1,9})+"};
  for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
    if (!regex_cost(text_from(patterns[i])).unknown)
      fail_msg("%s has a bound", patterns[i]);
}

static void steps_grow_with_the_text_to_the_power_of_the_repeats(void **state) {
  (void)state;
  struct regex_cost plain = regex_cost(TEXT("a")), two = regex_cost(TEXT("a.*b.*c"));
  assert_true(regex_cost_steps(&plain, 1000) < 2000);
  assert_true(regex_cost_steps(&two, 1000) > 1e8);
  assert_true(regex_cost_steps(&two, 100) < 1e6);
  struct regex_cost runs = regex_cost(TEXT("a.*+b.*+c"));
  assert_true(regex_cost_steps(&runs, 1000) > 1e6);
  assert_true(regex_cost_steps(&runs, 1000) < 1e7);
  two.anchored = true;
  assert_true(regex_cost_steps(&two, 1000) < 1e6);
  struct regex_cost unknown = regex_cost(TEXT("(a+)+"));
  assert_true(regex_cost_steps(&unknown, 1) > 1e300);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(repeats_without_end_and_ways_are_counted),
      cmocka_unit_test(what_nobody_can_bound_is_unknown),
      cmocka_unit_test(steps_grow_with_the_text_to_the_power_of_the_repeats),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What a file's text says of the libraries that it asks for. */
#include "rule/load/rule_require.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void names_lines_and_comments_are_seen(void **state) {
  static const char source[] = "local a = require 'zoom'\n"
                               "-- require \"old\"\n"
                               "required = requires('no')\n"
                               "local b = require(\"lib.deep\") -- fine\n"
                               "local c = require(name)\n"
                               "local d = require 'x' .. 'y'\n"
                               "require";
  static const struct {
    const char *name;
    unsigned line;
    bool is_commented;
  } expected[] = {
      {"zoom", 1, false}, {"old", 2, true}, {"lib.deep", 4, false},
      {"", 5, false},     {"", 6, false},   {"", 7, false},
  };
  (void)state;
  struct text rest = text_from(source);
  struct rule_require require;
  unsigned line = 1;
  for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
    assert_true(rule_require_next(&rest, &line, &require));
    assert_true(text_is(require.name, expected[i].name));
    assert_int_equal(require.line, expected[i].line);
    assert_int_equal(require.is_commented, expected[i].is_commented);
  }
  assert_false(rule_require_next(&rest, &line, &require));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(names_lines_and_comments_are_seen)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

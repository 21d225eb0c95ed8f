#include "rule/index/regex_literal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void a_regex_gives_the_texts_that_it_cannot_match_without(void **state) {
  (void)state;
  static const struct {
    const char *pattern, *literals; /* of at least three bytes, with a bar after each */
  } rows[] = {
      {"", ""},
      {"abc", "abc|"},
      {"ABCd", "abcd|"},
      {"^abc$", "abc|"},
      {"abc.*def", "abc|def|"},
      {"abc\\.def", "abc.def|"},
      {"abc\\d+def", "abc|def|"},
      {"abcd?ef", "abc|"},
      {"abcd*efg", "abc|efg|"},
      {"abcd+efg", "abcd|efg|"},
      {"abcd+?efg", "abcd|efg|"},
      {"abcd{2}efg", "abc|efg|"},
      {"abcd{0,3}efg", "abc|efg|"},
      {"abcd{x", ""},
      {"abc|def", ""},
      {"(abc|def)ghi", "ghi|"},
      {"(?:abc)?def", "def|"},
      {"abc(d(e)f[)])ghi", "abc|ghi|"},
      {"abc[]x]def", "abc|def|"},
      {"abc[^]x]def", "abc|def|"},
      {"abc[\\]x]def", "abc|def|"},
      {"abc[[:alpha:]]def", ""},
      {"(?i)abc", "abc|"},
      {"(?i:abc)def", "def|"},
      {"(?x)abc # def", ""},
      {"(?#abc)def", ""},
      {"(?!abc)def", "def|"},
      {"(?<name>abc)def", "def|"},
      {"(*ACCEPT)abc", ""},
      {"\\Qabc\\E", ""},
      {"\\x41bc", ""},
      {"(a)\\1bcd", ""},
      {"abckdef", "abc|def|"}, /* U+212A is a k without case */
      {"abcSdef", "abc|def|"}, /* U+017F is an s without case */
      {"abc\xC3\xA9?def", "abc|def|"},
      {"abc\\\xC3\xA9?def", "abc|def|"},
      {"passcode[^:]*: (?:from )?on to off", "code|on to off|"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct arena arena = ARENA_NONE;
    struct text *literals;
    char shown[200] = "";
    size_t count = regex_literals(&arena, text_from(rows[i].pattern), 3, &literals), used = 0;
    for (size_t k = 0; k < count; k++)
      used += (size_t)snprintf(shown + used, sizeof shown - used, "%.*s|", TEXT_ARGS(literals[k]));
    if (strcmp(shown, rows[i].literals) != 0)
      fail_msg("%s: got %s, expected %s", rows[i].pattern, shown, rows[i].literals);
    arena_free(&arena);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_regex_gives_the_texts_that_it_cannot_match_without),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

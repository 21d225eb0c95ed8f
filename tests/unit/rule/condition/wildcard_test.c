/* Sigma's wildcards and their escapes. */
#include "rule/condition/wildcard.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum ends { CLOSED, OPEN_START, OPEN_END, OPEN_BOTH };

static const struct wildcard_case {
  const char *pattern, *subject;
  enum ends ends;
  bool matches;
} wildcard_cases[] = {
    {"*", "", CLOSED, true},
    {"*", "anything", CLOSED, true},
    {"**", "", CLOSED, true},
    {"?", "", CLOSED, false},
    {"?", "a", CLOSED, true},
    {"?", "ab", CLOSED, false},
    {"a*", "a", CLOSED, true},
    {"a*", "xa", CLOSED, false},
    {"*a", "xa", CLOSED, true},
    {"*a", "ax", CLOSED, false},
    {"a*b", "ab", CLOSED, true},
    {"a*b", "axxb", CLOSED, true},
    {"a*b", "axxbx", CLOSED, false},
    {"ab*ba", "aba", CLOSED, false},
    {"ab*ba", "abba", CLOSED, true},
    {"*ab*ba*", "xabxbax", CLOSED, true},
    {"*ab*ba*", "xabax", CLOSED, false},
    {"a?c", "abc", CLOSED, true},
    {"a?c", "ac", CLOSED, false},
    {"a??d", "abcd", CLOSED, true},
    {"*?", "", CLOSED, false},
    {"*?", "a", CLOSED, true},
    {"?*", "a", CLOSED, true},
    {"*?*", "", CLOSED, false},
    {"*??*", "a", CLOSED, false},
    {"*a?b*", "aab a_b", CLOSED, true},
    {"*a?b*", "ab ab", CLOSED, false},
    {"*?b", "b", CLOSED, false},
    {"*?b", "xb", CLOSED, true},
    {"b?*?b", "bxb", CLOSED, false},
    {"b?*?b", "bxyb", CLOSED, true},
    {"*a*a*a*", "aa", CLOSED, false},
    {"*a*a*a*", "baaba", CLOSED, true},
    /* case */
    {"On*OFF", "on to off", CLOSED, true},
    {"*@EXAMPLE.*", "a@example.com", CLOSED, true},
    {"[*", "{x", CLOSED, false},
    /* a character may have several bytes */
    {"a?b",
     "a\xE2\x82\xAC"
     "b",
     CLOSED, true},
    {"a??b",
     "a\xE2\x82\xAC"
     "b",
     CLOSED, false},
    {"*\xC3\xA9?", "caf\xC3\xA9\xF0\x9F\x98\x80", CLOSED, true},
    {"*?\xC3\xA9", "\xF0\x9F\x98\x80\xC3\xA9", CLOSED, true},
    {"*??\xC3\xA9", "\xF0\x9F\x98\x80\xC3\xA9", CLOSED, false},
    /* escapes */
    {"a\\*?", "a*b", CLOSED, true},
    {"a\\*?", "axb", CLOSED, false},
    {"*\\?", "what?", CLOSED, true},
    {"*\\?", "what!", CLOSED, false},
    {"C:\\Windows\\*", "C:\\Windows*", CLOSED, true}, /* no wildcard is left in it */
    {"C:\\Windows\\*", "C:\\Windows\\x", CLOSED, false},
    {"C:\\Windows\\\\*", "C:\\Windows\\x", CLOSED, true},
    {"C:\\W?ndows", "C:\\Windows", CLOSED, true},
    {"*\\", "x\\", CLOSED, true},
    /* contains, startswith, endswith */
    {"a?c", "xxabcxx", OPEN_BOTH, true},
    {"a?c", "xxacxx", OPEN_BOTH, false},
    {"a?c", "abcx", OPEN_END, true},
    {"a?c", "xabc", OPEN_END, false},
    {"a?c", "xabc", OPEN_START, true},
    {"a?c", "abcx", OPEN_START, false},
    {"a*c", "xabcc", OPEN_START, true},
    {"a*c", "abcx", OPEN_END, true},
    {"a*c", "ab", OPEN_END, false},
};

static bool matches(const char *pattern, enum ends ends, bool folded, struct text subject) {
  struct arena arena = ARENA_NONE;
  bool open_start = ends == OPEN_START || ends == OPEN_BOTH;
  bool open_end = ends == OPEN_END || ends == OPEN_BOTH;
  bool result = wildcard_match(
      wildcard_compile(&arena, text_from(pattern), open_start, open_end, folded), subject, NULL);
  arena_free(&arena);
  return result;
}

static void a_pattern_fits_the_whole_subject(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof wildcard_cases / sizeof wildcard_cases[0]; i++) {
    const struct wildcard_case *c = &wildcard_cases[i];
    if (matches(c->pattern, c->ends, true, text_from(c->subject)) != c->matches)
      fail_msg("%s on %s: expected %d", c->pattern, c->subject, c->matches);
  }
}

static void case_counts_when_asked(void **state) {
  (void)state;
  assert_true(matches("On*Off", CLOSED, false, TEXT("On to Off")));
  assert_false(matches("On*Off", CLOSED, false, TEXT("ON to OFF")));
  assert_false(matches("*n*", CLOSED, false, TEXT("ON")));
}

static void bytes_that_are_no_text_are_safe(void **state) {
  (void)state;
  assert_true(matches("a*b", CLOSED, true, TEXT("a\0\0b")));
  assert_true(matches("a?b", CLOSED, true, TEXT("a\0b")));
  assert_true(matches("?", CLOSED, true, TEXT("\xFF")));
  assert_true(matches("?", CLOSED, true, TEXT("\x80\x80\x80")));
  assert_false(matches("??", CLOSED, true, TEXT("\xF0\x9F")));
  assert_true(matches("*?\xFF", CLOSED, true, TEXT("\xE2\x82\xFF")));
  assert_false(matches("a", CLOSED, true, (struct text){NULL, 0}));
  assert_true(matches("*", CLOSED, true, (struct text){NULL, 0}));
}

static void a_hostile_subject_costs_no_backtracking(void **state) {
  (void)state;
  /* With backtracking over `*` this would never end. */
  static char subject[20000];
  memset(subject, 'a', sizeof subject);
  assert_false(
      matches("*a*a*a*a*a*a*a*a*a*a*a*b", CLOSED, true, (struct text){subject, sizeof subject}));
  assert_false(
      matches("a*a?a*a?a*a?a*a?a*?a?a*b*a", CLOSED, true, (struct text){subject, sizeof subject}));
}

static void a_text_without_wildcards_is_a_literal(void **state) {
  (void)state;
  static const struct {
    const char *pattern, *literal; /* NULL: holds a wildcard */
  } cases[] = {{"", ""},           {"plain", "plain"}, {"a\\*b", "a*b"},  {"a\\?", "a?"},
               {"a\\\\b", "a\\b"}, {"a\\b", "a\\b"},   {"a\\", "a\\"},    {"\\\\*", NULL},
               {"a*", NULL},       {"?", NULL},        {"\\\\\\*", "\\*"}};
  struct arena arena = ARENA_NONE;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct text literal = {NULL, 0};
    bool is = wildcard_literal(&arena, text_from(cases[i].pattern), &literal);
    assert_int_equal(is, cases[i].literal != NULL);
    if (is && !text_is(literal, cases[i].literal))
      fail_msg("%s: %.*s", cases[i].pattern, TEXT_ARGS(literal));
  }
  arena_free(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_pattern_fits_the_whole_subject),
      cmocka_unit_test(case_counts_when_asked),
      cmocka_unit_test(bytes_that_are_no_text_are_safe),
      cmocka_unit_test(a_hostile_subject_costs_no_backtracking),
      cmocka_unit_test(a_text_without_wildcards_is_a_literal),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

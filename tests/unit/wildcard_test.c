/* Sigma's wildcards and their escapes. */
#include "rule/wildcard.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum ends { CLOSED, OPEN_START, OPEN_END, OPEN_BOTH };

static const struct wildcard_case {
  const char *pattern;
  enum ends ends;
  const char *subject;
  bool matches;
} wildcard_cases[] = {
    {"*", CLOSED, "", true},
    {"*", CLOSED, "anything", true},
    {"**", CLOSED, "", true},
    {"?", CLOSED, "", false},
    {"?", CLOSED, "a", true},
    {"?", CLOSED, "ab", false},
    {"a*", CLOSED, "a", true},
    {"a*", CLOSED, "xa", false},
    {"*a", CLOSED, "xa", true},
    {"*a", CLOSED, "ax", false},
    {"a*b", CLOSED, "ab", true},
    {"a*b", CLOSED, "axxb", true},
    {"a*b", CLOSED, "axxbx", false},
    {"ab*ba", CLOSED, "aba", false},
    {"ab*ba", CLOSED, "abba", true},
    {"*ab*ba*", CLOSED, "xabxbax", true},
    {"*ab*ba*", CLOSED, "xabax", false},
    {"a?c", CLOSED, "abc", true},
    {"a?c", CLOSED, "ac", false},
    {"a??d", CLOSED, "abcd", true},
    {"*?", CLOSED, "", false},
    {"*?", CLOSED, "a", true},
    {"?*", CLOSED, "a", true},
    {"*?*", CLOSED, "", false},
    {"*??*", CLOSED, "a", false},
    {"*a?b*", CLOSED, "aab a_b", true},
    {"*a?b*", CLOSED, "ab ab", false},
    {"*?b", CLOSED, "b", false},
    {"*?b", CLOSED, "xb", true},
    {"b?*?b", CLOSED, "bxb", false},
    {"b?*?b", CLOSED, "bxyb", true},
    {"*a*a*a*", CLOSED, "aa", false},
    {"*a*a*a*", CLOSED, "baaba", true},
    /* case */
    {"On*OFF", CLOSED, "on to off", true},
    {"*@EXAMPLE.*", CLOSED, "a@example.com", true},
    {"[*", CLOSED, "{x", false},
    /* a character may have several bytes */
    {"a?b", CLOSED,
     "a\xE2\x82\xAC"
     "b",
     true},
    {"a??b", CLOSED,
     "a\xE2\x82\xAC"
     "b",
     false},
    {"*\xC3\xA9?", CLOSED, "caf\xC3\xA9\xF0\x9F\x98\x80", true},
    {"*?\xC3\xA9", CLOSED, "\xF0\x9F\x98\x80\xC3\xA9", true},
    {"*??\xC3\xA9", CLOSED, "\xF0\x9F\x98\x80\xC3\xA9", false},
    /* escapes */
    {"a\\*?", CLOSED, "a*b", true},
    {"a\\*?", CLOSED, "axb", false},
    {"*\\?", CLOSED, "what?", true},
    {"*\\?", CLOSED, "what!", false},
    {"C:\\Windows\\*", CLOSED, "C:\\Windows*", true}, /* no wildcard is left in it */
    {"C:\\Windows\\*", CLOSED, "C:\\Windows\\x", false},
    {"C:\\Windows\\\\*", CLOSED, "C:\\Windows\\x", true},
    {"C:\\W?ndows", CLOSED, "C:\\Windows", true},
    {"*\\", CLOSED, "x\\", true},
    /* contains, startswith, endswith */
    {"a?c", OPEN_BOTH, "xxabcxx", true},
    {"a?c", OPEN_BOTH, "xxacxx", false},
    {"a?c", OPEN_END, "abcx", true},
    {"a?c", OPEN_END, "xabc", false},
    {"a?c", OPEN_START, "xabc", true},
    {"a?c", OPEN_START, "abcx", false},
    {"a*c", OPEN_START, "xabcc", true},
    {"a*c", OPEN_END, "abcx", true},
    {"a*c", OPEN_END, "ab", false},
};

static bool matches(const char *pattern, enum ends ends, bool folded, struct text subject) {
  struct arena arena = ARENA_NONE;
  bool open_start = ends == OPEN_START || ends == OPEN_BOTH;
  bool open_end = ends == OPEN_END || ends == OPEN_BOTH;
  bool result = wildcard_match(
      wildcard_compile(&arena, text_from(pattern), open_start, open_end, folded), subject);
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
  /* With backtracking over `*` this would take longer than the machine lasts. */
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

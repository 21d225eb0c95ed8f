#include "rule/index/regex_literal.h"

#include "base/buffer.h"
#include "base/unicode/fold.h"
#include "rule/condition/regex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void show_choices(struct arena *arena, struct text pattern, struct buffer *shown) {
  struct literal_choice *choices;
  size_t count = regex_literals(arena, pattern, 3, &choices);
  for (size_t i = 0; i < count; i++)
    for (size_t k = 0; k < choices[i].count; k++) {
      buffer_append_text(shown, choices[i].items[k]);
      buffer_append_char(shown, k + 1 < choices[i].count ? '/' : '|');
    }
}

static void a_regex_gives_the_texts_that_it_cannot_match_without(void **state) {
  (void)state;
  static const struct {
    const char *pattern, *choices; /* of texts of at least three bytes: "a/b|c|" */
  } rows[] = {
      {"", ""},
      {"abc", "abc|"},
      {"ABCd", "abcd|"},
      {"^abc$", "abc|"},
      {"abc.*def", "abc|def|"},
      {"abc\\.def", "abc.def|"},
      {"abc\\d+def", "abc|def|"},
      {"abcd?ef", "abcdef/abcef|"},
      {"abcd*efg", "abc|efg|"},
      {"abcd+efg", "abcd|efg|"},
      {"abcd+?efg", "abcd|efg|"},
      {"abcd{2}efg", "abcd|efg|"},
      {"abcd{1}efg", "abcdefg|"},
      {"abcd{1,1}efg", "abcdefg|"},
      {"abcd{0,1}efg", "abcdefg/abcefg|"},
      {"abcd{0,3}efg", "abc|efg|"},
      {"abcd{00}efg", "abc|efg|"},
      {"abcd{10,}efg", "abcd|efg|"},
      {"abcd{,3}efg", ""},
      {"abcd{x", ""},
      {"{abc}", ""},
      {"abc|def", "abc/def|"},
      {"abc|de", ""},
      {"abc|", ""},
      {"abc|x.*defg|ghi", "abc/defg/ghi|"},
      {"abc|bc|xabcx", ""},
      {"abcd|bcd|xabcdx", "bcd|"}, /* what contains another one is not needed */
      {"(abc|def)ghi", "abcghi/defghi|"},
      {"(?:abc|.)ghi", "ghi|"},
      {"(?:abc.)+ghi", "abc|ghi|"},
      {"(?:abc|de.fgh)xyz", "abc/fgh|xyz|"},
      {"(?:abc)?def", "def|"},
      {"(?:abc.)?def", "def|"},
      {"(?:abc|d)*+efg", "efg|"},
      {"(?:abc|d){2}", ""},
      {"a(?:b(?:c|d)|e(?:f|g))h", "abch/abdh/aefh/aegh|"},
      {"abc(d(e)f[)])ghi", "abcdef)ghi|"},
      {"pass(?:code|word)s?", "passcode/password|"},
      {"two[- ]factor", "two-factor/two factor|"},
      {"abc[]x]def", "abc]def/abcxdef|"},
      {"abc[^]x]def", "abc|def|"},
      {"abc[\\]X]def", "abc]def/abcxdef|"},
      {"abc[x-]def", "abcxdef/abc-def|"},
      {"abc[a-b]def", "abc|def|"},
      {"abc[\\d]def", "abc|def|"},
      {"abc[12345]def", "abc|def|"},
      {"abc[\xC3\xA9]def", "abc|def|"},
      {"abc[[:alpha:]]def", ""},
      {"(?i)abc", "abc|"},
      {"(?i:abc)def", "abcdef|"},
      {"(?-i:abc)def", "abcdef|"},
      {"abc(?i)def", "abcdef|"},
      {"(?x)abc # def", ""},
      {"(?x:abc # def)", ""},
      {"(?n)abc", ""},
      {"(?^)abc", ""},
      {"(?#abc)def", ""},
      {"abc\\b(?=def)ghi", "abcghi|"},
      {"(?!abc|def)ghi", "ghi|"},
      {"abc(?<=bc)(?<!d.f)ghi", "abcghi|"},
      {"(?!abc)?def", "def|"},
      {"(?>abc.*)def", "abc|def|"},
      {"(?<name>abc)def", "abcdef|"},
      {"(?P<name>abc)def", ""},
      {"(?'name'abc)def", ""},
      {"(?|abc|def)", ""},
      {"(a)?(?(1)abc|def)", ""},
      {"(abc)(?1)", ""},
      {"(*ACCEPT)abc", ""},
      {"abc(?:(*F)|def)", ""},
      {"\\Qabc\\E", ""},
      {"\\x41bc", ""},
      {"[\\x41]bcd", ""},
      {"(a)\\1bcd", ""},
      {"(?<n>a)\\k<n>bcd", ""},
      {"abckdef", "abckdef|"}, /* U+212A folds to k */
      {"abcSdef", "abcsdef|"}, /* U+017F folds to s */
      {"abc\xC3\xA9?def", "abc|def|"},
      {"abc\\\xC3\xA9?def", "abc|def|"},
      {"passcode[^:]*: (?:from )?on to off", "passcode|: from on to off/: on to off|"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct arena arena = ARENA_NONE;
    struct buffer shown = BUFFER_NONE;
    show_choices(&arena, text_from(rows[i].pattern), &shown);
    if (!text_equal(buffer_text(&shown), text_from(rows[i].choices)))
      fail_msg("%s: got %.*s, expected %s", rows[i].pattern, TEXT_ARGS(buffer_text(&shown)),
               rows[i].choices);
    buffer_free(&shown);
    arena_free(&arena);
  }
}

/* `count` texts of four digits and what follows, between bars. */
static void append_alternatives(struct buffer *pattern, int count, const char *then) {
  for (int i = 0; i < count; i++) {
    char text[32];
    snprintf(text, sizeof text, "%s%04d%s", i ? "|" : "", i, then);
    buffer_append_string(pattern, text);
  }
}

static void a_choice_has_at_most_64_texts(void **state) {
  (void)state;
  static const struct {
    int count;
    const char *then;
    size_t expected;
  } rows[] = {{64, "", 1}, {65, "", 0}, {64, ".", 1}, {65, ".", 0}, {5000, ".", 0}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct arena arena = ARENA_NONE;
    struct buffer pattern = BUFFER_NONE;
    struct literal_choice *choices;
    append_alternatives(&pattern, rows[i].count, rows[i].then);
    assert_int_equal(regex_literals(&arena, buffer_text(&pattern), 3, &choices), rows[i].expected);
    if (rows[i].expected)
      assert_int_equal(choices[0].count, rows[i].count);
    buffer_free(&pattern);
    arena_free(&arena);
  }
}

static void what_a_pattern_may_be_multiplied_to_is_bounded(void **state) {
  (void)state;
  struct arena arena = ARENA_NONE;
  struct buffer pattern = BUFFER_NONE;
  struct literal_choice *choices;
  for (int i = 0; i < 2000; i++)
    buffer_append_string(&pattern, "[ab]x?(?:cd|ef)ghij");
  size_t count = regex_literals(&arena, buffer_text(&pattern), 3, &choices);
  assert_in_range(count, 1, 16);
  for (size_t i = 0; i < count; i++)
    assert_in_range(choices[i].count, 1, 16);
  assert_true(arena_size(&arena) < (size_t)8 << 20);
  buffer_reset(&pattern);
  for (int i = 0; i < 200; i++)
    buffer_append_char(&pattern, '(');
  buffer_append_string(&pattern, "abc");
  for (int i = 0; i < 200; i++)
    buffer_append_char(&pattern, ')');
  assert_int_equal(regex_literals(&arena, buffer_text(&pattern), 3, &choices), 0);
  buffer_free(&pattern);
  arena_free(&arena);
}

/* ---- random patterns on random subjects ---- */

enum { PATTERNS = 40000, SUBJECTS_A_PATTERN = 12, DEPTH_MAX = 3 };

/* xorshift64 (Marsaglia 2003). */
static unsigned random_below(uint64_t *seed, unsigned limit) {
  *seed ^= *seed << 13;
  *seed ^= *seed >> 7;
  *seed ^= *seed << 17;
  return (unsigned)((*seed >> 20) % limit);
}

#define PICK(seed, list) (list)[random_below((seed), sizeof(list) / sizeof(list)[0])]

static void append_pattern(uint64_t *seed, int depth, struct buffer *out) {
  static const char *const items[] = {
      "a",      "b",    "k",      "S",     "ab",    "ba",     "a-",    "\\-",  ".",
      "\\w",    "\\b",  "^",      "$",     "\\A",   "[ab]",   "[^a]",  "[-k]", "[a-]",
      "[a-k]",  "[]a]", "[\\]b]", "\\n",   "\\1",   "(?i)",   "(?-i)", "(?s)", "(?x)",
      " ",      "#",    "\u00E9", "{",     "}",     "]",      "(?1)",  "\\K",  "[kS]",
      "\u212A", "\\Qa", "\\E",    "(?=a)", "(?#k)", "(*FAIL)"};
  static const char *const groups[] = {"(",      "(",    "(?:",  "(?:",    "(?:",  "(?=",   "(?!",
                                       "(?<=",   "(?<!", "(?>",  "(?|",    "(?i:", "(?-i:", "(?<n>",
                                       "(?s-m:", "(?x:", "(?n:", "(?P<m>", "(?(1)"};
  static const char *const quantifiers[] = {"?",    "*",    "+",      "??",    "*?",
                                            "++",   "{2}",  "{0}",    "{1}",   "{0,1}",
                                            "{1,}", "{,2}", "{0,2}?", "{1,1}+"};
  for (unsigned count = random_below(seed, depth ? 4 : 6); count > 0; count--) {
    unsigned kind = random_below(seed, 12);
    if (kind < 3 && depth < DEPTH_MAX) {
      buffer_append_string(out, PICK(seed, groups));
      append_pattern(seed, depth + 1, out);
      buffer_append_char(out, ')');
    } else if (kind == 3) {
      buffer_append_char(out, '|');
      continue;
    } else {
      buffer_append_string(out, random_below(seed, 2) ? PICK(seed, items) : items[kind % 6]);
    }
    if (random_below(seed, 4) == 0)
      buffer_append_string(out, PICK(seed, quantifiers));
  }
}

static struct text random_subject(uint64_t *seed, struct buffer *out) {
  static const char *const pieces[] = {"a", "b", "k",      "s",      "A",      "B",
                                       "K", "S", "-",      "ab",     "ba",     "\n",
                                       "]", " ", "\u00E9", "\u00C9", "\u212A", "\u017F"};
  buffer_reset(out);
  for (unsigned count = random_below(seed, 9); count > 0; count--)
    buffer_append_string(out, PICK(seed, pieces));
  return buffer_text(out);
}

/* Whether the subject has a text of each choice. */
static bool has_each(const struct literal_choice *choices, size_t count, struct text subject) {
  char folded[128];
  struct text text = {folded, fold_write(subject, folded)};
  for (size_t i = 0; i < count; i++) {
    bool has = false;
    for (size_t k = 0; k < choices[i].count; k++)
      has = has || text_contains(text, choices[i].items[k]);
    if (!has)
      return false;
  }
  return true;
}

struct counts {
  size_t read, matches, refused; /* patterns with choices; subjects */
};

static void try_pattern(uint64_t *seed, struct text pattern, struct regex_scratch *scratch,
                        struct counts *counts) {
  struct error error = ERROR_NONE;
  struct arena arena = ARENA_NONE;
  struct buffer buffer = BUFFER_NONE;
  struct literal_choice *choices;
  struct regex *regex = regex_new(pattern, random_below(seed, 8), &error);
  size_t count = regex_literals(&arena, pattern, 1 + random_below(seed, 2), &choices);
  counts->read += regex && count;
  for (int i = 0; regex && count && i < SUBJECTS_A_PATTERN; i++) {
    struct work work;
    work_start(&work);
    struct text subject = random_subject(seed, &buffer);
    bool matches = regex_match(regex, scratch, &work, subject, 0) == REGEX_YES;
    bool has = has_each(choices, count, subject);
    if (matches && !has)
      fail_msg("%.*s matches %.*s", TEXT_ARGS(pattern), TEXT_ARGS(subject));
    counts->matches += matches;
    counts->refused += !has;
  }
  regex_free(&regex);
  buffer_free(&buffer);
  arena_free(&arena);
}

static void what_a_regex_matches_has_a_text_of_each_choice(void **state) {
  (void)state;
  uint64_t seed = UINT64_C(0x6d61726761790021);
  struct counts counts = {0};
  struct regex_scratch *scratch = regex_scratch_new();
  struct buffer pattern = BUFFER_NONE;
  for (int i = 0; i < PATTERNS; i++) {
    buffer_reset(&pattern);
    append_pattern(&seed, 0, &pattern);
    try_pattern(&seed, buffer_text(&pattern), scratch, &counts);
  }
  print_message("%zu patterns with choices, %zu matches, %zu subjects refused\n", counts.read,
                counts.matches, counts.refused);
  assert_true(counts.read > PATTERNS / 8 && counts.matches > PATTERNS / 4 && counts.refused);
  buffer_free(&pattern);
  regex_scratch_free(&scratch);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_regex_gives_the_texts_that_it_cannot_match_without),
      cmocka_unit_test(a_choice_has_at_most_64_texts),
      cmocka_unit_test(what_a_pattern_may_be_multiplied_to_is_bounded),
      cmocka_unit_test(what_a_regex_matches_has_a_text_of_each_choice),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

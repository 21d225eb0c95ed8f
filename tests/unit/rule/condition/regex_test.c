/* Regular expressions on hostile subjects. */
#include "rule/condition/regex.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "base/unicode/fold.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <uchar.h>

#include <cmocka.h>

static struct work work;

static enum regex_result search(const struct regex *regex, struct regex_scratch *scratch,
                                struct text subject, size_t from) {
  work_start(&work);
  return regex_match(regex, scratch, &work, subject, from);
}

static struct regex *compile(const char *pattern, unsigned options) {
  struct error error = ERROR_NONE;
  struct regex *regex = regex_new(text_from(pattern), options, &error);
  if (!regex)
    fail_msg("%s: %s", pattern, error.text);
  return regex;
}

static enum regex_result match(const char *pattern, unsigned options, struct text subject) {
  struct regex *regex = compile(pattern, options);
  struct regex_scratch *scratch = regex_scratch_new();
  enum regex_result result = search(regex, scratch, subject, 0);
  regex_scratch_free(&scratch);
  regex_free(&regex);
  return result;
}

static const struct match_case {
  const char *pattern;
  struct text subject;
  unsigned options;
  enum regex_result result;
} match_cases[] = {
    {"from On to Off", {"Passcode: from On to Off", 24}, 0, REGEX_YES},
    {"from on to off", {"Passcode: from On to Off", 24}, 0, REGEX_NO},
    {"from on to off", {"Passcode: from ON to OFF", 24}, REGEX_FOLD, REGEX_YES},
    {"^b", {"a\nb", 3}, 0, REGEX_NO},
    {"^b", {"a\nb", 3}, REGEX_MULTILINE, REGEX_YES},
    {"a.b", {"a\nb", 3}, 0, REGEX_NO},
    {"a.b", {"a\nb", 3}, REGEX_DOT_ALL, REGEX_YES},
    {"", {NULL, 0}, 0, REGEX_YES},
    {"^$", {NULL, 0}, 0, REGEX_YES},
    {".", {NULL, 0}, 0, REGEX_NO},
    {"a\\x00b", {"a\0b", 3}, 0, REGEX_YES},
    {"^.b", {"a\0b", 3}, 0, REGEX_NO},
    /* a character is a character, however many bytes it has */
    {"^.$", {"\xE2\x82\xAC", 3}, 0, REGEX_YES},
    {"\xC3\xA9", {"\xC3\x89", 2}, REGEX_FOLD, REGEX_YES},
    /* invalid UTF-8 never matches; the text around it does */
    {"^..$", {"a\xFF", 2}, 0, REGEX_NO},
    {"b$", {"\xFF\xC3(b", 4}, 0, REGEX_YES},
    {".", {"\xFF\xFE", 2}, 0, REGEX_NO},
    {"a",
     {"\xED\xA0\x80"
      "a",
      4},
     0,
     REGEX_YES},
};

static void a_pattern_is_searched_with_its_options(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof match_cases / sizeof match_cases[0]; i++) {
    const struct match_case *c = &match_cases[i];
    enum regex_result result = match(c->pattern, c->options, c->subject);
    if (result != c->result)
      fail_msg("case %zu (%s): %d, expected %d", i, c->pattern, result, c->result);
  }
}

/* PCRE2 is not asked for these patterns, but it is for the same ones in a group. */
static void any_text_is_found_where_pcre2_finds_it(void **state) {
  (void)state;
  static const char *const pairs[][2] = {{".", "(?:.)"}, {"\\S", "(?:\\S)"}};
  static const char ends[][3] = {"", "a", " ", "\n", "\x82\xAC"};
  struct regex_scratch *scratch = regex_scratch_new();
  for (size_t i = 0; i < 2 * 256 * sizeof ends / sizeof *ends; i++) {
    const char *const *pair = pairs[i % 2];
    char bytes[4] = {(char)(i / 2 % 256)};
    memcpy(bytes + 1, ends[i / 512], sizeof ends[0]);
    struct text subject = {bytes, 1 + strlen(ends[i / 512])};
    for (size_t from = 0; from <= 1; from++) {
      size_t start[2] = {0}, end[2] = {0};
      enum regex_result results[2];
      for (size_t one = 0; one < 2; one++) {
        struct regex *regex = compile(pair[one], 0);
        results[one] = search(regex, scratch, subject, from);
        assert_int_equal(regex_group(scratch, 0, &start[one], &end[one]),
                         results[one] == REGEX_YES);
        regex_free(&regex);
      }
      if (results[0] != results[1] || start[0] != start[1] || end[0] != end[1])
        fail_msg("%s: byte %02X, then '%s', from %zu", pair[0], (uint8_t)bytes[0], bytes + 1, from);
    }
  }
  regex_scratch_free(&scratch);
}

/* PCRE2 has tables of its own. Its Unicode may be older than ICU's, so that it keeps a few of the
 * newest letters apart. */
static void a_regex_without_case_takes_the_same_letters_for_equal_as_conditions_do(void **state) {
  (void)state;
  size_t folding = 0, apart = 0;
  assert_non_null(setlocale(LC_CTYPE, "C.UTF-8")); /* for c32rtomb */
  for (uint32_t code = 0x80; code < 0x1ea00; code++) {
    uint32_t folded = fold_code(code);
    if (folded == code)
      continue;
    char pattern[32], bytes[8];
    snprintf(pattern, sizeof pattern, "^\\x{%X}\\z", (unsigned)folded);
    mbstate_t conversion = {0};
    size_t size = c32rtomb(bytes, code, &conversion);
    apart += match(pattern, REGEX_FOLD, (struct text){bytes, size}) != REGEX_YES;
    folding++;
  }
  assert_true(folding > 1400);
  assert_true(apart < folding / 100);
  assert_int_equal(match("^i$", REGEX_FOLD, TEXT("\u0131")), REGEX_NO);
  assert_int_equal(match("^ss$", REGEX_FOLD, TEXT("\u00DF")), REGEX_NO);
}

static void a_bad_pattern_is_reported_with_its_offset(void **state) {
  (void)state;
  static const struct {
    const char *pattern, *expected;
  } cases[] = {
      {"a(b", "missing closing parenthesis at offset 3"},
      {"a**+*", "quantifier does not follow a repeatable item at offset 2"},
      {"\\C", "using \\C is disabled by the application at offset 2"},
      {"[z-a]", "range out of order in character class at offset 3"},
      {"\xFF", "UTF-8 error: illegal byte (0xfe or 0xff) at offset 0"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct error error = ERROR_NONE;
    assert_null(regex_new(text_from(cases[i].pattern), 0, &error));
    assert_string_equal(error.text, cases[i].expected);
  }
}

static void an_enormous_pattern_is_refused(void **state) {
  (void)state;
  struct error error = ERROR_NONE;
  char *bytes = memory_alloc(70000);
  memset(bytes, 'a', 70000);
  assert_null(regex_new((struct text){bytes, 70000}, 0, &error));
  assert_string_equal(error.text, "the pattern is longer than 65536 bytes");
  free(bytes);
  error = ERROR_NONE;
  assert_null(regex_new(TEXT("((((a{1000}){1000}){1000}){1000})"), 0, &error));
  assert_true(error.set);
}

/* A subject of one letter: "b", many times "a", and a last byte that keeps PCRE2 from seeing early
 * that no match is possible. */
static struct buffer many_letters(size_t size) {
  struct buffer buffer = BUFFER_NONE;
  memset(buffer_reserve(&buffer, size), 'a', size);
  buffer.size = size;
  buffer.data[0] = 'b';
  buffer_append_char(&buffer, '!');
  return buffer;
}

static void a_catastrophic_search_gives_up(void **state) {
  (void)state;
  static const struct {
    const char *pattern;
    size_t size;
  } cases[] = {
      {"(a+)+$", 40},
      {"(a+)+b|(a|aa)+$", 500},
      {"(?:a|aa)+\\d", 300},
      {"(a|a)*\\d", 64},
      {"(x+x+)+y|(.*a){12}b", 2000},
      {"(?:a.*a)[bc]", 1 << 20},
      {"(?s)a.*[bc]", 1 << 22},
      {"(?:(?:(?:a*)*)*)*\\d", 30},
      {"(.*)(.*)(.*)(.*)\\d", 3000},
      {"(?s)(?:a.*)+\\d", 50000},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct buffer subject = many_letters(cases[i].size);
    if (match(cases[i].pattern, 0, buffer_text(&subject)) != REGEX_LIMIT)
      fail_msg("%s did not give up", cases[i].pattern);
    buffer_free(&subject);
  }
}

static struct buffer repeat(const char *text, size_t times) {
  struct buffer buffer = BUFFER_NONE;
  for (size_t i = 0; i < times; i++)
    buffer_append_string(&buffer, text);
  return buffer;
}

/* PCRE2 counts nothing in repeats of single characters: only its callouts can end these. */
static void a_search_that_no_match_limit_sees_gives_up(void **state) {
  (void)state;
  static const struct {
    const char *pattern, *text;
    size_t times;
  } cases[] = {
      {"https?://.*login.*\\.php", "https://login/", 150000},
      {"\\Ghttps?://.*login.*\\.php", "https://login/", 150000},
      {".*a.*a.*a.*a.*a.*\\d", "a", 512},
      {"a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?[bc]", "a", 31},
      {"(?<=a)a.*a.*[bc]", "a", 5000},
      {"(?m)^.*a.*a.*a.*\\d$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n", 1000},
      {"a\\K.*a.*a.*[bc]", "a", 3000},
      {"a++b|a*+c|a.*a[bc]", "a", 100000},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct buffer subject = repeat(cases[i].text, cases[i].times);
    if (match(cases[i].pattern, 0, buffer_text(&subject)) != REGEX_LIMIT)
      fail_msg("%s did not give up", cases[i].pattern);
    buffer_free(&subject);
  }
}

static void searches_share_what_one_event_may_cost(void **state) {
  (void)state;
  struct buffer subject = repeat("https://login/", 150000);
  struct regex *costly = compile("https?://.*login.*\\.php", 0), *cheap = compile("login", 0);
  struct regex_scratch *scratch = regex_scratch_new();
  struct work shared;
  size_t parts = 0;
  work_start(&shared);
  for (; shared.left >= 0; parts++) {
    work_begin_part(&shared);
    assert_int_equal(regex_match(costly, scratch, &shared, buffer_text(&subject), 0), REGEX_LIMIT);
    assert_int_equal(regex_match(cheap, scratch, &shared, buffer_text(&subject), 0), REGEX_LIMIT);
    assert_in_range(parts, 0, WORK_PASS_STEPS / WORK_PART_STEPS);
  }
  assert_true(parts > 1);
  work_begin_part(&shared);
  assert_int_equal(regex_match(cheap, scratch, &shared, buffer_text(&subject), 0), REGEX_LIMIT);
  work_start(&shared);
  assert_int_equal(regex_match(cheap, scratch, &shared, buffer_text(&subject), 0), REGEX_YES);
  regex_scratch_free(&scratch);
  regex_free(&costly);
  regex_free(&cheap);
  buffer_free(&subject);
}

static void an_innocent_search_of_a_long_subject_comes_to_its_end(void **state) {
  (void)state;
  struct buffer letters = many_letters(1 << 20);
  struct text subject = buffer_text(&letters);
  assert_int_equal(match("!$", 0, subject), REGEX_YES);
  assert_int_equal(match("^ba+!$", 0, subject), REGEX_YES);
  assert_int_equal(match("a!", 0, subject), REGEX_YES);
  assert_int_equal(match("aab", 0, subject), REGEX_NO);
  assert_int_equal(match("[a-c]{3}\\d", 0, subject), REGEX_NO);
  assert_int_equal(match("(?<=aaa)!", 0, subject), REGEX_YES);
  assert_int_equal(match("\\Ga", 0, subject), REGEX_NO);
  buffer_free(&letters);
}

static void a_long_subject_gives_the_same_match_as_a_short_one(void **state) {
  (void)state;
  /* Windows end inside of characters: three bytes each, at every offset. */
  for (size_t before = 0; before < 4; before++) {
    struct buffer buffer = BUFFER_NONE;
    for (size_t i = 0; i < before; i++)
      buffer_append_char(&buffer, 'x');
    for (size_t i = 0; i < 5000; i++)
      buffer_append_string(&buffer, "\xE2\x82\xAC");
    size_t end = buffer.size;
    buffer_append_string(&buffer, "needle");

    struct regex *regex = compile("(\\w+)$", 0);
    struct regex_scratch *scratch = regex_scratch_new();
    size_t start, stop;
    assert_int_equal(search(regex, scratch, buffer_text(&buffer), before), REGEX_YES);
    assert_true(regex_group(scratch, 1, &start, &stop));
    assert_int_equal(start, end);
    assert_int_equal(stop, buffer.size);
    regex_scratch_free(&scratch);
    regex_free(&regex);
    buffer_free(&buffer);
  }
}

static void groups_can_be_asked_for_after_a_match(void **state) {
  (void)state;
  struct regex *regex = compile("(\\w+)@(\\w+)(x)?", 0);
  struct regex_scratch *scratch = regex_scratch_new();
  size_t start, end;
  assert_int_equal(regex_group_count(regex), 3);
  assert_false(regex_group(scratch, 0, &start, &end));

  assert_int_equal(search(regex, scratch, TEXT("to homer@home"), 0), REGEX_YES);
  assert_true(regex_group(scratch, 0, &start, &end));
  assert_int_equal(start, 3);
  assert_int_equal(end, 13);
  assert_true(regex_group(scratch, 2, &start, &end));
  assert_int_equal(start, 9);
  assert_false(regex_group(scratch, 3, &start, &end));

  assert_int_equal(search(regex, scratch, TEXT("to homer@home"), 9), REGEX_NO);
  assert_false(regex_group(scratch, 0, &start, &end));
  assert_int_equal(search(regex, scratch, TEXT("a@b"), 4), REGEX_NO);
  regex_scratch_free(&scratch);
  regex_free(&regex);
}

static void a_scratch_serves_patterns_with_more_and_fewer_groups(void **state) {
  (void)state;
  struct regex *few = compile("a", 0), *many = compile("(a)(b)(c)(d)(e)(f)(g)", 0);
  struct regex_scratch *scratch = regex_scratch_new();
  size_t start, end;
  for (int i = 0; i < 2; i++) {
    assert_int_equal(search(few, scratch, TEXT("abcdefg"), 0), REGEX_YES);
    assert_false(regex_group(scratch, 1, &start, &end));
    assert_int_equal(search(many, scratch, TEXT("abcdefg"), 0), REGEX_YES);
    assert_true(regex_group(scratch, 7, &start, &end));
    assert_int_equal(start, 6);
  }
  regex_scratch_free(&scratch);
  regex_free(&few);
  regex_free(&many);
  assert_null(many);
  regex_free(&many);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_pattern_is_searched_with_its_options),
      cmocka_unit_test(a_regex_without_case_takes_the_same_letters_for_equal_as_conditions_do),
      cmocka_unit_test(a_bad_pattern_is_reported_with_its_offset),
      cmocka_unit_test(an_enormous_pattern_is_refused),
      cmocka_unit_test(a_catastrophic_search_gives_up),
      cmocka_unit_test(a_search_that_no_match_limit_sees_gives_up),
      cmocka_unit_test(searches_share_what_one_event_may_cost),
      cmocka_unit_test(any_text_is_found_where_pcre2_finds_it),
      cmocka_unit_test(an_innocent_search_of_a_long_subject_comes_to_its_end),
      cmocka_unit_test(a_long_subject_gives_the_same_match_as_a_short_one),
      cmocka_unit_test(groups_can_be_asked_for_after_a_match),
      cmocka_unit_test(a_scratch_serves_patterns_with_more_and_fewer_groups),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

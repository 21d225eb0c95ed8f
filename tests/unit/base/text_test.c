#include "base/memory.h"
#include "base/text.h"
#include "base/utf8.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static const struct text none = {NULL, 0};

static void comparing_folds_ascii_letters_only(void **state) {
  (void)state;
  static const struct {
    struct text a, b;
    bool equal;
  } table[] = {
      {TEXT_INIT(""), TEXT_INIT(""), true},
      {TEXT_INIT("On to Off"), TEXT_INIT("ON TO OFF"), true},
      {TEXT_INIT("abcdefghijklmnopqrstuvwxyz"), TEXT_INIT("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), true},
      {TEXT_INIT("a"), TEXT_INIT("ab"), false},
      {TEXT_INIT("@[`{@[`{"), TEXT_INIT("`{@[`{@["),
       false}, /* beside the letters, bit 0x20 apart */
      {TEXT_INIT("\xc3\xa4"
                 "aaaaaa"),
       TEXT_INIT("\xc3\x84"
                 "aaaaaa"),
       false},
      {TEXT_INIT("\xc1\xda"), TEXT_INIT("\xe1\xfa"), false},
      {TEXT_INIT("a\0b"), TEXT_INIT("A\0B"), true},
      {TEXT_INIT("a\0b"), TEXT_INIT("A\0C"), false},
  };
  for (size_t i = 0; i < COUNT(table); i++)
    assert_int_equal(text_equal_folded(table[i].a, table[i].b), table[i].equal);
  assert_true(text_equal_folded(none, TEXT("")));
}

static void every_pair_of_bytes_folds_as_the_c_locale_says(void **state) {
  (void)state;
  for (int a = 0; a < 256; a++)
    for (int b = 0; b < 256; b++) {
      char x[9] = "xxxxxxxx", y[9] = "XXXXXXXX";
      bool equal = a == b || (isascii(a) && isascii(b) && tolower(a) == tolower(b));
      x[3] = (char)a;
      y[3] = (char)b;
      /* Once by eight bytes at a time, once byte by byte. */
      assert_int_equal(text_equal_folded((struct text){x, 8}, (struct text){y, 8}), equal);
      assert_int_equal(text_equal_folded((struct text){x, 4}, (struct text){y, 4}), equal);
    }
}

static void starts_and_ends_are_found(void **state) {
  (void)state;
  assert_true(text_starts_folded(TEXT("Security - x"), TEXT("SECURITY")));
  assert_true(text_starts_folded(TEXT("abc"), TEXT("")));
  assert_true(text_starts_folded(none, none));
  assert_false(text_starts_folded(TEXT("abc"), TEXT("abcd")));
  assert_false(text_starts_folded(TEXT("abc"), TEXT("bc")));
  assert_true(text_ends_folded(TEXT("from Off to On"), TEXT("TO ON")));
  assert_true(text_ends_folded(TEXT("abc"), none));
  assert_true(text_ends_folded(none, none));
  assert_false(text_ends_folded(TEXT("abc"), TEXT("zabc")));
  assert_false(text_ends_folded(TEXT("abc"), TEXT("ab")));
}

static void a_number_is_what_people_take_for_one(void **state) {
  (void)state;
  static const char *const numbers[] = {"0", "7", "-7", "0.5", "-0.5", "3.14", "123456789012345"};
  static const char *const others[] = {
      "",   "-",  ".",    "5.",   "1.2.3", "007", "-07", "0049", "7e3", "1,5", "1234567890123456",
      "+7", "7-", "true", "0x10", " 7"};
  for (size_t i = 0; i < COUNT(numbers); i++)
    assert_true(text_is_number(text_from(numbers[i])));
  for (size_t i = 0; i < COUNT(others); i++)
    assert_false(text_is_number(text_from(others[i])));
}

static void a_needle_is_found_whatever_its_place_and_case(void **state) {
  (void)state;
  static const char *const needles[] = {"q",
                                        "qz",
                                        "qzw",
                                        "on to off",
                                        "security one option",
                                        "a needle that is longer than sixteen bytes"};
  char subject[120];
  for (size_t n = 0; n < COUNT(needles); n++) {
    struct text needle = text_from(needles[n]);
    for (size_t size = needle.size; size < sizeof subject; size++)
      for (size_t at = 0; at + needle.size <= size; at += 1 + at / 40) {
        memset(subject, 'x', size);
        for (size_t i = 0; i < needle.size; i++)
          subject[at + i] = i % 2 ? (char)toupper((uint8_t)needle.data[i]) : needle.data[i];
        /* An exact copy on the heap, so that a read outside of it is seen. */
        char *exact = memory_resize(NULL, size);
        memcpy(exact, subject, size);
        assert_true(text_contains_folded((struct text){exact, size}, needle));
        exact[at] = '-';
        assert_false(text_contains_folded((struct text){exact, size}, needle));
        free(exact);
      }
  }
}

static void a_needle_that_is_not_there_is_not_found(void **state) {
  (void)state;
  assert_false(text_contains_folded(TEXT("abc"), TEXT("abcd")));
  assert_false(text_contains_folded(none, TEXT("a")));
  assert_true(text_contains_folded(none, none));
  assert_true(text_contains_folded(TEXT("abc"), TEXT("")));
  /* First and last byte alike many times. */
  assert_false(text_contains_folded(TEXT("abcabcabcabcabcabcabcabcabcabcabcabc"), TEXT("adc")));
  /* Bytes that differ by 0x20 and are no letters. */
  assert_false(text_contains_folded(TEXT("xxxxxxxxxxxxxxxxxxxx@xxxxxxxxxxxxxx"), TEXT("`")));
  assert_false(text_contains_folded(TEXT("xxxxxxxxxxxxxxxxxxxx[xxxxxxxxxxxxxx"), TEXT("{")));
  assert_true(text_contains_folded(TEXT("xxxxxxxxxxxxxxxxxxxx[xxxxxxxxxxxxxx"), TEXT("[")));
  assert_true(text_contains_folded(TEXT("a\0needle\0b"), TEXT("\0needle\0")));
}

static void contains_with_case_compares_exactly(void **state) {
  (void)state;
  assert_true(text_contains(TEXT("On to Off"), TEXT("to")));
  assert_false(text_contains(TEXT("On to Off"), TEXT("TO")));
  assert_true(text_contains(TEXT("abc"), TEXT("")));
  assert_true(text_contains(none, none));
  assert_false(text_contains(none, TEXT("a")));
  assert_true(text_contains(TEXT("a\0b"), TEXT("\0b")));
}

static void white_space_is_trimmed_at_both_ends(void **state) {
  (void)state;
  assert_true(text_is(text_trim(TEXT(" \t\r\n\v\fa b \n")), "a b"));
  assert_int_equal(text_trim(TEXT(" \n ")).size, 0);
  assert_int_equal(text_trim(none).size, 0);
}

static void utf8_is_distinguished_from_other_bytes(void **state) {
  (void)state;
  static const struct {
    struct text text;
    bool valid;
  } table[] = {
      {TEXT_INIT(""), true},
      {TEXT_INIT("plain ASCII of some length, and a NUL \0."), true},
      {TEXT_INIT("J\xc3\xbcrgen \xe2\x82\xac \xf0\x9f\x90\x86"), true},
      {TEXT_INIT("\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf"), true},
      {TEXT_INIT("\x80"), false},
      {TEXT_INIT("12345678\x80"), false},
      {TEXT_INIT("\xc0\x80"), false},             /* overlong */
      {TEXT_INIT("\xe0\x9f\xbf"), false},         /* overlong */
      {TEXT_INIT("\xf0\x8f\xbf\xbf"), false},     /* overlong */
      {TEXT_INIT("\xed\xa0\x80"), false},         /* surrogate */
      {TEXT_INIT("\xf4\x90\x80\x80"), false},     /* past U+10FFFF */
      {TEXT_INIT("\xf8\x88\x80\x80\x80"), false}, /* five bytes */
      {TEXT_INIT("\xc3"), false},
      {TEXT_INIT("\xe2\x82"), false},
      {TEXT_INIT("\xf0\x9f\x90"), false},
      {TEXT_INIT("\xc3("), false},
      {TEXT_INIT("\xff"), false},
  };
  for (size_t i = 0; i < COUNT(table); i++)
    if (text_is_utf8(table[i].text) != table[i].valid)
      fail_msg("row %zu", i);
}

static void cutting_keeps_utf8_sequences_whole(void **state) {
  (void)state;
  static const struct {
    struct text text;
    size_t size, cut;
  } table[] = {
      {TEXT_INIT("abc"), 5, 3},
      {TEXT_INIT("abc"), 3, 3},
      {TEXT_INIT("abc"), 2, 2},
      {TEXT_INIT("abc"), 0, 0},
      {TEXT_INIT("a\xc3\xbc"), 2, 1},
      {TEXT_INIT("a\xe2\x82\xac"), 3, 1},
      {TEXT_INIT("a\xe2\x82\xac"), 2, 1},
      {TEXT_INIT("\xf0\x9f\x90\x86x"), 4, 4},
      {TEXT_INIT("\xf0\x9f\x90\x86x"), 3, 0},
      {TEXT_INIT("\xf0\x9f\x90\x86x"), 1, 0},
      {TEXT_INIT("\xc3\xbc\xc3\xbc"), 2, 2},
      {TEXT_INIT("\x80\x80\x80\x80\x80\x80"), 4, 4}, /* malformed: nothing to keep whole */
      {TEXT_INIT("a\xe2zz"), 2, 2},
  };
  for (size_t i = 0; i < COUNT(table); i++)
    if (text_cut(table[i].text, table[i].size).size != table[i].cut)
      fail_msg("row %zu", i);
}

static void hostile_bytes_are_shown_harmlessly(void **state) {
  (void)state;
  static const struct {
    struct text text;
    size_t out_size;
    const char *shown;
  } table[] = {
      {TEXT_INIT("plain"), 20, "plain"},
      {TEXT_INIT("J\xc3\xbcrgen"), 20, "J\xc3\xbcrgen"},
      {TEXT_INIT("a\n\x1b[31mb\x7f"), 40, "a\\u{A}\\u{1B}[31mb\\u{7F}"},
      {TEXT_INIT("a\0b"), 20, "a\\u{0}b"},
      {TEXT_INIT("a\xc2\x9b\xe2\x80\xae"
                 "b"),
       40, "a\\u{9B}\\u{202E}b"},
      {TEXT_INIT("a\xff\xe2\x82"), 20, "a???"},
      {TEXT_INIT("a\xe2\x80\x8b"
                 "b"),
       20, "a\\u{200B}b"},
      {TEXT_INIT("\xf3\xa0\x80\x81"), 20, "\\u{E0001}"},
      {TEXT_INIT("ab\n"), 8, "ab\\u{A}"},
      {TEXT_INIT("ab\n"), 7, "ab..."},
      {TEXT_INIT("0123456789"), 11, "0123456789"},
      {TEXT_INIT("0123456789"), 10, "012345..."},
      {TEXT_INIT("0123\xe2\x82\xac"
                 "456"),
       9, "0123..."},
      {TEXT_INIT("abcdef"), 4, "..."},
      {TEXT_INIT("abcdef"), 3, ".."},
      {TEXT_INIT("abcdef"), 1, ""},
  };
  for (size_t i = 0; i < COUNT(table); i++) {
    char *out = memory_alloc(table[i].out_size);
    assert_string_equal(text_printable(table[i].text, out, table[i].out_size), table[i].shown);
    free(out);
  }
}

/* The first and last of each run, and what is beside them. */
static void what_nobody_sees_is_hidden(void **state) {
  (void)state;
  static const uint32_t hidden[] = {
      0,      0x1f,    0x7f,    0x9f,    0xad,    0x34f,   0x61c,   0x115f,  0x1160,
      0x17b4, 0x17b5,  0x180b,  0x180f,  0x200b,  0x200d,  0x200f,  0x2028,  0x202e,
      0x2060, 0x2063,  0x206f,  0x3164,  0xfe00,  0xfe0f,  0xfeff,  0xffa0,  0xfff0,
      0xfffb, 0x1bca0, 0x1bca3, 0x1d173, 0x1d17a, 0xe0000, 0xe0100, 0xe0fff,
  };
  static const uint32_t seen[] = {
      0x20,   0x7e,    0xa0,    0xac,    0xae,    0x34e,   0x350,   0x61b,   0x61d,  0x115e,
      0x1161, 0x17b3,  0x17b6,  0x180a,  0x1810,  0x200a,  0x2010,  0x2027,  0x202f, 0x205f,
      0x2070, 0x3163,  0x3165,  0xfdff,  0xfe10,  0xfefe,  0xff00,  0xff9f,  0xffa1, 0xffef,
      0xfffd, 0x1f600, 0x1bc9f, 0x1bca4, 0x1d172, 0x1d17b, 0xdffff, 0xe1000,
  };
  for (size_t i = 0; i < COUNT(hidden); i++)
    if (!utf8_is_hidden(hidden[i]))
      fail_msg("U+%04X is shown", (unsigned)hidden[i]);
  for (size_t i = 0; i < COUNT(seen); i++)
    if (utf8_is_hidden(seen[i]))
      fail_msg("U+%04X is hidden", (unsigned)seen[i]);
}

static void the_hash_is_fnv_1a(void **state) {
  (void)state;
  /* From the test vectors of the FNV reference page. */
  assert_true(text_hash(TEXT("")) == UINT64_C(0xcbf29ce484222325));
  assert_true(text_hash(TEXT("a")) == UINT64_C(0xaf63dc4c8601ec8c));
  assert_true(text_hash(TEXT("foobar")) == UINT64_C(0x85944171f73967e8));
}

static void the_nearest_word_is_a_likely_slip_or_none(void **state) {
  (void)state;
  static const char *const known[] = {"severity", "id", "poll", "display_name", "tests", "title"};
  static const struct {
    const char *word, *nearest;
  } table[] = {
      {"serverity", "severity"},
      {"severty", "severity"},
      {"SEVERITY", "severity"},
      {"polll", "poll"},
      {"pool", "poll"},
      {"plol", "poll"}, /* two swapped */
      {"displayname", "display_name"},
      {"ids", "id"},
      {"tilte", "title"},
      {"titleeee", NULL},
      {"sererite", "severity"},         /* two of its eight */
      {"dysplei_nahe", "display_name"}, /* four of its twelve */
      {"dysplei_nahi", NULL},
      {"test", "tests"},
      {"x", NULL},
      {"", NULL},
      {"destination", NULL},
      {"displ", "display_name"}, /* not to its end */
      {"dis", NULL},             /* too short */
      {"pxxl", NULL},
      {"a word that is so long that nobody can have meant any of the known words by it", NULL},
  };
  for (size_t i = 0; i < COUNT(table); i++) {
    const char *nearest = text_nearest(text_from(table[i].word), known, COUNT(known));
    if (!table[i].nearest)
      assert_null(nearest);
    else
      assert_string_equal(nearest ? nearest : "(none)", table[i].nearest);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(comparing_folds_ascii_letters_only),
      cmocka_unit_test(every_pair_of_bytes_folds_as_the_c_locale_says),
      cmocka_unit_test(starts_and_ends_are_found),
      cmocka_unit_test(a_number_is_what_people_take_for_one),
      cmocka_unit_test(a_needle_is_found_whatever_its_place_and_case),
      cmocka_unit_test(a_needle_that_is_not_there_is_not_found),
      cmocka_unit_test(contains_with_case_compares_exactly),
      cmocka_unit_test(white_space_is_trimmed_at_both_ends),
      cmocka_unit_test(utf8_is_distinguished_from_other_bytes),
      cmocka_unit_test(cutting_keeps_utf8_sequences_whole),
      cmocka_unit_test(hostile_bytes_are_shown_harmlessly),
      cmocka_unit_test(what_nobody_sees_is_hidden),
      cmocka_unit_test(the_hash_is_fnv_1a),
      cmocka_unit_test(the_nearest_word_is_a_likely_slip_or_none),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

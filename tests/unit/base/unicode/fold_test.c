/* Unicode's simple case folding, and comparing by it. */
#include "base/unicode/fold.h"

#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static size_t encode(uint32_t code, char out[4]) {
  static const uint8_t leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
  size_t size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  for (size_t i = size; i-- > 0; code >>= 6)
    out[i] = (char)(i == 0 ? leads[size] | code : 0x80 | (code & 0x3f));
  return size;
}

static void letters_fold_as_unicode_says(void **state) {
  (void)state;
  static const struct {
    const char *text, *folded;
  } table[] = {
      {"Admin", "admin"},
      {"STRASSE", "strasse"},
      {"STRA\u1E9EE", "stra\u00DFe"},       /* the capital sharp s */
      {"\u212Aevin", "kevin"},              /* the Kelvin sign */
      {"\u017Fecret", "secret"},            /* the long s */
      {"\u212B", "\u00E5"},                 /* the Angstrom sign */
      {"\u2126", "\u03C9"},                 /* the Ohm sign */
      {"\u0130I\u0131i", "\u0130i\u0131i"}, /* Turkish stays apart */
      {"\u03A3\u038A\u03A3\u03A5\u03A6\u039F\u03A3", "\u03C3\u03AF\u03C3\u03C5\u03C6\u03BF\u03C3"},
      {"\u03C3\u03AF\u03C3\u03C5\u03C6\u03BF\u03C2", "\u03C3\u03AF\u03C3\u03C5\u03C6\u03BF\u03C3"},
      {"\uAB70\uABBF\u13F8", "\u13A0\u13EF\u13F0"},     /* Cherokee folds upwards */
      {"\u023A\u023E", "\u2C65\u2C66"},                 /* these grow */
      {"\U00010400\U0001E900", "\U00010428\U0001E922"}, /* Deseret, Adlam */
      {"\u0414\u0430", "\u0434\u0430"},
      {"\u65E5\u672C \U0001F600", "\u65E5\u672C \U0001F600"},
      {"\xff\xc3(\xe2\x84", "\xff\xc3(\xe2\x84"}, /* no UTF-8 */
      {"", ""},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    char out[128];
    struct text text = text_from(table[i].text), folded = text_from(table[i].folded);
    size_t size = fold_write(text, out);
    assert_int_equal(size, folded.size);
    assert_memory_equal(out, folded.data, size);
    assert_true(fold_equal(text, folded));
    assert_true(fold_starts(text, folded, &size));
    assert_int_equal(size, text.size);
    assert_true(fold_ends(text, folded, &size));
    assert_int_equal(size, text.size);
  }
}

static void what_only_looks_alike_is_not_equal(void **state) {
  (void)state;
  static const char *const pairs[][2] = {
      {"\u00DF", "ss"},      {"\u0130", "i"},    {"\u0131", "i"},   {"\u0131", "I"},
      {"e\u0301", "\u00E9"}, {"\uFF2B", "k"},    {"\u0391", "a"},   {"\u0410", "a"},
      {"\uFB01", "fi"},      {"\xc3", "\u00C3"}, {"\xe2\x84", "k"}, {"k", "\u212A\u212A"},
      {"", "\u212A"},        {"\xff", "\xfe"},   {"\xc4", "\xe4"},
  };
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
    if (fold_equal(text_from(pairs[i][0]), text_from(pairs[i][1])))
      fail_msg("'%s' is equal to '%s'", pairs[i][0], pairs[i][1]);
}

static void every_code_has_a_folded_form_that_folds_to_itself_and_fits_its_bounds(void **state) {
  (void)state;
  size_t folding = 0;
  for (uint32_t code = 0; code < 0x110000; code++) {
    char text[4], folded[4];
    if (code >= 0xd800 && code < 0xe000)
      continue;
    uint32_t to = fold_code(code);
    assert_int_equal(fold_code(to), to);
    folding += to != code;
    size_t size = encode(code, text), folded_size = encode(to, folded), taken;
    struct text subject = {text, size}, literal = {folded, folded_size};
    assert_true(folded_size < fold_size_max(size));
    assert_true(fold_starts(subject, literal, &taken) && taken == size);
    assert_true(fold_ends(subject, literal, &taken) && taken == size);
    if (!text_equal_folded(subject, literal) && !fold_in_range(fold_range_of(literal), size))
      fail_msg("U+%04X", (unsigned)code);
  }
  assert_in_range(folding, 1400, 2000); /* 1,430 of Unicode 15 */
}

/* ---- against an oracle ---- */

enum { ROUNDS = 200000, CODES_MAX = 6 };

/* xorshift64 (Marsaglia 2003). */
static unsigned random_below(uint64_t *seed, unsigned limit) {
  *seed ^= *seed << 13;
  *seed ^= *seed >> 7;
  *seed ^= *seed << 17;
  return (unsigned)((*seed >> 20) % limit);
}

/* Letters of few classes, so that texts are often equal; and pieces of broken UTF-8. */
static struct text random_text(uint64_t *seed, unsigned most, char *out) {
  static const char *const pieces[] = {
      "k",      "K",      "\u212A", "s",      "S",        "\u017F",     "\u00DF",    "\u1E9E",
      "\u03C3", "\u03C2", "\u03A3", "\u023A", "\u2C65",   "\u13A0",     "\uAB70",    "i",
      "\u0131", "\u0130", "\xc3",   "\xa9",   "\xe2\x84", "\U00010400", "\U00010428"};
  size_t size = 0;
  for (unsigned count = random_below(seed, most + 1); count > 0; count--) {
    const char *piece = pieces[random_below(seed, sizeof pieces / sizeof *pieces)];
    memcpy(out + size, piece, strlen(piece));
    size += strlen(piece);
  }
  return (struct text){out, size};
}

/* The folded codes of a text; a byte that belongs to no character is a number of its own. */
static size_t codes_of(struct text text, uint32_t *codes) {
  size_t count = 0;
  for (size_t i = 0, size; i < text.size; i += size ? size : 1) {
    size = utf8_read(text.data + i, text.size - i, &codes[count]);
    codes[count] = size ? fold_code(codes[count]) : 0x200000U + (uint8_t)text.data[i];
    count++;
  }
  return count;
}

static void whole_texts_and_their_ends_compare_by_the_codes_that_they_fold_to(void **state) {
  (void)state;
  uint64_t seed = UINT64_C(0x6d61726761790002);
  size_t equal = 0, starts = 0, ends = 0;
  for (int round = 0; round < ROUNDS; round++) {
    char bytes[2][32], folded_bytes[64];
    uint32_t a[32], b[32];
    struct text subject = random_text(&seed, CODES_MAX, bytes[0]);
    struct text other = random_text(&seed, CODES_MAX / 2, bytes[1]);
    size_t m = codes_of(subject, a), n = codes_of(other, b), size;
    struct text folded = {folded_bytes, fold_write(other, folded_bytes)};
    bool same = m == n && memcmp(a, b, n * sizeof *b) == 0;
    bool start = m >= n && memcmp(a, b, n * sizeof *b) == 0;
    bool end = m >= n && memcmp(a + (m - n), b, n * sizeof *b) == 0;
    assert_int_equal(fold_equal(subject, other), same);
    assert_int_equal(fold_starts(subject, folded, &size), start);
    assert_int_equal(fold_ends(subject, folded, &size), end);
    if (same && !text_equal_folded(subject, folded) &&
        !fold_in_range(fold_range_of(folded), subject.size))
      fail_msg("round %d", round);
    equal += same;
    starts += start;
    ends += end;
  }
  assert_true(equal > ROUNDS / 50 && starts > equal && ends > equal);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(letters_fold_as_unicode_says),
      cmocka_unit_test(what_only_looks_alike_is_not_equal),
      cmocka_unit_test(every_code_has_a_folded_form_that_folds_to_itself_and_fits_its_bounds),
      cmocka_unit_test(whole_texts_and_their_ends_compare_by_the_codes_that_they_fold_to),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * A run of bytes that somebody else owns: pointer and size, no NUL expected, NULs allowed. Passed
 * by value. Valid as long as what it points into. Any thread may read a text that nobody writes.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct text {
  const char *data;
  size_t size;
};

#define TEXT(literal) ((struct text){(literal), sizeof(literal) - 1})
/* The same as an initializer, for static tables. */
#define TEXT_INIT(literal)                                                                         \
  { (literal), sizeof(literal) - 1 }

/* printf("%.*s", TEXT_ARGS(t)); sizes past INT_MAX are cut. */
#define TEXT_ARGS(t) (int)((t).size > 0x7fffffff ? 0x7fffffff : (t).size), (t).data

static inline struct text text_from(const char *string) {
  return (struct text){string, string ? strlen(string) : 0};
}

static inline bool text_equal(struct text a, struct text b) {
  return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline uint64_t text_load_8(const char *bytes) {
  uint64_t word;
  memcpy(&word, bytes, sizeof word);
  return word;
}

static inline uint32_t text_load_4(const char *bytes) {
  uint32_t word;
  memcpy(&word, bytes, sizeof word);
  return word;
}

/* Eight bytes with their ASCII letters in lower case: the high bit of a byte of `upper` says that
 * it is A to Z. */
static inline uint64_t text_fold_8(uint64_t eight) {
  const uint64_t ones = UINT64_C(0x0101010101010101);
  uint64_t low = eight & (0x7f * ones);
  uint64_t upper = ((low + (0x80 - 'A') * ones) ^ (low + (0x7f - 'Z') * ones)) & ~eight;
  return eight | (upper & (0x80 * ones)) >> 2;
}

/* As text_equal, for keys and other texts that are short and probably equal: up to 16 bytes, two
 * overlapping loads beat a call of memcmp. */
static inline bool text_equal_short(struct text a, struct text b) {
  if (a.size != b.size)
    return false;
  if (a.size > 16)
    return memcmp(a.data, b.data, a.size) == 0;
  if (a.size >= 8)
    return text_load_8(a.data) == text_load_8(b.data) &&
           text_load_8(a.data + a.size - 8) == text_load_8(b.data + a.size - 8);
  if (a.size >= 4)
    return text_load_4(a.data) == text_load_4(b.data) &&
           text_load_4(a.data + a.size - 4) == text_load_4(b.data + a.size - 4);
  for (size_t i = 0; i < a.size; i++)
    if (a.data[i] != b.data[i])
      return false;
  return true;
}

/* -1, 0 or 1 by bytes; a text comes before those that it begins. */
static inline int text_compare(struct text a, struct text b) {
  size_t size = a.size < b.size ? a.size : b.size;
  int order = size ? memcmp(a.data, b.data, size) : 0;
  if (order == 0)
    order = (a.size > b.size) - (a.size < b.size);
  return (order > 0) - (order < 0);
}

static inline bool text_is(struct text a, const char *string) {
  return text_equal(a, text_from(string));
}

bool text_is_ascii(struct text text);

/* Case is folded for ASCII letters only; every other byte compares exactly (base/unicode/fold.h
 * folds others). */
bool text_equal_folded(struct text a, struct text b);
bool text_starts_folded(struct text subject, struct text prefix);
bool text_ends_folded(struct text subject, struct text suffix);
bool text_contains(struct text subject, struct text needle);
/* `needle` must be given in lower case already. An empty needle is contained in everything. */
bool text_contains_folded(struct text subject, struct text lower_needle);

/* Whether people, YAML and Lua take it for a number: digits, perhaps with a sign and a fraction. A
 * zero before other digits, as in the number of a phone or a meeting, is part of a text, and so are
 * more digits than a double holds. */
bool text_is_number(struct text text);

struct text text_trim(struct text text); /* ASCII white space at both ends */

/* True for well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF). */
bool text_is_utf8(struct text text);

/* The longest prefix of at most `size` bytes that does not cut a UTF-8 sequence in two. */
struct text text_cut(struct text text, size_t size);

/* Copies hostile bytes for showing to a person: what nobody sees (base/utf8.h) is shown as an
 * escape such as \u{200B}, malformed UTF-8 as '?'; a longer text ends in "...". An escape takes at
 * most six bytes for each byte of the text. Returns `out`. */
#define TEXT_PRINTABLE_BYTES 6
const char *text_printable(struct text text, char *out, size_t out_size);

/* FNV-1a, 64 bits: for what is stored or compared with what was, as it is the same in each process.
 * Anybody can make texts of one hash, so it is no identity, and not for tables: base/hash.h. */
uint64_t text_hash(struct text text);

/* The candidate nearest to `word` by edit distance, or NULL when none is near enough to be a
 * likely slip (distance at most a third of the word's length, at least 1), or the only one that
 * begins with it. Words longer than TEXT_NEAREST_MAX are near nothing. For messages:
 * base/suggestion.h. */
#define TEXT_NEAREST_MAX 64
const char *text_nearest(struct text word, const char *const *candidates, size_t count);

#endif

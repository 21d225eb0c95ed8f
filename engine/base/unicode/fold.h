/*
 * The room base/unicode knows what Unicode says of letters beyond ASCII.
 *
 * Case folding of any letters: Unicode's simple case folding (CaseFolding.txt, statuses C and S),
 * which turns one character into one character. So `É` is `é` and `ẞ` is `ß`, but `ß` is not `ss`,
 * and the Turkish dotless `ı` is no `i`, whatever the language. Two characters beyond ASCII fold to
 * ASCII letters: the Kelvin sign to k, the long s (`ſ`) to s. Bytes that are not well-formed UTF-8
 * stay as they are.
 *
 * What is ASCII alone is the fast case everywhere: base/text.h folds it. A comparison comes here
 * only when that one has failed and a text beyond ASCII could still be equal.
 *
 * The table is made at build time from ICU's data and takes some 12 KB. Any thread.
 */
#ifndef BASE_UNICODE_FOLD_H
#define BASE_UNICODE_FOLD_H

#include "base/text.h"

/* The code that a code folds to: itself, for most. */
uint32_t fold_code(uint32_t code);

/* Room for writing the folded form of a text of so many bytes: a few characters of two bytes fold
 * to one of three, and the last one is written as four. */
static inline size_t fold_size_max(size_t size) {
  return size + size / 2 + 4;
}

/* Writes the folded form of the text to `out`, which has room for it, and returns its size. */
size_t fold_write(struct text text, char *out);

bool fold_equal(struct text a, struct text b);

/* Whether the subject begins with a text that folds to `folded`, or ends with one: *size says how
 * many bytes of the subject that is. */
bool fold_starts(struct text subject, struct text folded, size_t *size);
bool fold_ends(struct text subject, struct text folded, size_t *size);

/* How many bytes the texts have that fold to `folded` and are not the same by text_equal_folded:
 * from `min` on, `span` more at most. No text but the same has min = SIZE_MAX, span = 0. */
struct fold_range {
  size_t min, span;
};
struct fold_range fold_range_of(struct text folded);

static inline bool fold_in_range(struct fold_range range, size_t size) {
  return size - range.min <= range.span;
}

#endif

/*
 * What an index can know of a condition: field tests of which all must hold for it to hold, each
 * with the keys of the values or with the texts that the field must have. A test says less than the
 * condition, never more: where it fails the condition fails. For the thread that builds an index.
 */
#ifndef RULE_INDEX_ANCHOR_H
#define RULE_INDEX_ANCHOR_H

#include "rule/condition/condition.h"

/* The field's value (or an element of it) has one of the keys, or contains one of the literals.
 * One of the two lists is empty. */
struct anchor_test {
  unsigned field;
  const uint64_t *keys;
  size_t key_count;
  const struct text *literals; /* folded (base/unicode/fold.h), at least LITERAL_SIZE_MIN bytes */
  size_t literal_count;
  bool spelled;  /* a key is of a text that could be a number's spelling */
  bool anywhere; /* any value of the event may be the one; `field` is that of the empty path */
};

/* One way in which a condition can hold: by all of its tests. Without a test: always possible. */
struct anchor_branch {
  const struct anchor_test *tests;
  size_t count;
};

/* The ways of which at least one must be open for the condition to hold; 0: it never does. */
struct anchor_branches {
  const struct anchor_branch *items;
  size_t count;
};
struct anchor_branches anchor_branches_of(struct arena *arena, const struct condition *condition);

/* The key of a text of ASCII, the same for both cases; different texts seldom share one. Never 0. A
 * text beyond ASCII gives ANCHOR_BEYOND: it has the key of its folded form. */
uint64_t anchor_text_key(struct text text);
uint64_t anchor_folded_key(struct text folded);
#define ANCHOR_BEYOND UINT64_C(1)

/* The key of a number: the same for equal ones. Never 0. */
uint64_t anchor_number_key(double number);

#endif

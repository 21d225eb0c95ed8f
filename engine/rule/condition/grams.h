/*
 * A quick no for "which of these many literals does the text contain": public sets of rules look
 * for hundreds of words in one command line.
 *
 * The pairs of bytes that stand beside each other in the text are noted once, in a small table that
 * all tests of the text share. A literal whose pairs are not all there cannot be in it, and only
 * those that are left are searched for. Pairs are noted without ASCII case, and several pairs may
 * share a place, so a yes means maybe.
 *
 *   "powershell -enc"   notes po ow we er rs sh he el ll l␣ ␣- -e en nc
 *   "mimikatz"          asks for mi, ik and tz: the first is not there
 */
#ifndef RULE_CONDITION_GRAMS_H
#define RULE_CONDITION_GRAMS_H

#include "base/text.h"

#define GRAM_PLACES 4096 /* half a KiB, and a long command line takes a tenth of it */

/* Of a literal: its first, its middle and its last pair; `none` when it is too short for one. */
struct grams {
  uint16_t places[3];
  bool none;
};

/* Of a text. */
struct gram_table {
  uint64_t bits[GRAM_PLACES / 64];
};

struct grams grams_of(struct text literal);

/* Fills the table anew. */
void gram_table_fill(struct gram_table *table, struct text text);

/* False: the text does not contain the literal, whatever the case of ASCII letters. Only of a text
 * that is ASCII; others may be equal by Unicode's folding. */
static inline bool gram_table_may_contain(const struct gram_table *table,
                                          const struct grams *grams) {
  if (grams->none)
    return true;
  for (int i = 0; i < 3; i++)
    if (!(table->bits[grams->places[i] / 64] >> grams->places[i] % 64 & 1))
      return false;
  return true;
}

#endif

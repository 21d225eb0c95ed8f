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
 *
 * Of very many literals even to ask for each costs too much. An index has them under one of their
 * pairs each, so only those are asked for whose pair the text has.
 */
#ifndef RULE_CONDITION_GRAMS_H
#define RULE_CONDITION_GRAMS_H

#include "base/arena.h"
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

/* ---- very many literals ---- */

struct gram_index;

/* Of literals that are numbered from 0 in that order. In the arena; it never changes. */
const struct gram_index *gram_index_new(struct arena *arena, const struct grams *literals,
                                        size_t count);

/* Where a walk through the literals that a text may contain has come to. */
struct gram_cursor {
  uint64_t places;  /* of the word of the table, those not gone through yet */
  size_t word;      /* one more than its number */
  size_t next, end; /* literals of one place */
};

/* A walk begins with this: also what is never ruled out comes. */
struct gram_cursor gram_index_start(const struct gram_index *index);

/* The next literal that gram_table_may_contain says yes to, each once, in no order; false: there is
 * none left. */
bool gram_index_next(const struct gram_index *index, const struct gram_table *table,
                     struct gram_cursor *cursor, size_t *literal);

#endif

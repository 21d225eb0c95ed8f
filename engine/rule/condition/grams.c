#include "rule/condition/grams.h"

#include "base/memory.h"

#include <stdlib.h>

/* The bit 0x20 is ASCII case; other characters that it makes alike only make a maybe of a no. */
static inline unsigned place_of(const char *pair) {
  unsigned first = (unsigned char)pair[0] | 0x20, second = (unsigned char)pair[1] | 0x20;
  return (first << 5 ^ second) % GRAM_PLACES;
}

struct grams grams_of(struct text literal) {
  struct grams grams = {.none = literal.size < 2};
  if (grams.none)
    return grams;
  grams.places[0] = (uint16_t)place_of(literal.data);
  grams.places[1] = (uint16_t)place_of(literal.data + (literal.size - 2) / 2);
  grams.places[2] = (uint16_t)place_of(literal.data + literal.size - 2);
  return grams;
}

void gram_table_fill(struct gram_table *table, struct text text) {
  memset(table, 0, sizeof *table);
  for (size_t i = 1; i < text.size; i++) {
    unsigned place = place_of(text.data + i - 1);
    table->bits[place / 64] |= UINT64_C(1) << place % 64;
  }
}

/* ---- very many literals ---- */

enum { WORD_BITS = 64, WORDS = GRAM_PLACES / WORD_BITS, NO_PLACE = GRAM_PLACES };

struct indexed {
  struct grams grams;
  uint32_t literal;
};

struct gram_index {
  uint64_t wanted[WORDS];   /* the places that have literals */
  uint16_t before[WORDS];   /* how many of them lie in the words before */
  uint32_t *starts;         /* by the number of such a place: its first literal; then their count */
  struct indexed *literals; /* those without a place, then by place */
};

/* The one of a literal's places that the fewest literals have. */
static unsigned rarest(const struct grams *grams, const uint32_t *counts) {
  unsigned best = grams->places[0];
  if (grams->none)
    return NO_PLACE;
  for (int i = 1; i < 3; i++)
    if (counts[grams->places[i]] < counts[best])
      best = grams->places[i];
  return best;
}

/* Gives each literal one of its places, and counts those of each place. */
static void choose_places(const struct grams *literals, size_t count, uint16_t *chosen,
                          uint32_t *counts) {
  uint32_t *shared = memory_alloc_array(GRAM_PLACES, sizeof *shared);
  for (size_t i = 0; i < count; i++)
    for (int j = 0; j < 3 && !literals[i].none; j++)
      shared[literals[i].places[j]]++;
  for (size_t i = 0; i < count; i++) {
    chosen[i] = (uint16_t)rarest(&literals[i], shared);
    counts[chosen[i]]++;
  }
  free(shared);
}

/* Numbers the places that have literals, and turns each count into where its literals begin. */
static void number_places(struct gram_index *index, struct arena *arena, uint32_t *counts) {
  uint16_t places = 0;
  uint32_t at = counts[NO_PLACE];
  for (unsigned place = 0; place < GRAM_PLACES; place++) {
    if (place % WORD_BITS == 0)
      index->before[place / WORD_BITS] = places;
    if (counts[place] > 0) {
      index->wanted[place / WORD_BITS] |= UINT64_C(1) << place % WORD_BITS;
      places++;
    }
  }
  index->starts = arena_alloc(arena, (places + 1u) * sizeof *index->starts);
  counts[NO_PLACE] = 0;
  places = 0;
  for (unsigned place = 0; place < GRAM_PLACES; place++) {
    uint32_t size = counts[place];
    if (size > 0)
      index->starts[places++] = at;
    counts[place] = at;
    at += size;
  }
  index->starts[places] = at;
}

const struct gram_index *gram_index_new(struct arena *arena, const struct grams *literals,
                                        size_t count) {
  struct gram_index *index = arena_alloc(arena, sizeof *index);
  uint32_t *counts = memory_alloc_array(GRAM_PLACES + 1, sizeof *counts);
  uint16_t *chosen = memory_alloc_array(count + 1, sizeof *chosen);
  choose_places(literals, count, chosen, counts);
  number_places(index, arena, counts);
  index->literals = arena_alloc(arena, count * sizeof *index->literals);
  for (size_t i = 0; i < count; i++)
    index->literals[counts[chosen[i]]++] = (struct indexed){literals[i], (uint32_t)i};
  free(chosen);
  free(counts);
  return index;
}

struct gram_cursor gram_index_start(const struct gram_index *index) {
  return (struct gram_cursor){.end = index->starts[0]};
}

/* Goes to the literals of the next place that the text has, too. */
static bool next_place(const struct gram_index *index, const struct gram_table *table,
                       struct gram_cursor *cursor) {
  while (cursor->places == 0) {
    if (cursor->word == WORDS)
      return false;
    cursor->places = index->wanted[cursor->word] & table->bits[cursor->word];
    cursor->word++;
  }
  size_t word = cursor->word - 1;
  uint64_t lower = (cursor->places & -cursor->places) - 1;
  size_t number = index->before[word] + (size_t)__builtin_popcountll(index->wanted[word] & lower);
  cursor->places &= cursor->places - 1;
  cursor->next = index->starts[number];
  cursor->end = index->starts[number + 1];
  return true;
}

bool gram_index_next(const struct gram_index *index, const struct gram_table *table,
                     struct gram_cursor *cursor, size_t *literal) {
  do
    while (cursor->next < cursor->end) {
      const struct indexed *indexed = &index->literals[cursor->next++];
      if (!gram_table_may_contain(table, &indexed->grams))
        continue;
      *literal = indexed->literal;
      return true;
    }
  while (next_place(index, table, cursor));
  return false;
}

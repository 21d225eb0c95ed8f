#include "rule/condition/grams.h"

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

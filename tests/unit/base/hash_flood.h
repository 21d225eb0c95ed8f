/*
 * Texts of one hash, for tests of tables. Who knows the key can make as many as he likes: the
 * second eight bytes are the state after the first, so the product is 0 whatever these are.
 */
#ifndef TESTS_HASH_FLOOD_H
#define TESTS_HASH_FLOOD_H

#include "base/hash.h"

#define HASH_FLOOD_SIZE 24 /* bytes of each */

/* The text of this number; in each of them, whatever its number, the last eight bytes are the same.
 * Returns `out` as a text. */
static inline struct text hash_flood_text(uint64_t number, char out[HASH_FLOOD_SIZE]) {
  const uint64_t state = hash_8(hash_start(HASH_FLOOD_SIZE), number), last = 'x';
  memcpy(out, &number, 8);
  memcpy(out + 8, &state, 8);
  memcpy(out + 16, &last, 8);
  return (struct text){out, HASH_FLOOD_SIZE};
}

#endif

/*
 * A hash map from texts to pointers. Keys are copied; values stay the caller's. Start it with
 * MAP_NONE. Not thread-safe. Walk it by index: entries keep their place until map_clear.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/text.h"

struct map_entry {
  struct text key; /* owned by the map */
  uint64_t hash;
  void *value;
};

struct map {
  struct map_entry *entries; /* in order of insertion */
  size_t count, capacity;
  uint32_t *slots; /* 1 + index into entries; 0 = free */
  size_t slot_count;
};

#define MAP_NONE ((struct map){.entries = NULL})

/* The value, or NULL when the key is not there. */
void *map_get(const struct map *map, struct text key);

/* Puts a value under a key, over the one that was there. */
void map_put(struct map *map, struct text key, void *value);

/* Forgets everything, after calling release (may be NULL) for each value. */
void map_clear(struct map *map, void (*release)(void *value));

#endif

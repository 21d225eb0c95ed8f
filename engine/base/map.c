#include "base/map.h"

#include "base/hash.h"
#include "base/memory.h"

#include <stdlib.h>

#define SLOTS_MIN 16

static size_t slot_of(const struct map *map, struct text key, uint64_t hash) {
  size_t slot = hash & (map->slot_count - 1);
  while (map->slots[slot] != 0) {
    const struct map_entry *entry = &map->entries[map->slots[slot] - 1];
    if (entry->hash == hash && text_equal(entry->key, key))
      break;
    slot = (slot + 1) & (map->slot_count - 1);
  }
  return slot;
}

static void grow(struct map *map) {
  free(map->slots);
  map->slot_count = map->slot_count ? map->slot_count * 2 : SLOTS_MIN;
  map->slots = memory_alloc_array(map->slot_count, sizeof *map->slots);
  for (size_t i = 0; i < map->count; i++)
    map->slots[slot_of(map, map->entries[i].key, map->entries[i].hash)] = (uint32_t)i + 1;
}

void *map_get(const struct map *map, struct text key) {
  if (map->count == 0)
    return NULL;
  uint32_t index = map->slots[slot_of(map, key, hash_text(key))];
  return index ? map->entries[index - 1].value : NULL;
}

void map_put(struct map *map, struct text key, void *value) {
  if (map->slot_count < (map->count + 1) * 2)
    grow(map);
  uint64_t hash = hash_text(key);
  size_t slot = slot_of(map, key, hash);
  if (map->slots[slot] == 0) {
    map->entries =
        memory_reserve(map->entries, &map->capacity, map->count + 1, sizeof *map->entries);
    struct text copy = {memory_copy_bytes(key.data, key.size), key.size};
    map->entries[map->count++] = (struct map_entry){.key = copy, .hash = hash};
    map->slots[slot] = (uint32_t)map->count;
  }
  map->entries[map->slots[slot] - 1].value = value;
}

void map_clear(struct map *map, void (*release)(void *value)) {
  for (size_t i = 0; i < map->count; i++) {
    if (release)
      release(map->entries[i].value);
    free((char *)(uintptr_t)map->entries[i].key.data);
  }
  free(map->entries);
  free(map->slots);
  *map = MAP_NONE;
}

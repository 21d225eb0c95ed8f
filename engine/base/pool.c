#include "base/pool.h"

#include "base/memory.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { STEP = 16, SMALL_MAX = 256, KINDS = SMALL_MAX / STEP + 1 };

struct released {
  struct released *next;
};

struct pool {
  char *region, *fresh, *end;
  struct released *released[KINDS]; /* by size in steps */
};

struct pool *pool_new(size_t size) {
  struct pool *pool = memory_alloc(sizeof *pool);
  if (size > 0) {
    pool->region = pool->fresh = memory_resize(NULL, size);
    pool->end = pool->region + size;
  }
  return pool;
}

void pool_free(struct pool *pool) {
  if (!pool)
    return;
  free(pool->region);
  free(pool);
}

static inline size_t kind_of(size_t size) {
  return (size + STEP - 1) / STEP;
}

static inline bool is_own(const struct pool *pool, const void *piece) {
  return (uintptr_t)piece - (uintptr_t)pool->region < (uintptr_t)(pool->end - pool->region);
}

static inline void *take(struct pool *pool, size_t size) {
  if (size > SMALL_MAX)
    return malloc(size);
  struct released **released = &pool->released[kind_of(size)], *piece = *released;
  if (piece) {
    *released = piece->next;
    return piece;
  }
  size_t rounded = kind_of(size) * STEP;
  if ((size_t)(pool->end - pool->fresh) < rounded)
    return malloc(size);
  void *fresh = pool->fresh;
  pool->fresh += rounded;
  return fresh;
}

static inline void give_back(struct pool *pool, void *piece, size_t size) {
  if (!is_own(pool, piece)) {
    free(piece);
    return;
  }
  struct released *released = piece;
  released->next = pool->released[kind_of(size)];
  pool->released[kind_of(size)] = released;
}

void *pool_resize(struct pool *pool, void *piece, size_t old_size, size_t new_size) {
  if (!piece)
    return new_size ? take(pool, new_size) : NULL;
  if (new_size == 0) {
    give_back(pool, piece, old_size);
    return NULL;
  }
  if (!is_own(pool, piece))
    return realloc(piece, new_size);
  if (kind_of(old_size) == kind_of(new_size))
    return piece;
  void *moved = take(pool, new_size);
  if (!moved) /* what shrinks must not fail */
    return new_size < old_size ? piece : NULL;
  memcpy(moved, piece, old_size < new_size ? old_size : new_size);
  give_back(pool, piece, old_size);
  return moved;
}

/*
 * Memory that is released all at once: many small pieces of one lifetime (a batch, a rule set).
 * Start it with ARENA_NONE. Not thread-safe.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/text.h"

#include <stdalign.h>
#include <stdint.h>

struct arena_block {
  struct arena_block *next;
  size_t capacity, used;
  alignas(max_align_t) char data[];
};

struct arena {
  struct arena_block *first, *current;
};

#define ARENA_NONE ((struct arena){.first = NULL})

/* `size` bytes, zeroed, aligned for any type. Valid until arena_reset or arena_free. */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((returns_nonnull));
/* For arena_take, where the current block has no room. `size` is a whole number of alignments. */
void *arena_take_elsewhere(struct arena *arena, size_t size) __attribute__((returns_nonnull));

/* The same as arena_alloc, not zeroed: for what is written before it is read. */
static inline void *arena_take(struct arena *arena, size_t size) {
  const size_t alignment = alignof(max_align_t);
  struct arena_block *block = arena->current;
  if (size > PTRDIFF_MAX)
    size = PTRDIFF_MAX; /* cannot be had: ends in memory.h's message */
  size = (size + alignment - 1) & ~(alignment - 1);
  if (!block || block->capacity - block->used < size)
    return arena_take_elsewhere(arena, size);
  void *memory = block->data + block->used;
  block->used += size;
  return memory;
}

/* Copies; a NUL follows that the size does not count. */
struct text arena_copy(struct arena *arena, struct text text);
char *arena_copy_string(struct arena *arena, const char *string); /* NULL gives NULL */
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

size_t arena_size(const struct arena *arena); /* bytes of memory that it holds */

void arena_reset(struct arena *arena); /* forgets the contents, keeps the blocks */
void arena_free(struct arena *arena);

#endif

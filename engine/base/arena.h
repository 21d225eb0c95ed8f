/*
 * Memory that is released all at once: many small pieces of one lifetime (a batch, a rule set).
 * Start it with ARENA_NONE. Not thread-safe.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/text.h"

struct arena_block;

struct arena {
  struct arena_block *first, *current;
};

#define ARENA_NONE ((struct arena){.first = NULL})

/* `size` bytes, zeroed, aligned for any type. Valid until arena_reset or arena_free. */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((returns_nonnull));
/* The same, not zeroed: for what is written before it is read, and large. */
void *arena_take(struct arena *arena, size_t size) __attribute__((returns_nonnull));

/* Copies; a NUL follows that the size does not count. */
struct text arena_copy(struct arena *arena, struct text text);
char *arena_copy_string(struct arena *arena, const char *string); /* NULL gives NULL */
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

size_t arena_size(const struct arena *arena); /* bytes of memory that it holds */

void arena_reset(struct arena *arena); /* forgets the contents, keeps the blocks */
void arena_free(struct arena *arena);

#endif

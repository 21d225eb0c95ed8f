/*
 * Memory for small pieces that come and go all the time, as those of a Lua state do: cheaper than
 * malloc, and near each other. The pieces come from one region of fixed size; what is larger, or
 * comes when the region is full, is malloc's. Serves one thread.
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stddef.h>

struct pool;

/* With a region of `size` bytes; 0 leaves everything to malloc. */
struct pool *pool_new(size_t size);
/* Pieces that are larger than the region's are not released with it. NULL is fine. */
void pool_free(struct pool *pool);

/* As realloc, but with the size that the piece has: NULL and 0 for a new one. A new size of 0
 * releases it and gives NULL. NULL also when there is no memory: then the piece stays. To make a
 * piece smaller never fails. */
void *pool_resize(struct pool *pool, void *piece, size_t old_size, size_t new_size);

#endif

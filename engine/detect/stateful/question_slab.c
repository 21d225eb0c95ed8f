#include "detect/stateful/question_slab.h"

#include "base/memory.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

/* The first chunk is small: most tests of rules remember little. The largest has pages of its own,
 * of which only those count that were written to (LARGE_SIZE of base/memory.c). */
enum { CHUNK_FIRST = 4 << 10, CHUNK_MOST = 1 << 20 };

struct question_chunk {
  struct question_chunk *next;
  size_t size;
  alignas(max_align_t) char data[];
};

struct question_released {
  struct question_released *next;
};

static inline size_t kind_of(size_t size) {
  return (size + QUESTION_PIECE_STEP - 1) / QUESTION_PIECE_STEP;
}

static void add_chunk(struct question_slab *slab) {
  size_t size = slab->chunks ? slab->chunks->size * 2 : CHUNK_FIRST;
  if (size > CHUNK_MOST)
    size = CHUNK_MOST;
  struct question_chunk *chunk = memory_resize(NULL, sizeof *chunk + size);
  chunk->next = slab->chunks;
  chunk->size = size;
  slab->chunks = chunk;
  slab->bytes += size;
  slab->fresh = chunk->data;
  slab->end = chunk->data + size;
}

void *question_slab_take(struct question_slab *slab, size_t size) {
  if (size > QUESTION_PIECE_MAX) {
    slab->large++;
    return memory_resize(NULL, size);
  }
  size_t kind = kind_of(size), rounded = kind * QUESTION_PIECE_STEP;
  struct question_released *piece = slab->released[kind];
  if (piece) {
    slab->released[kind] = piece->next;
    return piece;
  }
  if ((size_t)(slab->end - slab->fresh) < rounded)
    add_chunk(slab);
  char *fresh = slab->fresh;
  slab->fresh += rounded;
  return fresh;
}

void question_slab_release(struct question_slab *slab, void *piece, size_t size) {
  if (!piece)
    return;
  if (size > QUESTION_PIECE_MAX) {
    slab->large--;
    free(piece);
    return;
  }
  struct question_released *released = piece;
  released->next = slab->released[kind_of(size)];
  slab->released[kind_of(size)] = released;
}

void *question_slab_resize(struct question_slab *slab, void *piece, size_t size, size_t new_size) {
  if (piece && size > QUESTION_PIECE_MAX && new_size > QUESTION_PIECE_MAX)
    return memory_resize(piece, new_size);
  void *moved = question_slab_take(slab, new_size);
  if (piece)
    memcpy(moved, piece, size < new_size ? size : new_size);
  question_slab_release(slab, piece, size);
  return moved;
}

void question_slab_clear(struct question_slab *slab) {
  struct question_chunk *next;
  for (struct question_chunk *chunk = slab->chunks; chunk; chunk = next) {
    next = chunk->next;
    free(chunk);
  }
  *slab = (struct question_slab){.chunks = NULL};
}

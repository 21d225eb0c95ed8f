/*
 * Memory for what questions remember: very many small pieces that stay, and leave one by one when
 * memory is short or all at once. Pieces of up to QUESTION_PIECE_MAX bytes are cut from chunks, and
 * a released one waits for the next of its size; larger ones are malloc's.
 *
 *   chunk  [ state | numbers | state | bytes | state | …fresh ]     released: 16: -> ->, 32: ->, …
 *
 * Private to this room, and for its thread.
 */
#ifndef DETECT_STATEFUL_QUESTION_SLAB_H
#define DETECT_STATEFUL_QUESTION_SLAB_H

#include <stdbool.h>
#include <stddef.h>

/* The 24 hours of unusual_hour with two days each and a run, in numbers of eight bytes. */
#define QUESTION_PIECE_MAX 448
#define QUESTION_PIECE_STEP 16

struct question_chunk;
struct question_released;

/* Start it zeroed. */
struct question_slab {
  struct question_chunk *chunks;
  char *fresh, *end; /* of the first chunk */
  struct question_released *released[QUESTION_PIECE_MAX / QUESTION_PIECE_STEP + 1];
  size_t bytes; /* of the chunks */
  size_t large; /* pieces that are malloc's */
};

/* What a piece of `size` bytes takes. */
static inline size_t question_piece_size(size_t size) {
  return (size + QUESTION_PIECE_STEP - 1) & ~(size_t)(QUESTION_PIECE_STEP - 1);
}

/* A piece of `size` bytes, not zeroed. */
void *question_slab_take(struct question_slab *slab, size_t size) __attribute__((returns_nonnull));
/* `size`: as it was taken with. NULL is fine. */
void question_slab_release(struct question_slab *slab, void *piece, size_t size);
/* The same piece, or another with its first bytes. NULL with 0 for a new one. */
void *question_slab_resize(struct question_slab *slab, void *piece, size_t size, size_t new_size)
    __attribute__((returns_nonnull));

/* Releases every piece that is in a chunk; the large ones are to be released before. */
void question_slab_clear(struct question_slab *slab);

#endif

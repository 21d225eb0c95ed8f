/*
 * What a question remembers of a key, or of a value of a key: numbers and bytes, whose meaning is
 * that of its kind (question_kind.h), in one flat piece that is written as it is.
 *
 * Private to this room, and for its thread.
 */
#ifndef DETECT_STATEFUL_QUESTION_STATE_H
#define DETECT_STATEFUL_QUESTION_STATE_H

#include "base/buffer.h"
#include "base/clock.h"

/* A kind has less: times or sightings of QUESTION_COUNT_MAX, windows of a spike's past. */
#define QUESTION_NUMBERS_MAX 16384
#define QUESTION_BYTES_MAX ((size_t)2 << 20)

/* So many numbers, as most states have, need no memory of their own. */
#define QUESTION_NUMBERS_WITHIN 6

struct question_state {
  int64_t *numbers; /* `within`, or memory of its own; NULL: there were none yet */
  size_t count, capacity;
  int64_t within[QUESTION_NUMBERS_WITHIN];
  struct buffer bytes;
  time_us expires_at;    /* event time: of no use behind it */
  time_us stored_expiry; /* with which it was written last */
  bool changed;          /* since it was written */
  size_t counted;        /* bytes that it is counted with in its cache */
  /* What it is known by there. */
  uint64_t hash;
  uint32_t number;   /* of the question */
  uint32_t key_size; /* of the name; the rest is a value's */
  uint32_t name_size;
  bool is_value;
  char name[];
};

void question_state_clear(struct question_state *state); /* what it remembers, with its memory */

/* Bytes of memory that it takes. */
size_t question_state_size(const struct question_state *state);

/* Makes room for `added` numbers before the one at `at`, and takes some out there. */
void question_state_insert(struct question_state *state, size_t at, size_t added);
void question_state_remove(struct question_state *state, size_t at, size_t removed);

/* It is of use until that time at least. */
static inline void question_state_keep(struct question_state *state, time_us until) {
  if (until > state->expires_at)
    state->expires_at = until;
}

/* As bytes that outlive the process (base/codec.h), and back: false when they are damaged, and the
 * state is empty then. */
void question_state_encode(const struct question_state *state, struct buffer *out);
bool question_state_decode(struct text bytes, struct question_state *state);

#endif

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
#include "detect/stateful/question_slab.h"

/* A kind has less: times or sightings of QUESTION_COUNT_MAX, windows of a spike's past. */
#define QUESTION_NUMBERS_MAX 16384
#define QUESTION_BYTES_MAX ((size_t)2 << 20)

/* So many numbers, as most states of a key and of a value have, need no memory of their own: five
 * of travel's key, a value's run. */
#define QUESTION_NUMBERS_KEY 5
#define QUESTION_NUMBERS_VALUE 2

/* Texts and the like: at most QUESTION_BYTES_MAX and one more. */
struct question_bytes {
  char *data;
  uint32_t size, capacity;
};

/*
 * There are a hundred thousand of them after a month of a tenant of some thousand people, so each
 * byte counts. What nearly all questions look at is at the end, beside the numbers and the name:
 *
 *   [ … | follower … count | numbers, QUESTION_NUMBERS_KEY or _VALUE | key, value ]
 */
struct question_state {
  struct question_slab *slab;  /* that what it remembers is from, and itself; outlives it */
  struct question_bytes bytes; /* only question_state_append adds to them: they are the slab's */
  time_us row_expiry;          /* of its row in the store; INT64_MIN: it has none */
  uint32_t counted;            /* bytes that it is counted with in its cache */
  uint32_t hash;               /* what it is looked for by there */
  time_us expires_at;          /* event time: of no use behind it */
  /* The one of the same key that was asked for next when this one was last; NULL: none yet. As
   * rules ask about one event after the other in the same order, it will be again. */
  struct question_state *follower;
  int64_t *numbers;  /* `within`, or memory of its own; NULL: there were none yet */
  uint32_t question; /* tracked_question.id */
  uint32_t key_size; /* of the name; the rest is a value's */
  uint32_t name_size;
  uint16_t count, capacity; /* of numbers */
  bool changed : 1;         /* since it was written */
  bool logged : 1;          /* the log of changes has it as it was written, its row does not */
  bool settling : 1;        /* its row is to be written soon (question_saving.c) */
  bool used : 1;            /* since the cache was looked through for what may leave */
  bool checked : 1;         /* what was read can be a state of its question */
  bool is_value : 1;        /* of a value of its key */
  uint8_t within_count;     /* room in `within` */
  int64_t within[];         /* the name stands behind them */
};

/* The key and behind it the value. */
static inline const char *question_state_name(const struct question_state *state) {
  return (const char *)(state->within + state->within_count);
}

static inline struct text question_state_key(const struct question_state *state) {
  return (struct text){question_state_name(state), state->key_size};
}
/* Empty when it is the key's own. */
static inline struct text question_state_value(const struct question_state *state) {
  return (struct text){question_state_name(state) + state->key_size,
                       state->name_size - state->key_size};
}

/* Bytes of its own piece of memory. */
static inline size_t question_state_piece(const struct question_state *state) {
  return sizeof *state + state->within_count * sizeof *state->within + state->name_size;
}

void question_state_clear(struct question_state *state); /* what it remembers, with its memory */

static inline bool question_state_has_own(const struct question_state *state) {
  return state->numbers && state->numbers != state->within;
}

/* Bytes of memory that it takes. */
static inline size_t question_state_size(const struct question_state *state) {
  size_t own = question_state_has_own(state) ? state->capacity * sizeof *state->numbers : 0;
  return question_piece_size(question_state_piece(state)) + question_piece_size(own) +
         question_piece_size(state->bytes.capacity);
}

void question_state_make_room(struct question_state *state, size_t need); /* of numbers */

/* Makes room for `added` numbers before the one at `at`, and takes some out there. */
static inline void question_state_insert(struct question_state *state, size_t at, size_t added) {
  if (state->count + added > (size_t)state->capacity)
    question_state_make_room(state, state->count + added);
  int64_t *place = state->numbers + at;
  if (at < state->count)
    memmove(place + added, place, (state->count - at) * sizeof *place);
  for (size_t i = 0; i < added; i++)
    place[i] = 0;
  state->count = (uint16_t)(state->count + added);
}
static inline void question_state_remove(struct question_state *state, size_t at, size_t removed) {
  int64_t *place = state->numbers + at;
  if (removed == 0)
    return;
  memmove(place, place + removed, (state->count - at - removed) * sizeof *place);
  state->count = (uint16_t)(state->count - removed);
}

void question_state_append(struct question_state *state, const void *bytes, size_t size);

/* It is of use until that time at least. */
static inline void question_state_keep(struct question_state *state, time_us until) {
  if (until > state->expires_at)
    state->expires_at = until;
}

/*
 * As bytes that outlive the process, appended, and back: false when they are damaged, and the state
 * is empty then. Its expiry is among them, but for states of version 1: they leave it as it is.
 *
 * Version 2 is a byte 2, then numbers in LEB128 (question_number_put): how many numbers, the
 * expiry, the numbers, each as its difference to the last but one, and then the state's bytes.
 * Numbers are times in order, or pairs of a time and something else, so differences are small.
 */
void question_state_encode(const struct question_state *state, struct buffer *out);
bool question_state_decode(struct text bytes, struct question_state *state);

/* LEB128: seven bits a byte, the lowest first, the high bit set in all but the last. */
void question_number_put(struct buffer *out, uint64_t number);
/* Takes it from the beginning of the bytes. False when they are damaged. */
bool question_number_take(struct text *bytes, uint64_t *number);

#endif

#include "detect/stateful/question_state.h"

#include "base/codec.h"
#include "base/memory.h"

#include <stdlib.h>

#define VERSION 1
/* No number is so large that computing with it overflows: times have the years 0 to 9999. */
#define NUMBER_MOST (INT64_MAX / 4)

static bool has_own_memory(const struct question_state *state) {
  return state->numbers && state->numbers != state->within;
}

void question_state_clear(struct question_state *state) {
  if (has_own_memory(state))
    free(state->numbers);
  state->numbers = NULL;
  state->count = state->capacity = 0;
  buffer_free(&state->bytes);
}

size_t question_state_size(const struct question_state *state) {
  size_t own = has_own_memory(state) ? state->capacity : 0;
  return sizeof *state + state->name_size + own * sizeof *state->numbers + state->bytes.capacity;
}

static void make_room(struct question_state *state, size_t need) {
  if (!state->numbers && need <= QUESTION_NUMBERS_WITHIN) {
    state->numbers = state->within;
    state->capacity = QUESTION_NUMBERS_WITHIN;
  } else if (!has_own_memory(state)) {
    state->capacity = 0;
    state->numbers = memory_reserve(NULL, &state->capacity, need, sizeof *state->numbers);
    memcpy(state->numbers, state->within, state->count * sizeof *state->numbers);
  } else {
    state->numbers = memory_reserve(state->numbers, &state->capacity, need, sizeof *state->numbers);
  }
}

void question_state_insert(struct question_state *state, size_t at, size_t added) {
  if (state->count + added > state->capacity)
    make_room(state, state->count + added);
  int64_t *place = state->numbers + at;
  memmove(place + added, place, (state->count - at) * sizeof *place);
  memset(place, 0, added * sizeof *place);
  state->count += added;
}

void question_state_remove(struct question_state *state, size_t at, size_t removed) {
  int64_t *place = state->numbers + at;
  if (removed == 0)
    return;
  memmove(place, place + removed, (state->count - at - removed) * sizeof *place);
  state->count -= removed;
}

void question_state_encode(const struct question_state *state, struct buffer *out) {
  codec_put_u32(out, VERSION);
  codec_put_u32(out, (uint32_t)state->count);
  for (size_t i = 0; i < state->count; i++)
    codec_put_i64(out, state->numbers[i]);
  codec_put_bytes(out, buffer_text(&state->bytes).data, state->bytes.size);
}

bool question_state_decode(struct text bytes, struct question_state *state) {
  struct codec_reader in = codec_reader_of(bytes);
  question_state_clear(state);
  if (codec_take_u32(&in) != VERSION)
    return codec_refuse(&in);
  uint32_t count = codec_take_u32(&in);
  if (count > QUESTION_NUMBERS_MAX || codec_rest(&in).size / sizeof(int64_t) < count)
    return codec_refuse(&in);
  if (count)
    question_state_insert(state, 0, count);
  bool sane = true;
  for (size_t i = 0; i < count; i++) {
    state->numbers[i] = codec_take_i64(&in);
    sane &= state->numbers[i] > -NUMBER_MOST && state->numbers[i] < NUMBER_MOST;
  }
  struct text rest = codec_rest(&in);
  if (!sane || rest.size > QUESTION_BYTES_MAX) {
    question_state_clear(state);
    return codec_refuse(&in);
  }
  if (rest.size)
    buffer_append_text(&state->bytes, rest);
  return codec_ok(&in);
}

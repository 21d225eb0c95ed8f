#include "detect/stateful/question_state.h"

#include "base/codec.h"

#include <assert.h>

#define VERSION 2
#define NUMBER_BYTES 10 /* of 64 bits, in LEB128 */
/* No number is so large that computing with it overflows: times have the years 0 to 9999. */
#define NUMBER_MOST (INT64_MAX / 4)

void question_state_clear(struct question_state *state) {
  if (question_state_has_own(state))
    question_slab_release(state->slab, state->numbers, state->capacity * sizeof *state->numbers);
  state->numbers = NULL;
  state->count = state->capacity = 0;
  question_slab_release(state->slab, state->bytes.data, state->bytes.capacity);
  state->bytes = (struct question_bytes){.data = NULL};
}

void question_state_make_room(struct question_state *state, size_t need) {
  assert(need <=
         (size_t)2 * QUESTION_NUMBERS_MAX); /* twice the capacity before is in 16 bits, too */
  if (!state->numbers && need <= state->within_count) {
    state->numbers = state->within;
    state->capacity = state->within_count;
    return;
  }
  const size_t unit = sizeof *state->numbers;
  size_t capacity = 2 * (size_t)state->capacity;
  if (capacity < need)
    capacity = need;
  bool own = question_state_has_own(state);
  int64_t *numbers = question_slab_resize(state->slab, own ? state->numbers : NULL,
                                          state->capacity * unit, capacity * unit);
  if (!own)
    memcpy(numbers, state->within, state->count * unit);
  state->numbers = numbers;
  state->capacity = (uint16_t)capacity;
}

#define BYTES_FIRST 32 /* of a value */

void question_state_append(struct question_state *state, const void *bytes, size_t size) {
  struct question_bytes *all = &state->bytes;
  if (size > all->capacity - all->size) {
    size_t capacity = all->capacity ? 2 * (size_t)all->capacity : BYTES_FIRST;
    if (capacity < all->size + size)
      capacity = all->size + size;
    all->data = question_slab_resize(state->slab, all->data, all->capacity, capacity);
    all->capacity = (uint32_t)capacity;
  }
  if (size > 0)
    memcpy(all->data + all->size, bytes, size);
  all->size = (uint32_t)(all->size + size);
}

/* ---- bytes ---- */

/* Writes up to NUMBER_BYTES; returns where they end. */
static char *write_number(char *at, uint64_t number) {
  for (; number >= 0x80; number >>= 7)
    *at++ = (char)(number | 0x80);
  *at++ = (char)number;
  return at;
}

/* The bytes from the buffer's end to there, which were reserved, are part of it. */
static void end_at(struct buffer *out, char *end) {
  *end = '\0';
  out->size = (size_t)(end - out->data);
}

void question_number_put(struct buffer *out, uint64_t number) {
  end_at(out, write_number(buffer_reserve(out, NUMBER_BYTES), number));
}

bool question_number_take(struct text *bytes, uint64_t *number) {
  unsigned bits = 0;
  *number = 0;
  for (size_t at = 0; at < bytes->size && bits < 64; bits += 7) {
    uint8_t byte = (uint8_t)bytes->data[at++];
    *number |= (uint64_t)(byte & 0x7f) << bits;
    if (byte & 0x80)
      continue;
    *bytes = (struct text){bytes->data + at, bytes->size - at};
    return true;
  }
  return false;
}

/* Most of Zoom's times are whole seconds, so that these, marked by the lowest bit, are written as
 * such. The sign is the bit beside it. */
static char *write_signed(char *at, int64_t number) {
  if (number == 0) { /* most differences of the days of unusual_hour */
    *at++ = 1;
    return at;
  }
  uint64_t size = number < 0 ? -(uint64_t)number : (uint64_t)number;
  bool whole = size % US_PER_SECOND == 0;
  if (whole)
    size /= US_PER_SECOND;
  return write_number(at, size << 2 | (uint64_t)(number < 0) << 1 | (uint64_t)whole);
}

static bool take_signed(struct text *bytes, int64_t *number) {
  uint64_t written;
  if (!question_number_take(bytes, &written))
    return false;
  uint64_t size = written >> 2;
  if (written & 1 && size > NUMBER_MOST / US_PER_SECOND)
    return false;
  if (written & 1)
    size *= US_PER_SECOND;
  *number = written & 2 ? -(int64_t)size : (int64_t)size;
  return true;
}

/* Within what times and counts can be, so that what is computed with it does not overflow. */
static bool is_sane(int64_t number) {
  return number > -NUMBER_MOST && number < NUMBER_MOST;
}

static time_us bounded_expiry(time_us expiry) {
  return expiry <= -NUMBER_MOST ? 1 - NUMBER_MOST
                                : (expiry >= NUMBER_MOST ? NUMBER_MOST - 1 : expiry);
}

void question_state_encode(const struct question_state *state, struct buffer *out) {
  const int64_t *numbers = state->numbers;
  char *at = buffer_reserve(out, 1 + (state->count + 2) * NUMBER_BYTES);
  *at++ = VERSION;
  at = write_number(at, state->count);
  at = write_signed(at, bounded_expiry(state->expires_at));
  for (size_t i = 0; i < state->count; i++)
    at = write_signed(at, numbers[i] - (i < 2 ? 0 : numbers[i - 2]));
  end_at(out, at);
  buffer_append(out, state->bytes.data, state->bytes.size);
}

static bool decode_numbers(struct text *bytes, size_t count, struct question_state *state) {
  if (count > QUESTION_NUMBERS_MAX || count > bytes->size)
    return false;
  if (count)
    question_state_insert(state, 0, count);
  for (size_t i = 0; i < count; i++) {
    int64_t difference;
    if (!take_signed(bytes, &difference))
      return false;
    state->numbers[i] = difference + (i < 2 ? 0 : state->numbers[i - 2]);
    if (!is_sane(state->numbers[i]))
      return false;
  }
  return true;
}

static bool decode(struct text *bytes, struct question_state *state) {
  uint64_t count;
  *bytes = (struct text){bytes->data + 1, bytes->size - 1};
  return question_number_take(bytes, &count) && take_signed(bytes, &state->expires_at) &&
         is_sane(state->expires_at) && decode_numbers(bytes, (size_t)count, state);
}

/* A u32 of 1, one of how many numbers, and those as i64 (base/codec.h). */
static bool decode_version_1(struct text *bytes, struct question_state *state) {
  struct codec_reader in = codec_reader_of(*bytes);
  bool sane = codec_take_u32(&in) == 1;
  uint32_t count = codec_take_u32(&in);
  if (!sane || count > QUESTION_NUMBERS_MAX || codec_rest(&in).size / sizeof(int64_t) < count)
    return false;
  if (count)
    question_state_insert(state, 0, count);
  for (size_t i = 0; i < count; i++) {
    state->numbers[i] = codec_take_i64(&in);
    sane &= is_sane(state->numbers[i]);
  }
  *bytes = codec_rest(&in);
  return sane && codec_ok(&in);
}

bool question_state_decode(struct text bytes, struct question_state *state) {
  time_us expires_at = state->expires_at;
  question_state_clear(state);
  bool ok = bytes.size > 0 &&
            (bytes.data[0] == VERSION ? decode(&bytes, state) : decode_version_1(&bytes, state));
  if (ok && bytes.size <= QUESTION_BYTES_MAX) {
    question_state_append(state, bytes.data, bytes.size);
    return true;
  }
  question_state_clear(state);
  state->expires_at = expires_at;
  return false;
}

/*
 * distinct: `at_least` different values of a key within a span that holds the event.
 *
 * Numbers: sightings in order, each a time and the number of its value. Bytes: the values. Of one
 * value's sightings, those between two that are no further apart than the span say nothing, and
 * leave.
 */
#include "base/memory.h"
#include "detect/stateful/question_kind.h"
#include "detect/stateful/question_values.h"

#include <stdlib.h>

static size_t sightings_max(const struct question *question) {
  return 4 * (size_t)question->at_least + 64;
}

static int64_t time_at(const struct question_state *state, size_t sighting) {
  return state->numbers[2 * sighting];
}

static int64_t value_at(const struct question_state *state, size_t sighting) {
  return state->numbers[2 * sighting + 1];
}

/* The value's number; a new one when it is not there. `*count`: how many there are then. */
static int64_t number_of(struct question_state *state, const struct question_text *text,
                         size_t *count) {
  struct question_entry entry = {.next = 0};
  int64_t number = -1;
  for (*count = 0; question_values_next(state, &entry); ++*count)
    if (number < 0 && text_equal_short(entry.text.folded, text->folded))
      number = (int64_t)*count;
  if (number >= 0)
    return number;
  question_values_add(state, text);
  return (int64_t)(*count)++;
}

/* Of the sightings that a span holds. */
struct span {
  const struct question_state *state;
  uint32_t *seen; /* by value: sightings */
  size_t distinct;
};

static void enter(struct span *span, size_t sighting) {
  span->distinct += span->seen[value_at(span->state, sighting)]++ == 0;
}

static void leave(struct span *span, size_t sighting) {
  span->distinct -= --span->seen[value_at(span->state, sighting)] == 0;
}

#define FEW_VALUES 16 /* that need no memory to be counted */

/* The most values, of `values`, of a span that holds the sighting. */
static size_t count_around(const struct question_state *state, size_t at, int64_t within,
                           size_t values) {
  size_t count = state->count / 2, end = at, most = 0;
  uint32_t few[FEW_VALUES] = {0};
  struct span span = {.state = state, .seen = few};
  if (values > FEW_VALUES)
    span.seen = memory_alloc_array(values, sizeof *span.seen);
  for (; end < count && time_at(state, end) < time_at(state, at) + within; end++)
    enter(&span, end);
  most = span.distinct;
  for (size_t first = at; first-- > 0 && time_at(state, first) > time_at(state, at) - within;) {
    enter(&span, first);
    while (time_at(state, end - 1) >= time_at(state, first) + within)
      leave(&span, --end);
    most = span.distinct > most ? span.distinct : most;
  }
  if (span.seen != few)
    free(span.seen);
  return most;
}

/* Takes out the sighting of the value that stands between two others within the span, if there is
 * one. Only those next to `at` can be new to that. */
static void thin(struct question_state *state, size_t at, int64_t within) {
  size_t near[5] = {at, at, at, at, at}; /* two before, itself, two after; `at`: none */
  size_t count = state->count / 2, found = 2;
  for (size_t i = at; i-- > 0 && found > 0;)
    if (value_at(state, i) == value_at(state, at))
      near[--found] = i;
  size_t first = found, last = 2;
  for (size_t i = at + 1; i < count && last < 4; i++)
    if (value_at(state, i) == value_at(state, at))
      near[++last] = i;
  for (size_t i = first + 1; i < last; i++)
    if (time_at(state, near[i + 1]) - time_at(state, near[i - 1]) <= within) {
      question_state_remove(state, 2 * near[i], 2);
      return;
    }
}

static void trim(const struct question *question, struct question_state *state) {
  size_t count = state->count / 2, most = sightings_max(question);
  time_us from = time_at(state, count - 1) - question->within - question_lateness(question);
  size_t gone = count > most ? count - most : 0;
  while (time_at(state, gone) < from)
    gone++;
  question_state_remove(state, 0, 2 * gone);
}

/* Values without a sighting leave, once there are as many as others. */
static void forget_values(const struct question *question, struct question_state *state,
                          size_t count) {
  size_t kept = 0;
  if (count <= 2 * sightings_max(question))
    return;
  int64_t *numbers = memory_alloc_array(count, sizeof *numbers); /* 1 + the new one */
  for (size_t i = 0; i < state->count / 2; i++)
    numbers[value_at(state, i)] = 1;
  struct question_state left = {.slab = state->slab};
  struct question_entry entry = {.next = 0};
  for (size_t i = 0; question_values_next(state, &entry); i++)
    if (numbers[i]) {
      question_values_add(&left, &entry.text);
      numbers[i] = (int64_t)++kept;
    }
  for (size_t i = 0; i < state->count / 2; i++)
    state->numbers[2 * i + 1] = numbers[value_at(state, i)] - 1;
  question_slab_release(state->slab, state->bytes.data, state->bytes.capacity);
  state->bytes = left.bytes;
  free(numbers);
}

/* The values of the span before the event, and its own. */
static void list_values(const struct asking *asking, const struct question_state *state) {
  struct question_answer *answer = asking->answer;
  struct question_entry entry = {.next = 0};
  for (int64_t number = 0;
       question_values_next(state, &entry) && answer->value_count < QUESTION_SHOWN_MAX; number++) {
    bool listed = false;
    for (size_t i = 0; i < state->count / 2 && !listed; i++)
      listed = value_at(state, i) == number && time_at(state, i) <= asking->time &&
               time_at(state, i) > asking->time - asking->question->within;
    if (listed)
      question_list_value(asking, entry.text.shown);
  }
}

/* Puts the sighting in its place; the most values of a span that holds it. *values: how many the
 * state has. */
static int64_t add_sighting(const struct asking *asking, struct question_state *state, size_t *at,
                            size_t *values) {
  *at = question_place(state, 2, asking->time);
  int64_t number = number_of(state, asking->value, values);
  question_state_insert(state, *at, 2);
  state->numbers[*at] = asking->time;
  state->numbers[*at + 1] = number;
  if (*values == 1)
    return 1;
  return (int64_t)count_around(state, *at / 2, asking->question->within, *values);
}

/* Of a key that nothing is known of. */
static int64_t add_first(const struct asking *asking, struct question_state *state) {
  question_values_add(state, asking->value);
  question_state_insert(state, 0, 2);
  state->numbers[0] = asking->time;
  return 1;
}

static bool ask(const struct asking *asking) {
  const struct question *question = asking->question;
  struct question_state *state = question_key_state(asking);
  if (!state)
    return false;
  size_t at = 0, values = 0;
  bool is_first = state->count == 0 && state->bytes.size == 0;
  int64_t count = is_first ? add_first(asking, state) : add_sighting(asking, state, &at, &values);
  bool yes = count >= question->at_least;
  if (question_wants_answer(asking, yes)) {
    struct question_answer *answer = question_begin(asking);
    answer->count = count;
    answer->yes = yes;
    list_values(asking, state);
  }
  if (!is_first) {
    thin(state, at / 2, question->within);
    trim(question, state);
    forget_values(question, state, values);
  }
  question_state_keep(state, asking->time + question->within + question_lateness(question));
  question_cache_change(asking->cache, state);
  return true;
}

static bool is_sound(const struct question *question, const struct question_state *state) {
  (void)question;
  size_t values = question_values_count(state);
  if (state->count % 2 || values == SIZE_MAX)
    return false;
  for (size_t i = 0; i < state->count / 2; i++)
    if (value_at(state, i) < 0 || (size_t)value_at(state, i) >= values ||
        (i && time_at(state, i) < time_at(state, i - 1)))
      return false;
  return true;
}

const struct question_kind_type question_distinct = {ask, is_sound};

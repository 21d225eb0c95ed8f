/*
 * spike: in the window of the event the key has `at_least` events, and `times` as many as on
 * average in the windows of its `past` that had any. Windows stand side by side from 1970 on: those
 * of a day begin at midnight UTC.
 *
 * Numbers: when the key was first seen, then windows in order, each its number and its events.
 */
#include "detect/stateful/question_kind.h"

static int64_t window_at(const struct question_state *state, size_t at) {
  return state->numbers[at];
}

/* Where the window stands, or is to be inserted. */
static size_t place_of(const struct question_state *state, int64_t window) {
  size_t at = state->count;
  while (at > 1 && window_at(state, at - 2) >= window)
    at -= 2;
  return at;
}

/* A key without an event for all its past begins anew. */
static void begin(struct question_state *state, int64_t window, int64_t past, time_us time) {
  if (state->count > 1 && window_at(state, state->count - 2) < window - past)
    state->count = 0;
  if (state->count == 0) {
    question_state_insert(state, 0, 1);
    state->numbers[0] = time;
  }
}

static double average_before(const struct question_state *state, size_t at, int64_t from) {
  double sum = 0;
  size_t count = 0;
  for (size_t i = at; i > 1 && window_at(state, i - 2) >= from; i -= 2, count++)
    sum += (double)state->numbers[i - 1];
  return count > 0 ? sum / (double)count : 0;
}

static void trim(const struct question *question, struct question_state *state) {
  int64_t from = window_at(state, state->count - 2) -
                 (question->past + question_lateness(question)) / question->within;
  size_t gone = 1;
  while (window_at(state, gone) < from)
    gone += 2;
  question_state_remove(state, 1, gone - 1);
}

static bool ask(const struct asking *asking) {
  const struct question *question = asking->question;
  struct question_state *state = question_key_state(asking);
  if (!state)
    return false;
  int64_t window = question_floor(asking->time, question->within);
  int64_t past = question->past / question->within;
  begin(state, window, past, asking->time);
  time_us since = state->count > 1 ? state->numbers[0] : TIME_NONE;
  size_t at = place_of(state, window);
  if (at == state->count || window_at(state, at) != window) {
    question_state_insert(state, at, 2);
    state->numbers[at] = window;
  }
  int64_t count = ++state->numbers[at + 1];
  bool learning = asking->time - state->numbers[0] < question->learn, yes = false;
  if (asking->explains || (!learning && count >= question->at_least)) {
    double usual = average_before(state, at, window - past);
    yes = !learning && count >= question->at_least && (double)count >= question->times * usual;
    if (question_wants_answer(asking, yes)) {
      struct question_answer *answer = question_begin(asking);
      answer->since = since;
      answer->learning = learning;
      answer->count = count;
      answer->usual = usual;
      answer->yes = yes;
    }
  }
  if (asking->time < state->numbers[0])
    state->numbers[0] = asking->time;
  trim(question, state);
  question_state_keep(state, asking->time + question->past + question_lateness(question));
  question_cache_change(asking->cache, state);
  return true;
}

static bool is_sound(const struct question *question, const struct question_state *state) {
  (void)question;
  if (state->count % 2 == 0 || state->bytes.size > 0)
    return state->count == 0 && state->bytes.size == 0;
  for (size_t i = 1; i < state->count; i += 2)
    if (state->numbers[i + 1] < 1 || (i > 1 && window_at(state, i) <= window_at(state, i - 2)))
      return false;
  return state->count > 1;
}

const struct question_kind_type question_spike = {ask, is_sound};

/*
 * rate: `at_least` events of a key within a span that holds the event.
 *
 * Numbers: the events' times in order, as many as can still count.
 */
#include "detect/stateful/question_kind.h"

/* More than at_least, so that late events find enough of their neighbours. */
static size_t times_max(const struct question *question) {
  return 2 * (size_t)question->at_least + 64;
}

/* The most events of a span that holds the one at `at`. */
static size_t count_around(const struct question_state *state, size_t at, int64_t within) {
  const int64_t *times = state->numbers;
  size_t end = at, most;
  while (end < state->count && times[end] < times[at] + within)
    end++;
  most = end - at;
  for (size_t first = at; first-- > 0 && times[first] > times[at] - within;) {
    while (times[end - 1] >= times[first] + within)
      end--;
    most = end - first > most ? end - first : most;
  }
  return most;
}

/* What is too old to count, or too much. */
static void trim(const struct question *question, struct question_state *state) {
  time_us from = state->numbers[state->count - 1] - question->within - question_lateness(question);
  size_t most = times_max(question), gone = state->count > most ? state->count - most : 0;
  while (state->numbers[gone] < from)
    gone++;
  question_state_remove(state, 0, gone);
}

static bool ask(const struct asking *asking) {
  const struct question *question = asking->question;
  struct question_state *state = question_key_state(asking);
  if (!state)
    return false;
  size_t at = question_place(state, 1, asking->time);
  question_state_insert(state, at, 1);
  state->numbers[at] = asking->time;
  int64_t count = (int64_t)count_around(state, at, question->within);
  bool yes = count >= question->at_least;
  if (question_wants_answer(asking, yes)) {
    struct question_answer *answer = question_begin(asking);
    answer->count = count;
    answer->yes = yes;
  }
  trim(question, state);
  question_state_keep(state, asking->time + question->within + question_lateness(question));
  question_cache_change(asking->cache, state);
  return true;
}

static bool is_sound(const struct question *question, const struct question_state *state) {
  (void)question;
  for (size_t i = 1; i < state->count; i++)
    if (state->numbers[i] < state->numbers[i - 1])
      return false;
  return state->bytes.size == 0;
}

const struct question_kind_type question_rate = {ask, is_sound};

#include "detect/stateful/question_run.h"

/* The run that the time belongs to; the number of numbers when it is none. */
static size_t find(const struct question_state *state, size_t at, time_us time, int64_t keep) {
  for (; at + 1 < state->count; at += 2)
    if (time > state->numbers[at] - keep && time < state->numbers[at + 1] + keep)
      return at;
  return state->count;
}

static void add(struct question_state *state, size_t at, time_us time) {
  size_t place = at;
  while (place < state->count && state->numbers[place] < time)
    place += 2;
  question_state_insert(state, place, 2);
  state->numbers[place] = state->numbers[place + 1] = time;
  if (state->count - at > (size_t)2 * QUESTION_RUNS_MAX)
    question_state_remove(state, at, 2);
}

/* Runs that are no longer `keep` apart are one. */
static void merge(struct question_state *state, size_t run, int64_t keep) {
  if (run + 3 >= state->count || state->numbers[run + 2] - state->numbers[run + 1] >= keep)
    return;
  state->numbers[run + 1] = state->numbers[run + 3];
  question_state_remove(state, run + 2, 2);
}

struct question_joined question_run_join(struct question_state *state, size_t at, time_us time,
                                         int64_t keep) {
  size_t run = find(state, at, time, keep);
  if (run == state->count) {
    add(state, at, time);
    return (struct question_joined){.first = time, .changed = true};
  }
  struct question_joined joined = {.known = true, .first = state->numbers[run]};
  if (time < joined.first) {
    state->numbers[run] = time;
    joined.changed = true;
  } else if (time - state->numbers[run + 1] >= question_run_precision(keep) &&
             time > state->numbers[run + 1]) {
    state->numbers[run + 1] = time;
    joined.changed = true;
  }
  if (joined.changed)
    merge(state, run, keep);
  return joined;
}

bool question_run_holds(const struct question_state *state, size_t at, time_us time, int64_t keep) {
  return find(state, at, time, keep) < state->count;
}

bool question_run_is_sound(const struct question_state *state, size_t at) {
  if (state->count < at || (state->count - at) % 2 ||
      state->count - at > (size_t)2 * QUESTION_RUNS_MAX)
    return false;
  for (size_t i = at + 1; i < state->count; i++)
    if (state->numbers[i] < state->numbers[i - 1])
      return false;
  return true;
}

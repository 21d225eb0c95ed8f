/*
 * Runs: spans of time in which something was seen again and again, never `keep` apart. A value is
 * known from the first time of its run until `keep` after the last.
 *
 * A run is two numbers of a state, its first and its last time; runs stand in order. So that what
 * is seen all the time is not written with each event, the last time is right to a 64th of `keep`,
 * and to the day.
 *
 * Private to this room, and for its thread.
 */
#ifndef DETECT_STATEFUL_QUESTION_RUN_H
#define DETECT_STATEFUL_QUESTION_RUN_H

#include "detect/stateful/question_state.h"

/* Of one state. More than one have only what was also seen at other times, long before or after:
 * a history that is read beside new events. The oldest are forgotten. */
#define QUESTION_RUNS_MAX 4

static inline int64_t question_run_precision(int64_t keep) {
  return keep / 64 < US_PER_DAY ? keep / 64 : US_PER_DAY;
}

struct question_joined {
  bool known;    /* there was a run that the time belongs to */
  time_us first; /* of that run, before */
  bool changed;
};

/* Puts a time into the runs that begin at the state's number `at`, and end with its numbers. */
struct question_joined question_run_join(struct question_state *state, size_t at, time_us time,
                                         int64_t keep);

/* Whether joining would change nothing: the time lies within a run, or so little behind it that it
 * is not worth writing. */
static inline bool question_run_covers(const struct question_state *state, size_t at, time_us time,
                                       int64_t keep) {
  int64_t precision = question_run_precision(keep);
  for (; at + 1 < state->count; at += 2)
    if (time >= state->numbers[at] && time - state->numbers[at + 1] < precision)
      return true;
  return false;
}

/* The short way of joining, which what is seen now and then goes: the state has one run, which the
 * time belongs to, and it is not before the run's end. False: the long way is to be taken, and
 * nothing was done. */
static inline bool question_run_extend(struct question_state *state, size_t at, time_us time,
                                       int64_t keep, bool *changed) {
  if (state->count != at + 2)
    return false;
  int64_t *run = state->numbers + at;
  if (time < run[1] || time >= run[1] + keep)
    return false;
  *changed = time > run[1] && time - run[1] >= question_run_precision(keep);
  if (*changed)
    run[1] = time;
  return true;
}

/* Whether a time belongs to a run. */
bool question_run_holds(const struct question_state *state, size_t at, time_us time, int64_t keep);

/* Whether the numbers from `at` on can be runs. */
bool question_run_is_sound(const struct question_state *state, size_t at);

#endif

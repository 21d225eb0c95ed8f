/*
 * unusual_hour: the key had this hour of the day, or one that is `near`, on `at_most` days of the
 * last `keep`.
 *
 * Numbers: for each hour the latest days on which the key had it (one more than at_most; NO_DAY:
 * none), then the key's runs. A day counts from midnight of the question's time zone.
 */
#include "detect/stateful/question_kind.h"
#include "detect/stateful/question_run.h"

#define NO_DAY (-(INT64_C(1) << 40)) /* before every day that a time can be in */
#define HOURS 24

static size_t days_of(const struct question *question) {
  return (size_t)question->at_most + 1;
}

static int64_t keep_days(const struct question *question) {
  return question->keep < US_PER_DAY ? 1 : question->keep / US_PER_DAY;
}

/* On how many days near this one the key had the hour. */
static int64_t count_days(const struct question *question, const struct question_state *state,
                          int hour, int64_t day) {
  const int64_t *days = state->numbers + (size_t)hour * days_of(question);
  int64_t count = 0, keep = keep_days(question);
  for (size_t i = 0; i < days_of(question); i++)
    count += days[i] != NO_DAY && days[i] > day - keep && days[i] < day + keep;
  return count;
}

/* False when the day is known, or too old to be. */
static bool note_day(const struct question *question, struct question_state *state, int hour,
                     int64_t day) {
  int64_t *days = state->numbers + (size_t)hour * days_of(question), *oldest = days;
  for (size_t i = 0; i < days_of(question); i++) {
    if (days[i] == day)
      return false;
    if (days[i] < *oldest)
      oldest = &days[i];
  }
  if (*oldest > day)
    return false;
  *oldest = day;
  return true;
}

static int64_t count_near(const struct question *question, const struct question_state *state,
                          int hour, int64_t day) {
  int64_t count = count_days(question, state, hour, day);
  for (int i = 1; i <= question->near; i++)
    count += count_days(question, state, (hour + i) % HOURS, day) +
             count_days(question, state, (hour + HOURS - i) % HOURS, day);
  return count;
}

/* As bits. */
static uint32_t usual_hours(const struct question *question, const struct question_state *state,
                            int64_t day) {
  uint32_t hours = 0;
  for (int i = 0; i < HOURS; i++)
    if (count_days(question, state, i, day) > question->at_most)
      hours |= UINT32_C(1) << i;
  return hours;
}

static struct question_state *state_of(const struct asking *asking, size_t days) {
  struct question_state *state = question_key_state(asking);
  if (state && state->count == 0) {
    question_state_make_room(state, days + 2); /* and a run */
    question_state_insert(state, 0, days);
    for (size_t i = 0; i < days; i++)
      state->numbers[i] = NO_DAY;
  }
  return state;
}

static bool ask(const struct asking *asking) {
  const struct question *question = asking->question;
  size_t days = HOURS * days_of(question);
  struct question_state *state = state_of(asking, days);
  if (!state)
    return false;
  int64_t offset = question->zone ? time_zone_offset(question->zone, asking->time) : 0;
  int64_t local = asking->time + offset, day = question_floor(local, US_PER_DAY);
  int hour = (int)((local - day * US_PER_DAY) / US_PER_HOUR);
  struct question_joined joined = question_run_join(state, days, asking->time, question->keep);
  bool learning = !joined.known || asking->time - joined.first < question->learn;
  bool yes = !learning && count_near(question, state, hour, day) <= question->at_most;
  if (question_wants_answer(asking, yes)) {
    struct question_answer *answer = question_begin(asking);
    answer->since = joined.known ? joined.first : TIME_NONE;
    answer->learning = learning;
    answer->yes = yes;
    answer->hour = hour;
    answer->hours = usual_hours(question, state, day);
  }
  if (note_day(question, state, hour, day) || joined.changed) {
    question_state_keep(state, asking->time + question->keep);
    question_cache_change(asking->cache, state);
  }
  return true;
}

static bool is_sound(const struct question *question, const struct question_state *state) {
  return question_run_is_sound(state, HOURS * days_of(question)) && state->bytes.size == 0;
}

const struct question_kind_type question_unusual_hour = {ask, is_sound};

/*
 * new_value: the key has not had the value before, or not for `keep`.
 *
 * A value of a key is a state of its own with its runs, so that what a key has had costs nothing
 * when it has something again, however much that is. The key's state has
 *
 *   numbers   the period of `keep` in which values are counted, how many became known in it and in
 *             the one before; the runs of the key
 *   bytes     the latest values that became known, for answers
 *
 * The first value of a key is never new, and none is while it learns. What a late event shows was
 * known then, so it is not reported again: it belongs to the run that begins after it.
 */
#include "base/hash.h"
#include "detect/stateful/question_kind.h"
#include "detect/stateful/question_run.h"
#include "detect/stateful/question_values.h"

enum { PERIOD, IN_PERIOD, BEFORE, RUNS };

static struct question_state *state_of(const struct asking *asking,
                                       const struct question_text *key) {
  struct question_state *state =
      question_cache_get(asking->cache, asking->tracked, key, NULL, asking->error);
  if (state && state->count == 0)
    question_state_insert(state, 0, RUNS);
  return state;
}

static struct question_state *value_state(const struct asking *asking,
                                          const struct question_text *value) {
  return question_cache_get(asking->cache, asking->tracked, asking->key, value, asking->error);
}

static void note_change(const struct asking *asking, struct question_state *state) {
  question_state_keep(state, asking->time + asking->question->keep);
  question_cache_change(asking->cache, state);
}

/* Puts the event into the runs of a key; whether the key has learned by then. */
static bool learn(const struct asking *asking, struct question_state *state, time_us *since) {
  const struct question *question = asking->question;
  struct question_joined joined = question_run_join(state, RUNS, asking->time, question->keep);
  if (joined.changed)
    note_change(asking, state);
  *since = joined.known ? joined.first : TIME_NONE;
  /* All values of the first event are only learned. */
  return joined.known && asking->time > joined.first &&
         asking->time - joined.first >= question->learn;
}

/* Counts a value that becomes known; false when there are too many. */
static bool admit(const struct asking *asking, struct question_state *state) {
  int64_t *numbers = state->numbers, period = question_floor(asking->time, asking->question->keep);
  if (period > numbers[PERIOD]) {
    numbers[BEFORE] = period == numbers[PERIOD] + 1 ? numbers[IN_PERIOD] : 0;
    numbers[IN_PERIOD] = 0;
    numbers[PERIOD] = period;
  }
  if (numbers[IN_PERIOD] + numbers[BEFORE] >= QUESTION_KEY_VALUES_MAX)
    return false;
  numbers[IN_PERIOD]++;
  return true;
}

/* Lists what is known at the time of the event; an entry may have expired. */
static bool list_known(const struct asking *asking, const struct question_state *state) {
  struct question_answer *answer = asking->answer;
  struct question_entry entry = {.next = 0};
  while (question_values_next(state, &entry) && answer->value_count < QUESTION_SHOWN_MAX) {
    entry.text.hash = hash_text(entry.text.folded);
    const struct question_state *value = value_state(asking, &entry.text);
    if (!value)
      return false;
    if (question_run_holds(value, 0, asking->time, asking->question->keep) &&
        !text_equal(entry.text.folded, asking->value->folded))
      question_list_value(asking, entry.text.shown);
  }
  answer->count = (int64_t)answer->value_count;
  return true;
}

/* The latest ones are listed. */
static void note_known(const struct asking *asking, struct question_state *state) {
  struct question_entry entry = {.next = 0}, first = {.next = 0};
  size_t count = 0;
  bool is_listed = false;
  while (!is_listed && question_values_next(state, &entry)) {
    is_listed = text_equal_short(entry.text.folded, asking->value->folded);
    count++;
  }
  if (is_listed)
    question_values_remove(state, &entry);
  else if (count >= QUESTION_SHOWN_MAX && question_values_next(state, &first))
    question_values_remove(state, &first);
  question_values_add(state, asking->value);
  question_cache_change(asking->cache, state);
}

/* Puts the event into the runs that begin at the state's number `at`. */
static bool join(const struct asking *asking, struct question_state *state, size_t at) {
  const int64_t keep = asking->question->keep;
  bool changed = false;
  if (!question_run_extend(state, at, asking->time, keep, &changed))
    changed = question_run_join(state, at, asking->time, keep).changed;
  if (changed)
    note_change(asking, state);
  return true;
}

static bool is_never_new(const struct asking *asking) {
  const struct question_texts *never = &asking->question->never_new;
  for (size_t i = 0; i < never->count; i++)
    if (text_equal(never->items[i], asking->value->folded))
      return true;
  return false;
}

/* The states of the key and, where it learns together with others, of the organisation; else the
 * key's twice. */
static bool find_states(const struct asking *asking, struct question_state **state,
                        struct question_state **all) {
  const struct question_text organisation = {TEXT(""), TEXT(""), hash_text(TEXT(""))};
  *state = *all = state_of(asking, asking->key);
  if (*state && asking->question->learn_together && asking->question->per.count)
    *all = state_of(asking, &organisation);
  return *state && *all;
}

static __attribute__((noinline)) bool ask_whole(const struct asking *asking,
                                                struct question_state *value) {
  const struct question *question = asking->question;
  struct question_answer *answer = question_begin(asking);
  struct question_state *state, *all;
  if (!find_states(asking, &state, &all))
    return false;
  bool has_learned = learn(asking, state, &answer->since);
  if (all != state)
    has_learned = learn(asking, all, &answer->since);
  answer->learning = !has_learned;
  bool fresh = !question_run_holds(value, 0, asking->time, question->keep);
  if ((asking->explains || (fresh && has_learned)) && !list_known(asking, state))
    return false;
  if (!fresh)
    return join(asking, value, 0);
  answer->is_full = !admit(asking, state);
  if (answer->is_full)
    return true;
  answer->never_new = is_never_new(asking);
  answer->yes = has_learned && !answer->never_new;
  note_known(asking, state);
  return join(asking, value, 0);
}

/* Of a value that is known: the answer is no. */
static bool note_seen(const struct asking *asking, struct question_state *value) {
  struct question_state *state, *all;
  if (!find_states(asking, &state, &all))
    return false;
  join(asking, state, RUNS);
  if (all != state)
    join(asking, all, RUNS);
  return join(asking, value, 0);
}

/* What its key has all the time is most of what there is. The key was seen then, too. */
static bool ask(const struct asking *asking) {
  struct question_state *value = value_state(asking, asking->value);
  if (!value)
    return false;
  const int64_t keep = asking->question->keep;
  if (question_run_covers(value, 0, asking->time, keep) && !asking->explains)
    return true;
  if (question_run_holds(value, 0, asking->time, keep) && !asking->explains)
    return note_seen(asking, value);
  return ask_whole(asking, value);
}

static bool is_sound(const struct question *question, const struct question_state *state) {
  (void)question;
  if (state->is_value)
    return question_run_is_sound(state, 0) && state->bytes.size == 0;
  return question_run_is_sound(state, RUNS) && question_values_count(state) <= QUESTION_SHOWN_MAX &&
         state->numbers[IN_PERIOD] >= 0 && state->numbers[IN_PERIOD] <= QUESTION_KEY_VALUES_MAX &&
         state->numbers[BEFORE] >= 0 && state->numbers[BEFORE] <= QUESTION_KEY_VALUES_MAX;
}

const struct question_kind_type question_new_value = {ask, is_sound};

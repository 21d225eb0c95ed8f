/*
 * dormant: the key was not seen for `at_least`, and before that it was, less than `keep` ago.
 *
 * Numbers: when it was last seen. So that a busy key is not written with each event, that is right
 * to a 64th of `at_least`, and to the hour. A late event ends no silence: one that came before it
 * has.
 */
#include "detect/stateful/question_kind.h"

static int64_t precision_of(const struct question *question) {
  int64_t part = question->quiet / 64;
  return part < US_PER_HOUR ? part : US_PER_HOUR;
}

static bool ask(const struct asking *asking) {
  const struct question *question = asking->question;
  struct question_state *state = question_key_state(asking);
  if (!state)
    return false;
  bool known = state->count > 0;
  time_us last = known ? state->numbers[0] : asking->time;
  time_us since = known && asking->time - last < question->keep ? last : TIME_NONE;
  bool yes = since != TIME_NONE && asking->time - last >= question->quiet;
  if (question_wants_answer(asking, yes)) {
    struct question_answer *answer = question_begin(asking);
    answer->since = since;
    answer->yes = yes;
  }
  if (known && asking->time - last < precision_of(question))
    return true;
  if (!known)
    question_state_insert(state, 0, 1);
  state->numbers[0] = asking->time;
  question_state_keep(state, asking->time + question->keep);
  question_cache_change(asking->cache, state);
  return true;
}

static bool is_sound(const struct question *question, const struct question_state *state) {
  (void)question;
  return state->count <= 1 && state->bytes.size == 0;
}

const struct question_kind_type question_dormant = {ask, is_sound};

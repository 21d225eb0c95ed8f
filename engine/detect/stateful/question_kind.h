/*
 * The kinds of questions: each is one file with one constant struct, and a line in question_kind.c.
 *
 * A kind's answer depends on the events that it was asked about and their event times. An event
 * that comes late is put in its place: it is judged by what happened before it, as far as that is
 * still known, and what it shows counts for those after it.
 *
 * Private to this room, and for its thread.
 */
#ifndef DETECT_STATEFUL_QUESTION_KIND_H
#define DETECT_STATEFUL_QUESTION_KIND_H

#include "base/arena.h"
#include "detect/stateful/question_cache.h"

#define QUESTION_SHOWN_MAX 16 /* values that an answer lists */

/* What came of a question, and why. */
struct question_answer {
  const struct question *question;
  bool yes;
  struct question_text key;
  struct text value; /* as it stands in the event; "" without `of` */
  time_us time;      /* of the event */
  /* NEW_VALUE, UNUSUAL_HOUR, SPIKE: when the key was first seen; DORMANT, TRAVEL: when it was last
   * seen before. TIME_NONE: it was not. */
  time_us since;
  bool learning;       /* the time of learning is not over: the answer is no */
  int64_t kilometres;  /* TRAVEL: from the place before */
  int64_t count;       /* RATE, DISTINCT: within the span; SPIKE: in this window; NEW_VALUE: values
                          that are known, this one not */
  double usual;        /* SPIKE: the average of the windows before that had any */
  int hour;            /* UNUSUAL_HOUR: 0 to 23 */
  uint32_t hours;      /* the hours that are usual, as bits */
  bool never_new;      /* NEW_VALUE: the rule says that this one is not */
  bool is_full;        /* NEW_VALUE: the key has so many values that this one was not kept */
  struct text *values; /* NEW_VALUE: known; DISTINCT: seen; at most QUESTION_SHOWN_MAX */
  size_t value_count;
};

/* A question while it is asked about one key, and one value. */
struct asking {
  struct question_cache *cache;
  const struct tracked_question *tracked;
  const struct question *question;
  const struct question_text *key, *value; /* value NULL: the question has no `of` */
  time_us time;
  bool explains;       /* lists are wanted whatever the answer is */
  struct arena *arena; /* for the answer's texts */
  struct question_answer *answer;
  struct error *error;
};

struct question_kind_type {
  /* Answers and learns. Where that is no, unless it explains, the answer need not be begun. False
   * with the reason when what is remembered cannot be had. */
  bool (*ask)(const struct asking *asking);
  /* Whether what was read from the store can be such a state: its numbers' count and order. */
  bool (*is_sound)(const struct question *question, const struct question_state *state);
};

extern const struct question_kind_type question_new_value, question_rate, question_distinct,
    question_dormant, question_unusual_hour, question_spike, question_travel;

extern const struct question_kind_type *const question_kind_types[QUESTION_KIND_COUNT];

static inline const struct question_kind_type *question_kind_of(const struct question *question) {
  return question_kind_types[question->kind];
}

/* Values that one key may get within `keep`; further ones are not kept, and not new. */
#define QUESTION_KEY_VALUES_MAX 10000

/* How late an event may come and still find the times that it belongs to: a day, or `within` if
 * that is longer. */
static inline int64_t question_lateness(const struct question *question) {
  return question->within > US_PER_DAY ? question->within : US_PER_DAY;
}

/* Whether the answer, which is yes or not, is to be begun and filled. */
static inline bool question_wants_answer(const struct asking *asking, bool yes) {
  return yes || asking->explains;
}

/* The answer before anything is known; it says no. */
static inline struct question_answer *question_begin(const struct asking *asking) {
  struct question_answer *answer = asking->answer;
  *answer = (struct question_answer){.question = asking->question,
                                     .key = *asking->key,
                                     .value = asking->value ? asking->value->shown : TEXT(""),
                                     .time = asking->time};
  return answer;
}

/* The key's own state. NULL with the reason. */
static inline struct question_state *question_key_state(const struct asking *asking) {
  return question_cache_get(asking->cache, asking->tracked, asking->key, NULL, asking->error);
}

/* One more of the values that the answer lists, while there are few. */
static inline void question_list_value(const struct asking *asking, struct text value) {
  struct question_answer *answer = asking->answer;
  if (!answer->values)
    answer->values = arena_take(asking->arena, QUESTION_SHOWN_MAX * sizeof *answer->values);
  answer->values[answer->value_count++] = arena_copy(asking->arena, value);
}

/* A whole number of spans, rounded down also before 1970. */
static inline int64_t question_floor(int64_t time, int64_t span) {
  return time / span - (time % span < 0);
}

/* The index of the first of `count` numbers, from `from` on every `step`-th, that is above `time`;
 * searched from the end, where nearly all events belong. */
static inline size_t question_place(const struct question_state *state, size_t step, int64_t time) {
  size_t at = state->count;
  while (at > 0 && state->numbers[at - step] > time)
    at -= step;
  return at;
}

#endif

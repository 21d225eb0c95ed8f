/*
 * What questions remember, by question, key and value: the states that are in memory. What becomes
 * of them in the store is in question_saving.h.
 *
 * Private to this room, and for its thread.
 */
#ifndef DETECT_STATEFUL_QUESTION_CACHE_H
#define DETECT_STATEFUL_QUESTION_CACHE_H

#include "base/log/log.h"
#include "detect/stateful/question_backing.h"
#include "detect/stateful/question_state.h"
#include "rule/set/rule_set.h"

/* A question of the rule set that is used. */
struct tracked_question {
  const struct rule *rule;
  const struct question *question;
  uint32_t id;                /* by which the store and the states know it */
  bool overflows;             /* that a key has too many values was reported */
  bool cut;                   /* the same of an event */
  bool changed;               /* that its rule's questions begin anew was */
  struct question_twin *twin; /* all that are the same have it (question_twins.h); NULL: none is */
};

/* Rows that are written one after the other, some with each transaction (question_saving.c). */
struct question_settling {
  struct question_state **states; /* in the order of the rows; NULL: it has not begun */
  size_t count, at;
  int64_t until;    /* the log's last piece when it began: what it has is in the rows then */
  size_t log_bytes; /* of the log until there */
};

#define QUESTION_PLACES 64      /* a power of two: the countries that people are in */
#define QUESTION_PLACE_BYTES 24 /* of a latitude, a joint and a longitude as they mostly are */
#define QUESTION_CELL_BYTES 16  /* of two whole numbers of degrees */

/* A place that question_travel.c has read, as people are at few: in millionths of a degree, and the
 * degree that it is known by. */
struct question_place {
  char text[QUESTION_PLACE_BYTES], cell[QUESTION_CELL_BYTES];
  uint8_t size, cell_size; /* 0: none yet */
  int64_t latitude, longitude;
  uint64_t cell_hash; /* hash_text */
};

struct question_cache {
  struct question_backing backing;
  /* Whether what was read from it can be a state of this question. */
  bool (*is_sound)(const struct question *question, const struct question_state *state);
  struct log *log;   /* NULL: nothing is reported */
  size_t memory_max; /* bytes of states in memory */
  /* Open addressing: a power of two of places, at most half of them taken. */
  struct question_slab slab;                           /* the states' */
  struct question_place known_places[QUESTION_PLACES]; /* by hash of the text */
  struct question_state **places;
  size_t place_count, state_count;
  struct question_state **changed;
  size_t changed_count, changed_capacity;
  /* The last state of the last key that was asked about, but for the empty one; NULL: of none. */
  struct question_state *last;
  const struct question_text *last_key;
  size_t bytes;
  struct tracked_question *questions; /* by QUESTIONS_MAX for each rule of the set */
  const struct rule_set *rules;
  uint32_t next_id; /* of a question that no store has given one */
  bool noted;       /* the questions have their numbers */
  bool read;        /* what the store has was read, as far as memory is for it */
  bool whole;       /* there is nothing in the store that is not in memory */
  /* Of the log of changes. */
  size_t log_bytes, logged_bytes; /* of states that have `logged` */
  int64_t log_last;               /* its last piece */
  struct question_settling settling;
  struct buffer name, blob, piece; /* scratch */
};

void question_cache_clear(struct question_cache *cache); /* at its end */

/* The questions of this set are asked from now on. It must outlive its use. */
void question_cache_use(struct question_cache *cache, const struct rule_set *rules);

/* The number of a rule's question in its set. */
static inline uint32_t question_number(const struct rule *rule, size_t index) {
  return rule->index * QUESTIONS_MAX + (uint32_t)index;
}

/* Another event: a key at the same place may be another. */
static inline void question_cache_begin(struct question_cache *cache) {
  cache->last = NULL;
}

/* The state of a key, or (not NULL) of a value of it. A new one is empty. It lives until
 * question_saving_trim or question_cache_forget. NULL with the reason when the backing fails. The
 * key, unless it is empty, stays as it is until question_cache_begin. */
struct question_state *question_cache_get(struct question_cache *cache,
                                          const struct tracked_question *tracked,
                                          const struct question_text *key,
                                          const struct question_text *value, struct error *error);

/* The state has changed, and is to be written. */
void question_cache_change(struct question_cache *cache, struct question_state *state);

/* Forgets what is in memory, unwritten changes included. */
void question_cache_forget(struct question_cache *cache);

/* ---- for question_saving.c ---- */

/* The state of this name (question_cache_name) of the question with this id; a new one is empty. */
struct question_state *question_cache_place(struct question_cache *cache, uint32_t question,
                                            struct text name);
/* The same when there is one; else NULL. */
struct question_state *question_cache_find(const struct question_cache *cache, uint32_t question,
                                           struct text name);

/* A state's name: its key, and behind a mark its value. It lives until the next one. */
struct text question_cache_name(struct question_cache *cache, const struct question_state *state);

/* The state has another size, or `logged` is another. */
void question_cache_count(struct question_cache *cache, struct question_state *state, bool logged);

/* Lets states leave that are in the store as they are, until the others take `enough` bytes; false:
 * only those that were not used since the last time. */
void question_cache_shrink(struct question_cache *cache, bool all, size_t enough);

#endif

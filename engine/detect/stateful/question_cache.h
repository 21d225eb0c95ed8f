/*
 * What questions remember, by question, key and value: a cache over the store (or a temporary
 * file), as rule/kv/kv.h is for what rules remember, and in the same table.
 *
 * Private to this room, and for its thread.
 */
#ifndef DETECT_STATEFUL_QUESTION_CACHE_H
#define DETECT_STATEFUL_QUESTION_CACHE_H

#include "base/arena.h"
#include "base/log/log.h"
#include "detect/stateful/question_state.h"
#include "rule/kv/kv.h"
#include "rule/set/rule_set.h"

/* A question of the rule set that is used. */
struct tracked_question {
  const struct rule *rule;
  const struct question *question;
  bool overflows; /* that a key has too many values was reported */
  bool cut;       /* the same of an event */
  bool changed;   /* that its rule's questions begin anew was */
};

struct question_cache {
  struct kv_backing backing;
  /* Whether what was read from it can be a state of this question. */
  bool (*is_sound)(const struct question *question, const struct question_state *state);
  bool lasting;      /* what is written outlives the process */
  struct log *log;   /* NULL: nothing is reported */
  size_t memory_max; /* bytes of states in memory */
  /* Open addressing: a power of two of places, at most half of them taken. */
  struct question_state **places;
  struct arena states; /* of all of them */
  size_t place_count, state_count;
  struct question_state **changed;
  size_t changed_count, changed_capacity;
  size_t bytes;
  struct tracked_question *questions; /* by number: QUESTIONS_MAX for each rule of the set */
  const struct rule_set *rules;
  bool noted;                       /* the store has what the rules' questions mean */
  struct buffer rule_id, key, blob; /* scratch */
};

void question_cache_clear(struct question_cache *cache); /* at its end */

/* What belongs to the questions of another set is written and forgotten. The set must outlive its
 * use. */
bool question_cache_use(struct question_cache *cache, const struct rule_set *rules,
                        struct error *error);

/* Writes down what the questions mean, unless that is `noted`. One that means something else than
 * the store has of its rule begins anew, which is logged. */
bool question_cache_note(struct question_cache *cache, struct error *error);

/* The number of a rule's question. */
static inline uint32_t question_number(const struct rule *rule, size_t index) {
  return rule->index * QUESTIONS_MAX + (uint32_t)index;
}

/* The state of a key, or (not NULL) of a value of it. A new one is empty. It lives until trim or
 * forget. NULL with the reason when the backing fails. */
struct question_state *question_cache_get(struct question_cache *cache, uint32_t number,
                                          const struct question_text *key,
                                          const struct question_text *value, struct error *error);

/* The state has changed, and is to be written. */
void question_cache_change(struct question_cache *cache, struct question_state *state);

/* Writes what changed. */
bool question_cache_save(struct question_cache *cache, struct error *error);

/* Leaves memory to others where there is too much: nobody may hold a state. */
bool question_cache_trim(struct question_cache *cache, struct error *error);

/* Forgets what is in memory, unwritten changes included. */
void question_cache_forget(struct question_cache *cache);

#endif

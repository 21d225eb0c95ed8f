/*
 * The states of correlations, by correlation and key: those that matches went into are in memory,
 * all others in the store, from which they come when they are asked for. What changed is written
 * when the transaction ends, or when memory is to be left to others.
 *
 * Private to this room, and for its thread.
 */
#ifndef DETECT_CORRELATION_CORRELATION_CACHE_H
#define DETECT_CORRELATION_CORRELATION_CACHE_H

#include "base/buffer.h"
#include "base/log/log.h"
#include "base/map.h"
#include "detect/correlation/correlation_queue.h"
#include "detect/correlation/correlation_state.h"
#include "rule/rule.h"
#include "store/store.h"

/* A correlation, and how far it has come. */
struct tracked {
  const struct rule *rule;
  bool bounded;
  uint16_t needed;    /* steps (correlation_outlook_needed) */
  time_us complete;   /* what happened before is known; INT64_MIN: nothing is */
  time_us stored_due; /* no state that is in the store only is due before */
  int64_t added;      /* keys since they were counted */
  bool overflows;     /* that was reported */
  bool spills;        /* the same of matches that are measured */
  bool cut;           /* that a match had too many keys was reported */
  struct correlation_queue queue;
};

/* One correlation's state for one key. */
struct keyed {
  struct tracked *tracked;
  struct text name; /* "correlation id \0 key"; owned */
  struct text key;  /* JSON array; the end of the name */
  struct correlation_state *state;
  time_us due;   /* nothing can come out before this is over; TIME_NONE: matches must come first */
  size_t bytes;  /* as they count in the correlator's */
  uint64_t used; /* the cache's round in which it was asked for last */
  bool changed;
};

struct correlation_cache_options {
  struct store *store;          /* the caller's; NULL: a temporary one, made when it is needed */
  struct tracked *correlations; /* the caller's */
  size_t correlation_count;
  int64_t keys_max;  /* that a correlation has in the store at most */
  size_t memory_max; /* bytes of states in memory */
  struct log *log;   /* warns once about each correlation that has too many keys; may be NULL */
};

/* Zeroed but for the options; ends with correlation_cache_clear. */
struct correlation_cache {
  struct correlation_cache_options options;
  struct store *own_store; /* NULL before it is needed, or with a store given */
  struct map states;       /* "correlation id \0 key" -> struct keyed */
  struct keyed **changed;
  size_t changed_count, changed_capacity;
  size_t bytes;   /* of the states in memory */
  uint64_t round; /* how often memory was left to others */
  struct buffer name, json;
};

void correlation_cache_clear(struct correlation_cache *cache);

/* Where states are that are not in memory; NULL: nothing was written yet. */
struct store *correlation_cache_store(const struct correlation_cache *cache);

/* The state of a key, a new one if there is none. It lives until the next call of trim or forget.
 * NULL with the reason when the store cannot be read. */
struct keyed *correlation_cache_find(struct correlation_cache *cache, struct tracked *tracked,
                                     struct text key, struct error *error);

/* The state has changed, and is to be written. */
void correlation_cache_change(struct correlation_cache *cache, struct keyed *keyed);

/* When the state is to be looked at again; TIME_NONE: not before its next match. */
void correlation_cache_set_due(struct keyed *keyed, time_us due);

/* Writes what changed to the store. Keys beyond keys_max leave it, those with the oldest matches
 * first. */
bool correlation_cache_save(struct correlation_cache *cache, struct error *error);

/* Forgets what is in memory, unwritten changes included, and how far correlations have come. */
void correlation_cache_forget(struct correlation_cache *cache);

/* Leaves memory to others when there is too much: nobody may hold a state. What was asked for since
 * the last time stays, within half of the memory. */
bool correlation_cache_trim(struct correlation_cache *cache, struct error *error);

#endif

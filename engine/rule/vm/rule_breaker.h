/*
 * A circuit breaker for rules that reach their limits again and again: each such event costs a
 * worker as much as thousands of others, and who writes the events can send many.
 *
 *   runs ──5 costly calls within a minute──▶ paused ──1 minute──▶ on trial
 *    ▲                                         ▲                     │
 *    │                                         └─ a costly call: ────┤
 *    │                                           twice as long,      │
 *    └────── none within as long as the pause ── at most an hour ────┘
 *
 * Its time is the monotonic clock, because it is about what workers have time for. So what it does
 * depends on the machine, and only a daemon has one: `scan` and `test` give the same answers every
 * time, and somebody waits for them.
 *
 * Of one rule set; shared by its threads. The next set's takes over what it knows of rules that are
 * the same, so a reload neither ends a pause nor forgets how long the last one was.
 */
#ifndef RULE_VM_RULE_BREAKER_H
#define RULE_VM_RULE_BREAKER_H

#include "base/clock.h"
#include "rule/set/rule_set.h"

#include <pthread.h>
#include <stdatomic.h>

#define BREAKER_CALLS 5              /* costly calls that pause a rule … */
#define BREAKER_WINDOW US_PER_MINUTE /* … within this time */
#define BREAKER_PAUSE_FIRST US_PER_MINUTE
#define BREAKER_PAUSE_MOST US_PER_HOUR

struct rule_breaker {
  struct breaker_rule *rules; /* by index */
  size_t count;
  pthread_mutex_t lock;                 /* of the rules' states */
  atomic_size_t paused;                 /* rules that are, or were until nobody asked for them */
  atomic_uint_fast64_t skipped, pauses; /* since they were last taken */
};

struct rule_breaker *rule_breaker_new(size_t rule_count);
/* Takes over from the breaker of the rules that ran before, which may still be in use: what happens
 * there from now on stays there. Before anybody else sees the new one. */
void rule_breaker_take_over(struct rule_breaker *breaker, const struct rule_set *rules,
                            struct rule_breaker *before, const struct rule_set *rules_before);
void rule_breaker_free(struct rule_breaker *breaker); /* NULL is fine */

bool rule_breaker_ask(struct rule_breaker *breaker, const struct rule *rule, time_us now);

/* Whether the rule may be asked about an event. False: it is paused, and that is counted. Without a
 * breaker (NULL) and without a paused rule it costs nothing. */
static inline bool rule_breaker_allows(struct rule_breaker *breaker, const struct rule *rule) {
  return !breaker || atomic_load_explicit(&breaker->paused, memory_order_relaxed) == 0 ||
         rule_breaker_ask(breaker, rule, clock_monotonic());
}

/* A call of the rule was costly. Gives for how long it is paused from now on; 0: it is not. */
int64_t rule_breaker_note(struct rule_breaker *breaker, const struct rule *rule, time_us now);

/* What happened since this was last asked, and how many rules are paused. */
struct rule_breaker_counts {
  uint64_t skipped; /* times that an event was not shown to a rule */
  uint64_t pauses;
  size_t paused;
};
struct rule_breaker_counts rule_breaker_take_counts(struct rule_breaker *breaker);

#endif

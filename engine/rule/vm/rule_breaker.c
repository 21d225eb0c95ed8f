#include "rule/vm/rule_breaker.h"

#include "base/memory.h"

#include <stdlib.h>

struct breaker_rule {
  time_us since;        /* start of the window that is counted */
  unsigned calls;       /* costly ones in it */
  time_us paused_until; /* 0: it is not paused */
  int64_t pause;        /* how long its last pause was; 0: there was none, or it is forgiven */
};

struct rule_breaker *rule_breaker_new(size_t rule_count) {
  struct rule_breaker *breaker = memory_alloc(sizeof *breaker);
  breaker->rules = memory_alloc_array(rule_count + 1, sizeof *breaker->rules);
  breaker->count = rule_count;
  pthread_mutex_init(&breaker->lock, NULL);
  return breaker;
}

void rule_breaker_free(struct rule_breaker *breaker) {
  if (!breaker)
    return;
  pthread_mutex_destroy(&breaker->lock);
  free(breaker->rules);
  free(breaker);
}

void rule_breaker_take_over(struct rule_breaker *breaker, const struct rule_set *rules,
                            struct rule_breaker *before, const struct rule_set *rules_before) {
  pthread_mutex_lock(&before->lock);
  for (size_t i = 0; i < before->count; i++) {
    const struct breaker_rule *state = &before->rules[i];
    if (state->calls == 0)
      continue;
    const struct rule *same = rule_set_find_same(rules, &rules_before->rules[i]);
    if (!same)
      continue;
    breaker->rules[same->index] = *state;
    if (state->paused_until)
      atomic_fetch_add(&breaker->paused, 1);
  }
  pthread_mutex_unlock(&before->lock);
}

/* Ends the pause when its time is over; what follows is the trial. */
static void end_pause(struct rule_breaker *breaker, struct breaker_rule *state, time_us now) {
  if (state->paused_until == 0 || now < state->paused_until)
    return;
  state->since = state->paused_until;
  state->paused_until = 0;
  state->calls = BREAKER_CALLS - 1;
  atomic_fetch_sub(&breaker->paused, 1);
}

bool rule_breaker_ask(struct rule_breaker *breaker, const struct rule *rule, time_us now) {
  struct breaker_rule *state = &breaker->rules[rule->index];
  pthread_mutex_lock(&breaker->lock);
  end_pause(breaker, state, now);
  bool allowed = state->paused_until == 0;
  pthread_mutex_unlock(&breaker->lock);
  if (!allowed)
    atomic_fetch_add(&breaker->skipped, 1);
  return allowed;
}

/* The window starts anew when it is over; a trial lasts as long as the pause before it. */
static void count_call(struct breaker_rule *state, time_us now) {
  int64_t window = state->pause > BREAKER_WINDOW ? state->pause : BREAKER_WINDOW;
  if (state->calls == 0 || now - state->since >= window) {
    state->since = now;
    state->calls = 0;
    state->pause = 0;
  }
  state->calls++;
}

int64_t rule_breaker_note(struct rule_breaker *breaker, const struct rule *rule, time_us now) {
  struct breaker_rule *state = &breaker->rules[rule->index];
  int64_t pause = 0;
  pthread_mutex_lock(&breaker->lock);
  end_pause(breaker, state, now);
  if (state->paused_until == 0) { /* else another thread has paused it meanwhile */
    count_call(state, now);
    if (state->calls >= BREAKER_CALLS) {
      pause = state->pause ? 2 * state->pause : BREAKER_PAUSE_FIRST;
      pause = pause > BREAKER_PAUSE_MOST ? BREAKER_PAUSE_MOST : pause;
      state->pause = pause;
      state->paused_until = now + pause;
      atomic_fetch_add(&breaker->paused, 1);
      atomic_fetch_add(&breaker->pauses, 1);
    }
  }
  pthread_mutex_unlock(&breaker->lock);
  return pause;
}

struct rule_breaker_counts rule_breaker_take_counts(struct rule_breaker *breaker) {
  return (struct rule_breaker_counts){.skipped = atomic_exchange(&breaker->skipped, 0),
                                      .pauses = atomic_exchange(&breaker->pauses, 0),
                                      .paused = atomic_load(&breaker->paused)};
}

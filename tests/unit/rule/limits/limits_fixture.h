/*
 * For the tests of "no call outlasts its limit": what a call took, and a table of the worst.
 *
 * As a part of `make test` they are short: small limits, small texts, and steps are what is judged.
 * `make limits` sets LIMITS=long: the limits that rules have, texts of up to 16 MB, and CPU time is
 * what is judged. LIMITS_SHARD and LIMITS_SHARDS: only each LIMITS_SHARDSth call, from LIMITS_SHARD
 * on.
 */
#ifndef TESTS_LIMITS_FIXTURE_H
#define TESTS_LIMITS_FIXTURE_H

#include "rule/condition/work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A call may end so much later than its limit: the longest thing that nothing interrupts. */
#define LATE_MAX_S 0.2
/* No short call comes near this, on whatever machine. */
#define SHORT_MAX_S 5.0
#define WORST_SHOWN 25

static const size_t limits_long_sizes[] = {1 << 16, 1 << 20, 16 << 20};
static const size_t limits_short_sizes[] = {1 << 14};

/* Whether the call with this number, from 0 on, is another shard's. */
static inline bool limits_are_others(size_t number) {
  const char *shard = getenv("LIMITS_SHARD"), *shards = getenv("LIMITS_SHARDS");
  return shard && shards && number % strtoul(shards, NULL, 10) != strtoul(shard, NULL, 10);
}

struct limits_sizes {
  const size_t *items;
  size_t count;
};

static inline bool limits_are_long(void) {
  const char *how = getenv("LIMITS");
  return how && strcmp(how, "long") == 0;
}

static inline struct limits_sizes limits_sizes(void) {
  return limits_are_long() ? (struct limits_sizes){limits_long_sizes, 3}
                           : (struct limits_sizes){limits_short_sizes, 1};
}

struct limits_worst {
  struct limits_call {
    char what[80], end[80];
    size_t size;
    double seconds;
  } calls[WORST_SHOWN];
  size_t count, seen;
};

/* Keeps the call when it is one of the worst. */
static inline void limits_note(struct limits_worst *worst, const char *what, size_t size,
                               double seconds, const char *end) {
  size_t at = worst->count < WORST_SHOWN ? worst->count++ : WORST_SHOWN;
  worst->seen++;
  if (limits_are_long())
    fputs("# call\n", stderr); /* tests/limits counts them */
  if (at == WORST_SHOWN && worst->calls[at - 1].seconds >= seconds)
    return;
  at -= at == WORST_SHOWN;
  for (; at > 0 && worst->calls[at - 1].seconds < seconds; at--)
    worst->calls[at] = worst->calls[at - 1];
  struct limits_call *call = &worst->calls[at];
  call->size = size;
  call->seconds = seconds;
  snprintf(call->what, sizeof call->what, "%.79s", what);
  snprintf(call->end, sizeof call->end, "%.79s", end);
}

/* Lines for tests/limits: how many calls there were, then the worst: by how much they were late,
 * CPU time and limit in seconds, bytes, what, how it ended. */
static inline void limits_print(const struct limits_worst *worst, double limit) {
  if (!limits_are_long())
    return;
  printf("# calls: %zu\n", worst->seen);
  for (size_t i = 0; i < worst->count; i++) {
    const struct limits_call *call = &worst->calls[i];
    printf("# worst: %7.3f %7.3f %6.2f %9zu  %-54.54s %.60s\n", call->seconds - limit,
           call->seconds, limit, call->size, call->what, call->end);
  }
}

#endif

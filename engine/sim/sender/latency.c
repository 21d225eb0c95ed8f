#include "sim/sender/latency.h"

#include <stddef.h>

#define STEPS 32 /* of a power of two */
#define STEP_BITS 5

/* Below STEPS each microsecond has a bucket of its own. */
static size_t bucket_of(uint64_t duration) {
  if (duration < STEPS)
    return (size_t)duration;
  int power = 63 - __builtin_clzll(duration);
  size_t bucket =
      (size_t)(power - STEP_BITS + 1) * STEPS + (size_t)(duration >> (power - STEP_BITS)) - STEPS;
  return bucket < LATENCY_BUCKETS ? bucket : LATENCY_BUCKETS - 1;
}

static int64_t end_of(size_t bucket) {
  if (bucket < STEPS)
    return (int64_t)bucket;
  size_t power = bucket / STEPS - 1;
  return (int64_t)(((bucket % STEPS + STEPS + 1) << power) - 1);
}

void latency_add(struct latency *latency, int64_t duration_us) {
  latency->buckets[bucket_of(duration_us > 0 ? (uint64_t)duration_us : 0)]++;
  latency->count++;
  if (duration_us > latency->max_us)
    latency->max_us = duration_us;
}

int64_t latency_of_share(const struct latency *latency, double share) {
  uint64_t wanted = (uint64_t)(share * (double)latency->count), seen = 0;
  for (size_t i = 0; i < LATENCY_BUCKETS; i++) {
    seen += latency->buckets[i];
    if (seen > 0 && seen >= wanted)
      return end_of(i) < latency->max_us ? end_of(i) : latency->max_us;
  }
  return latency->max_us;
}

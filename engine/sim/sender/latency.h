/* How long answers took, in buckets of at most 3 % width, and what share of them took how long. */
#ifndef SIM_SENDER_LATENCY_H
#define SIM_SENDER_LATENCY_H

#include <stddef.h>
#include <stdint.h>

/* 32 buckets for each power of two of microseconds, up to 2^36 (19 hours). Begins zeroed. */
#define LATENCY_BUCKETS ((size_t)37 * 32)

struct latency {
  uint64_t buckets[LATENCY_BUCKETS];
  uint64_t count;
  int64_t max_us;
};

void latency_add(struct latency *latency, int64_t duration_us);

/* What this share (0 to 1) of the answers did not exceed; the upper end of its bucket, at most the
 * longest. 0 without answers. */
int64_t latency_of_share(const struct latency *latency, double share);

#endif

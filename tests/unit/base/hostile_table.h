/*
 * A table of hostile servers, for tests that are attacked by them: what margay says of each, how
 * long it took, and how much memory the process had at most. `make hostile` shows these lines.
 *
 * For one thread; Linux only: elsewhere the memory is 0.
 */
#ifndef TESTS_HOSTILE_TABLE_H
#define TESTS_HOSTILE_TABLE_H

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOSTILE_LINE "# hostile: "

/* A line of /proc/self/status, in KiB: "VmRSS:" what the process holds, "VmHWM:" its peak. */
static inline long hostile_memory(const char *key) {
  char line[128];
  long size = 0;
  FILE *status = fopen("/proc/self/status", "r");
  while (status && fgets(line, sizeof line, status))
    if (strncmp(line, key, strlen(key)) == 0)
      size = strtol(line + strlen(key), NULL, 10);
  if (status)
    fclose(status);
  return size;
}

/* What one attack cost. */
struct hostile_cost {
  time_us began;
  long before; /* KiB */
  int64_t took_us;
  long grew, peak; /* KiB */
};

static inline void hostile_begin(struct hostile_cost *cost) {
  FILE *refs = fopen("/proc/self/clear_refs", "w");
  if (refs) {
    fputs("5", refs); /* the peak begins anew (proc(5)) */
    fclose(refs);
  }
  *cost = (struct hostile_cost){.began = clock_monotonic(), .before = hostile_memory("VmRSS:")};
}

static inline void hostile_end(struct hostile_cost *cost) {
  cost->took_us = clock_monotonic() - cost->began;
  cost->peak = hostile_memory("VmHWM:");
  cost->grew = cost->peak - cost->before;
}

static inline void hostile_head(const char *what) {
  printf(HOSTILE_LINE "%-42s %7s %11s %11s  %s\n", what, "time", "peak", "grew by", "margay says");
}

static inline void hostile_row(const char *name, const struct hostile_cost *cost,
                               const char *verdict) {
  printf(HOSTILE_LINE "%-42s %5.2f s %7.1f MiB %7.1f MiB  %s\n", name,
         (double)cost->took_us / US_PER_SECOND, (double)cost->peak / 1024,
         (double)cost->grew / 1024, verdict);
}

#endif

#include "detect/correlation/correlation_measure.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double value_of(const struct correlation_entry *entry) {
  double value;
  memcpy(&value, &entry->unique, sizeof value);
  return value;
}

static int compare_numbers(const void *left, const void *right) {
  const double *a = left, *b = right;
  return (*a > *b) - (*a < *b);
}

static int compare_hashes(const void *left, const void *right) {
  const uint64_t *a = left, *b = right;
  return (*a > *b) - (*a < *b);
}

static double count_values(const struct correlation_entry *entries, size_t count) {
  uint64_t *hashes = memory_alloc_array(count, sizeof *hashes);
  size_t different = 0;
  for (size_t i = 0; i < count; i++)
    hashes[i] = entries[i].unique;
  qsort(hashes, count, sizeof *hashes, compare_hashes);
  for (size_t i = 0; i < count; i++)
    different += i == 0 || hashes[i] != hashes[i - 1];
  free(hashes);
  return (double)different;
}

/* The smallest value that at least so many per cent of the values do not exceed. */
static double find_percentile(const struct correlation_entry *entries, size_t count,
                              double percentile) {
  double *values = memory_alloc_array(count, sizeof *values);
  for (size_t i = 0; i < count; i++)
    values[i] = value_of(&entries[i]);
  qsort(values, count, sizeof *values, compare_numbers);
  double rank = ceil(percentile / 100 * (double)count);
  double value = values[rank < 1 ? 0 : (size_t)rank - 1];
  free(values);
  return value;
}

static double measure(const struct correlation_measure *measure,
                      const struct correlation_entry *entries, size_t count) {
  double sum = 0;
  switch (measure->kind) {
  case CORRELATION_COUNT:
    return (double)count;
  case CORRELATION_VALUES:
    return count_values(entries, count);
  case CORRELATION_PERCENTILE:
    return find_percentile(entries, count, measure->percentile);
  case CORRELATION_SUM:
  case CORRELATION_AVERAGE:
    break;
  }
  for (size_t i = 0; i < count; i++)
    sum += value_of(&entries[i]);
  return measure->kind == CORRELATION_SUM ? sum : sum / (double)count;
}

/* The instance of the matches from one to another; both are needed, and all between take part. */
static void found(const struct correlation_line *line, size_t first, size_t last, time_us reported,
                  struct correlation_find *find) {
  find->needed[0] = (struct correlation_choice){0, first};
  find->needed[1] = (struct correlation_choice){0, last};
  find->needed_count = first == last ? 1 : 2;
  find->first = line->items[first].time;
  find->last = line->items[last].time;
  find->range[0] = (struct correlation_reported){find->first, find->last};
  find->decided = TIME_NONE;
  find->reported = reported;
}

static enum correlation_finding find_at_once(const struct correlation *correlation,
                                             const struct correlation_line *line, time_us from,
                                             struct correlation_find *find) {
  size_t first = 0;
  for (size_t end = 0; end < line->count; end++) {
    time_us time = line->items[end].time;
    while (line->items[first].time < time - correlation->within)
      first++;
    /* Matches of one time are one end. */
    if (time < from || (end + 1 < line->count && line->items[end + 1].time == time))
      continue;
    double value = measure(correlation->measure, &line->items[first], end - first + 1);
    if (!correlation_measure_holds(correlation->measure, value))
      continue;
    found(line, first, end, time, find);
    find->measured = value;
    return CORRELATION_FOUND;
  }
  return CORRELATION_NOTHING;
}

static enum correlation_finding find_span(const struct correlation *correlation,
                                          const struct correlation_line *line, time_us from,
                                          time_us complete, struct correlation_find *find) {
  time_us end = line->items[0].time + correlation->within;
  size_t count = 1;
  while (count < line->count && line->items[count].time <= end)
    count++;
  found(line, 0, count - 1, end, find);
  find->decided = end;
  if (end >= complete)
    return CORRELATION_PENDING;
  find->measured = measure(correlation->measure, line->items, count);
  return end >= from && correlation_measure_holds(correlation->measure, find->measured)
             ? CORRELATION_FOUND
             : CORRELATION_PASSED;
}

enum correlation_finding correlation_measure_find(const struct correlation_state *state,
                                                  time_us from, time_us complete,
                                                  struct correlation_find *find) {
  const struct correlation_line *line = &state->lines[0];
  const struct correlation *correlation = state->correlation;
  if (line->count == 0)
    return CORRELATION_NOTHING;
  return correlation->measure->at_once ? find_at_once(correlation, line, from, find)
                                       : find_span(correlation, line, from, complete, find);
}

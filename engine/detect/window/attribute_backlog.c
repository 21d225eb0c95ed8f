#include "detect/window/attribute_backlog.h"

#include "base/memory.h"

#include <stdlib.h>

#define ENTRIES_MAX 10000

struct entry {
  time_us event_time;
  struct text attributes; /* owned */
};

struct attribute_backlog {
  struct entry *entries; /* by time */
  size_t count, capacity;
};

struct attribute_backlog *attribute_backlog_new(void) {
  return memory_alloc(sizeof(struct attribute_backlog));
}

static void drop(struct attribute_backlog *backlog, size_t from, size_t to) {
  for (size_t i = from; i < to; i++)
    free((char *)(uintptr_t)backlog->entries[i].attributes.data);
  if (to > from && backlog->count > to)
    memmove(&backlog->entries[from], &backlog->entries[to],
            (backlog->count - to) * sizeof *backlog->entries);
  backlog->count -= to - from;
}

void attribute_backlog_free(void *freed) {
  struct attribute_backlog *backlog = freed;
  if (!backlog)
    return;
  drop(backlog, 0, backlog->count);
  free(backlog->entries);
  free(backlog);
}

static size_t count_before(const struct attribute_backlog *backlog, time_us time) {
  size_t count = 0;
  while (count < backlog->count && backlog->entries[count].event_time < time)
    count++;
  return count;
}

void attribute_backlog_add(struct attribute_backlog *backlog, time_us since, time_us event_time,
                           struct text attributes) {
  drop(backlog, 0, count_before(backlog, since));
  if (backlog->count == ENTRIES_MAX)
    drop(backlog, 0, ENTRIES_MAX / 2);
  backlog->entries = memory_reserve(backlog->entries, &backlog->capacity, backlog->count + 1,
                                    sizeof *backlog->entries);
  attributes.data = memory_copy_bytes(attributes.data, attributes.size);
  backlog->entries[backlog->count++] = (struct entry){event_time, attributes};
}

void attribute_backlog_claim(struct attribute_backlog *backlog, time_us from, time_us to,
                             struct attribute_counts *counts) {
  size_t first = count_before(backlog, from), end = first;
  for (; end < backlog->count && backlog->entries[end].event_time <= to; end++)
    attribute_counts_add(counts, backlog->entries[end].attributes);
  drop(backlog, first, end);
}

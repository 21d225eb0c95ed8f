#include "detect/correlation/correlation_queue.h"

#include "base/memory.h"

#include <stdlib.h>

static bool is_before(const struct correlation_waiting *a, const struct correlation_waiting *b) {
  return a->due != b->due ? a->due < b->due : text_compare(a->name, b->name) < 0;
}

static void swap(struct correlation_waiting *a, struct correlation_waiting *b) {
  struct correlation_waiting kept = *a;
  *a = *b;
  *b = kept;
}

void correlation_queue_add(struct correlation_queue *queue, time_us due, struct text name,
                           void *value) {
  queue->items =
      memory_reserve(queue->items, &queue->capacity, queue->count + 1, sizeof *queue->items);
  size_t at = queue->count++;
  queue->items[at] = (struct correlation_waiting){due, name, value};
  for (; at > 0 && is_before(&queue->items[at], &queue->items[(at - 1) / 2]); at = (at - 1) / 2)
    swap(&queue->items[at], &queue->items[(at - 1) / 2]);
}

static void sink(struct correlation_queue *queue, size_t at) {
  for (;;) {
    size_t first = at, left = 2 * at + 1, right = left + 1;
    if (left < queue->count && is_before(&queue->items[left], &queue->items[first]))
      first = left;
    if (right < queue->count && is_before(&queue->items[right], &queue->items[first]))
      first = right;
    if (first == at)
      return;
    swap(&queue->items[at], &queue->items[first]);
    at = first;
  }
}

void *correlation_queue_take(struct correlation_queue *queue, time_us before, time_us *due) {
  if (queue->count == 0 || queue->items[0].due >= before)
    return NULL;
  void *value = queue->items[0].value;
  *due = queue->items[0].due;
  queue->items[0] = queue->items[--queue->count];
  sink(queue, 0);
  return value;
}

void correlation_queue_clear(struct correlation_queue *queue) {
  queue->count = 0;
}

void correlation_queue_free(struct correlation_queue *queue) {
  free(queue->items);
}

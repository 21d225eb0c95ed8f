#include "detect/backtest/found_events.h"

#include "base/memory.h"

#include <stdlib.h>

#define SLACK 1024 /* events that are kept past the limit before the earliest are dropped */

/* An event and its texts, in one piece of memory. */
struct found_event {
  struct store_event event;
  char bytes[];
};

static struct text put(char **place, struct text text) {
  char *start = *place;
  if (text.size > 0)
    memcpy(start, text.data, text.size);
  *place += text.size;
  return (struct text){start, text.size};
}

static struct found_event *copy(const struct store_event *event) {
  struct found_event *found =
      memory_alloc(sizeof *found + event->row_id.size + event->source_id.size +
                   event->log_type.size + event->record.size);
  char *place = found->bytes;
  found->event = (struct store_event){.row_id = put(&place, event->row_id),
                                      .source_id = put(&place, event->source_id),
                                      .log_type = put(&place, event->log_type),
                                      .record = put(&place, event->record),
                                      .event_time = event->event_time,
                                      .parse_time = event->parse_time};
  return found;
}

void found_events_add(struct found_events *list, const struct store_event *event, size_t limit) {
  list->items =
      memory_reserve(list->items, &list->capacity, list->count + 1, sizeof(struct found_event *));
  list->items[list->count++] = copy(event);
  if (list->count >= limit && list->count - limit >= SLACK)
    found_events_cut(list, limit);
}

static int latest_first(const void *a, const void *b) {
  const struct store_event *left = &(*(struct found_event *const *)a)->event;
  const struct store_event *right = &(*(struct found_event *const *)b)->event;
  if (left->event_time != right->event_time)
    return left->event_time > right->event_time ? -1 : 1;
  return text_compare(left->row_id, right->row_id);
}

void found_events_cut(struct found_events *list, size_t limit) {
  if (list->count > 1)
    qsort(list->items, list->count, sizeof(struct found_event *), latest_first);
  while (list->count > limit) {
    free(list->items[--list->count]);
    list->dropped = true;
  }
}

const struct store_event *found_events_at(const struct found_events *list, size_t index) {
  return &list->items[index]->event;
}

void found_events_forget(struct found_events *list) {
  while (list->count > 0)
    free(list->items[--list->count]);
}

void found_events_free(struct found_events *list) {
  found_events_forget(list);
  free(list->items);
  *list = (struct found_events){.items = NULL};
}

/* Events that were found, kept until they are shown: the latest first, those of one time by row id.
 * A list serves one thread. */
#ifndef DETECT_BACKTEST_FOUND_EVENTS_H
#define DETECT_BACKTEST_FOUND_EVENTS_H

#include "store/store.h"

struct found_event;

/* Starts zeroed. */
struct found_events {
  struct found_event **items;
  size_t count, capacity;
  bool dropped; /* more were added than were kept */
};

/* Copies the event. What is past the latest `limit` may be dropped. */
void found_events_add(struct found_events *list, const struct store_event *event, size_t limit);

/* Sorts, and drops what is past the latest `limit`. */
void found_events_cut(struct found_events *list, size_t limit);

const struct store_event *found_events_at(const struct found_events *list, size_t index);

void found_events_forget(struct found_events *list); /* empties it, keeps the memory */
void found_events_free(struct found_events *list);

#endif

/* A queue of things that wait for a time: the earliest first, and those of one time in order of
 * their names. */
#ifndef DETECT_CORRELATION_CORRELATION_QUEUE_H
#define DETECT_CORRELATION_CORRELATION_QUEUE_H

#include "base/clock.h"
#include "base/text.h"

struct correlation_waiting {
  time_us due;
  struct text name;
  void *value;
};

/* Start it zeroed. */
struct correlation_queue {
  struct correlation_waiting *items; /* a heap */
  size_t count, capacity;
};

/* The name lives as long as the value. */
void correlation_queue_add(struct correlation_queue *queue, time_us due, struct text name,
                           void *value);

/* Takes the first that is due before `before`; NULL: there is none. */
void *correlation_queue_take(struct correlation_queue *queue, time_us before, time_us *due);

void correlation_queue_clear(struct correlation_queue *queue);
void correlation_queue_free(struct correlation_queue *queue);

#endif

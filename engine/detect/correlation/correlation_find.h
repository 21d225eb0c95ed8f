/* Looking for an instance in a correlation's state. Private to correlation_state.c. */
#ifndef DETECT_CORRELATION_CORRELATION_FIND_H
#define DETECT_CORRELATION_CORRELATION_FIND_H

#include "detect/correlation/correlation_state.h"

/* A match that an instance needs. */
struct correlation_choice {
  size_t step, index; /* in the state's lines */
};

struct correlation_find {
  struct correlation_choice needed[CORRELATION_STEPS_MAX * CORRELATION_COUNT_MAX];
  size_t needed_count;
  struct correlation_reported
      range[CORRELATION_STEPS_MAX]; /* what a step takes in; both ends belong */
  time_us first, last;              /* of the needed matches */
  time_us decided; /* no earlier than what must be absent is known; TIME_NONE: at once */
  time_us reported;
  double measured; /* of a correlation with a measure */
};

enum correlation_finding {
  CORRELATION_NOTHING,
  CORRELATION_FOUND,
  CORRELATION_PASSED, /* a measured span that is over and is none (correlation_measure.h) */
  CORRELATION_PENDING /* would be one, when nothing comes in between until `decided` */
};

/* The instance that ends first, at or after `from`. */
enum correlation_finding correlation_find(const struct correlation_state *state, time_us from,
                                          time_us complete, struct correlation_find *find);

#endif

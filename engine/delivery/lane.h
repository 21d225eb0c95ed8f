/*
 * What the delivery thread knows of one destination: how fast it may be sent to, and whether it
 * works. A destination that fails is tried again with one transfer at a time after a growing
 * delay, and holds up nobody else; the log hears of the first failure, of another kind of failure
 * and of the end of it. Being asked to slow down (429) is a failure only when it does not end.
 *
 * Times here are monotonic (clock_monotonic).
 */
#ifndef DELIVERY_LANE_H
#define DELIVERY_LANE_H

#include "alert/destination/destination.h"
#include "base/log.h"

#define LANE_NEVER INT64_MAX

struct lane {
  const struct destination *destination;
  time_us next_due;   /* earliest due of its waiting rows, by the delivery's clock; LANE_NEVER */
  int64_t opens_at;   /* nothing starts before */
  int64_t failures;   /* in a row */
  bool reported;      /* the log knows that it fails, */
  long reported_kind; /* in this way: a status, or 0 where no complete answer came */
  size_t under_way;   /* attempts that are not recorded yet */
  size_t at_once;     /* how many may be: one until it is known to work */
};

struct lane lane_of(const struct destination *destination);

bool lane_has_room(const struct lane *lane);

/* An attempt starts: keeps the destination's rate. */
void lane_start(struct lane *lane, int64_t now);

/* An attempt ended well, or the message (not the destination) was refused. */
void lane_works(struct lane *lane, struct log *log);

/* An attempt failed in a way that may pass; the next one starts in `delay_us` or later. */
void lane_failed(struct lane *lane, int64_t now, int64_t delay_us, long kind,
                 const struct error *reason, struct log *log);

#endif

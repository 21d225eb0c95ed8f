/*
 * What the delivery thread knows of one destination: how fast it may be sent to, and whether it
 * works. A destination that fails is tried again with one transfer at a time after a growing
 * delay, and holds up nobody else: each has a place of its own, and only further attempts beside
 * the first take one of the shared places. The log hears of the first failure, of another kind of
 * failure, once an hour that it goes on, at the stop, and of the end of it. Being asked to slow
 * down (429) is a failure only when it does not end.
 *
 * The lane is a circuit breaker. Closed: what is due is sent. After three failures in a row it
 * opens: all of the destination's alerts wait, but for one that probes it when the delay is over,
 * and a success closes it.
 *
 * Times here are monotonic (clock_monotonic), but for those of its health.
 */
#ifndef DELIVERY_LANE_H
#define DELIVERY_LANE_H

#include "alert/destination/destination.h"
#include "alert/routing/storm.h"
#include "base/log/log.h"

#define LANE_NEVER INT64_MAX

enum { LANE_AT_ONCE_MAX = 4 }; /* attempts of one destination at a time */

struct lane {
  const struct destination *destination;
  time_us next_due;   /* earliest due of its waiting rows, by the delivery's clock; LANE_NEVER */
  int64_t opens_at;   /* nothing starts before */
  int64_t retry_at;   /* when the last of what failed is tried again, or was */
  int64_t failures;   /* in a row */
  bool reported;      /* the log knows that it fails, */
  long reported_kind; /* in this way: a status, or 0 where no complete answer came */
  int64_t failing_since, said_at; /* the first failure in a row, and when the log heard last */
  char reason[256];               /* of the latest failure */
  size_t under_way;               /* attempts that are not recorded yet */
  size_t at_once;                 /* how many may be: one until it is known to work */
  struct buffer memo;             /* what its deliveries share (struct delivery_try) */
  bool holds_known;               /* what waits for it does so by its present hours */
  bool backlog_known;             /* of what waits, it is held back what came as a storm */
  struct storm_guard storm;
  bool was_failing; /* when the daemon before this one ended, and nothing was taken since */
  bool recovered;   /* it works again after an outage: what failed meanwhile need not wait */
  struct lane_health {
    time_us failing_since, last_success, last_failure; /* TIME_NONE: there is none */
    bool changed;                                      /* since it was kept */
  } health;                                            /* by the delivery's clock */
};

struct lane lane_of(const struct destination *destination);

/* How many attempts may start, with so many shared places free: one at a time where there is a
 * rate. */
size_t lane_room(const struct lane *lane, size_t shared_free);

/* How many shared places it takes. */
size_t lane_shared(const struct lane *lane);

/* Whether three failures or more in a row are known of it. */
bool lane_is_open_circuit(const struct lane *lane);

/* An attempt ended now, by the delivery's clock. */
void lane_note(struct lane *lane, time_us now, bool failed);

/* An attempt starts: keeps the destination's rate. */
void lane_start(struct lane *lane, int64_t now);

/* An attempt ended well, or the message (not the destination) was refused. */
void lane_works(struct lane *lane, struct log *log);

/* The daemon stops: says of a destination that fails for how long it has. */
void lane_stops(const struct lane *lane, int64_t now, struct log *log);

/* An attempt failed in a way that may pass; the next one starts in `delay_us` or later. */
void lane_failed(struct lane *lane, int64_t now, int64_t delay_us, long kind,
                 const struct error *reason, struct log *log);

#endif

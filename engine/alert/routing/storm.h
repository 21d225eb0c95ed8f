/*
 * The storm guard of a destination: more messages a minute than its limit are a storm. While it
 * goes on, further ones are held back and counted; one message says so at its begin, one at its
 * end. It ends when at most half as many came in a minute, so that a rate at the limit is not a
 * storm every minute.
 *
 *   calm ──limit was reached, and more comes──▶ storm ──half the limit or less in a minute──▶ calm
 *
 * What counts is what is to be sent, messages that are sent and those held back, each at the time
 * when it came: what waited for an outage or for quiet hours to end is no storm. The one that
 * reports a storm and what is CRITICAL pass, and do not count.
 *
 * A guard is plain data of one thread, all zero but for its limit at first.
 */
#ifndef ALERT_ROUTING_STORM_H
#define ALERT_ROUTING_STORM_H

#include "base/clock.h"

#define STORM_SECONDS 60

struct storm_guard {
  int64_t limit; /* messages a minute; 0: there is none */
  bool on;
  time_us since;                 /* of one that is on: what came from then on is held back */
  int64_t second;                /* of the latest count */
  int64_t counts[STORM_SECONDS]; /* by second */
};

/* So many came at a time, which is `now` at the latest. */
void storm_guard_add(struct storm_guard *guard, time_us now, time_us came, int64_t count);

/* A storm begins, unless one is on. */
void storm_guard_begin(struct storm_guard *guard, time_us began);

/* How many messages may be sent now; INT64_MAX without a limit, 0 in a storm. */
int64_t storm_guard_room(struct storm_guard *guard, time_us now);

/* Whether a storm that is on is over. */
bool storm_guard_is_over(struct storm_guard *guard, time_us now);

#endif

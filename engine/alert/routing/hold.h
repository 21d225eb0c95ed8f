/*
 * When a destination hears of an alert: at once, when its quiet hours are over, or in its next
 * digest. CRITICAL alerts never wait.
 *
 * What a destination says of that is plain data that never changes; any thread.
 */
#ifndef ALERT_ROUTING_HOLD_H
#define ALERT_ROUTING_HOLD_H

#include "base/severity.h"
#include "base/zone/week_hours.h"

/* What is to become of a delivery. The numbers are those of the store. */
enum hold_kind {
  HOLD_NONE,
  HOLD_QUIET,  /* sent when the quiet hours are over */
  HOLD_DIGEST, /* sent with others in one message */
  HOLD_EXEMPT  /* never waits, whatever comes: a digest itself, what reports a storm */
};

struct destination_holds {
  const struct week_hours *quiet; /* any of them */
  size_t quiet_count;
  enum severity quiet_below; /* what is less severe waits in them */
  int64_t digest_every;      /* microseconds; 0: no digest, or at times of the day */
  const int *digest_at;      /* minutes of the day, in digest_zone */
  size_t digest_at_count;    /* at most one of the two is given */
  struct time_zone *digest_zone;
  enum severity digest_below; /* what is less severe waits for the digest */
};

struct hold {
  enum hold_kind kind; /* never HOLD_EXEMPT */
  time_us until;       /* of NONE: now */
};

/* What becomes of an alert of that severity at that time. `holds` NULL: nothing waits. */
struct hold hold_of(const struct destination_holds *holds, enum severity severity, time_us now);

/* Whether there is a digest. NULL: no. */
bool holds_have_digest(const struct destination_holds *holds);

#endif

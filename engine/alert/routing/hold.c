#include "alert/routing/hold.h"

bool holds_have_digest(const struct destination_holds *holds) {
  return holds && (holds->digest_every > 0 || holds->digest_at_count > 0);
}

/* The next one after `now`. Those of a period are at its multiples since 1970, so that a restart
 * does not move them. */
static time_us next_digest(const struct destination_holds *holds, time_us now) {
  if (holds->digest_every > 0)
    return now - ((now % holds->digest_every) + holds->digest_every) % holds->digest_every +
           holds->digest_every;
  time_us next = week_minute_next(holds->digest_zone, holds->digest_at[0], now);
  for (size_t i = 1; i < holds->digest_at_count; i++) {
    time_us other = week_minute_next(holds->digest_zone, holds->digest_at[i], now);
    next = other < next ? other : next;
  }
  return next;
}

struct hold hold_of(const struct destination_holds *holds, enum severity severity, time_us now) {
  struct hold hold = {HOLD_NONE, now};
  if (!holds || severity == SEVERITY_CRITICAL)
    return hold;
  if (holds_have_digest(holds) && severity < holds->digest_below)
    hold = (struct hold){HOLD_DIGEST, next_digest(holds, now)};
  if (severity >= holds->quiet_below)
    return hold;
  time_us end = week_hours_end(holds->quiet, holds->quiet_count, hold.until);
  if (end != TIME_NONE && end > hold.until)
    hold = (struct hold){hold.kind == HOLD_NONE ? HOLD_QUIET : hold.kind, end};
  return hold;
}

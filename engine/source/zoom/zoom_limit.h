/*
 * What a 429 says about when to ask again: https://developers.zoom.us/docs/api/rate-limits/.
 *
 *   Retry-After: 7                              seconds, or an HTTP date (RFC 9110 10.2.3)
 *   Retry-After: 2025-01-20T00:00:00Z           as Zoom writes it for the daily limit
 *   X-RateLimit-Type: Daily-limit               whose limit it is; the message may say so, too
 *   X-RateLimit-Reset: 1737331200               seconds since 1970, or from now, or any of the
 * above; looked at without Retry-After
 *
 * Pure functions over an answer and a clock reading; any thread.
 */
#ifndef SOURCE_ZOOM_ZOOM_LIMIT_H
#define SOURCE_ZOOM_ZOOM_LIMIT_H

#include "base/clock.h"
#include "base/web/http_client.h"

/* No wait for a daily limit is longer. */
#define ZOOM_LIMIT_DAY_MAX (25 * US_PER_HOUR)

/* Whether the limit of the day is reached, and not that of a second. `message` is the body's. */
bool zoom_limit_is_daily(const struct http_response *response, struct text message);

/*
 * How long to wait from `now` on, in microseconds; 0 when nothing that makes sense is said. A daily
 * limit waits for the next 00:00 UTC when no time is given, never longer than ZOOM_LIMIT_DAY_MAX,
 * and never less than a minute: one that should be over, and is not, is asked for again in that
 * time. No other waits longer than an hour, whatever the answer says.
 */
int64_t zoom_limit_pause(const struct http_response *response, bool daily, time_us now);

#endif

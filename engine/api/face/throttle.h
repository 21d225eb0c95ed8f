/*
 * Who brings wrong credentials again and again is not listened to for a while: by address, those of
 * an IPv6 /64 together. Nobody guesses a token; this keeps the audit log and the store from being
 * kept busy. Who brings right ones is never asked.
 *
 * Any thread, but for the two that make and free it.
 */
#ifndef API_FACE_THROTTLE_H
#define API_FACE_THROTTLE_H

#include "base/clock.h"
#include "base/ip.h"

/* Refused logins of one address within a minute: a person's slips and a script's retries fit. */
#define THROTTLE_MAX 20

struct throttle;
struct throttle *throttle_new(void);
void throttle_free(struct throttle *throttle); /* NULL is fine */

/* Counts a refused login at `now` (monotonic). */
void throttle_count(struct throttle *throttle, const struct ip *client, time_us now);

/* Whether there were too many. */
bool throttle_refuses(struct throttle *throttle, const struct ip *client, time_us now);

#endif

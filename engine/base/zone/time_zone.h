/*
 * The room base/zone knows local time, from the time zones of the system.
 *
 * A time zone as tzdata has it (TZif, RFC 8536): what has to be added to UTC at any time. The C
 * library knows one zone for the whole process, in a variable that threads share; this knows any
 * number.
 *
 * A zone never changes; any thread may ask it.
 */
#ifndef BASE_ZONE_TIME_ZONE_H
#define BASE_ZONE_TIME_ZONE_H

#include "base/clock.h"

struct time_zone;

/* By its name in tzdata, such as Europe/Zurich: read below $TZDIR, or else /usr/share/zoneinfo. UTC
 * needs no file. NULL with the reason: the name is none, tzdata is not installed, or the file is
 * damaged. The caller frees it. */
struct time_zone *time_zone_open(struct text name, struct error *error);

/* The same from the bytes of a file. NULL when they are damaged. */
struct time_zone *time_zone_parse(struct text bytes, struct error *error);

void time_zone_free(struct time_zone *zone); /* NULL is fine */

/* Microseconds that local time is ahead of UTC at that time; negative to the west. */
int64_t time_zone_offset(const struct time_zone *zone, time_us time);

#endif

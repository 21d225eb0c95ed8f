/*
 * Hours of the week as people write them: "mon-fri, 22:00 to 06:00, in Zurich". A span that ends at
 * or before its begin ends on the next day.
 *
 * Any thread; hours never change once they are made.
 */
#ifndef BASE_ZONE_WEEK_HOURS_H
#define BASE_ZONE_WEEK_HOURS_H

#include "base/arena.h"
#include "base/zone/time_zone.h"

/* A span of days of the week, in the local time of a zone. */
struct week_hours {
  unsigned days; /* on which it begins; bit 0 is Monday */
  int from, to;  /* minutes of the day, 0 to 1440; `to` at or before `from` is on the next day */
  struct time_zone *zone;
  struct text words; /* "mon-fri 22:00 to 06:00 (Europe/Zurich)", for people */
};

/* Whether the hours cover the time. */
bool week_hours_cover(const struct week_hours *hours, time_us time);

/* The first time from `time` on, to the minute, that none of the hours covers: `time` itself when
 * none does. TIME_NONE: they cover all of the week. */
time_us week_hours_end(const struct week_hours *hours, size_t count, time_us time);

/* The minute of the day, and the day since 1970, in local time. */
int week_minute_of(const struct time_zone *zone, time_us time, int64_t *day);

/* The first time after `time` at which it is that minute of the day (0 to 1439) in local time.
 * Where summer time leaves the minute out, an hour later. */
time_us week_minute_next(const struct time_zone *zone, int minute, time_us time);

/* "mon-fri, sun", "22:00", "24:00"; false when the text is none. */
bool week_days_parse(struct text text, unsigned *days);
bool week_minute_parse(struct text text, int *minute);

/* What `words` of such hours is, in the arena. */
struct text week_hours_words(struct arena *arena, unsigned days, int from, int to,
                             struct text zone_name);

#endif

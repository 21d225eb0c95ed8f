/*
 * What goes on for ever: a POSIX time zone, "CET-1CEST,M3.5.0,M10.5.0/3" (RFC 8536 section 3.3.1,
 * POSIX.1 section 8.3). Private to the room. Any thread.
 */
#ifndef BASE_ZONE_ZONE_RULE_H
#define BASE_ZONE_ZONE_RULE_H

#include "base/text.h"

/* A day of each year, and a time of it. */
struct zone_day {
  enum {
    ZONE_DAY_OF_YEAR,          /* `day` 0 to 365; 29 February counts */
    ZONE_DAY_WITHOUT_LEAP_DAY, /* `day` 1 to 365; 29 February never counts */
    ZONE_DAY_OF_MONTH          /* the `week`th `day` (0 = Sunday) of the month; 5 = the last */
  } kind;
  int month, week, day;
  int64_t time; /* seconds after that day's midnight; may be negative, or beyond the day */
};

struct zone_rule {
  int64_t standard, summer; /* seconds ahead of UTC */
  bool has_summer;
  struct zone_day start, end; /* of summer time, in the local time that ends then */
};

/* False when the text is none. */
bool zone_rule_parse(struct text text, struct zone_rule *rule);

/* Seconds ahead of UTC at a time in seconds since 1970. */
int64_t zone_rule_offset(const struct zone_rule *rule, int64_t time);

#endif

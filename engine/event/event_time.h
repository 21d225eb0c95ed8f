/* When an event happened, of the places that its schema names. Private to the event reader. The
 * reader's thread only. */
#ifndef EVENT_EVENT_TIME_H
#define EVENT_EVENT_TIME_H

#include "event/event.h"

/* What the first of the schema's event-time fields holds that holds a time, in the order in which
 * the schema has them, fields within a field at its place. Of a list's elements the first counts.
 * TIME_NONE: none does. */
time_us event_time_find(const struct event *event);

/* A day that a time was read of. */
struct event_day {
  char text[12]; /* "2024-03-21T" */
  time_us start;
};
/* What to start with: an empty text would be the day of a hostile one that begins with NULs. */
#define EVENT_DAY_FIRST ((struct event_day){.text = "1970-01-01T", .start = 0})

/* As time_parse, for times of which most have the day of the one before. */
bool event_time_parse(struct event_day *day, struct text text, time_us *time);

#endif

/* When an event happened that no schema describes. Private to the event part. Any thread. */
#ifndef EVENT_TIME_GUESS_H
#define EVENT_TIME_GUESS_H

#include "event/event.h"

/*
 * Looks for the time of an event: at `field`, or (empty) at the places where logs have it, in the
 * order of a table. A time is a text that time_parse reads, or Unix time, as a number or its text,
 * in seconds, milliseconds, microseconds or nanoseconds by its size. False when there is none.
 */
bool time_guess(const struct event *event, struct text field, time_us *time);

#endif

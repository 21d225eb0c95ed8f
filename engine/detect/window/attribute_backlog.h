/* Values of matches that are counted towards a threshold and have no alert yet, of one window, in
 * the order of time: whoever groups a history by itself needs them when the alert opens. Bounded:
 * the oldest go first. */
#ifndef DETECT_WINDOW_ATTRIBUTE_BACKLOG_H
#define DETECT_WINDOW_ATTRIBUTE_BACKLOG_H

#include "base/clock.h"
#include "detect/window/attributes.h"

struct attribute_backlog;

struct attribute_backlog *attribute_backlog_new(void);
void attribute_backlog_free(void *freed); /* a struct attribute_backlog; NULL is fine */

/* Forgets what is older than `since`, then adds. */
void attribute_backlog_add(struct attribute_backlog *backlog, time_us since, time_us event_time,
                           struct text attributes);
/* Counts, and forgets, those from `from` to `to`. */
void attribute_backlog_claim(struct attribute_backlog *backlog, time_us from, time_us to,
                             struct attribute_counts *counts);

#endif

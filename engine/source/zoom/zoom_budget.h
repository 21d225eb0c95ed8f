/*
 * The requests that a Zoom account may cost on one day (UTC), whoever of this process makes them:
 * Zoom's own limit is the account's, too, and other apps live of it.
 *
 * A quarter of the budget may be used at any time of the day, the rest grows with the day: a
 * morning of catching up leaves something for the evening. What can wait (reading days again)
 * leaves a twentieth for what cannot.
 *
 *   limit 4000, at noon: 1000 + 3000 / 2 = 2500 requests may have been made, 2300 by what can wait
 *
 * Threads: what the sources of one account share is under the lock of its name; everything else
 * serves the thread of its source.
 */
#ifndef SOURCE_ZOOM_ZOOM_BUDGET_H
#define SOURCE_ZOOM_ZOOM_BUDGET_H

#include "base/buffer.h"
#include "source/source.h"
#include "source/zoom/zoom_window.h"

struct zoom_options;

#define ZOOM_BUDGET_SOURCES_MAX 64

/* What the sources of one account share. Zeroed: nothing was counted. */
struct zoom_budget_account {
  zoom_day day;
  int64_t used;         /* on that day */
  time_us closed_until; /* Zoom takes nothing before */
  /* The sources whose requests before this process are counted, by a hash of their ids. */
  uint64_t sources[ZOOM_BUDGET_SOURCES_MAX];
  size_t source_count;
};

struct zoom_budget {
  const struct source_run *run;
  int64_t limit;
  struct buffer name;             /* of the lock */
  struct zoom_budget_account own; /* used when sources share nothing */
  zoom_day day;                   /* on that day, */
  int64_t count;                  /* this source made so many requests */
};

void zoom_budget_start(struct zoom_budget *budget, const struct source_run *run,
                       const struct zoom_options *options);
void zoom_budget_free(struct zoom_budget *budget);

/* What this source used on a day before it was started (again), as its checkpoint says. */
void zoom_budget_restore(struct zoom_budget *budget, zoom_day day, int64_t count, time_us now);

/* The same of zoom_budget_close; TIME_NONE: it was not called. A time that no answer of Zoom's can
 * have meant does not count (the clock was wrong). */
void zoom_budget_restore_closed(struct zoom_budget *budget, time_us until, time_us now);

/* Counts one request and returns 0; or returns how long to wait, and counts nothing. */
int64_t zoom_budget_take(struct zoom_budget *budget, time_us now);

/* How long a request that can wait should wait; 0: not at all. Counts nothing. */
int64_t zoom_budget_spare(struct zoom_budget *budget, time_us now);

/* Zoom's limit of the day is reached: no source of the account asks for anything before `until`. */
void zoom_budget_close(struct zoom_budget *budget, time_us until, time_us now);

/* Whether zoom_budget_close holds. */
bool zoom_budget_is_closed(struct zoom_budget *budget, time_us now);

/* Until when, for zoom_budget_restore_closed; TIME_NONE: it is not closed. */
time_us zoom_budget_closed_until(struct zoom_budget *budget, time_us now);

/* How much of the account's budget is used today. */
int64_t zoom_budget_used(struct zoom_budget *budget, time_us now);

#endif

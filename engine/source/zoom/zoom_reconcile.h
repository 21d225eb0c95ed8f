/*
 * Reading the last days again, once a day (UTC), to find the rows that came too late for the polls:
 * whole days, in windows of their own, page by page between two polls, and no faster than the
 * request budget has to spare.
 *
 * All of it serves the thread of its source.
 */
#ifndef SOURCE_ZOOM_ZOOM_RECONCILE_H
#define SOURCE_ZOOM_ZOOM_RECONCILE_H

#include "source/zoom/zoom_poll.h"

struct zoom_reconcile {
  struct zoom_poll *poll;
  struct zoom_reading reading;
  const struct zoom_report *report;      /* whose days are being read; NULL: none's */
  bool in_window;                        /* a window has been begun */
  zoom_day next, end;                    /* the days that are still to be read: [next, end) */
  time_us not_before[ZOOM_REPORT_COUNT]; /* after a failure */
};

void zoom_reconcile_init(struct zoom_reconcile *reconcile, struct zoom_poll *poll);
void zoom_reconcile_free(struct zoom_reconcile *reconcile);

/* Whether there are days to be read; chooses the report whose days they are. */
bool zoom_reconcile_is_due(struct zoom_reconcile *reconcile);

/* Reads one page, or commits a window. False: stop now. A failure is logged, and the report's days
 * are tried again in an hour. Only when something is due. */
bool zoom_reconcile_step(struct zoom_reconcile *reconcile);

#endif

/*
 * How far a source `zoom_reports` has read, as its checkpoint says:
 *
 *   {"operation":"2026-11-21","activity":"2026-11-21","forgotten":"2026-11-18",
 *    "details":{"operation":{"first":"2026-11-20","until":"2026-11-21T09:55:00Z",
 *                            "reconciled":"2026-11-21","to_included":true}},
 *    "requests":{"day":"2026-11-21","count":312,"closed_until":"2026-11-22T00:00:00Z"}}
 *
 * What is not known is left out, and read as not known: so checkpoints without details can be read.
 * Pure functions; any thread.
 */
#ifndef SOURCE_ZOOM_ZOOM_CHECKPOINT_H
#define SOURCE_ZOOM_ZOOM_CHECKPOINT_H

#include "source/zoom/zoom_report.h"

struct zoom_progress {
  zoom_day day;        /* see zoom_window_first */
  zoom_day first;      /* the first day that was ever asked for */
  time_us until;       /* everything up to then was read, but for what comes late; or TIME_NONE */
  zoom_day reconciled; /* on that day, the days before it were last read again */
  bool to_included;    /* queries answer with the rows of the day `to` */
};

struct zoom_checkpoint {
  struct zoom_progress reports[ZOOM_REPORT_COUNT];
  zoom_day forgotten;    /* see struct zoom_reach */
  zoom_day requests_day; /* on that day, */
  int64_t requests;      /* the source made so many requests that count for the budget */
  time_us closed_until;  /* Zoom's limit of the day was reached; TIME_NONE: it was not */
};

struct zoom_checkpoint zoom_checkpoint_none(void);
bool zoom_checkpoint_read(struct text json, struct zoom_checkpoint *checkpoint,
                          struct error *error);
char *zoom_checkpoint_write(const struct zoom_checkpoint *checkpoint); /* the caller frees it */

#endif

/*
 * Which source a batch's records come from, as their events say it. Counted: the source holds it
 * while it runs, and each of its batches does, so a source may be stopped and forgotten while its
 * batches are still on their way.
 */
#ifndef EVENT_BATCH_BATCH_SOURCE_H
#define EVENT_BATCH_BATCH_SOURCE_H

#include "base/text.h"

#include <stdatomic.h>

/* What became of records. */
struct batch_counts {
  uint64_t records, events, dead_letters;
  uint64_t schema_errors; /* in events */
};

struct batch_source {
  struct text id, label; /* owned; a NUL follows each */
  atomic_int references;
  /* The pipeline's, guarded by its mutex: */
  uint64_t inside;            /* batches pushed and not done */
  struct batch_counts counts; /* of batches that are durable */
};

/* Copies the texts. One reference is the caller's. */
struct batch_source *batch_source_new(struct text id, struct text label);

/* Any thread. */
struct batch_source *batch_source_hold(struct batch_source *source);
void batch_source_release(struct batch_source *source); /* NULL is fine */

#endif

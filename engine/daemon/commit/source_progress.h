/*
 * How far sources were read, by source and log type: that something did not happen is known when
 * all sources that could bring it were read past the time.
 *
 * - A source that is at its end holds nothing back.
 * - Of any other, everything is known until its latest event, or until the time that its batches
 *   reported (batch.watermark), the later of both, less the time that events may be late.
 * - The least over the sources counts. When all that can bring a correlation's events are at their
 *   end, it is the latest event of all sources, and the moment of that event belongs to it.
 */
#ifndef DAEMON_COMMIT_SOURCE_PROGRESS_H
#define DAEMON_COMMIT_SOURCE_PROGRESS_H

#include "detect/pipeline.h"
#include "rule/correlation.h"
#include "source/source.h"
#include "store/store.h"

struct source_progress;

/* The sources must live as long as they are used here. One thread at a time. */
struct source_progress *source_progress_new(const struct source *sources, size_t count);
void source_progress_free(struct source_progress *progress); /* NULL is fine */

/* Other sources are configured from now on. How far others were read stays known, and counts again
 * when they come back. */
void source_progress_use(struct source_progress *progress, const struct source *sources,
                         size_t count);

/* Reads what is saved, when that was not done yet. */
bool source_progress_load(struct source_progress *progress, struct store *store,
                          struct error *error);

/* An event of the batch. True when that is later than what was known. */
bool source_progress_event(struct source_progress *progress, const struct batch *batch,
                           time_us event_time);

/* The whole batch. */
void source_progress_batch(struct source_progress *progress, const struct batch_result *result);

/* Everything that happened before is known; INT64_MIN: nothing is. */
time_us source_progress_complete(const struct source_progress *progress,
                                 const struct correlation *correlation);

/* The latest event time of all; TIME_NONE: there is none. */
time_us source_progress_latest(const struct source_progress *progress);

/* Writes what changed to the store, within the caller's transaction. */
bool source_progress_save(struct source_progress *progress, struct store *store,
                          struct error *error);

/* Forgets what is in memory, to be loaded again. */
void source_progress_forget(struct source_progress *progress);

#endif

/*
 * A worker: turns one batch after another into results. It owns a Lua state and an event reader
 * for each source, so it never waits for another worker. One thread each; the detection is
 * shared.
 */
#ifndef DETECT_WORKER_H
#define DETECT_WORKER_H

#include "detect/pipeline.h"

struct worker;

/* Made for one detection, which must outlive it. */
struct worker *worker_new(const struct pipeline_options *options, struct detection *detection);
void worker_free(struct worker *worker); /* NULL is fine */

/* Reads the batch's records, checks them, runs the rules; fills the empty result. */
void worker_run(struct worker *worker, struct batch_result *result);

#endif

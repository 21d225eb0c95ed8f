/*
 * The engine: sources, pipeline, committer and delivery put together and running. `margay run`
 * and `margay demo` start one; everything about threads is in here.
 */
#ifndef DAEMON_ENGINE_H
#define DAEMON_ENGINE_H

#include "daemon/commit/commit.h"
#include "delivery/delivery.h"

struct engine;

struct engine_options {
  const char *state_path;
  const struct source *sources;
  size_t source_count;
  const struct destination *destinations;
  size_t destination_count;
  struct detection *detection; /* held by the engine */
  unsigned workers;
  bool keep_events;
  int64_t retention, alert_retention; /* microseconds; 0: for ever */
  struct log *log;
  struct clock clock;
  FILE *console;
};

/* Opens the store and starts every thread. Everything pointed to must outlive the engine. NULL
 * with the reason. */
struct engine *engine_start(const struct engine_options *options, struct error *error);

/* Uses another detection for what is read from now on. */
void engine_replace(struct engine *engine, struct detection *detection);

/* Becomes readable when every source has ended by itself: for poll(2). */
int engine_ended_fd(const struct engine *engine);

/* Stops the sources, finishes the batches inside, and stops delivery; `deliver` first sends what
 * is due, for at most `deliver_us`. Releases the engine. True when no source failed. */
bool engine_stop(struct engine *engine, bool deliver, int64_t deliver_us,
                 struct commit_counts *counts);

#endif

/*
 * The archive's events as batches for a pipeline, read on a thread of their own. The events keep
 * their row ids and the time at which they came in.
 *
 * For the thread that takes the pipeline's results: it starts a feed, works the pipeline off, and
 * ends the feed.
 */
#ifndef DETECT_BACKTEST_ARCHIVE_FEED_H
#define DETECT_BACKTEST_ARCHIVE_FEED_H

#include "detect/pipeline.h"
#include "store/store.h"

struct archive_feed_options {
  struct store *store; /* nobody else may use this handle until the feed ended */
  struct store_archive archive;
  struct pipeline *pipeline; /* is closed when all is read, or reading failed */
  bool in_order; /* batches follow each other in order of time; else only each source and log type
                    does, in larger batches */
  time_us first_from; /* `first` below is the first event at this time or later */
};

struct archive_feed_counts {
  uint64_t events;
  time_us first; /* TIME_NONE: there was none */
};

struct archive_feed;

/* The log types of the archive must live until the feed ended. NULL with the reason. */
struct archive_feed *archive_feed_start(const struct archive_feed_options *options,
                                        struct error *error);

/* Waits for the thread, which ends when the pipeline was worked off or abandoned. False with the
 * reason: the archive cannot be read. */
bool archive_feed_end(struct archive_feed *feed, struct archive_feed_counts *counts,
                      struct error *error);

#endif

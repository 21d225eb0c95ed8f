/*
 * The archive's events that one rule takes, the latest first. So a search in where's words, or in
 * Lua, goes the way of every record: workers, the index, conditions in C.
 *
 * The archive is read in spans of time from the end backwards, each longer than the one before, so
 * that what is wanted of it is found without reading all of it, if there is enough of it.
 *
 * A search serves one thread, and has threads of its own while it runs.
 */
#ifndef DETECT_BACKTEST_ARCHIVE_SEARCH_H
#define DETECT_BACKTEST_ARCHIVE_SEARCH_H

#include "detect/detection.h"
#include "store/store.h"

struct archive_search_options {
  struct detection *detection; /* has one rule, which is the question */
  struct store *store;         /* nobody else may use this handle while it runs */
  time_us since, until;        /* event time, `until` itself is out; TIME_NONE: all there is */
  unsigned workers;            /* at least 1 */
  size_t limit;                /* events that are wanted, at least 1; so many are kept in memory */
};

struct archive_search_counts {
  uint64_t read;       /* events that were looked at */
  uint64_t unreadable; /* of them: no schema takes them today */
  uint64_t found;      /* in the spans that were read, also past the limit */
  bool more;           /* there are, or may be, more than the limit */
  uint64_t failed;     /* events on which the rule failed, and why it did first */
  struct error failure;
};

/* Calls `each` for what was found, the latest event first, those of one time by row id; texts live
 * during the call. It returns false to stop. False with the reason: the archive cannot be read. */
bool archive_search_run(const struct archive_search_options *options,
                        bool (*each)(void *context, const struct store_event *event), void *context,
                        struct archive_search_counts *counts, struct error *error);

#endif

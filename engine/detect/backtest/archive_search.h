/*
 * The archive's events that one rule takes, the latest first. So a search in where's words, or in
 * Lua, goes the way of every record: workers, the index, conditions in C.
 *
 * The archive is read in spans of time from the end backwards, each longer than the one before, so
 * that what is wanted of it is found without reading all of it, if there is enough of it. One that
 * takes too long ends with what it has, and says how far back it has come.
 *
 * A search serves one thread, and has threads of its own while it runs.
 */
#ifndef DETECT_BACKTEST_ARCHIVE_SEARCH_H
#define DETECT_BACKTEST_ARCHIVE_SEARCH_H

#include "detect/detection.h"
#include "store/store.h"

#include <stdatomic.h>

struct archive_search_options {
  struct detection *detection; /* has one rule, which is the question */
  struct store *store;         /* nobody else may use this handle while it runs */
  time_us since, until;        /* event time, `until` itself is out; TIME_NONE: all there is */
  unsigned workers;            /* at least 1 */
  size_t limit;                /* events that are wanted, at least 1; so many are kept in memory */
  /* The search goes on behind an event that an earlier one gave, which was at `until` less a
   * microsecond: its row id. Empty: it does not. */
  struct text after;
  /* Whether an event that the rule takes is wanted, on the thread that searches; NULL: each is. */
  bool (*fits)(void *context, const struct store_event *event);
  void *fits_context;
  time_us deadline;          /* by clock_monotonic; 0: it may take as long as it takes */
  const atomic_bool *ending; /* any thread may set it, which is as if the time was over; NULL:
                                nobody does */
};

struct archive_search_counts {
  uint64_t read;       /* events that were looked at */
  uint64_t unreadable; /* of them: no schema takes them today */
  uint64_t found;      /* in the spans that were read, also past the limit */
  bool more;           /* there are, or may be, more than the limit */
  bool late;           /* the time was over before all was read */
  time_us reached; /* all from here on was read; TIME_NONE: all there is. Where not even the first
                      span was, `until`: what was given then is not all of it */
  uint64_t failed; /* events on which the rule failed, and why it did first */
  struct error failure;
};

/* Calls `each` for what was found, the latest event first, those of one time by row id; texts live
 * during the call. It returns false to stop. False with the reason: the archive cannot be read. */
bool archive_search_run(const struct archive_search_options *options,
                        bool (*each)(void *context, const struct store_event *event), void *context,
                        struct archive_search_counts *counts, struct error *error);

/* Calls `each` for all that is found, in no order, whatever the limit; where the time was over, for
 * what was found by then. */
bool archive_search_count(const struct archive_search_options *options,
                          void (*each)(void *context, time_us event_time), void *context,
                          struct archive_search_counts *counts, struct error *error);

#endif

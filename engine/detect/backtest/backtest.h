/*
 * The room detect/backtest tries rules on the past, and searches it.
 *
 * A backtest runs rules over the archive's events as a scan runs them over files: with windows,
 * correlations and memory (kv) of their own, and nothing is written. The events keep their row ids,
 * so an alert has the id that the daemon's has, if it opens with the same event.
 *
 * Windows, correlations and what rules remember depend on what was before. So reading begins
 * earlier by the longest time that one of the rules looks back (as much of it as the archive has),
 * and what begins before `since` is left out.
 *
 * A backtest serves one thread, and has threads of its own while it runs.
 */
#ifndef DETECT_BACKTEST_BACKTEST_H
#define DETECT_BACKTEST_BACKTEST_H

#include "detect/window/match.h"
#include "store/store.h"

#include <stdatomic.h>

struct detection;

struct backtest_options {
  struct detection *detection; /* its enabled rules run */
  struct store *store;         /* with the archive; nobody else may use this handle while it runs */
  time_us since, until;        /* event time, `until` itself is out; TIME_NONE: all there is */
  unsigned workers;            /* at least 1 */
  const atomic_bool *cancelled; /* any thread may set it, and the backtest ends soon, with an error;
                                   NULL: nobody does */
};

/* What it finds. All are called on the thread that runs it; what they are given lives during the
 * call. */
struct backtest_report {
  void (*match)(void *context, const struct match *match); /* in no order; also of failed rules */
  void (*alert)(void *context, const struct alert *alert); /* in order of opening; the same */
  /* How far it is: so many events have been tried, the latest of them of this time (TIME_NONE: not
   * known yet). NULL: nobody asks. */
  void (*progress)(void *context, uint64_t events, time_us reached);
  void *context;
};

struct backtest_counts {
  uint64_t events;        /* that were read, before `since` too */
  uint64_t unreadable;    /* of them: no schema takes them today */
  uint64_t dropped_calls; /* as in batch_result */
  uint64_t function_errors;
  time_us first; /* of an event at `since` or later; TIME_NONE: there was none */
};

/* False with the reason: the archive cannot be read, or a temporary file not written. */
bool backtest_run(const struct backtest_options *options, const struct backtest_report *report,
                  struct backtest_counts *counts, struct error *error);

#endif

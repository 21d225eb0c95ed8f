/*
 * The reports that the simulator serves: where each is found, what it is asked for with, what its
 * rows are called. One row a report; the table is constant, for any thread.
 */
#ifndef SIM_REPORT_KIND_H
#define SIM_REPORT_KIND_H

#include "sim/generate.h"
#include "sim/sim.h"

struct report_kind {
  const char *name;      /* in flags, fault settings and statistics */
  const char *path;      /* of the request */
  const char *array;     /* the rows in a page */
  const char *scope;     /* granular, as an error names it; NULL: for Video SDK accounts only */
  const char *from, *to; /* the query's parameters, each a date */
  const char *category;  /* its parameter for the kind of operation; NULL: it takes none */
  const char *time;      /* the key of a row's time */
  const char *mark;      /* a key that only its rows have; NULL: only `log_type` says it in files */
  const char *log_type; /* the p_log_type of rows in files that have no mark; NULL: they have one */
  int span_days;        /* a query's longest, both days counted; 0: a month */
  unsigned page_default, page_max; /* rows */
  /* Makes up a row; the id of the rule that should match it, or NULL. */
  const char *(*generate)(struct generator *generator, struct buffer *out, time_us *time);
};

extern const struct report_kind report_kinds[SIM_REPORTS];

/* "operation, activity, …": the names, for messages. The caller frees it. */
char *report_kind_names(const char *last_word); /* "and" or "or" before the last one */

#endif

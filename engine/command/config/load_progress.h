/*
 * A line on a terminal that shows the progress of loading rules. Nothing is printed when `out` is
 * no terminal, or in the first half second.
 */
#ifndef COMMAND_CONFIG_LOAD_PROGRESS_H
#define COMMAND_CONFIG_LOAD_PROGRESS_H

#include "base/clock.h"

#include <stdio.h>

struct load_progress {
  FILE *out; /* NULL: no terminal */
  time_us start, drawn;
};

/* `out` may be NULL. */
struct load_progress load_progress_start(FILE *out);

/* For struct rule_progress; `context` is the load_progress. */
void load_progress_report(void *context, size_t loaded, size_t total);

/* Clears the line. */
void load_progress_end(struct load_progress *progress);

#endif

/*
 * The room command/alerts lists, shows and changes alerts.
 *
 * What `margay alerts` prints: tables and pages for people, NDJSON for programs.
 */
#ifndef COMMAND_ALERTS_ALERTS_OUTPUT_H
#define COMMAND_ALERTS_ALERTS_OUTPUT_H

#include "command/terminal/table.h"
#include "store/store_lifecycle.h"
#include "store/store_outbox.h"

#include <stdio.h>

struct alerts_output {
  FILE *out;
  bool json;
  bool colours;
  size_t width;        /* of the terminal; 0 when it is none */
  struct table *table; /* while a table is being filled */
  size_t count;        /* alerts so far */
};

/* Looks at the terminal: colours and width only there, and no colours with NO_COLOR. */
struct alerts_output alerts_output_of(FILE *out, bool json);

/* One alert of the list; false with the reason when its deliveries cannot be read. */
bool alerts_output_add(struct alerts_output *output, struct store *store, const struct alert *alert,
                       struct error *error);

/* One alert, at once: for those that are followed. */
bool alerts_output_line(struct alerts_output *output, struct store *store,
                        const struct alert *alert, struct error *error);

/* The same for something that happened to it since. */
bool alerts_output_change(struct alerts_output *output, struct store *store,
                          const struct alert *alert, const struct alert_history *history,
                          struct error *error);

/* Prints the table, if there is one with rows; returns how many rows it had. */
size_t alerts_output_end(struct alerts_output *output);

/* Everything about one alert, with at most `limit` of its events. */
bool alerts_output_show(const struct alerts_output *output, struct store *store,
                        const struct alert *alert, int64_t limit, struct error *error);

#endif

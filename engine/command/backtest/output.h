/* What `margay backtest` prints. */
#ifndef COMMAND_BACKTEST_OUTPUT_H
#define COMMAND_BACKTEST_OUTPUT_H

#include "command/backtest/outcome.h"

#include <stdio.h>

struct backtest_page {
  const struct outcome *outcome;
  const struct outcome_alerts *live;         /* what the daemon has opened in the same time */
  const struct outcome_alerts *more, *fewer; /* of the outcome and not live; live and not of it */
  time_us since, until;
};

/* For people; colours when `out` is a terminal. */
void backtest_print_text(const struct backtest_page *page, FILE *out);
/* One JSON object. */
void backtest_print_json(const struct backtest_page *page, FILE *out);

/* "2026-11-03 07:09:03 UTC  HIGH  title  (RULE)", a line each, at most `most` of them, and how many
 * more there are. */
void backtest_write_alerts(const struct outcome_alerts *alerts, const char *indent, size_t most,
                           struct buffer *out);

/* All of them as a member of a JSON object that has one already. */
void backtest_write_json_alerts(struct buffer *json, const char *member,
                                const struct outcome_alerts *alerts);

#endif

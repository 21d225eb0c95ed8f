/*
 * The room command/backtest is `margay backtest`.
 *
 * What it prints.
 */
#ifndef COMMAND_BACKTEST_OUTPUT_H
#define COMMAND_BACKTEST_OUTPUT_H

#include "api/backtest/outcome.h"

#include <stdio.h>

struct backtest_page {
  const struct outcome *outcome;
  const struct outcome_comparison *comparison;
};

/* For people; colours when `out` is a terminal. */
void backtest_print_text(const struct backtest_page *page, FILE *out);
/* One JSON object. */
void backtest_print_json(const struct backtest_page *page, FILE *out);

/* "2026-11-03 07:09:03 UTC  HIGH  title  (RULE)", a line each, at most `most` of them, and how many
 * more there are. */
void backtest_write_alerts(const struct outcome_alerts *alerts, const char *indent, size_t most,
                           struct buffer *out);

#endif

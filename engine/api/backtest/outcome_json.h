/* What a backtest found, as JSON: for `margay backtest --format json` and for programs that ask the
 * API. Any thread. */
#ifndef API_BACKTEST_OUTCOME_JSON_H
#define API_BACKTEST_OUTCOME_JSON_H

#include "api/backtest/outcome.h"

/* Appends one object. Lists of alerts and actors end after `most` of them; alert_count, more_count
 * and fewer_count say how many alerts there are. */
void outcome_json_append(struct buffer *json, const struct outcome *outcome,
                         const struct outcome_comparison *comparison, size_t most);

/* Appends alerts, at most `most`, as a member of an object that has one already. */
void outcome_json_alerts(struct buffer *json, const char *member,
                         const struct outcome_alerts *alerts, size_t most);

#endif

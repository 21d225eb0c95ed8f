/*
 * How failures of rules are grouped: one alert for each rule and reason, until the rule is fixed.
 *
 * The reason is the error's place and text without what comes from the event: so it is the same for
 * every event on which the rule fails in this way. What a rule makes of an event's text before it
 * puts it into an error cannot be recognized; so only so many reasons of a rule stand by
 * themselves, and those that come later have an alert together.
 *
 * "Until it is fixed": the alert's id is made of the rule's version (rule/rule.h) and the reason,
 * and of no event. As long as the alert is there, whatever fails for this reason joins it.
 */
#ifndef DETECT_WINDOW_RULE_ERROR_H
#define DETECT_WINDOW_RULE_ERROR_H

#include "base/error.h"
#include "detect/window/match.h"

#define RULE_ERROR_REASONS_MAX 16

/* Appends the error's line, with "..." for what comes from the event. */
void rule_error_reason(const struct error *error, const struct event *event, struct buffer *out);

/* Which reasons were seen. Serves one thread. */
struct rule_errors;

struct rule_errors *rule_errors_new(void);
void rule_errors_free(struct rule_errors *errors); /* NULL is fine */

/* Gives a match of type ALERT_RULE_ERROR the reason "other errors" when its rule has too many. */
void rule_errors_bound(struct rule_errors *errors, struct match *match);

#endif

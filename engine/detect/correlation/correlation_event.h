/*
 * The event that describes an instance: what a correlation's functions run on, and what its alert
 * shows.
 *
 *   { "<key field>": "…", "first_event_time": "…", "last_event_time": "…",
 *     "measured": 12,          (with a measure only)
 *     "steps": { "<step id>": { "count": 2, "events": [
 *       { "rule_id": "…", "title": "…", "actor": "…", "p_event_time": "…", "p_row_id": "…",
 *         "event": { … } } ] } },
 *     "p_log_type": "Margay.Correlation", "p_rule_id": "…", "p_event_time": "…", "p_row_id": "…" }
 *
 * Where points are summed (rule/tuning/risk.h), `steps` has the rules that took part, the first one
 * to match first, by their ids; what has no room is the last one's, "other rules".
 *
 * `events` lists the first CORRELATION_EVENTS_SHOWN of a step; `actor` may be empty; `event` is
 * missing where the event is too large.
 */
#ifndef DETECT_CORRELATION_CORRELATION_EVENT_H
#define DETECT_CORRELATION_CORRELATION_EVENT_H

#include "alert/message/alert_steps.h"
#include "detect/correlation/correlation_state.h"

#define CORRELATION_LOG_TYPE ALERT_CORRELATION_LOG_TYPE
#define CORRELATION_EVENTS_SHOWN ALERT_STEP_EVENTS_MAX

/* What is reported: the rule and the values of its key (a JSON array of strings, or NULL). */
struct correlation_subject {
  const struct rule *rule;
  const struct json_node *key;
  const struct correlation_instance *instance;
};

/* Hex over correlation, key, and the first and the last match that were needed: so a replay gives
 * the same. */
void correlation_row_id(const struct correlation_subject *subject, struct text key,
                        char out[ROW_ID_SIZE + 1]);

/* Appends the event; `whole`: with the events of its matches. */
void correlation_event_write(const struct correlation_subject *subject, const char *row_id,
                             bool whole, struct buffer *out);

/* Appends what alert_context is when the correlation has no such function: the key's values and
 * the steps, without the events themselves. */
void correlation_context_write(const struct correlation_subject *subject, struct buffer *out);

/* What points add up to: "Risk: homer@example.com: 63 points of 9 matches of 4 rules". */
void correlation_points_write(const struct correlation_subject *subject, struct text key,
                              struct buffer *out);

/* Who acted: the key's value that says so, else whom all matches that name somebody name. Empty
 * where there is nobody. Lives as long as the subject. */
struct text correlation_actor(const struct correlation_subject *subject);

/* The key's values as text: "a, b". */
void correlation_key_write(const struct json_node *key, struct buffer *out);

#endif

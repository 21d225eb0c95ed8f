/*
 * The room api/json writes what margay remembers as JSON: the same for the API and for `--format
 * json` of commands.
 *
 * An alert as the store has it: alert/message/alert_json.h, and what became of it. Any thread that
 * has the store's handle.
 */
#ifndef API_JSON_ALERT_RECORD_H
#define API_JSON_ALERT_RECORD_H

#include "store/store_lifecycle.h"

/* Appends the alert with its deliveries, without the closing brace: for who has more members to
 * add. False with the reason; what was appended makes no sense then. */
bool alert_record_append(struct buffer *json, struct store *store, const struct alert *alert,
                         struct error *error);

/* Appends the member `change`, with the comma before it: one row of the history. */
void alert_record_append_change(struct buffer *json, const struct alert_history *history);

/* Each appends a member, with the comma before it: `history`, and `events` (at most `limit`). */
bool alert_record_append_history(struct buffer *json, struct store *store, struct text alert_id,
                                 struct error *error);
bool alert_record_append_events(struct buffer *json, struct store *store, struct text alert_id,
                                int64_t limit, struct error *error);

#endif

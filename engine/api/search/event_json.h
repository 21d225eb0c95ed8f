/* A stored event as JSON, as the API gives it. Any thread. */
#ifndef API_SEARCH_EVENT_JSON_H
#define API_SEARCH_EVENT_JSON_H

#include "event/event.h"
#include "store/store.h"

/* Appends the members row_id, time, log_type, source and event, the first behind a `{` and without
 * the closing brace. `event` NULL: no schema takes it today; its record follows as a text. */
void event_json_append_open(struct buffer *json, const struct store_event *stored,
                            const struct event *event);
/* Appends the whole object. */
void event_json_append(struct buffer *json, const struct store_event *stored,
                       const struct event *event);

#endif

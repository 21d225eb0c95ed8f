/*
 * An alert as one JSON object: the body of a webhook, and a line of `format: json`. docs/
 * destinations.md lists its keys for receivers; a key keeps its meaning once it is there. Any
 * thread.
 */
#ifndef ALERT_MESSAGE_ALERT_JSON_H
#define ALERT_MESSAGE_ALERT_JSON_H

#include "alert/alert.h"
#include "base/buffer.h"

#include <jansson.h>

/* An event that is larger than this is left out of what is sent (`event` is null). */
#define ALERT_JSON_EVENT_MAX ((size_t)256 * 1024)

/* A new reference, never NULL. */
json_t *alert_to_json(const struct alert *alert);

/* A JSON string of any bytes: malformed UTF-8 becomes U+FFFD. */
json_t *json_from_text(struct text text);

/* JSON that margay stored, read back. Numbers past 64 bits become reals; what jansson cannot hold
 * (a NUL in a key) is given as a string of its JSON; an empty text is null. */
json_t *json_from_stored(struct text text);

/* Appends it compactly. With `ascii`, as ASCII without control characters. Takes the reference. */
void json_append_and_free(struct buffer *out, json_t *json, bool ascii);

#endif

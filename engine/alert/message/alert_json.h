/*
 * An alert as one JSON object: the body of a webhook, and a line of `format: json`. docs/
 * alerts.md lists its keys for receivers; a key keeps its meaning once it is there. Any
 * thread.
 */
#ifndef ALERT_MESSAGE_ALERT_JSON_H
#define ALERT_MESSAGE_ALERT_JSON_H

#include "alert/message/message.h"
#include "base/buffer.h"

#include <jansson.h>
#include <stdio.h>

/* An event that is larger than this is left out of what is sent (`event` is null). */
#define ALERT_JSON_EVENT_MAX ((size_t)256 * 1024)

/* Appends the object as it is sent to a receiver: with why, by whom, and what they said. */
void alert_json_append_sent(struct buffer *out, const struct alert *alert,
                            const struct message_occasion *occasion);

/* Appends the alert alone, without the closing brace, for who has more members to add. */
void alert_json_append_open(struct buffer *out, const struct alert *alert);

/* A JSON string of any bytes: malformed UTF-8 becomes U+FFFD. A new reference, never NULL. */
json_t *json_from_text(struct text text);

/* RFC 3339 in UTC; null for TIME_NONE. A new reference, never NULL. */
json_t *json_from_time(time_us time);

/* Appends it compactly. Takes the reference. */
void json_append_and_free(struct buffer *out, json_t *json);

/* Writes JSON as a line of ASCII, which is harmless on a terminal too. */
void json_print(FILE *out, struct text json);
/* The same of a value. Takes the reference. */
void json_print_and_free(FILE *out, json_t *json);

#endif

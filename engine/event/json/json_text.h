/*
 * Slow looks at the text of a record that simdjson refused. Private to the JSON reader. Any thread.
 *
 * simdjson refuses a record for one number that fits no 64-bit integer or no double. So such
 * numbers are set aside: each is overwritten by a 0 and spaces, the rest is read, and then the
 * nodes of these zeros get the digits of the text as it came.
 */
#ifndef EVENT_JSON_JSON_TEXT_H
#define EVENT_JSON_JSON_TEXT_H

#include "event/json/json.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Turns every escaped surrogate that has no partner (\ud83d alone: text that was cut in the middle
 * of an emoji) into \ufffd, in place and without changing the size. True when one was found. */
bool json_repair_surrogates(char *bytes, size_t size);

/* Overwrites every well-formed number that fits neither 64 bits nor a double, in place and without
 * changing the size. True when there was one. */
bool json_set_numbers_aside(char *bytes, size_t size);

/* Makes the nodes that were read of such a text JSON_TYPE_LARGE. `text` is as it was before; the
 * nodes point into it. */
void json_restore_numbers(struct json_node *root, struct text text);

#ifdef __cplusplus
}
#endif
#endif

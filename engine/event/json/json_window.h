/*
 * Many small records at once. simdjson's first stage finds where a text's structure is (brackets,
 * colons, commas, the beginnings of strings and scalars) and checks UTF-8, strings' ends and
 * control characters. Its start costs as much as a small record does, so here it goes over a window
 * of many records; then each record's nodes are made straight from the places that it found.
 *
 * Only what is usual is read here: a record that may be broken, or holds what is rare, is left to
 * json_read's own way, which then says what is wrong. So both ways give the same nodes and errors.
 * Private to the reader. A window belongs to its reader, which serves one thread.
 */
#ifndef EVENT_JSON_JSON_WINDOW_H
#define EVENT_JSON_JSON_WINDOW_H

#include "event/json/json.h"

#ifdef __cplusplus
extern "C" {
#endif

struct json_window;

struct json_window *json_window_new(void);
void json_window_free(struct json_window *window); /* NULL is fine */

/* As json_read_ahead. */
void json_window_set_block(struct json_window *window, struct text block);

/* The nodes of a record within the block; NULL when it is to be read by itself. They live until the
 * next call; strings without escapes point into the block. */
struct json_node *json_window_read(struct json_window *window, struct text record);

#ifdef __cplusplus
}
#endif
#endif

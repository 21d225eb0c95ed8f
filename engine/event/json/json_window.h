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

/* What the first stage found of a record. A place is where a bracket, a comma, a colon, a string's
 * quote or another scalar begins. */
struct json_places {
  const char *text;      /* what places count from */
  const uint32_t *place; /* the record's first; they go up */
  uint32_t end;          /* of the record: no place of its own is there or behind it */
  bool escapes;          /* whether there is a backslash in it */
  char *strings;         /* room for its strings, unescaped */
};

/* The places of a record within the block, which holds a whole object or something broken; NULL
 * when it is to be read by itself. Valid until the next call. Who reads the record sets `place` to
 * what comes behind it. */
struct json_places *json_window_find(struct json_window *window, struct text record);

/* The nodes of that record; NULL when it is to be read by itself. They live until the next call;
 * strings without escapes point into the block. */
struct json_node *json_window_read(struct json_window *window);

/* Unescapes the string that begins at `string`, behind its quote, up to the next quote, which must
 * be there. Returns the end of what it wrote to `out`, which has room for the string and
 * JSON_PADDING bytes more; NULL when an escape is malformed or half of a surrogate pair. */
char *json_window_unescape(const struct json_window *window, const char *string, char *out);

#ifdef __cplusplus
}
#endif
#endif

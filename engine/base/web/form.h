/*
 * The room base/web holds what is HTTP's: forms and the header `authorization`, which both ends
 * need, and the client.
 *
 * Forms (application/x-www-form-urlencoded), which are bodies of requests and the queries of URLs:
 * name=value pairs with '&' between them, percent-encoded (RFC 3986 section 2.1). Any thread.
 */
#ifndef BASE_WEB_FORM_H
#define BASE_WEB_FORM_H

#include "base/buffer.h"

/* Appends text percent-encoded, all but letters, digits and "-._~". */
void form_append_escaped(struct buffer *out, struct text text);

/* Appends "&name=" and the value percent-encoded. */
void form_append(struct buffer *out, const char *name, struct text value);

/* Puts the value of the first field of that name into `value`, decoded: a '+' is a space, and what
 * is no escape stays as it is. False, and `value` is empty, when there is none. */
bool form_find(struct text form, const char *name, struct buffer *value);

/* Puts the field that begins at `*at` (0: the first) into name and value, both decoded, and moves
 * `*at` behind it; a field without '=' has an empty value, and empty fields are passed over. False,
 * and both are empty, after the last one. */
bool form_next(struct text form, size_t *at, struct buffer *name, struct buffer *value);

#endif

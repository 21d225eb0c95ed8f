/*
 * JSON that margay stored (events, contexts, tags), on its way out. It is given on byte by byte, so
 * that what a receiver gets is what the rule saw: numbers of any size keep their digits, keys may
 * hold NULs. jansson can hold neither, so it reads a copy that is made for showing to people.
 */
#ifndef ALERT_MESSAGE_STORED_JSON_H
#define ALERT_MESSAGE_STORED_JSON_H

#include "base/buffer.h"

#include <jansson.h>

/* Appends it as it is. An empty text is null; what is not JSON (a damaged store) becomes a string
 * of it; of a key that is there twice (stored by an older margay) the last value is kept. */
void stored_json_append(struct buffer *out, struct text stored);

/* The same, indented by two spaces a level, for reading. */
void stored_json_append_indented(struct buffer *out, struct text stored);

/* For looking into it and showing parts of it: numbers that could lose digits are strings of them,
 * a NUL in a key is written \u{0}. A new reference, never NULL; an empty text is null. */
json_t *stored_json_load(struct text stored);

#endif

/*
 * Slow looks at the text of a record that simdjson refused. Private to the JSON reader. Any thread.
 */
#ifndef EVENT_JSON_JSON_TEXT_H
#define EVENT_JSON_JSON_TEXT_H

#include "base/text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Turns every escaped surrogate that has no partner (\ud83d alone: text that was cut in the middle
 * of an emoji) into \ufffd, in place and without changing the size. True when one was found. */
bool json_mend_surrogates(char *bytes, size_t size);

/* True when some number outside of strings breaks the grammar of RFC 8259 section 6; false when
 * all are well-formed, so that a refused one must have been out of range. */
bool json_has_malformed_number(struct text text);

#ifdef __cplusplus
}
#endif
#endif

/*
 * One value for each key. RFC 8259 section 4 leaves open what an object means that has a key twice;
 * what reads an alert downstream (jq, Python, Go, JavaScript) takes the last value, and so does
 * margay: the others are dropped right after reading, so that rules, schemas, indicators, the
 * archive and alerts cannot differ. Keys are compared unescaped: "a" and "\u0061" are the same.
 * Private to the JSON reader.
 */
#ifndef EVENT_JSON_JSON_UNIQUE_H
#define EVENT_JSON_JSON_UNIQUE_H

#include "event/json/json.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Drops, in place, each member whose key comes again later in its object. Returns how many. Costs
 * n log n key comparisons for an object of n members at most, and nearly nothing for usual ones. */
uint32_t json_drop_repeated(struct json_node *root);

#ifdef __cplusplus
}
#endif
#endif

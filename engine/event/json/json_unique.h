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

/* Objects whose keys are known to differ. Zeroed at first; one for each reader. */
#define JSON_SHAPES 32
#define JSON_SHAPE_KEYS 16
struct json_shapes {
  struct json_shape {
    uint32_t count; /* of the keys; 0: not in use */
    uint32_t marks[JSON_SHAPE_KEYS];
  } shapes[JSON_SHAPES];
};

/* Whether there is no object or array with something in it below this one. */
static inline bool json_is_flat(const struct json_node *root) {
  return root->skip == 1 + root->size || !json_is_container(root);
}

/* Drops, in place, each member whose key comes again later in its object. Returns how many. Costs
 * n log n key comparisons for an object of n members at most, and nearly nothing for usual ones:
 * records of a source have objects with the same keys again and again. */
uint32_t json_drop_repeated(struct json_shapes *shapes, struct json_node *root);

/* The same of all objects below the root, and of the root alone. */
uint32_t json_drop_repeated_nested(struct json_shapes *shapes, struct json_node *root);
static inline uint32_t json_drop_repeated_below(struct json_shapes *shapes,
                                                struct json_node *root) {
  return json_is_flat(root) ? 0 : json_drop_repeated_nested(shapes, root);
}
uint32_t json_drop_repeated_members(struct json_shapes *shapes, struct json_node *root);

#ifdef __cplusplus
}
#endif
#endif

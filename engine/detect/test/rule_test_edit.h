/* Changing a record of JSON. Private to rule_test_*.c. */
#ifndef DETECT_TEST_RULE_TEST_EDIT_H
#define DETECT_TEST_RULE_TEST_EDIT_H

#include "base/buffer.h"
#include "event/json/json.h"

struct rule_test_edit {
  const struct json_node *set;   /* an object: dotted paths and their new values; NULL = none */
  const struct json_node *unset; /* an array of dotted paths; NULL = none */
  int64_t number;                /* what {n} in new texts stands for; 0 = they stay as they are */
  struct text moved_key;         /* a top-level member that gets the JSON `moved_value`, last;
                                    data NULL = none */
  struct text moved_value;
};

/* Replaces the buffer's JSON object by the changed one. A part of a path that is a whole number is
 * a position in a list, from 1. Objects on the way are made where nothing is. False when a path
 * leads into something that is neither object nor list, or the record is no JSON object. */
bool rule_test_edit_apply(struct buffer *record, const struct rule_test_edit *edit,
                          struct error *error);

#endif

/*
 * What a schema does to values below the top of a record: in objects, and in the elements of lists.
 * Private to what reshapes records. The reader's thread only.
 */
#ifndef EVENT_RESHAPE_WITHIN_H
#define EVENT_RESHAPE_WITHIN_H

#include "event/reshape_make.h"
#include "event/schema/schema_errors.h"

/*
 * The value with all done that the field says is done within it, of one kind: a new value, whose
 * texts are the record's and the reshaper's. Transforms take what they need from the object that
 * their field stands in. What cannot be done is listed in `errors` and left as it came, or (NULL)
 * an error. NULL with the error also when it would take too much memory.
 */
const struct json_node *reshape_within(struct reshaper *reshaper, const struct field *field,
                                       const struct json_node *value, enum reshape what,
                                       struct schema_errors *errors, struct error *error);

#endif

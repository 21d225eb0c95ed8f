/*
 * What differs between two schemas, and whether it breaks something: rules that read a field find
 * nothing or something else, or records are refused or lose values that were fine before. Any
 * thread.
 */
#ifndef COMMAND_SCHEMAS_DIFF_H
#define COMMAND_SCHEMAS_DIFF_H

#include "base/buffer.h"
#include "event/schema/schema.h"

struct schema_change {
  struct text log_type; /* of the old schema, or of one that is new */
  struct text path;     /* dotted, [] for the elements of a list; empty: the schema as a whole */
  struct text what;     /* "the type is int, not bigint" */
  bool breaks;
};

/* Lives during the call. */
typedef void schema_change_each(void *context, const struct schema_change *change);

/* Compares by log type, then by field, in the order of the old schema. One schema on either side
 * whose names differ is a log type that was renamed. */
void schema_diff(const struct schema_set *old, const struct schema_set *new,
                 schema_change_each *each, void *context);

#endif

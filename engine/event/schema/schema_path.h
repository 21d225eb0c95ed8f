/* Whether paths that rules and data models write lead to something that a schema has. Any thread.
 */
#ifndef EVENT_SCHEMA_SCHEMA_PATH_H
#define EVENT_SCHEMA_SCHEMA_PATH_H

#include "event/schema/schema.h"

/* The part of a path that the schema does not have. */
struct schema_path_end {
  struct text part;
  const char *nearest; /* in the arena; NULL: no field is near */
};

/* Follows a dotted path from the top level of events, through lists as event_path does. Margay's
 * own p_ fields are there. Below the top level records may have more than a schema describes, so
 * there only what differs from a field by a slip of one or two characters is not. False with where
 * the path ends; the part points into the path or the arena. */
bool schema_path_find(const struct schema *schema, struct text path, struct arena *arena,
                      struct schema_path_end *end);

#endif

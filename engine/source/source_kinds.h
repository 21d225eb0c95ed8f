/* The list of source types: the one file of this room that knows the types. */
#ifndef SOURCE_SOURCE_KINDS_H
#define SOURCE_SOURCE_KINDS_H

#include "source/source.h"

/* The type of a name, or NULL. Any thread. */
const struct source_type *source_type_find(struct text name);

/* The names of all types, in the order of the list; constant. */
const char *const *source_type_names(size_t *count);

#endif

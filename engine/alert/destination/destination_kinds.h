/* The list of destination types: the one file of this room that knows the types. */
#ifndef ALERT_DESTINATION_DESTINATION_KINDS_H
#define ALERT_DESTINATION_DESTINATION_KINDS_H

#include "alert/destination/destination.h"

/* The type of a name, or NULL. Any thread. */
const struct destination_type *destination_type_find(struct text name);

/* The names of all types, in the order of the list; constant. */
const char *const *destination_type_names(size_t *count);

#endif

/* Checking values against the fields of a schema. Private to the event reader. Any thread: the
 * schema is only read. */
#ifndef EVENT_SCHEMA_CHECK_H
#define EVENT_SCHEMA_CHECK_H

#include "event/json/json.h"
#include "event/schema/schema.h"

/* True when the value is one that the field may have. A null is fine here. For a timestamp `time`
 * is set. The error names the field by its path, and shows no value of a masked field. */
bool check_value(const struct field *field, const struct json_node *value, time_us *time,
                 struct error *error);

/* True when the text begins with one of those that the field must begin with. */
bool check_start(const struct field *field, struct text text);

#endif

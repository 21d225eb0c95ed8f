/* Checking values against the fields of a schema. Private to the event reader. Any thread: the
 * schema is only read. */
#ifndef EVENT_SCHEMA_CHECK_H
#define EVENT_SCHEMA_CHECK_H

#include "event/json/json.h"
#include "event/schema/schema.h"
#include "event/schema/schema_errors.h"

/* True when the value is one that the field may have. A null is fine here. For a timestamp `time`
 * is set. The error names the field by its path, and shows no value of a masked field. */
bool check_value(const struct field *field, const struct json_node *value, time_us *time,
                 struct error *error);

/* The same, but values within it of another type, times that are none and numbers out of range are
 * listed in `errors` instead. Refused is what cannot be: what `required` and `validate` say. A time
 * that was listed is not set. */
bool check_leniently(const struct field *field, const struct json_node *value, time_us *time,
                     struct schema_errors *errors, struct error *error);

/* Reads the value in the first of the field's time formats that fits. False: it is no time. */
bool check_reads_time(const struct field *field, const struct json_node *value, time_us *time);

/* True when the text begins with one of those that the field must begin with. */
bool check_start(const struct field *field, struct text text);

#endif

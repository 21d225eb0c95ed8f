/* A JSON value as a time, by one form of a schema. Any thread. */
#ifndef EVENT_SCHEMA_TIME_VALUE_H
#define EVENT_SCHEMA_TIME_VALUE_H

#include "base/clock.h"
#include "event/json/json.h"
#include "event/schema/field.h"

/*
 * Forms in words read texts only. Unix times are numbers, or texts of the same digits: since JSON's
 * numbers are rounded by many programs, nanoseconds are often texts. A fraction may have any number
 * of digits, behind a dot or a comma; times before 1970 are negative; what is smaller than a
 * microsecond is dropped. False when the value is none, or lies outside the years 1 to 9999.
 */
bool time_value_read(const struct field_time_format *format, const struct json_node *value,
                     time_us *time);

#endif

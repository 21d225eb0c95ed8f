#include "event/event_time.h"

#include "event/schema/check.h"

/* The recursion is as deep as the schema. */
static bool find_within(const struct field *field, const struct json_node *value, time_us *time) {
  if (!field->holds_event_time || !value)
    return false;
  if (field->event_time)
    return check_reads_time(field, value, time);
  if (field->type == FIELD_OBJECT && value->type == JSON_TYPE_OBJECT) {
    for (size_t i = 0; i < field->field_count; i++)
      if (field->fields[i].holds_event_time &&
          find_within(&field->fields[i], json_get(value, field->fields[i].name), time))
        return true;
  } else if (field->type == FIELD_ARRAY && value->type == JSON_TYPE_ARRAY) {
    for (JSON_EACH(element, value))
      if (find_within(field->element, element, time))
        return true;
  }
  return false;
}

time_us event_time_find(const struct event *event) {
  time_us time;
  for (size_t i = 0; i < event->schema->field_count; i++)
    if (find_within(&event->schema->fields[i], event->slots[i], &time))
      return time;
  return TIME_NONE;
}

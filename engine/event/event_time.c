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

/* The time of day of "07:09:03". False: it is none, or its second may be a leap second. */
static inline bool read_clock(const char *text, time_us *time) {
  const uint64_t high = UINT64_C(0x8080808080808080);
  const uint64_t zero = text_load_8("00:00:00"), past = text_load_8("vv\x7fvv\x7fvv");
  /* Digits become 0 to 9, and colons 0. What is more has the high bit, or gets it from `past`. */
  const uint64_t value = text_load_8(text) ^ zero;
  if (((value + past) | value) & high)
    return false;
  unsigned hour = (unsigned)(text[0] - '0') * 10 + (unsigned)(text[1] - '0');
  unsigned minute = (unsigned)(text[3] - '0') * 10 + (unsigned)(text[4] - '0');
  unsigned second = (unsigned)(text[6] - '0') * 10 + (unsigned)(text[7] - '0');
  *time = (time_us)(hour * 3600 + minute * 60 + second) * US_PER_SECOND;
  return hour <= 23 && minute <= 59 && second <= 59;
}

bool event_time_parse(struct event_day *day, struct text text, time_us *time) {
  const size_t size = sizeof "2024-03-21T07:09:03Z" - 1;
  time_us clock;
  const bool usual =
      text.size == size && text.data[size - 1] == 'Z' && read_clock(text.data + 11, &clock);
  if (usual && text_load_8(text.data) == text_load_8(day->text) &&
      text_load_4(text.data + 7) == text_load_4(day->text + 7)) {
    *time = day->start + clock;
    return true;
  }
  if (!time_parse(text, time))
    return false;
  if (usual) {
    memcpy(day->text, text.data, 11);
    day->start = *time - clock;
  }
  return true;
}

#include "base/json_member.h"

void json_member_name(struct buffer *json, struct text name) {
  if (json->data[json->size - 1] != '{')
    buffer_append_char(json, ',');
  buffer_append_json_string(json, name);
  buffer_append_char(json, ':');
}

void json_member_text(struct buffer *json, const char *name, struct text value) {
  json_member_name(json, text_from(name));
  buffer_append_json_string(json, value);
}

void json_member_time(struct buffer *json, const char *name, time_us time) {
  struct time_string string;
  if (time != TIME_NONE)
    json_member_text(json, name, text_from(time_format(time, &string)));
}

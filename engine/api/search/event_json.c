#include "api/search/event_json.h"

#include "base/json_member.h"

void event_json_append_open(struct buffer *json, const struct store_event *stored,
                            const struct event *event) {
  buffer_append_char(json, '{');
  json_member_text(json, "row_id", stored->row_id);
  json_member_time(json, "time", stored->event_time);
  json_member_text(json, "log_type", stored->log_type);
  json_member_text(json, "source", stored->source_id);
  json_member_name(json, TEXT("event"));
  if (event) {
    event_write(event, json);
  } else {
    buffer_append_string(json, "null");
    json_member_text(json, "record", stored->record);
  }
}

void event_json_append(struct buffer *json, const struct store_event *stored,
                       const struct event *event) {
  event_json_append_open(json, stored, event);
  buffer_append_char(json, '}');
}

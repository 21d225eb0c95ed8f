#include "api/json/dead_letter_json.h"

#include "alert/message/alert_json.h"

json_t *dead_letter_reason_json(const struct store_dead_letter_reason *reason) {
  json_t *json = json_object();
  json_object_set_new(json, "id", json_integer(reason->id));
  json_object_set_new(json, "source_id", json_from_text(reason->source_id));
  json_object_set_new(json, "log_type", json_from_text(reason->log_type));
  json_object_set_new(json, "reason", json_from_text(reason->reason));
  json_object_set_new(json, "records", json_integer(reason->count));
  json_object_set_new(json, "to_retry", json_integer(reason->to_retry));
  json_object_set_new(json, "first_received_at", json_from_time(reason->first_at));
  json_object_set_new(json, "last_received_at", json_from_time(reason->last_at));
  return json;
}

json_t *dead_letter_json(const struct store_dead_letter *letter) {
  json_t *json = json_object();
  json_object_set_new(json, "id", json_integer(letter->id));
  json_object_set_new(json, "source_id", json_from_text(letter->source_id));
  json_object_set_new(json, "log_type", json_from_text(letter->log_type));
  json_object_set_new(json, "row_id", json_from_text(letter->row_id));
  json_object_set_new(json, "received_at", json_from_time(letter->received_at));
  json_object_set_new(json, "error", json_from_text(letter->error));
  json_object_set_new(json, "record", json_from_text(letter->record));
  return json;
}

#include "api/json/outbox_json.h"

#include "alert/message/alert_json.h"

json_t *outbox_row_json(const struct outbox_row *row) {
  json_t *json = json_object();
  time_us failing_since = row->failing_since ? row->failing_since : TIME_NONE;
  json_object_set_new(json, "alert_id", json_from_text(row->alert_id));
  json_object_set_new(json, "destination", json_from_text(row->destination_id));
  json_object_set_new(json, "state", json_string(outbox_state_name(row->state)));
  json_object_set_new(json, "occasion", json_string(alert_occasion_name(row->occasion)));
  json_object_set_new(json, "severity", json_string(severity_name(row->severity)));
  json_object_set_new(json, "attempts", json_integer(row->attempts));
  json_object_set_new(json, "due", json_from_time(row->due));
  json_object_set_new(json, "updated_at", json_from_time(row->updated_at));
  json_object_set_new(json, "failing_since", json_from_time(failing_since));
  json_object_set_new(json, "idempotency_key", json_from_text(row->idempotency_key));
  json_object_set_new(json, "last_error", json_from_text(row->last_error));
  return json;
}

#include "command/outbox_output.h"

#include "alert/message/alert_json.h"
#include "alert/message/summary.h"

/* Characters of an id in a table: enough to be unique in practice. */
#define ID_SHOWN 12

static const char *const headings[] = {"CHANGED",     "STATE",    "SEVERITY", "ALERT",
                                       "DESTINATION", "ATTEMPTS", "NEXT",     "ERROR"};

const char *outbox_state_colour(enum outbox_state state) {
  static const char *const colours[] = {[OUTBOX_PENDING] = "33",
                                        [OUTBOX_DELIVERED] = "32",
                                        [OUTBOX_PARKED] = "31",
                                        [OUTBOX_HELD] = "36"};
  return colours[state];
}

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

struct table *outbox_table_new(void) {
  return table_new(headings, sizeof headings / sizeof *headings);
}

void outbox_table_add(struct table *table, const struct outbox_row *row) {
  struct time_string time;
  bool waits = row->state == OUTBOX_PENDING;
  table_add(table, text_from(alert_time(row->updated_at, &time)), NULL);
  table_add(table, text_from(outbox_state_name(row->state)), outbox_state_colour(row->state));
  table_add(table, text_from(severity_name(row->severity)), severity_colour(row->severity));
  table_add(table, text_cut(row->alert_id, ID_SHOWN), NULL);
  table_add(table, row->destination_id, NULL);
  table_add_number(table, row->attempts);
  table_add(table, waits ? text_from(alert_time(row->due, &time)) : TEXT("-"), NULL);
  table_add(table, row->last_error, NULL);
}

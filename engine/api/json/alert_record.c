#include "api/json/alert_record.h"

#include "alert/message/alert_json.h"
#include "alert/message/stored_json.h"
#include "api/json/outbox_json.h"
#include "base/json_member.h"
#include "store/store_lifecycle.h"
#include "store/store_routing.h"

/* A list that rows are appended to. */
struct json_list {
  struct buffer *out;
  int64_t count;
};

static void next_item(struct json_list *list) {
  if (list->count++ > 0)
    buffer_append_char(list->out, ',');
}

static bool append_delivery(void *deliveries, const struct outbox_row *row) {
  struct json_list *list = deliveries;
  next_item(list);
  json_append_and_free(list->out, outbox_row_json(row));
  return true;
}

static json_t *json_of_history(const struct alert_history *history) {
  json_t *json = json_object();
  json_object_set_new(json, "at", json_from_time(history->at));
  json_object_set_new(json, "who", json_from_text(history->who));
  json_object_set_new(json, "via", json_string(alert_via_name(history->via)));
  json_object_set_new(json, "action", json_string(alert_occasion_name(history->action)));
  if (history->resolution != RESOLUTION_NONE)
    json_object_set_new(json, "resolution",
                        json_string(alert_resolution_name(history->resolution)));
  if (history->action == OCCASION_ASSIGNED)
    json_object_set_new(json, "assignee", json_from_text(history->assignee));
  if (history->note.size > 0)
    json_object_set_new(json, "note", json_from_text(history->note));
  return json;
}

static bool append_history(void *context, const struct alert_history *history) {
  struct json_list *list = context;
  next_item(list);
  json_append_and_free(list->out, json_of_history(history));
  return true;
}

void alert_record_append_change(struct buffer *json, const struct alert_history *history) {
  buffer_append_string(json, ",\"change\":");
  json_append_and_free(json, json_of_history(history));
}

/* The record is given on as it is. */
static bool append_event(void *events, const struct store_event *event) {
  struct json_list *list = events;
  json_t *json = json_object();
  json_object_set_new(json, "row_id", json_from_text(event->row_id));
  json_object_set_new(json, "source_id", json_from_text(event->source_id));
  json_object_set_new(json, "log_type", json_from_text(event->log_type));
  json_object_set_new(json, "event_time", json_from_time(event->event_time));
  json_object_set_new(json, "parse_time", json_from_time(event->parse_time));
  next_item(list);
  json_append_and_free(list->out, json);
  list->out->size--; /* its closing brace */
  buffer_append_string(list->out, ",\"record\":");
  stored_json_append(list->out, event->record);
  buffer_append_char(list->out, '}');
  return true;
}

/* Which route sends it nowhere. */
static bool append_mute(struct buffer *json, struct store *store, const struct alert *alert,
                        struct error *error) {
  struct buffer route = BUFFER_NONE;
  bool ok = store_alert_muted(store, alert->id, &route, error);
  if (route.size > 0)
    json_member_text(json, "muted_by", buffer_text(&route));
  buffer_free(&route);
  return ok;
}

bool alert_record_append(struct buffer *json, struct store *store, const struct alert *alert,
                         struct error *error) {
  struct json_list deliveries = {.out = json};
  alert_json_append_open(json, alert);
  buffer_append_string(json, alert->held ? ",\"held\":true" : "");
  bool ok = append_mute(json, store, alert, error);
  buffer_append_string(json, ",\"deliveries\":[");
  ok = ok &&
       store_outbox_list(store, alert->id, OUTBOX_PENDING, append_delivery, &deliveries, error);
  buffer_append_char(json, ']');
  return ok;
}

bool alert_record_append_history(struct buffer *json, struct store *store, struct text alert_id,
                                 struct error *error) {
  struct json_list history = {.out = json};
  buffer_append_string(json, ",\"history\":[");
  bool ok = store_alert_history(store, alert_id, append_history, &history, error);
  buffer_append_char(json, ']');
  return ok;
}

bool alert_record_append_events(struct buffer *json, struct store *store, struct text alert_id,
                                int64_t limit, struct error *error) {
  struct json_list events = {.out = json};
  buffer_append_string(json, ",\"events\":[");
  bool ok = store_alert_events(store, alert_id, limit, append_event, &events, error);
  buffer_append_char(json, ']');
  return ok;
}

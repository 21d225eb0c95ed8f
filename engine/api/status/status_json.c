/* The status as JSON. */
#include "api/status/status.h"

#include "alert/message/alert_json.h"

static void put_text(json_t *json, const char *key, struct text text) {
  json_object_set_new(json, key, json_from_text(text));
}

static void put_number(json_t *json, const char *key, int64_t number) {
  json_object_set_new(json, key, json_integer(number));
}

static void put_time(json_t *json, const char *key, time_us time) {
  json_object_set_new(json, key, json_from_time(time));
}

/* How long ago it was, in seconds; null when it is not known. */
static void put_age(json_t *json, const char *key, const struct status *status, time_us time) {
  json_object_set_new(json, key,
                      time == TIME_NONE ? json_null()
                                        : json_integer((status->now - time) / US_PER_SECOND));
}

static json_t *daemon_json(const struct status *status) {
  const struct store_daemon *daemon = &status->daemon;
  json_t *json = json_object();
  json_object_set_new(json, "state", json_string(status_daemon_word(status->state)));
  if (status->state == STATUS_NEVER)
    return json;
  put_text(json, "version", daemon->version);
  put_number(json, "pid", daemon->pid);
  put_time(json, "started_at", daemon->started_at);
  put_time(json, "heartbeat_at", daemon->beat_at);
  put_age(json, "heartbeat_age_seconds", status, daemon->beat_at);
  put_time(json, "stopped_at", daemon->ended_at);
  json_object_set_new(json, "commits", json_boolean(daemon->commits));
  return json;
}

static json_t *rules_json(const struct store_daemon *daemon) {
  json_t *json = json_object();
  put_number(json, "loaded", daemon->rules);
  put_number(json, "mistakes", daemon->rule_mistakes);
  put_number(json, "paused", daemon->rules_paused);
  return json;
}

json_t *status_source_json(const struct status *status, const struct store_source_health *source) {
  json_t *json = json_object();
  put_text(json, "id", source->source_id);
  put_text(json, "label", source->label);
  put_text(json, "kind", source->kind);
  put_text(json, "state", source->state);
  put_time(json, "known_since", source->known_since);
  put_time(json, "last_event_time", source->last_event);
  put_time(json, "last_event_received_at", source->last_event_at);
  put_time(json, "last_success_at", source->last_success);
  put_time(json, "watermark", source->watermark);
  put_age(json, "lag_seconds", status, source->last_event);
  put_age(json, "watermark_lag_seconds", status, source->watermark);
  bool today = status->now - source->day < US_PER_DAY;
  put_number(json, "rows_today", today ? source->rows_today : 0);
  put_text(json, "fault", source->fault);
  put_text(json, "error", source->error);
  put_time(json, "error_since", source->error_since);
  put_number(json, "errors", source->errors);
  return json;
}

static json_t *destination_json(const struct status_destination *destination) {
  const struct store_outbox_backlog *backlog = &destination->backlog;
  json_t *json = json_object();
  put_text(json, "id", backlog->destination_id);
  json_object_set_new(json, "configured", json_boolean(destination->configured));
  put_number(json, "waiting", backlog->waiting);
  put_number(json, "failing", backlog->retried);
  put_number(json, "parked", backlog->parked);
  put_time(json, "oldest_waiting_at", backlog->oldest);
  put_text(json, "last_error", backlog->last_error);
  return json;
}

static json_t *status_alarm_json(const struct store_alarm *alarm) {
  json_t *json = json_object();
  put_text(json, "kind", alarm->kind);
  put_text(json, "subject", alarm->subject);
  put_text(json, "detail", alarm->detail);
  put_time(json, "since", alarm->since);
  put_text(json, "alert_id", alarm->alert_id);
  return json;
}

static json_t *state_json(const struct status *status) {
  json_t *json = json_object();
  json_object_set_new(json, "path", json_from_text(text_from(status->path)));
  put_number(json, "file_bytes", status->space.file_bytes);
  put_number(json, "free_bytes", status->space.free_bytes);
  put_number(json, "log_bytes", status->space.log_bytes);
  put_number(json, "events", status->events);
  put_time(json, "oldest_event_received_at", status->oldest_event);
  if (status->disk_known) {
    put_number(json, "disk_free_bytes", status->disk.free_bytes);
    put_number(json, "disk_total_bytes", status->disk.total_bytes);
  }
  return json;
}

static json_t *dead_letters_json(const struct status *status) {
  json_t *json = json_object();
  put_number(json, "records", status->dead_letters);
  put_number(json, "reasons", status->reasons);
  put_time(json, "last_received_at", status->last_dead_letter);
  return json;
}

json_t *status_json(const struct status *status) {
  json_t *json = json_object(), *sources = json_array(), *destinations = json_array(),
         *alarms = json_array(), *problems = json_array();
  for (size_t i = 0; i < status->source_count; i++)
    json_array_append_new(sources, status_source_json(status, &status->sources[i]));
  for (size_t i = 0; i < status->destination_count; i++)
    json_array_append_new(destinations, destination_json(&status->destinations[i]));
  for (size_t i = 0; i < status->alarm_count; i++)
    json_array_append_new(alarms, status_alarm_json(&status->alarms[i]));
  for (size_t i = 0; i < status->problem_count; i++)
    json_array_append_new(problems, json_from_text(status->problems[i]));
  json_object_set_new(json, "ok", json_boolean(status->problem_count == 0));
  put_time(json, "at", status->now);
  json_object_set_new(json, "problems", problems);
  json_object_set_new(json, "daemon", daemon_json(status));
  json_object_set_new(json, "rules", rules_json(&status->daemon));
  json_object_set_new(json, "sources", sources);
  json_object_set_new(json, "destinations", destinations);
  json_object_set_new(json, "alarms", alarms);
  json_object_set_new(json, "dead_letters", dead_letters_json(status));
  json_object_set_new(json, "suppressed",
                      json_pack("{s:I, s:I}", "matches", (json_int_t)status->suppressed, "rules",
                                (json_int_t)status->suppressed_rules));
  json_object_set_new(json, "state", state_json(status));
  return json;
}

#include "alert/message/alert_json.h"

#include "alert/message/markup.h"

#include <assert.h>

json_t *json_from_text(struct text text) {
  json_t *string = text_is_utf8(text) ? json_stringn_nocheck(text.data, text.size) : NULL;
  if (!string) {
    struct buffer quoted = BUFFER_NONE;
    buffer_append_json_string(&quoted, text);
    string = json_loadb(quoted.data, quoted.size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    buffer_free(&quoted);
  }
  assert(string);
  return string;
}

json_t *json_from_stored(struct text text) {
  if (text.size == 0)
    return json_null();
  const size_t flags = JSON_DECODE_ANY | JSON_ALLOW_NUL;
  json_t *json = json_loadb(text.data, text.size, flags, NULL);
  if (!json)
    json = json_loadb(text.data, text.size, flags | JSON_DECODE_INT_AS_REAL, NULL);
  return json ? json : json_from_text(text);
}

static int append(const char *bytes, size_t size, void *out) {
  buffer_append(out, bytes, size);
  return 0;
}

void json_append_and_free(struct buffer *out, json_t *json, bool ascii) {
  struct buffer dumped = BUFFER_NONE;
  size_t flags = JSON_COMPACT | JSON_ENCODE_ANY | (ascii ? JSON_ENSURE_ASCII : 0);
  int failed = json_dump_callback(json, append, &dumped, flags);
  assert(!failed);
  (void)failed;
  json_decref(json);
  for (size_t i = 0; i < dumped.size; i++)
    if (ascii && dumped.data[i] == 0x7f) /* jansson leaves DEL as it is */
      buffer_append_string(out, "\\u007f");
    else
      buffer_append_char(out, dumped.data[i]);
  buffer_free(&dumped);
}

static json_t *json_from_time(time_us time) {
  struct time_string string;
  return time == TIME_NONE ? json_null() : json_string(time_format(time, &string));
}

/* jansson refuses NULs in keys only, and no key here is from outside. */
static void set(json_t *object, const char *key, json_t *value) {
  int failed = json_object_set_new_nocheck(object, key, value);
  assert(!failed);
  (void)failed;
}

json_t *alert_to_json(const struct alert *alert) {
  json_t *json = json_object();
  set(json, "type", json_string(alert_type_name(alert->type)));
  set(json, "alert_id", json_from_text(alert->id));
  set(json, "id", json_from_text(alert->rule_id));
  set(json, "name", json_from_text(alert->display_name));
  set(json, "severity", json_string(severity_name(alert->severity)));
  set(json, "title", json_from_text(alert->title));
  set(json, "created_at", json_from_time(alert->created_at));
  set(json, "first_event_time", json_from_time(alert->first_event_time));
  set(json, "last_event_time", json_from_time(alert->last_event_time));
  set(json, "match_count", json_integer(alert->match_count));
  set(json, "actor", json_from_text(alert->actor));
  set(json, "log_type", json_from_text(alert->log_type));
  set(json, "source_id", json_from_text(alert->source_id));
  set(json, "source_label", json_from_text(alert->source_label));
  set(json, "dedup", json_from_text(alert->dedup));
  set(json, "description", json_from_text(alert->description));
  set(json, "runbook", json_from_text(alert->runbook));
  set(json, "reference", json_from_text(alert->reference));
  set(json, "link",
      markup_is_link(alert->reference) ? json_from_text(alert->reference) : json_null());
  set(json, "tags", json_from_stored(alert->tags));
  set(json, "reports", json_from_stored(alert->reports));
  set(json, "alert_context", json_from_stored(alert->context));
  set(json, "summary_attributes",
      alert->attributes.size ? json_from_stored(alert->attributes) : json_object());
  set(json, "event",
      alert->event.size <= ALERT_JSON_EVENT_MAX ? json_from_stored(alert->event) : json_null());
  return json;
}

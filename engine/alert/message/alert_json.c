#include "alert/message/alert_json.h"

#include "alert/message/alert_steps.h"
#include "alert/message/markup.h"
#include "alert/message/stored_json.h"

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

json_t *json_from_time(time_us time) {
  struct time_string string;
  return time == TIME_NONE ? json_null() : json_string(time_format(time, &string));
}

static int append(const char *bytes, size_t size, void *out) {
  buffer_append(out, bytes, size);
  return 0;
}

void json_append_and_free(struct buffer *out, json_t *json) {
  int failed = json_dump_callback(json, append, out, JSON_COMPACT | JSON_ENCODE_ANY);
  assert(!failed);
  (void)failed;
  json_decref(json);
}

void json_print(FILE *out, struct text json) {
  struct buffer line = BUFFER_NONE;
  buffer_append_json_ascii(&line, json);
  buffer_append_char(&line, '\n');
  fwrite(line.data, 1, line.size, out);
  buffer_free(&line);
}

void json_print_and_free(FILE *out, json_t *json) {
  struct buffer text = BUFFER_NONE;
  json_append_and_free(&text, json);
  json_print(out, buffer_text(&text));
  buffer_free(&text);
}

/* ---- members, each with the comma before it ---- */

static void name_member(struct buffer *out, const char *key) {
  buffer_printf(out, ",\"%s\":", key);
}

static void put_text(struct buffer *out, const char *key, struct text text) {
  name_member(out, key);
  buffer_append_json_string(out, text);
}

/* null where it is empty. */
static void put_word(struct buffer *out, const char *key, struct text word) {
  if (word.size > 0) {
    put_text(out, key, word);
  } else {
    name_member(out, key);
    buffer_append_string(out, "null");
  }
}

static void put_time(struct buffer *out, const char *key, time_us time) {
  struct time_string string;
  name_member(out, key);
  if (time == TIME_NONE)
    buffer_append_string(out, "null");
  else
    buffer_append_json_string(out, text_from(time_format(time, &string)));
}

/* `missing` stands for what is empty. */
static void put_stored(struct buffer *out, const char *key, struct text stored,
                       const char *missing) {
  name_member(out, key);
  if (stored.size)
    stored_json_append(out, stored);
  else
    buffer_append_string(out, missing);
}

void alert_json_append_open(struct buffer *out, const struct alert *alert) {
  bool event = alert->event.size <= ALERT_JSON_EVENT_MAX;
  buffer_append_string(out, "{\"type\":");
  buffer_append_json_string(out, text_from(alert_type_name(alert->type)));
  put_text(out, "alert_id", alert->id);
  put_text(out, "id", alert->rule_id);
  put_text(out, "name", alert->display_name);
  put_text(out, "severity", text_from(severity_name(alert->severity)));
  put_text(out, "title", alert->title);
  put_time(out, "created_at", alert->created_at);
  put_time(out, "first_event_time", alert->first_event_time);
  put_time(out, "last_event_time", alert->last_event_time);
  buffer_printf(out, ",\"match_count\":%lld", (long long)alert->match_count);
  put_text(out, "state", text_from(alert_state_name(alert->state)));
  put_word(out, "resolution", text_from(alert_resolution_name(alert->resolution)));
  put_word(out, "assignee", alert->assignee);
  put_text(out, "actor", alert->actor);
  put_text(out, "log_type", alert->log_type);
  put_text(out, "source_id", alert->source_id);
  put_text(out, "source_label", alert->source_label);
  put_text(out, "dedup", alert->dedup);
  put_text(out, "description", alert->description);
  put_text(out, "runbook", alert->runbook);
  put_text(out, "reference", alert->reference);
  if (markup_is_link(alert->reference))
    put_text(out, "link", alert->reference);
  else
    buffer_append_string(out, ",\"link\":null");
  put_stored(out, "tags", alert->tags, "null");
  put_stored(out, "reports", alert->reports, "null");
  put_stored(out, "alert_context", alert->context, "null");
  put_stored(out, "summary_attributes", alert->attributes, "{}");
  name_member(out, "steps");
  alert_steps_append_json(out, alert);
  put_stored(out, "event", event ? alert->event : TEXT(""), "null");
}

void alert_json_append_sent(struct buffer *out, const struct alert *alert,
                            const struct message_occasion *occasion) {
  alert_json_append_open(out, alert);
  put_text(out, "occasion", text_from(alert_occasion_name(occasion->occasion)));
  put_word(out, "by", occasion->by);
  put_word(out, "note", occasion->note);
  buffer_append_char(out, '}');
}

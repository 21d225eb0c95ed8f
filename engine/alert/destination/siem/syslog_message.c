#include "alert/destination/siem/syslog_message.h"

#include "alert/message/markup.h"

/* Of each text, until the message fits: with the last one it fits into 2048 bytes. */
static const size_t limits[] = {1000, 400, 200, 100, 50, 24, 12};

/* RFC 5424 6.2.1, by enum severity. */
static const int levels[] = {[SEVERITY_INFO] = 6,
                             [SEVERITY_LOW] = 5,
                             [SEVERITY_MEDIUM] = 4,
                             [SEVERITY_HIGH] = 3,
                             [SEVERITY_CRITICAL] = 2};

/* 0 to 10: up to 3 is low, up to 6 medium, up to 8 high. */
static const int cef_severities[] = {[SEVERITY_INFO] = 1,
                                     [SEVERITY_LOW] = 3,
                                     [SEVERITY_MEDIUM] = 5,
                                     [SEVERITY_HIGH] = 8,
                                     [SEVERITY_CRITICAL] = 10};

/* One line of text, cut, with a backslash before each of `special`. */
static void append_escaped(struct buffer *out, struct text text, size_t limit,
                           const char *special) {
  struct buffer line = BUFFER_NONE;
  markup_append(&line, &markup_line, text, limit);
  for (size_t i = 0; i < line.size; i++) {
    if (strchr(special, line.data[i]))
      buffer_append_char(out, '\\');
    buffer_append_char(out, line.data[i]);
  }
  buffer_free(&line);
}

static struct text occasion_of(const struct siem_record *record) {
  return text_from(alert_occasion_name(record->attempt->occasion.occasion));
}

/* ---- text -------------------------------------------------------------------------------- */

static void append_param(struct buffer *out, const char *name, struct text value, size_t limit) {
  if (value.size == 0)
    return;
  buffer_printf(out, " %s=\"", name);
  append_escaped(out, value, limit, "\"\\]"); /* RFC 5424 6.3.3 */
  buffer_append_char(out, '"');
}

/* The number is the one of documents (RFC 5612): margay has none of its own. */
static void append_text(struct buffer *out, const struct siem_record *record, size_t limit) {
  const struct alert *alert = record->alert;
  size_t param = limit < 100 ? limit : 100;
  buffer_append_string(out, "[margay@32473");
  append_param(out, "alert", alert->id, 40);
  append_param(out, "severity", text_from(severity_name(alert->severity)), param);
  append_param(out, "rule", alert->rule_id, param);
  append_param(out, "actor", alert->actor, param);
  append_param(out, "source", alert->source_id, param);
  append_param(out, "state", text_from(alert_state_name(alert->state)), 20);
  append_param(out, "resolution", text_from(alert_resolution_name(alert->resolution)), 20);
  append_param(out, "by", record->attempt->occasion.by, param);
  append_param(out, "note", record->attempt->occasion.note, param);
  buffer_printf(out, " matches=\"%lld\"", (long long)alert->match_count);
  append_param(out, "key", record->attempt->idempotency_key, 64);
  buffer_append_string(out, "] ");
  siem_append_headline(out, record, limit);
}

/* ---- JSON -------------------------------------------------------------------------------- */

static void put(struct buffer *out, const char *key, struct text text, size_t limit) {
  struct buffer cut = BUFFER_NONE;
  if (text.size > 0)
    markup_append(&cut, &markup_line, text, limit);
  siem_put(out, key, buffer_text(&cut));
  buffer_free(&cut);
}

/* What most asks for the alert by, where not all of it fits. */
static void append_json_part(struct buffer *out, const struct siem_record *record, size_t limit) {
  const struct alert *alert = record->alert;
  const struct delivery_try *attempt = record->attempt;
  buffer_append_string(out, "- {\"left_out\":\"all but these members, and ends of texts\"");
  put(out, "alert_id", alert->id, 40);
  put(out, "occasion", occasion_of(record), 20);
  put(out, "severity", text_from(severity_name(alert->severity)), 20);
  put(out, "title", alert->title, limit);
  put(out, "id", alert->rule_id, limit);
  put(out, "actor", alert->actor, limit);
  put(out, "log_type", alert->log_type, limit);
  put(out, "source_id", alert->source_id, limit);
  put(out, "by", attempt->occasion.by, limit);
  put(out, "note", attempt->occasion.note, limit);
  put(out, "state", text_from(alert_state_name(alert->state)), 20);
  put(out, "resolution", text_from(alert_resolution_name(alert->resolution)), 20);
  buffer_printf(out, ",\"match_count\":%lld", (long long)alert->match_count);
  put(out, "idempotency_key", attempt->idempotency_key, 64);
  buffer_append_char(out, '}');
}

/* ---- CEF --------------------------------------------------------------------------------- */

static void append_pair(struct buffer *out, const char *key, struct text value, size_t limit) {
  if (value.size == 0)
    return;
  buffer_printf(out, " %s=", key);
  append_escaped(out, value, limit, "\\=");
}

static void append_time(struct buffer *out, const char *key, time_us time) {
  if (time != TIME_NONE)
    buffer_printf(out, " %s=%lld", key, (long long)(time / US_PER_MS));
}

static void append_label(struct buffer *out, int number, const char *label, struct text value,
                         size_t limit) {
  char key[16];
  if (value.size == 0)
    return;
  snprintf(key, sizeof key, "cs%d", number);
  buffer_printf(out, " %sLabel=%s", key, label);
  append_pair(out, key, value, limit);
}

static void append_cef(struct buffer *out, const struct siem_record *record, size_t limit) {
  const struct alert *alert = record->alert;
  const struct message_occasion *occasion = &record->attempt->occasion;
  size_t name = limit < 500 ? limit : 500; /* 512; and 1023 for texts of the extension */
  struct text rule = alert->rule_id.size > 0 ? alert->rule_id : TEXT("margay");
  buffer_append_string(out, "- CEF:0|margay|margay|1|");
  append_escaped(out, rule, name, "|\\");
  buffer_append_char(out, '|');
  append_escaped(out, alert_headline(alert), name, "|\\");
  buffer_printf(out, "|%d|", cef_severities[alert->severity]);
  size_t start = out->size;
  append_time(out, "rt", record->time);
  append_time(out, "start", alert->first_event_time);
  append_time(out, "end", alert->last_event_time);
  append_pair(out, "externalId", alert->id, 40);
  append_pair(out, "act", occasion_of(record), 20);
  append_pair(out, "suser", alert->actor, limit);
  buffer_printf(out, " cnt=%lld", (long long)alert->match_count);
  append_pair(out, "reason", occasion->note, limit);
  append_label(out, 1, "state", text_from(alert_state_name(alert->state)), 20);
  append_label(out, 2, "resolution", text_from(alert_resolution_name(alert->resolution)), 20);
  append_label(out, 3, "by", occasion->by, limit);
  append_label(out, 4, "logType", alert->log_type, limit);
  append_label(out, 5, "source", alert->source_id, limit);
  append_label(out, 6, "key", record->attempt->idempotency_key, 64);
  append_pair(out, "msg", alert->description, limit);
  memmove(out->data + start, out->data + start + 1, out->size - start); /* the first space, NUL */
  out->size--;
}

/* ---- the whole --------------------------------------------------------------------------- */

static void append_head(struct buffer *out, const struct syslog_form *form,
                        const struct siem_record *record) {
  struct time_string time = {.text = ""};
  time_format(record->time, &time);
  buffer_printf(out, "<%d>1 %s %.*s %.*s - %.*s ",
                form->facility * 8 + levels[record->alert->severity],
                time.text[0] ? time.text : "-", TEXT_ARGS(form->host_name),
                TEXT_ARGS(form->app_name), TEXT_ARGS(occasion_of(record)));
}

/* All of the alert, where it fits. */
static bool append_json_whole(struct buffer *out, size_t max_size,
                              const struct siem_record *record) {
  size_t start = out->size;
  buffer_append_string(out, "- ");
  siem_append(out, record, (size_t)1 << 20, siem_append_alert);
  if (out->size <= max_size)
    return true;
  out->size = start;
  return false;
}

void syslog_message_append(struct buffer *out, const struct syslog_form *form,
                           const struct siem_record *record) {
  static void (*const writers[])(struct buffer * out, const struct siem_record *record,
                                 size_t limit) = {
      [SYSLOG_TEXT] = append_text, [SYSLOG_JSON] = append_json_part, [SYSLOG_CEF] = append_cef};
  append_head(out, form, record);
  size_t start = out->size;
  if (form->format == SYSLOG_JSON && append_json_whole(out, form->max_size, record))
    return;
  for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
    out->size = start;
    writers[form->format](out, record, limits[i]);
    if (out->size <= form->max_size)
      break;
  }
}

#include "alert/destination/siem/siem.h"

#include "alert/message/alert_json.h"
#include "alert/message/markup.h"
#include "alert/message/stored_json.h"

enum {
  SHORT_MAX = 500, /* bytes of a text, when nothing else helps: all stay below 48 KiB */
  ALL_LEVELS = 4,
};

static struct text shortened(struct text text, struct arena *arena) {
  struct text kept = text_cut(text, SHORT_MAX);
  if (kept.size == text.size)
    return text;
  return text_from(arena_printf(arena, "%.*s\xe2\x80\xa6", TEXT_ARGS(kept)));
}

/* Numbers that 64 bits may not hold and keys with a NUL make some services refuse all of it. */
static struct text made_plain(struct text stored, struct arena *arena) {
  if (stored.size == 0)
    return stored;
  struct buffer json = BUFFER_NONE;
  json_append_and_free(&json, stored_json_load(stored));
  struct text kept = arena_copy(arena, buffer_text(&json));
  buffer_free(&json);
  return kept;
}

/* The alert with JSON that every service can read. */
static struct alert plain_of(const struct alert *alert, struct arena *arena) {
  struct alert plain = *alert;
  struct text *const stored[] = {&plain.event, &plain.context, &plain.attributes, &plain.reports,
                                 &plain.tags};
  for (size_t i = 0; i < sizeof stored / sizeof *stored; i++)
    *stored[i] = made_plain(*stored[i], arena);
  return plain;
}

/* What is left of an alert at a level; says what is not. */
static const char *reduce(struct alert *alert, int level, struct arena *arena) {
  static const char *const left_out[ALL_LEVELS] = {
      NULL, "event", "event, alert_context, summary_attributes, reports, tags",
      "event, alert_context, summary_attributes, reports, tags, ends of texts"};
  if (level >= 1)
    alert->event = TEXT("");
  if (level >= 2)
    alert->context = alert->attributes = alert->reports = alert->tags = TEXT("");
  struct text *const texts[] = {&alert->id,          &alert->rule_id,   &alert->display_name,
                                &alert->log_type,    &alert->source_id, &alert->actor,
                                &alert->dedup,       &alert->title,     &alert->description,
                                &alert->runbook,     &alert->reference, &alert->assignee,
                                &alert->source_label};
  for (size_t i = 0; level >= 3 && i < sizeof texts / sizeof *texts; i++)
    *texts[i] = shortened(*texts[i], arena);
  return left_out[level];
}

static void reduce_occasion(struct delivery_try *attempt, int level, struct arena *arena) {
  if (level < 3)
    return;
  attempt->occasion.by = shortened(attempt->occasion.by, arena);
  attempt->occasion.note = shortened(attempt->occasion.note, arena);
}

void siem_append(struct buffer *out, const struct siem_record *record, size_t limit,
                 void (*write)(struct buffer *out, const struct siem_record *record)) {
  struct arena arena = ARENA_NONE;
  const struct alert plain = plain_of(record->alert, &arena);
  size_t start = out->size;
  for (int level = 0; level < ALL_LEVELS; level++) {
    struct alert alert = plain;
    struct delivery_try attempt = *record->attempt;
    struct siem_record reduced = *record;
    reduced.left_out = reduce(&alert, level, &arena);
    reduce_occasion(&attempt, level, &arena);
    reduced.alert = &alert;
    reduced.attempt = &attempt;
    out->size = start;
    write(out, &reduced);
    if (out->size - start <= limit)
      break;
  }
  arena_free(&arena);
}

struct siem_record siem_record_of(const struct destination *destination, const struct alert *alert,
                                  const struct delivery_try *attempt) {
  bool opened = attempt->occasion.occasion == OCCASION_OPENED && alert->created_at != TIME_NONE;
  return (struct siem_record){.destination = destination,
                              .alert = alert,
                              .attempt = attempt,
                              .time = opened ? alert->created_at : attempt->now};
}

void siem_put(struct buffer *out, const char *key, struct text text) {
  if (text.size == 0)
    return;
  buffer_printf(out, ",\"%s\":", key);
  buffer_append_json_string(out, text);
}

void siem_append_alert(struct buffer *out, const struct siem_record *record) {
  const struct alert *alert = record->alert;
  const struct delivery_try *attempt = record->attempt;
  struct buffer page = BUFFER_NONE;
  siem_append_page(&page, record);
  alert_json_append_open(out, alert);
  siem_put(out, "occasion", text_from(alert_occasion_name(attempt->occasion.occasion)));
  siem_put(out, "by", attempt->occasion.by);
  siem_put(out, "note", attempt->occasion.note);
  siem_put(out, "idempotency_key", attempt->idempotency_key);
  siem_put(out, "margay_url", buffer_text(&page));
  siem_put(out, "left_out", text_from(record->left_out));
  buffer_append_char(out, '}');
  buffer_free(&page);
}

void siem_append_page(struct buffer *out, const struct siem_record *record) {
  const struct alert_display *display = record->destination->display;
  if (!display || display->url.size == 0)
    return;
  buffer_append_text(out, display->url);
  buffer_append_string(out, "/alerts/");
  buffer_append_text(out, record->alert->id);
}

void siem_append_headline(struct buffer *out, const struct siem_record *record, size_t limit) {
  const struct message_occasion *occasion = &record->attempt->occasion;
  struct buffer line = BUFFER_NONE;
  buffer_printf(&line, "%s: %s", severity_name(record->alert->severity),
                alert_type_words(record->alert->type));
  buffer_append_text(&line, alert_headline(record->alert));
  if (occasion->occasion != OCCASION_OPENED)
    buffer_printf(&line, " (%s)", alert_occasion_name(occasion->occasion));
  markup_append(out, &markup_line, buffer_text(&line), limit);
  buffer_free(&line);
}

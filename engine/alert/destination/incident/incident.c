#include "alert/destination/incident/incident.h"

#include "alert/message/alert_json.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>

enum {
  LABEL_MAX = 40,
  VALUE_MAX = 300,
  NEWS_MAX = 2000,
  WORDS_MAX = 3000, /* of the description and of the runbook */
  HEADING_MAX = 240,
};

/* ---- markup --------------------------------------------------------------------------------- */

static bool is_word(char c) {
  return isalnum((unsigned char)c) || c == '_';
}

/* Whether a name can go on there, in whatever letters. */
static bool goes_on(struct text rest) {
  return rest.size > 0 && (is_word(rest.data[0]) || (unsigned char)rest.data[0] >= 0x80);
}

static const char *escape(char c, char before, struct text rest) {
  switch (c) {
  case '<':
    return "\xe2\x80\xb9"; /* ‹ */
  case '>':
    return "\xe2\x80\xba"; /* › */
  case ':':
    return text_starts_folded(rest, TEXT("//")) ? "[:]" : NULL;
  case '.': /* www.evil.example */
    return (before == 'w' || before == 'W') && goes_on(rest) ? "[.]" : NULL;
  case '@':
    return is_word(before) ? NULL : "[@]"; /* not in an address */
  case '[':                                /* ServiceNow shows what is in [code] as HTML */
    return text_starts_folded(rest, TEXT("code]")) || text_starts_folded(rest, TEXT("/code]"))
               ? "("
               : NULL;
  default:
    return NULL;
  }
}

const struct markup markup_incident_line = {.lines = false, .escape = escape};
const struct markup markup_incident_lines = {.lines = true, .escape = escape};

/* For cutting what is escaped. */
static const struct markup cut = {.lines = true};

/* ---- text ----------------------------------------------------------------------------------- */

void incident_append_headline(struct buffer *out, const struct message *message, size_t limit) {
  const char *severity = severity_name(message->severity);
  buffer_printf(out, "%s: ", severity);
  markup_append(out, &markup_incident_line, message->headline, limit - strlen(severity) - 2);
}

void incident_append_news(struct buffer *out, const struct message *message, size_t limit) {
  if (message->news.size > 0)
    markup_append(out, &markup_incident_lines, message->news, limit);
  else
    incident_append_headline(out, message, limit);
}

static void append_words(struct buffer *out, const char *label, struct text words) {
  if (words.size == 0)
    return;
  buffer_append_char(out, '\n');
  if (label)
    buffer_printf(out, "%s:\n", label);
  markup_append(out, &markup_incident_lines, words, WORDS_MAX);
  buffer_append_char(out, '\n');
}

static void append_fields(struct buffer *out, const struct alert_field *fields, size_t count) {
  if (count > 0)
    buffer_append_char(out, '\n');
  for (size_t i = 0; i < count; i++) {
    markup_append(out, &markup_incident_line, fields[i].label, LABEL_MAX);
    buffer_append_string(out, ": ");
    markup_append(out, &markup_incident_line, fields[i].value, VALUE_MAX);
    buffer_append_char(out, '\n');
  }
}

/* "- TIME  ACTOR  TITLE  RULE" */
static void append_step_event(struct buffer *out, const struct alert_step_event *event) {
  struct time_string time;
  const struct text parts[] = {event->actor, event->title, event->rule_id};
  buffer_printf(out, "- %s", alert_time(event->time, &time));
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    if (text_trim(parts[i]).size == 0)
      continue;
    buffer_append_string(out, "  ");
    markup_append(out, &markup_incident_line, parts[i], HEADING_MAX);
  }
  buffer_append_char(out, '\n');
}

static void append_step(struct buffer *out, const struct alert_step *step) {
  struct buffer heading = BUFFER_NONE;
  alert_step_append_heading(&heading, step);
  buffer_append_char(out, '\n');
  markup_append(out, &markup_incident_line, buffer_text(&heading), HEADING_MAX);
  buffer_append_char(out, '\n');
  buffer_free(&heading);
  size_t shown =
      step->event_count < ALERT_STEP_EVENTS_SHOWN ? step->event_count : ALERT_STEP_EVENTS_SHOWN;
  for (size_t i = 0; i < shown; i++)
    append_step_event(out, &step->events[i]);
  if (step->count > (int64_t)shown)
    buffer_printf(out, "and %" PRId64 " more\n", step->count - (int64_t)shown);
}

static void append_links(struct buffer *out, const struct message *message, size_t limit) {
  buffer_append_char(out, '\n');
  for (size_t i = 0; i < message->link_count; i++)
    if (message->links[i].url.size < limit / 4) {
      buffer_printf(out, "%s: ", message->links[i].label);
      buffer_append_text(out, message->links[i].url);
      buffer_append_char(out, '\n');
    }
  markup_append(out, &markup_incident_line, message->footer, HEADING_MAX);
}

void incident_append_body(struct buffer *out, const struct message *message, size_t limit) {
  struct buffer text = BUFFER_NONE;
  incident_append_headline(&text, message, NEWS_MAX);
  buffer_append_char(&text, '\n');
  append_words(&text, NULL, message->news);
  append_fields(&text, message->facts, message->fact_count);
  append_words(&text, NULL, message->why);
  append_fields(&text, message->fields, message->field_count);
  for (size_t i = 0; i < message->step_count; i++)
    append_step(&text, &message->steps[i]);
  append_words(&text, "Runbook", message->runbook);
  append_words(&text, "Reference", message->reference);
  markup_append(out, &cut, buffer_text(&text), limit);
  buffer_free(&text);
}

void incident_append_text(struct buffer *out, const struct message *message, size_t limit) {
  struct buffer links = BUFFER_NONE;
  append_links(&links, message, limit);
  incident_append_body(out, message, limit - markup_length(buffer_text(&links)));
  buffer_append_text(out, buffer_text(&links));
  buffer_free(&links);
}

/* ---- JSON ----------------------------------------------------------------------------------- */

json_t *incident_line(struct text text, size_t limit) {
  struct buffer line = BUFFER_NONE;
  markup_append(&line, &markup_incident_line, text, limit);
  json_t *string = json_from_text(buffer_text(&line));
  buffer_free(&line);
  return string;
}

void incident_set(json_t *object, const char *key,
                  void (*append)(struct buffer *out, const struct message *message, size_t limit),
                  const struct message *message, size_t limit) {
  struct buffer text = BUFFER_NONE;
  append(&text, message, limit);
  json_object_set_new(object, key, json_from_text(buffer_text(&text)));
  buffer_free(&text);
}

/* An event may have a field that is called as a fact is. */
static void add_detail(json_t *object, const struct alert_field *field, size_t limit,
                       size_t *room) {
  struct buffer label = BUFFER_NONE;
  markup_append(&label, &markup_incident_line, field->label, LABEL_MAX);
  if (label.size == 0)
    buffer_append_char(&label, '-');
  while (json_object_get(object, label.data))
    buffer_append_char(&label, '_');
  size_t taken = markup_length(buffer_text(&label));
  if (taken < *room) {
    size_t left = *room - taken;
    json_t *value = incident_line(field->value, left < limit ? left : limit);
    taken += markup_length((struct text){json_string_value(value), json_string_length(value)});
    json_object_set_new(object, label.data, value);
    *room -= taken;
  }
  buffer_free(&label);
}

void incident_add_details(json_t *object, const struct message *message, size_t limit,
                          size_t room) {
  for (size_t i = 0; i < message->fact_count; i++)
    add_detail(object, &message->facts[i], limit, &room);
  for (size_t i = 0; i < message->field_count; i++)
    add_detail(object, &message->fields[i], limit, &room);
}

/* ---- actions --------------------------------------------------------------------------------- */

enum incident_action incident_action_of(const struct alert *alert, enum alert_occasion occasion,
                                        enum incident_action *then) {
  enum incident_action action = INCIDENT_UPDATE;
  switch (occasion) {
  case OCCASION_OPENED:
    action = alert->state == ALERT_RESOLVED ? INCIDENT_RESOLVE : INCIDENT_OPEN;
    break;
  case OCCASION_ACKNOWLEDGED:
  case OCCASION_RESOLVED:
  case OCCASION_REOPENED: /* as it is: what was waiting to be sent may be overtaken */
    action = alert->state == ALERT_RESOLVED       ? INCIDENT_RESOLVE
             : alert->state == ALERT_ACKNOWLEDGED ? INCIDENT_ACKNOWLEDGE
                                                  : INCIDENT_REOPEN;
    break;
  case OCCASION_GREW:
  case OCCASION_ROSE:
  case OCCASION_ASSIGNED:
  case OCCASION_NOTED:
    break;
  }
  bool acknowledged = action == INCIDENT_OPEN && alert->state == ALERT_ACKNOWLEDGED;
  *then = acknowledged ? INCIDENT_ACKNOWLEDGE : action;
  return action;
}

/* ---- progress: "STEP KEY ID REST" ------------------------------------------------------------ */

bool incident_is_id(struct text id) {
  for (size_t i = 0; i < id.size; i++)
    if (!is_word(id.data[i]) && id.data[i] != '-')
      return false;
  return id.size > 0 && id.size <= INCIDENT_ID_MAX;
}

/* What stands before the next space. */
static struct text take_word(struct text *text) {
  size_t end = 0;
  while (end < text->size && text->data[end] != ' ')
    end++;
  struct text word = {text->data, end};
  size_t taken = end < text->size ? end + 1 : end;
  *text = (struct text){text->data + taken, text->size - taken};
  return word;
}

struct incident_progress incident_progress_read(const struct delivery_try *attempt) {
  struct text state = attempt->state;
  if (state.size == 0)
    return (struct incident_progress){.step = 0};
  struct text step = take_word(&state), key = take_word(&state), id = take_word(&state);
  struct incident_progress progress = {.id = incident_is_id(id) ? id : TEXT("")};
  if (text_equal(key, attempt->idempotency_key) && step.size == 1 && isdigit(step.data[0])) {
    progress.step = step.data[0] - '0';
    progress.rest = state;
  }
  return progress;
}

void incident_progress_keep(struct delivery_judgement *judgement,
                            const struct delivery_try *attempt,
                            const struct incident_progress *progress) {
  struct buffer state = BUFFER_NONE;
  buffer_printf(&state, "%d ", progress->step);
  buffer_append_text(&state, attempt->idempotency_key);
  buffer_append_char(&state, ' ');
  if (incident_is_id(progress->id))
    buffer_append_text(&state, progress->id);
  if (progress->rest.size > 0) {
    buffer_append_char(&state, ' ');
    buffer_append_text(&state, progress->rest);
  }
  delivery_judgement_keep(judgement, buffer_text(&state));
  buffer_free(&state);
}

void incident_go_on(struct delivery_judgement *judgement, const struct delivery_try *attempt) {
  struct incident_progress progress = incident_progress_read(attempt);
  if (judgement->verdict != DELIVERY_DONE || attempt->part != INCIDENT_PART_GOES_ON)
    return;
  progress.step++;
  incident_progress_keep(judgement, attempt, &progress);
  judgement->verdict = DELIVERY_MORE;
}

/* ---- searches -------------------------------------------------------------------------------- */

enum {
  STEPS = 9,
  SEARCHES_MAX = 4096, /* bytes of keys in a memo: far more than are under way */
};

void incident_found_none(struct delivery_judgement *judgement, const struct delivery_try *attempt) {
  struct incident_progress progress = incident_progress_read(attempt);
  if (attempt->memo && attempt->memo->size > SEARCHES_MAX)
    buffer_reset(attempt->memo);
  if (attempt->memo) {
    buffer_append_text(attempt->memo, attempt->idempotency_key);
    buffer_append_char(attempt->memo, '\n');
  }
  progress.id = TEXT("");
  progress.step = progress.step % STEPS + 1; /* another one than before */
  incident_progress_keep(judgement, attempt, &progress);
  judgement->verdict = DELIVERY_MORE;
}

bool incident_may_open(const struct delivery_try *attempt) {
  struct buffer *memo = attempt->memo;
  size_t size = attempt->idempotency_key.size;
  if (!memo)
    return true;
  for (size_t at = 0; at + size < memo->size;) {
    char *line = memo->data + at;
    size_t end = at;
    while (memo->data[end] != '\n')
      end++;
    if (end - at == size && memcmp(line, attempt->idempotency_key.data, size) == 0) {
      memmove(line, memo->data + end + 1, memo->size - end - 1);
      memo->size -= size + 1;
      return true;
    }
    at = end + 1;
  }
  return false;
}

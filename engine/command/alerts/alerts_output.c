#include "command/alerts/alerts_output.h"

#include "alert/message/alert_json.h"
#include "alert/message/alert_steps.h"
#include "alert/message/markup.h"
#include "alert/message/stored_json.h"
#include "alert/message/summary.h"
#include "api/json/alert_record.h"
#include "command/outbox_output.h"
#include "command/terminal/terminal.h"
#include "rule/rule.h"
#include "store/store_lifecycle.h"
#include "store/store_routing.h"

#include <stdlib.h>

/* Characters of an id in a table: enough to be unique in practice. */
#define ID_SHOWN 12
#define VALUE_MAX ((size_t)1 << 20)

/* For values of several lines, such as a runbook or indented JSON. */
static const struct markup markup_lines = {.lines = true};

static const char *const list_headings[] = {"OPENED",  "SEVERITY", "ALERT",    "RULE",
                                            "MATCHES", "STATE",    "DELIVERY", "TITLE"};
#define COLUMNS 8

struct alerts_output alerts_output_of(FILE *out, bool json) {
  return (struct alerts_output){
      .out = out,
      .json = json,
      .colours = terminal_colours(out),
      .width = terminal_width(out),
  };
}

/* ---- JSON -------------------------------------------------------------------------------- */

/* `change`: what happened to it; NULL: nothing did. */
static bool print_alert(const struct alerts_output *output, struct store *store,
                        const struct alert *alert, const struct alert_history *change,
                        struct error *error) {
  struct buffer json = BUFFER_NONE;
  bool ok = alert_record_append(&json, store, alert, error);
  if (change)
    alert_record_append_change(&json, change);
  buffer_append_char(&json, '}');
  if (ok)
    json_print(output->out, buffer_text(&json));
  buffer_free(&json);
  return ok;
}

/* ---- tables ------------------------------------------------------------------------------ */

struct delivery_states {
  int64_t in[OUTBOX_STATE_COUNT], count;
};

static bool count_state(void *states, const struct outbox_row *row) {
  struct delivery_states *all = states;
  all->in[row->state]++;
  all->count++;
  return true;
}

/* "open", "acknowledged", or what it was: "false positive". */
static void add_life(struct table *table, const struct alert *alert) {
  static const char *const colours[] = {
      [ALERT_OPEN] = "33", [ALERT_ACKNOWLEDGED] = "36", [ALERT_RESOLVED] = "32"};
  bool known = alert->state == ALERT_RESOLVED && alert->resolution != RESOLUTION_NONE;
  table_add(
      table,
      text_from(known ? alert_resolution_words(alert->resolution) : alert_state_name(alert->state)),
      colours[alert->state]);
}

/* "held" for history, "muted" by a route, "delivered", or the worst state and how many deliveries
 * are in it: "parked 1/2". */
static void add_states(struct table *table, const struct alert *alert,
                       const struct delivery_states *states, bool muted) {
  if (states->count == 0) {
    table_add(table, alert->held ? TEXT("held") : muted ? TEXT("muted") : TEXT("-"), NULL);
    return;
  }
  enum outbox_state state = states->in[OUTBOX_PARKED]    ? OUTBOX_PARKED
                            : states->in[OUTBOX_PENDING] ? OUTBOX_PENDING
                            : states->in[OUTBOX_HELD]    ? OUTBOX_HELD
                                                         : OUTBOX_DELIVERED;
  char shown[80];
  if (states->in[state] == states->count)
    snprintf(shown, sizeof shown, "%s", outbox_state_name(state));
  else
    snprintf(shown, sizeof shown, "%s %lld/%lld", outbox_state_name(state),
             (long long)states->in[state], (long long)states->count);
  table_add(table, text_from(shown), outbox_state_colour(state));
}

bool alerts_output_add(struct alerts_output *output, struct store *store, const struct alert *alert,
                       struct error *error) {
  if (output->json)
    return print_alert(output, store, alert, NULL, error);
  struct delivery_states states = {.count = 0};
  struct buffer route = BUFFER_NONE;
  bool ok = store_outbox_list(store, alert->id, OUTBOX_PENDING, count_state, &states, error) &&
            store_alert_muted(store, alert->id, &route, error);
  bool muted = route.size > 0;
  buffer_free(&route);
  if (!ok)
    return false;
  if (!output->table)
    output->table = table_new(list_headings, COLUMNS);
  struct time_string time;
  table_add(output->table, text_from(alert_time(alert->created_at, &time)), NULL);
  table_add(output->table, text_from(severity_name(alert->severity)),
            severity_colour(alert->severity));
  table_add(output->table, text_cut(alert->id, ID_SHOWN), NULL);
  table_add(output->table, alert->rule_id, NULL);
  table_add_number(output->table, alert->match_count);
  add_life(output->table, alert);
  add_states(output->table, alert, &states, muted);
  table_add(output->table, alert_headline(alert), NULL);
  output->count++;
  return true;
}

/* WHO: resolved as false positive: NOTE (by the cli) */
static void append_change(struct buffer *out, const struct alert_history *history) {
  markup_append(out, &markup_line, history->who, VALUE_MAX);
  buffer_printf(out, ": %s", alert_occasion_name(history->action));
  if (history->resolution != RESOLUTION_NONE)
    buffer_printf(out, " as %s", alert_resolution_words(history->resolution));
  if (history->action == OCCASION_ASSIGNED) {
    buffer_append_string(out, " to ");
    markup_append(out, &markup_line,
                  history->assignee.size > 0 ? history->assignee : TEXT("nobody"), VALUE_MAX);
  }
  if (history->note.size > 0)
    buffer_append_string(out, ": ");
  markup_append(out, &markup_line, history->note, VALUE_MAX);
  if (history->via != ALERT_VIA_CLI && history->via != ALERT_VIA_MARGAY)
    buffer_printf(out, " (by %s)", alert_via_name(history->via));
}

/* What the line of an alert that was opened, or changed at another time, begins with. */
static void begin_line(const struct alerts_output *output, const struct alert *alert, time_us at,
                       struct buffer *line) {
  struct time_string time;
  const char *colour = output->colours ? severity_colour(alert->severity) : NULL;
  buffer_printf(line, "%s  %s%s%s%-8s%s  %.*s  ", alert_time(at, &time), colour ? "\x1b[" : "",
                colour ? colour : "", colour ? "m" : "", severity_name(alert->severity),
                colour ? "\x1b[0m" : "", TEXT_ARGS(text_cut(alert->id, ID_SHOWN)));
}

static void end_line(const struct alerts_output *output, struct buffer *line) {
  buffer_append_char(line, '\n');
  fwrite(line->data, 1, line->size, output->out);
  buffer_free(line);
}

bool alerts_output_line(struct alerts_output *output, struct store *store,
                        const struct alert *alert, struct error *error) {
  if (output->json)
    return print_alert(output, store, alert, NULL, error);
  struct buffer line = BUFFER_NONE;
  begin_line(output, alert, alert->created_at, &line);
  markup_append(&line, &markup_line, alert->rule_id, VALUE_MAX);
  buffer_append_string(&line, "  ");
  markup_append(&line, &markup_line, alert_headline(alert), VALUE_MAX);
  end_line(output, &line);
  return true;
}

bool alerts_output_change(struct alerts_output *output, struct store *store,
                          const struct alert *alert, const struct alert_history *history,
                          struct error *error) {
  if (output->json)
    return print_alert(output, store, alert, history, error);
  struct buffer line = BUFFER_NONE;
  begin_line(output, alert, history->at, &line);
  append_change(&line, history);
  buffer_append_string(&line, "  ");
  markup_append(&line, &markup_line, alert_headline(alert), VALUE_MAX);
  end_line(output, &line);
  return true;
}

size_t alerts_output_end(struct alerts_output *output) {
  if (output->table) {
    struct buffer lines = BUFFER_NONE;
    table_write(output->table, output->colours, output->width, &lines);
    fwrite(lines.data, 1, lines.size, output->out);
    buffer_free(&lines);
  }
  table_free(output->table);
  output->table = NULL;
  return output->count;
}

/* ---- one alert --------------------------------------------------------------------------- */

/* A value of several lines starts below its label. label NULL: there is none, and the value is
 * always indented. */
static void append_value(struct buffer *page, const char *label, struct text value) {
  struct text trimmed = text_trim(value);
  if (trimmed.size == 0)
    return;
  if (label && !memchr(trimmed.data, '\n', trimmed.size)) {
    buffer_printf(page, "  %-12s ", label);
    markup_append(page, &markup_line, trimmed, VALUE_MAX);
    buffer_append_char(page, '\n');
    return;
  }
  struct buffer lines = BUFFER_NONE;
  markup_append(&lines, &markup_lines, trimmed, VALUE_MAX);
  if (label)
    buffer_printf(page, "  %s\n", label);
  for (size_t at = 0; at < lines.size;) {
    const char *end = memchr(lines.data + at, '\n', lines.size - at);
    size_t size = end ? (size_t)(end - lines.data) - at : lines.size - at;
    buffer_printf(page, "    %.*s\n", (int)size, lines.data + at);
    at += size + 1;
  }
  buffer_free(&lines);
}

static void append_stored(struct buffer *page, const char *label, struct text stored) {
  static const char *const empty[] = {"", "null", "{}", "[]"};
  for (size_t i = 0; i < sizeof empty / sizeof *empty; i++)
    if (text_is(text_trim(stored), empty[i]))
      return;
  struct buffer indented = BUFFER_NONE;
  stored_json_append_indented(&indented, stored);
  append_value(page, label, buffer_text(&indented));
  buffer_free(&indented);
}

static void append_tags(struct buffer *page, struct text stored) {
  json_t *tags = stored_json_load(stored), *tag;
  struct buffer line = BUFFER_NONE;
  size_t i;
  json_array_foreach(tags, i, tag) {
    buffer_append_string(&line, i ? ", " : "");
    buffer_append(&line, json_string_value(tag), json_string_length(tag));
  }
  append_value(page, "tags", buffer_text(&line));
  buffer_free(&line);
  json_decref(tags);
}

static void append_attributes(struct buffer *page, const struct alert *alert) {
  struct arena arena = ARENA_NONE;
  struct alert_field fields[RULE_ATTRIBUTES_MAX];
  size_t count = alert_attributes(alert, &arena, fields, RULE_ATTRIBUTES_MAX);
  struct buffer label = BUFFER_NONE;
  for (size_t i = 0; i < count; i++) {
    buffer_reset(&label);
    markup_append(&label, &markup_line, fields[i].label, VALUE_MAX);
    append_value(page, label.data, fields[i].value);
  }
  buffer_free(&label);
  arena_free(&arena);
}

static void append_steps(struct buffer *page, const struct alert *alert) {
  struct buffer lines = BUFFER_NONE;
  alert_steps_append_lines(&lines, alert, "    ", ALERT_STEP_EVENTS_MAX);
  if (lines.size > 0)
    buffer_append_string(page, "  steps\n");
  buffer_append_text(page, buffer_text(&lines));
  buffer_free(&lines);
}

static void append_alert(struct buffer *page, const struct alert *alert, bool colours) {
  struct time_string first, last;
  struct count_string count;
  if (colours)
    buffer_printf(page, "\x1b[%sm", severity_colour(alert->severity));
  buffer_append_string(page, severity_name(alert->severity));
  buffer_append_string(page, colours ? "\x1b[0m  " : "  ");
  markup_append(page, &markup_line, alert_headline(alert), VALUE_MAX);
  buffer_append_string(page, "\n\n");

  append_value(page, "alert", alert->id);
  append_value(page, "type", text_from(alert_type_name(alert->type)));
  append_value(page, "rule", alert->rule_id);
  append_value(page, "name", alert->display_name);
  append_value(page, "who", alert->actor);
  append_value(page, "log type", alert->log_type);
  append_value(page, "source", alert->source_label.size ? alert->source_label : alert->source_id);
  append_value(page, "state", text_from(alert_state_name(alert->state)));
  append_value(page, "as", text_from(alert_resolution_words(alert->resolution)));
  append_value(page, "assigned to", alert->assignee);
  append_value(page, "opened", text_from(alert_time(alert->created_at, &first)));
  alert_count(alert, &count);
  buffer_printf(page, "  %-12s %s%s%s%s", "matches", count.text, count.text[0] ? ", " : "",
                alert->match_count > 1 ? "from " : "at ",
                alert_time(alert->first_event_time, &first));
  if (alert->match_count > 1)
    buffer_printf(page, " to %s", alert_time(alert->last_event_time, &last));
  buffer_append_char(page, '\n');
  append_value(page, "dedup", alert->dedup);
  append_attributes(page, alert);
  append_steps(page, alert);
  append_value(page, "description", alert->description);
  append_value(page, "runbook", alert->runbook);
  append_value(page, "reference", alert->reference);
  append_tags(page, alert->tags);
  append_stored(page, "reports", alert->reports);
  append_stored(page, "context", alert->context);
}

struct page {
  struct buffer *text;
  bool colours;
  int64_t count;
};

static bool append_history_line(void *context, const struct alert_history *history) {
  struct page *page = context;
  struct time_string time;
  if (page->count++ == 0)
    buffer_append_string(page->text, "\nHistory\n");
  buffer_printf(page->text, "  %s  ", alert_time(history->at, &time));
  append_change(page->text, history);
  buffer_append_char(page->text, '\n');
  return true;
}

static bool append_delivery_line(void *context, const struct outbox_row *row) {
  struct page *page = context;
  struct time_string time;
  if (page->count++ == 0)
    buffer_append_string(page->text, "\nDeliveries\n");
  buffer_append_string(page->text, "  ");
  markup_append(page->text, &markup_line, row->destination_id, VALUE_MAX);
  if (page->colours)
    buffer_printf(page->text, "  \x1b[%sm%s\x1b[0m", outbox_state_colour(row->state),
                  outbox_state_name(row->state));
  else
    buffer_printf(page->text, "  %s", outbox_state_name(row->state));
  if (row->occasion != OCCASION_OPENED)
    buffer_printf(page->text, " (%s)", alert_occasion_name(row->occasion));
  buffer_printf(page->text, " %s, %lld attempt%s, key %.*s\n", alert_time(row->updated_at, &time),
                (long long)row->attempts, row->attempts == 1 ? "" : "s",
                TEXT_ARGS(row->idempotency_key));
  if (row->state == OUTBOX_PENDING)
    buffer_printf(page->text, "    next attempt %s\n", alert_time(row->due, &time));
  if (row->last_error.size > 0) {
    buffer_append_string(page->text, "    last error: ");
    markup_append(page->text, &markup_line, row->last_error, VALUE_MAX);
    buffer_append_char(page->text, '\n');
  }
  return true;
}

static bool append_mute_line(struct buffer *text, struct store *store, const struct alert *alert,
                             struct error *error) {
  struct buffer route = BUFFER_NONE;
  bool ok = store_alert_muted(store, alert->id, &route, error);
  if (route.size > 0) {
    buffer_append_string(text, "\nSent nowhere: muted by ");
    markup_append(text, &markup_line, buffer_text(&route), VALUE_MAX);
    buffer_append_char(text, '\n');
  }
  buffer_free(&route);
  return ok;
}

static bool append_event_lines(void *context, const struct store_event *event) {
  struct page *page = context;
  struct time_string time;
  if (page->count++ == 0)
    buffer_append_string(page->text, "\nEvents that are kept, oldest first\n");
  buffer_printf(page->text, "  %s  row ", alert_time(event->event_time, &time));
  markup_append(page->text, &markup_line, event->row_id, VALUE_MAX);
  buffer_append_char(page->text, '\n');
  append_stored(page->text, NULL, event->record);
  return true;
}

static bool show_text(const struct alerts_output *output, struct store *store,
                      const struct alert *alert, int64_t limit, struct error *error) {
  struct buffer text = BUFFER_NONE;
  struct page deliveries = {&text, output->colours, 0}, events = deliveries, history = deliveries;
  append_alert(&text, alert, output->colours);
  bool ok = store_alert_history(store, alert->id, append_history_line, &history, error) &&
            store_outbox_list(store, alert->id, OUTBOX_PENDING, append_delivery_line, &deliveries,
                              error) &&
            append_mute_line(&text, store, alert, error) &&
            store_alert_events(store, alert->id, limit, append_event_lines, &events, error);
  /* A correlation's events are in its steps, a system alert counts dead letters. */
  bool has_events =
      alert->type != ALERT_SYSTEM && !text_is(alert->log_type, ALERT_CORRELATION_LOG_TYPE);
  if (ok && has_events && events.count < alert->match_count)
    buffer_printf(&text,
                  "\n%lld of %lld events are shown (--limit shows more; events past their "
                  "retention are gone)\n",
                  (long long)events.count, (long long)alert->match_count);
  if (ok)
    fwrite(text.data, 1, text.size, output->out);
  buffer_free(&text);
  return ok;
}

bool alerts_output_show(const struct alerts_output *output, struct store *store,
                        const struct alert *alert, int64_t limit, struct error *error) {
  if (!output->json)
    return show_text(output, store, alert, limit, error);
  struct buffer json = BUFFER_NONE;
  bool ok = alert_record_append(&json, store, alert, error) &&
            alert_record_append_history(&json, store, alert->id, error) &&
            alert_record_append_events(&json, store, alert->id, limit, error);
  buffer_append_char(&json, '}');
  if (ok)
    json_print(output->out, buffer_text(&json));
  buffer_free(&json);
  return ok;
}

#include "command/scan_output.h"

#include "alert/message/alert_steps.h"
#include "alert/message/summary.h"
#include "command/terminal/terminal.h"

#include <errno.h>

/* A member's name as JSON, with what stands before and behind it. */
#define NAME(name) TEXT(",\"" name "\":")

static void append_name(struct buffer *json, struct text name) {
  if (json->size == 0) {
    buffer_append_char(json, '{');
    name = (struct text){name.data + 1, name.size - 1};
  }
  buffer_append_text(json, name);
}

static void member(struct buffer *json, struct text name, struct text text) {
  append_name(json, name);
  buffer_append_json_string(json, text);
}

static void time_member(struct buffer *json, struct text name, time_us time) {
  struct time_string string;
  member(json, name, text_from(time_format(time, &string)));
}

/* `value` is JSON already. */
static void json_member(struct buffer *json, struct text name, struct text value) {
  append_name(json, name);
  buffer_append_text(json, value.size > 0 ? value : TEXT("{}"));
}

static void match_json(const struct match *match, struct buffer *json) {
  struct rule_tuning_line place;
  buffer_reset(json);
  member(json, NAME("rule_id"), match->rule->id);
  member(json, NAME("display_name"), match->rule->display_name);
  member(json, NAME("severity"), text_from(severity_name(match->outcome.severity)));
  member(json, NAME("title"), match->outcome.title);
  member(json, NAME("dedup"), match->outcome.dedup);
  member(json, NAME("log_type"), match->log_type);
  time_member(json, NAME("event_time"), match->event_time);
  member(json, NAME("row_id"), match->row_id);
  json_member(json, NAME("alert_context"), match->outcome.context);
  json_member(json, NAME("event"), match->event);
  if (match->suppressor)
    member(json, NAME("suppressed_by"),
           text_from(rule_tuning_place_words(&match->suppressor->place, &place)));
  buffer_append_string(json, "}\n");
}

static void alert_json(const struct alert *alert, struct buffer *json) {
  buffer_reset(json);
  member(json, NAME("alert_id"), alert->id);
  member(json, NAME("type"), text_from(alert_type_name(alert->type)));
  member(json, NAME("rule_id"), alert->rule_id);
  member(json, NAME("display_name"), alert->display_name);
  member(json, NAME("severity"), text_from(severity_name(alert->severity)));
  member(json, NAME("title"), alert->title);
  member(json, NAME("dedup"), alert->dedup);
  member(json, NAME("log_type"), alert->log_type);
  time_member(json, NAME("first_event_time"), alert->first_event_time);
  time_member(json, NAME("last_event_time"), alert->last_event_time);
  buffer_printf(json, ",\"match_count\":%lld", (long long)alert->match_count);
  member(json, NAME("description"), alert->description);
  member(json, NAME("runbook"), alert->runbook);
  member(json, NAME("reference"), alert->reference);
  json_member(json, NAME("reports"), alert->reports);
  json_member(json, NAME("alert_context"), alert->context);
  json_member(json, NAME("summary_attributes"), alert->attributes);
  append_name(json, NAME("steps"));
  alert_steps_append_json(json, alert);
  json_member(json, NAME("event"), alert->event);
  buffer_append_string(json, "}\n");
}

/* TIME  SEVERITY  TITLE  (RULE */
static void text_line(struct scan_output *output, time_us time, enum severity severity,
                      struct text rule_id, struct text title) {
  struct time_string string;
  char shown[RULE_TEXT_MAX * 4 * TEXT_PRINTABLE_BYTES + 1];
  struct buffer *line = &output->line;
  buffer_reset(line);
  buffer_printf(line, "%s  ", alert_time(time, &string));
  if (output->colours)
    buffer_printf(line, "\x1b[%sm", severity_colour(severity));
  buffer_printf(line, "%-8s", severity_name(severity));
  if (output->colours)
    buffer_append_string(line, "\x1b[0m");
  buffer_printf(line, "  %s  (%.*s", text_printable(title, shown, sizeof shown),
                TEXT_ARGS(rule_id));
}

static void write_line(struct scan_output *output) {
  struct buffer *line = &output->line;
  errno = 0;
  if (output->format == SCAN_JSON) {
    buffer_reset(&output->visible);
    buffer_append_json_visible(&output->visible, buffer_text(line));
    line = &output->visible;
  }
  if (fwrite(line->data, 1, line->size, output->out) != line->size && !output->failed)
    output->failed = errno;
}

bool scan_output_flush(struct scan_output *output) {
  errno = 0;
  if (fflush(output->out) != 0 && !output->failed)
    output->failed = errno;
  return !output->failed;
}

struct scan_output scan_output_of(FILE *out, enum scan_format format) {
  return (struct scan_output){.out = out, .format = format, .colours = terminal_colours(out)};
}

void scan_print_match(struct scan_output *output, const struct match *match) {
  struct buffer *line = &output->line;
  struct rule_tuning_line place;
  if (output->format == SCAN_JSON) {
    match_json(match, line);
  } else {
    text_line(output, match->event_time, match->outcome.severity, match->rule->id,
              match->outcome.title);
    if (match->suppressor)
      buffer_printf(line, ", suppressed by %s",
                    rule_tuning_place_words(&match->suppressor->place, &place));
    buffer_append_string(line, ")\n");
  }
  write_line(output);
}

void scan_print_alert(struct scan_output *output, const struct alert *alert) {
  struct buffer *line = &output->line;
  if (output->format == SCAN_JSON) {
    alert_json(alert, line);
  } else {
    struct count_string count;
    text_line(output, alert->first_event_time, alert->severity, alert->rule_id, alert->title);
    buffer_printf(line, ", %s)\n", alert_count(alert, &count));
    alert_steps_append_lines(line, alert, "    ", ALERT_STEP_EVENTS_SHOWN);
  }
  write_line(output);
}

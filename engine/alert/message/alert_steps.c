#include "alert/message/alert_steps.h"

#include "alert/message/markup.h"
#include "alert/message/stored_json.h"
#include "alert/message/summary.h"

#include <inttypes.h>

/* Characters of a line's parts. */
enum { NAME_MAX_SHOWN = 60, RULE_MAX_SHOWN = 80, ACTOR_MAX_SHOWN = 80, TITLE_MAX_SHOWN = 200 };

/* ---- reading ---- */

static struct text text_member(const json_t *object, const char *key, struct arena *arena) {
  const json_t *value = json_object_get(object, key);
  if (!json_is_string(value))
    return TEXT("");
  return arena_copy(arena, (struct text){json_string_value(value), json_string_length(value)});
}

static struct alert_step_event read_event(const json_t *event, struct arena *arena) {
  struct alert_step_event read = {.rule_id = text_member(event, "rule_id", arena),
                                  .actor = text_member(event, "actor", arena),
                                  .title = text_member(event, "title", arena),
                                  .row_id = text_member(event, "p_row_id", arena)};
  if (!time_parse(text_member(event, "p_event_time", arena), &read.time))
    read.time = TIME_NONE;
  return read;
}

static struct alert_step read_step(const char *name, const json_t *step, struct arena *arena) {
  const json_t *events = json_object_get(step, "events"), *event;
  struct alert_step_event *items = arena_alloc(arena, ALERT_STEP_EVENTS_MAX * sizeof *items);
  struct alert_step read = {.name = arena_copy(arena, text_from(name)),
                            .count = json_integer_value(json_object_get(step, "count")),
                            .events = items};
  size_t i;
  json_array_foreach(events, i, event) {
    if (read.event_count == ALERT_STEP_EVENTS_MAX)
      break;
    items[read.event_count++] = read_event(event, arena);
  }
  return read;
}

size_t alert_steps(const struct alert *alert, struct arena *arena,
                   struct alert_step steps[ALERT_STEPS_MAX]) {
  if (!text_is(alert->log_type, ALERT_CORRELATION_LOG_TYPE))
    return 0;
  json_t *event = stored_json_load(alert->event), *step;
  const char *name;
  size_t count = 0;
  json_object_foreach(json_object_get(event, "steps"), name, step) {
    if (count == ALERT_STEPS_MAX)
      break;
    steps[count++] = read_step(name, step, arena);
  }
  json_decref(event);
  return count;
}

/* ---- for programs ---- */

static void append_member(struct buffer *out, const char *key, struct text value) {
  buffer_printf(out, ",\"%s\":", key);
  buffer_append_json_string(out, value);
}

static void append_event(struct buffer *out, const struct alert_step_event *event) {
  struct time_string time;
  buffer_append_string(out, "{\"rule_id\":");
  buffer_append_json_string(out, event->rule_id);
  if (event->time == TIME_NONE)
    buffer_append_string(out, ",\"time\":null");
  else
    append_member(out, "time", text_from(time_format(event->time, &time)));
  append_member(out, "actor", event->actor);
  append_member(out, "title", event->title);
  append_member(out, "row_id", event->row_id);
  buffer_append_char(out, '}');
}

static void append_step(struct buffer *out, const struct alert_step *step) {
  buffer_append_string(out, "{\"step\":");
  buffer_append_json_string(out, step->name);
  buffer_printf(out, ",\"count\":%" PRId64 ",\"events\":[", step->count);
  for (size_t i = 0; i < step->event_count; i++) {
    if (i > 0)
      buffer_append_char(out, ',');
    append_event(out, &step->events[i]);
  }
  buffer_append_string(out, "]}");
}

void alert_steps_append_json(struct buffer *out, const struct alert *alert) {
  struct arena arena = ARENA_NONE;
  struct alert_step steps[ALERT_STEPS_MAX];
  size_t count = alert_steps(alert, &arena, steps);
  buffer_append_char(out, '[');
  for (size_t i = 0; i < count; i++) {
    if (i > 0)
      buffer_append_char(out, ',');
    append_step(out, &steps[i]);
  }
  buffer_append_char(out, ']');
  arena_free(&arena);
}

/* ---- for people ---- */

void alert_step_append_heading(struct buffer *out, const struct alert_step *step) {
  buffer_append_text(out, text_cut(step->name, NAME_MAX_SHOWN));
  if (step->count == 0)
    buffer_append_string(out, ": did not happen");
  else
    buffer_printf(out, ": %" PRId64 " match%s", step->count, step->count == 1 ? "" : "es");
}

/* TIME  ACTOR  TITLE  (RULE) */
static void append_event_line(struct buffer *out, const struct alert_step_event *event,
                              const char *indent) {
  struct time_string time;
  buffer_printf(out, "%s  %s  ", indent, alert_time(event->time, &time));
  if (event->actor.size) {
    markup_append(out, &markup_line, event->actor, ACTOR_MAX_SHOWN);
    buffer_append_string(out, "  ");
  }
  markup_append(out, &markup_line, event->title, TITLE_MAX_SHOWN);
  buffer_append_string(out, "  (");
  markup_append(out, &markup_line, event->rule_id, RULE_MAX_SHOWN);
  buffer_append_string(out, ")\n");
}

static void append_step_lines(struct buffer *out, const struct alert_step *step, const char *indent,
                              size_t most) {
  struct buffer heading = BUFFER_NONE;
  alert_step_append_heading(&heading, step);
  buffer_append_string(out, indent);
  markup_append(out, &markup_line, buffer_text(&heading), NAME_MAX_SHOWN + RULE_MAX_SHOWN);
  buffer_append_char(out, '\n');
  buffer_free(&heading);
  size_t shown = step->event_count < most ? step->event_count : most;
  for (size_t i = 0; i < shown; i++)
    append_event_line(out, &step->events[i], indent);
  if (step->count > (int64_t)shown)
    buffer_printf(out, "%s  and %" PRId64 " more\n", indent, step->count - (int64_t)shown);
}

void alert_steps_append_lines(struct buffer *out, const struct alert *alert, const char *indent,
                              size_t most) {
  struct arena arena = ARENA_NONE;
  struct alert_step steps[ALERT_STEPS_MAX];
  size_t count = alert_steps(alert, &arena, steps);
  for (size_t i = 0; i < count; i++)
    append_step_lines(out, &steps[i], indent, most);
  arena_free(&arena);
}

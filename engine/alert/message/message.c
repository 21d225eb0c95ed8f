#include "alert/message/message.h"

#include "alert/message/markup.h"
#include "base/zone/time_zone.h"

#include <inttypes.h>

static struct text joined(const struct text *parts, size_t count, struct arena *arena) {
  struct buffer out = BUFFER_NONE;
  for (size_t i = 0; i < count; i++)
    buffer_append_text(&out, parts[i]);
  struct text kept = arena_copy(arena, buffer_text(&out));
  buffer_free(&out);
  return kept;
}

struct text message_time(time_us time, const struct alert_display *display, struct arena *arena) {
  struct time_string utc, local;
  const char *shown = alert_time(time, &utc);
  if (time == TIME_NONE || !display || !display->zone)
    return arena_copy(arena, text_from(shown));
  alert_time(time + time_zone_offset(display->zone, time), &local);
  enum { DATE = 11, CLOCK = 8 }; /* "2024-03-21 " and "07:09:03" */
  bool same_day = strncmp(utc.text, local.text, DATE) == 0;
  return text_from(arena_printf(arena, "%s (%.*s %.*s)", shown, same_day ? CLOCK : DATE + CLOCK,
                                local.text + (same_day ? DATE : 0), (int)display->zone_name.size,
                                display->zone_name.data));
}

/* ---- why it is sent ----------------------------------------------------------------------- */

static void append_what_happened(struct buffer *out, const struct alert *alert,
                                 const struct message_occasion *occasion) {
  struct count_string count = {.text = ""};
  switch (occasion->occasion) {
  case OCCASION_OPENED:
    break;
  case OCCASION_GREW:
    buffer_printf(out, "%s so far", alert_count(alert, &count));
    break;
  case OCCASION_ROSE:
    buffer_printf(out, occasion->note.size > 0 ? "goes on, %s" : "rose to %s",
                  severity_name(alert->severity));
    break;
  case OCCASION_ASSIGNED:
    if (alert->assignee.size > 0) {
      buffer_append_string(out, "assigned to ");
      buffer_append_text(out, alert->assignee);
    } else {
      buffer_append_string(out, "assigned to nobody");
    }
    break;
  case OCCASION_RESOLVED:
    buffer_append_string(out, "resolved");
    if (alert->resolution != RESOLUTION_NONE)
      buffer_printf(out, " as %s", alert_resolution_words(alert->resolution));
    break;
  case OCCASION_NOTED:
    buffer_append_string(out, "note");
    break;
  case OCCASION_ACKNOWLEDGED:
  case OCCASION_REOPENED:
    buffer_append_string(out, alert_occasion_name(occasion->occasion));
    break;
  }
}

static struct text news(const struct alert *alert, const struct message_occasion *occasion,
                        struct arena *arena) {
  struct buffer out = BUFFER_NONE;
  append_what_happened(&out, alert, occasion);
  if (out.size > 0 && text_trim(occasion->by).size > 0) {
    buffer_append_string(&out, " by ");
    buffer_append_text(&out, text_trim(occasion->by));
  }
  if (out.size > 0 && text_trim(occasion->note).size > 0) {
    buffer_append_string(&out, ": ");
    buffer_append_text(&out, text_trim(occasion->note));
  }
  struct text kept = arena_copy(arena, buffer_text(&out));
  buffer_free(&out);
  return kept;
}

/* ---- the parts ---------------------------------------------------------------------------- */

static void add_fact(struct message *message, const char *label, struct text value) {
  value = text_trim(value);
  if (value.size > 0)
    message->facts[message->fact_count++] = (struct alert_field){text_from(label), value};
}

static struct text state_words(const struct alert *alert, struct arena *arena) {
  const char *state = alert_state_name(alert->state);
  if (alert->state == ALERT_RESOLVED && alert->resolution != RESOLUTION_NONE)
    state = arena_printf(arena, "resolved (%s)", alert_resolution_words(alert->resolution));
  const struct text assigned[] = {text_from(state), TEXT(", "), alert->assignee};
  if (alert->assignee.size > 0)
    return joined(assigned, 3, arena);
  return text_from(alert->state == ALERT_OPEN ? "" : state);
}

static void add_facts(struct message *message, const struct alert *alert,
                      const struct alert_display *display, struct arena *arena) {
  struct count_string count = {.text = ""};
  alert_count(alert, &count);
  add_fact(message, "Who", alert->actor);
  add_fact(message, "When", message_time(alert->first_event_time, display, arena));
  if (alert->match_count > 1)
    add_fact(message, "So far", arena_copy(arena, text_from(count.text)));
  add_fact(message, "State", state_words(alert, arena));
  add_fact(message, "Rule", alert->rule_id);
  add_fact(message, "Log type", alert->log_type);
  add_fact(message, "Source",
           alert->source_label.size > 0 ? alert->source_label : alert->source_id);
}

static void add_link(struct message *message, const char *label, struct text url,
                     struct arena *arena) {
  struct buffer link = BUFFER_NONE;
  markup_append_link(&link, url);
  message->links[message->link_count++] =
      (struct message_link){label, arena_copy(arena, buffer_text(&link))};
  buffer_free(&link);
}

static void add_links(struct message *message, const struct alert *alert,
                      const struct alert_display *display, struct arena *arena) {
  if (display && display->url.size > 0) {
    const struct text page[] = {display->url, TEXT("/alerts/"), alert->id};
    add_link(message, "Open in margay", joined(page, 3, arena), arena);
  }
  struct text reference = text_trim(alert->reference);
  if (markup_is_link(reference))
    add_link(message, "Reference", reference, arena);
  else
    message->reference = reference;
}

static void apply_template(struct message *message, const struct alert *alert,
                           const struct alert_display *display,
                           const struct message_occasion *occasion, struct arena *arena) {
  const struct message_template *template = display ? display->template : NULL;
  const struct message plain = *message;
  struct error error = ERROR_NONE;
  if (!template || template->apply(template->context, alert, occasion, message, arena, &error))
    return;
  *message = plain;
  if (occasion->template_error)
    *occasion->template_error = error;
}

void message_write(struct message *message, const struct alert *alert,
                   const struct alert_display *display, const struct message_occasion *occasion,
                   struct arena *arena) {
  *message = (struct message){.severity = alert->severity,
                              .why = text_trim(alert->description),
                              .runbook = text_trim(alert->runbook)};
  message->news = news(alert, occasion, arena);
  const struct text headline[] = {text_from(alert_type_words(alert->type)), alert_headline(alert)};
  message->headline = joined(headline, 2, arena);
  add_facts(message, alert, display, arena);
  message->field_count = alert_fields(alert, arena, message->fields, MESSAGE_FIELDS_MAX);
  message->step_count = alert_steps(alert, arena, message->steps);
  add_links(message, alert, display, arena);
  const struct text footer[] = {TEXT("margay alert "), alert->id, TEXT(", opened "),
                                message_time(alert->created_at, display, arena)};
  message->footer = joined(footer, 4, arena);
  apply_template(message, alert, display, occasion, arena);
}

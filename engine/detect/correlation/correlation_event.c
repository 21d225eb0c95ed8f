#include "detect/correlation/correlation_event.h"

#include "base/digest.h"
#include "base/json_member.h"
#include "base/memory.h"

#include <stdlib.h>

static void write_match(struct buffer *out, const struct correlation_step *step,
                        const struct correlation_entry *entry, bool whole) {
  buffer_append_char(out, '{');
  json_member_text(out, "rule_id", step->sources[entry->source].rule_id);
  json_member_text(out, "title", entry->title);
  json_member_text(out, "actor", entry->actor);
  json_member_time(out, "p_event_time", entry->time);
  json_member_text(out, "p_row_id", entry->row_id);
  if (whole && entry->event.size) {
    json_member_name(out, TEXT("event"));
    buffer_append_text(out, entry->event);
  }
  buffer_append_char(out, '}');
}

static void write_step(struct buffer *out, const struct correlation_step *step,
                       const struct correlation_line *line, bool whole) {
  json_member_name(out, step->id);
  buffer_printf(out, "{\"count\":%zu,\"events\":[", line->count);
  for (size_t i = 0; i < line->count && i < CORRELATION_EVENTS_SHOWN; i++) {
    if (i > 0)
      buffer_append_char(out, ',');
    write_match(out, step, &line->items[i], whole);
  }
  buffer_append_string(out, "]}");
}

/* ---- points: by rule ----------------------------------------------------------------------- */

/* How many different rules took part. */
static size_t count_rules(const struct correlation_step *step,
                          const struct correlation_line *matches) {
  size_t count = 0;
  bool *seen = memory_alloc_array(step->source_count + 1, sizeof *seen);
  for (size_t i = 0; i < matches->count; i++) {
    count += !seen[matches->items[i].source];
    seen[matches->items[i].source] = true;
  }
  free(seen);
  return count;
}

/* The entries of one rule, or of all for which there is no room. */
struct line_of_rule {
  uint32_t source;
  size_t count, shown_count;
  const struct correlation_entry *shown[CORRELATION_EVENTS_SHOWN];
};

struct lines_by_rule {
  struct line_of_rule items[ALERT_STEPS_MAX];
  size_t count;
};

static struct line_of_rule *line_of(struct lines_by_rule *lines, uint32_t source) {
  for (size_t i = 0; i < lines->count; i++)
    if (lines->items[i].source == source)
      return &lines->items[i];
  if (lines->count == ALERT_STEPS_MAX)
    return &lines->items[ALERT_STEPS_MAX - 1];
  struct line_of_rule *line = &lines->items[lines->count++];
  *line = (struct line_of_rule){.source = source};
  return line;
}

static void write_line(struct buffer *out, const struct correlation_step *step,
                       const struct line_of_rule *line, bool is_other, bool whole) {
  json_member_name(out, is_other ? TEXT("other rules") : step->sources[line->source].rule_id);
  buffer_printf(out, "{\"count\":%zu,\"events\":[", line->count);
  for (size_t i = 0; i < line->shown_count; i++) {
    if (i > 0)
      buffer_append_char(out, ',');
    write_match(out, step, line->shown[i], whole);
  }
  buffer_append_string(out, "]}");
}

static void write_by_rule(struct buffer *out, const struct correlation_step *step,
                          const struct correlation_line *matches, bool whole) {
  struct lines_by_rule lines = {.count = 0};
  for (size_t i = 0; i < matches->count; i++) {
    struct line_of_rule *line = line_of(&lines, matches->items[i].source);
    if (line->shown_count < CORRELATION_EVENTS_SHOWN)
      line->shown[line->shown_count++] = &matches->items[i];
    line->count++;
  }
  for (size_t i = 0; i < lines.count; i++)
    write_line(out, step, &lines.items[i],
               i == ALERT_STEPS_MAX - 1 && count_rules(step, matches) > ALERT_STEPS_MAX, whole);
}

void correlation_points_write(const struct correlation_subject *subject, struct text key,
                              struct buffer *out) {
  const struct correlation_instance *instance = subject->instance;
  const struct correlation_line *matches = &instance->steps[0];
  size_t rules = count_rules(&subject->rule->correlation->steps[0], matches);
  buffer_append_text(out, subject->rule->display_name);
  buffer_append_string(out, ": ");
  buffer_append_text(out, key);
  buffer_printf(out, ": %.15g points of %zu match%s of %zu rule%s", instance->measured,
                matches->count, matches->count == 1 ? "" : "es", rules, rules == 1 ? "" : "s");
}

/* ---- who acted ------------------------------------------------------------------------------ */

struct text correlation_actor(const struct correlation_subject *subject) {
  size_t place = subject->rule->correlation->actor_key;
  const struct json_node *value =
      subject->key && place ? json_at(subject->key, (uint32_t)place - 1) : NULL;
  if (value && value->type == JSON_TYPE_STRING)
    return json_text(value);
  struct text actor = TEXT("");
  for (size_t step = 0; step < subject->instance->step_count; step++) {
    const struct correlation_line *line = &subject->instance->steps[step];
    for (size_t i = 0; i < line->count; i++) {
      struct text other = line->items[i].actor;
      if (actor.size > 0 && other.size > 0 && !text_equal_folded(actor, other))
        return TEXT("");
      actor = actor.size > 0 ? actor : other;
    }
  }
  return actor;
}

/* ---- the event ----------------------------------------------------------------------------- */

static void write_key(struct buffer *out, const struct correlation_subject *subject) {
  const struct text_list *names = &subject->rule->correlation->key_names;
  for (uint32_t i = 0; i < names->count; i++) {
    const struct json_node *value = json_at(subject->key, i);
    if (!value)
      continue;
    json_member_name(out, names->items[i]);
    json_write(out, value);
  }
}

static void write_common(struct buffer *out, const struct correlation_subject *subject,
                         bool whole) {
  const struct correlation *correlation = subject->rule->correlation;
  const struct correlation_instance *instance = subject->instance;
  buffer_append_char(out, '{');
  write_key(out, subject);
  json_member_time(out, "first_event_time", instance->first);
  json_member_time(out, "last_event_time", instance->last);
  if (correlation->measure) {
    json_member_name(out, TEXT("measured"));
    buffer_append_json_number(out, instance->measured);
  }
  json_member_name(out, TEXT("steps"));
  buffer_append_char(out, '{');
  if (correlation_sums_points(correlation))
    write_by_rule(out, &correlation->steps[0], &instance->steps[0], whole);
  for (size_t i = 0; !correlation_sums_points(correlation) && i < instance->step_count; i++)
    write_step(out, &correlation->steps[i], &instance->steps[i], whole);
  buffer_append_char(out, '}');
}

void correlation_event_write(const struct correlation_subject *subject, const char *row_id,
                             bool whole, struct buffer *out) {
  write_common(out, subject, whole);
  json_member_text(out, "p_log_type", TEXT(CORRELATION_LOG_TYPE));
  json_member_text(out, "p_rule_id", subject->rule->id);
  json_member_time(out, "p_event_time", subject->instance->reported);
  json_member_text(out, "p_row_id", text_from(row_id));
  buffer_append_char(out, '}');
}

void correlation_context_write(const struct correlation_subject *subject, struct buffer *out) {
  write_common(out, subject, false);
  buffer_append_char(out, '}');
}

void correlation_key_write(const struct json_node *key, struct buffer *out) {
  for (uint32_t i = 0; i < key->size; i++) {
    if (i > 0)
      buffer_append_string(out, ", ");
    buffer_append_text(out, json_text(json_at(key, i)));
  }
}

void correlation_row_id(const struct correlation_subject *subject, struct text key,
                        char out[ROW_ID_SIZE + 1]) {
  const struct correlation_instance *instance = subject->instance;
  const struct text parts[] = {subject->rule->id, key, instance->first_needed->row_id,
                               instance->last_needed->row_id};
  uint8_t bytes[DIGEST_SIZE];
  struct digest *digest = digest_new();
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    uint64_t size = parts[i].size;
    digest_update(digest, &size, sizeof size);
    digest_update(digest, parts[i].data, parts[i].size);
  }
  digest_final(digest, bytes);
  digest_free(digest);
  hex_encode(bytes, ROW_ID_SIZE / 2, out);
}

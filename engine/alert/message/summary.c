#include "alert/message/summary.h"

#include "alert/message/alert_json.h"
#include "alert/message/stored_json.h"

#include <stdio.h>

enum { FIELD_DEPTH_MAX = 4, ARRAY_ITEMS_MAX = 8 };

struct text alert_headline(const struct alert *alert) {
  const struct text candidates[] = {alert->title, alert->display_name, alert->rule_id};
  for (size_t i = 0; i < sizeof candidates / sizeof candidates[0]; i++)
    if (text_trim(candidates[i]).size > 0)
      return text_trim(candidates[i]);
  return TEXT("(no title)");
}

const char *severity_emoji(enum severity severity) {
  static const char *const emoji[SEVERITY_COUNT] = {
      [SEVERITY_INFO] = "\xe2\x9a\xaa",         /* white circle */
      [SEVERITY_LOW] = "\xf0\x9f\x94\xb5",      /* blue */
      [SEVERITY_MEDIUM] = "\xf0\x9f\x9f\xa1",   /* yellow */
      [SEVERITY_HIGH] = "\xf0\x9f\x9f\xa0",     /* orange */
      [SEVERITY_CRITICAL] = "\xf0\x9f\x94\xb4", /* red */
  };
  return emoji[severity];
}

const char *severity_colour(enum severity severity) {
  static const char *const colours[SEVERITY_COUNT] = {
      [SEVERITY_INFO] = "2",    [SEVERITY_LOW] = "36",           [SEVERITY_MEDIUM] = "33",
      [SEVERITY_HIGH] = "1;31", [SEVERITY_CRITICAL] = "1;37;41",
  };
  return colours[severity];
}

const char *alert_time(time_us time, struct time_string *string) {
  if (time == TIME_NONE)
    return "unknown";
  struct time_string exact;
  time_format(time - ((time % US_PER_SECOND) + US_PER_SECOND) % US_PER_SECOND, &exact);
  snprintf(string->text, sizeof string->text, "%.10s %.8s UTC", exact.text,
           strlen(exact.text) > 11 ? exact.text + 11 : "");
  return string->text;
}

const char *alert_count(const struct alert *alert, struct count_string *string) {
  long long count = alert->match_count;
  if (alert->type == ALERT_SYSTEM && count == 0)
    string->text[0] = '\0';
  else if (alert->type == ALERT_SYSTEM)
    snprintf(string->text, sizeof string->text, "%lld record%s", count, count == 1 ? "" : "s");
  else
    snprintf(string->text, sizeof string->text, "%lld match%s", count, count == 1 ? "" : "es");
  return string->text;
}

const char *alert_type_words(enum alert_type type) {
  static const char *const words[ALERT_TYPE_COUNT] = {
      [ALERT_RULE] = "", [ALERT_RULE_ERROR] = "rule error: ", [ALERT_SYSTEM] = "margay: "};
  return words[type];
}

const char *alert_resolution_words(enum alert_resolution resolution) {
  static const char *const words[ALERT_RESOLUTION_COUNT] = {
      [RESOLUTION_NONE] = "",
      [RESOLUTION_TRUE_POSITIVE] = "true positive",
      [RESOLUTION_FALSE_POSITIVE] = "false positive",
      [RESOLUTION_BENIGN] = "benign"};
  return words[resolution];
}

struct collection {
  const struct alert *alert;
  struct arena *arena;
  struct alert_field *fields;
  size_t count, max;
  bool has_steps; /* a correlation's, which are shown by themselves (alert_steps.h) */
};

/* True for a plain value; appends what it shows as. */
static bool append_value(struct buffer *out, const json_t *value) {
  switch (json_typeof(value)) {
  case JSON_STRING:
    buffer_append(out, json_string_value(value), json_string_length(value));
    return true;
  case JSON_INTEGER:
    buffer_printf(out, "%lld", (long long)json_integer_value(value));
    return true;
  case JSON_TRUE:
  case JSON_FALSE:
    buffer_append_string(out, json_is_true(value) ? "true" : "false");
    return true;
  default:
    return false;
  }
}

static bool is_said_elsewhere(const struct collection *collection, struct text label,
                              struct text value) {
  const struct alert *alert = collection->alert;
  time_us time;
  if (text_equal_folded(value, alert->actor) ||
      (time_parse(value, &time) && time == alert->first_event_time))
    return true;
  for (size_t i = 0; i < collection->count; i++)
    if (text_equal(collection->fields[i].label, label) &&
        text_equal(collection->fields[i].value, value))
      return true;
  return false;
}

static void collect_value(struct collection *collection, struct text label, struct text value) {
  value = text_trim(value);
  if (collection->count == collection->max || value.size == 0 ||
      is_said_elsewhere(collection, label, value))
    return;
  collection->fields[collection->count++] = (struct alert_field){
      arena_copy(collection->arena, label), arena_copy(collection->arena, value)};
}

static void collect(struct collection *collection, json_t *object, struct text prefix, int depth) {
  struct buffer label = BUFFER_NONE, value = BUFFER_NONE;
  const char *key;
  json_t *member;
  json_object_foreach(object, key, member) {
    if (collection->count == collection->max)
      break;
    if (depth == 0 &&
        (strncmp(key, "p_", 2) == 0 || (collection->has_steps && strcmp(key, "steps") == 0)))
      continue;
    buffer_reset(&label);
    buffer_append_text(&label, prefix);
    if (prefix.size > 0)
      buffer_append_char(&label, '.');
    buffer_append_string(&label, key);
    buffer_reset(&value);
    if (json_is_object(member)) {
      if (depth < FIELD_DEPTH_MAX)
        collect(collection, member, buffer_text(&label), depth + 1);
      continue;
    }
    if (json_is_array(member)) {
      for (size_t i = 0; i < json_array_size(member) && i < ARRAY_ITEMS_MAX; i++) {
        size_t before = value.size;
        if (before > 0)
          buffer_append_string(&value, ", ");
        if (!append_value(&value, json_array_get(member, i)))
          value.size = before;
      }
    } else {
      append_value(&value, member);
    }
    collect_value(collection, buffer_text(&label), buffer_text(&value));
  }
  buffer_free(&label);
  buffer_free(&value);
}

size_t alert_attributes(const struct alert *alert, struct arena *arena, struct alert_field *fields,
                        size_t max) {
  json_t *attributes = stored_json_load(alert->attributes), *values, *matches;
  struct buffer line = BUFFER_NONE;
  const char *name, *value;
  size_t count = 0;
  json_object_foreach(attributes, name, values) {
    if (count == max)
      break;
    buffer_reset(&line);
    json_object_foreach(values, value, matches) {
      buffer_printf(&line, "%s%s (%lld)", line.size ? ", " : "", value,
                    (long long)json_integer_value(matches));
    }
    fields[count++] = (struct alert_field){arena_copy(arena, text_from(name)),
                                           arena_copy(arena, buffer_text(&line))};
  }
  buffer_free(&line);
  json_decref(attributes);
  return count;
}

size_t alert_fields(const struct alert *alert, struct arena *arena, struct alert_field *fields,
                    size_t max) {
  struct collection collection = {.alert = alert,
                                  .arena = arena,
                                  .fields = fields,
                                  .max = max,
                                  .has_steps =
                                      text_is(alert->log_type, ALERT_CORRELATION_LOG_TYPE)};
  if (alert->match_count > 1)
    collection.count = alert_attributes(alert, arena, fields, max);
  const struct text objects[] = {alert->context, alert->event};
  for (size_t i = 0; i < sizeof objects / sizeof objects[0]; i++) {
    if (objects[i].size > ALERT_JSON_EVENT_MAX)
      continue;
    json_t *json = stored_json_load(objects[i]);
    if (json_is_object(json))
      collect(&collection, json, TEXT(""), 0);
    json_decref(json);
  }
  return collection.count;
}

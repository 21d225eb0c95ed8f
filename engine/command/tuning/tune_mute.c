#include "command/tuning/tune_mute.h"

#include "command/config/load.h"
#include "command/tuning/tune_file.h"
#include "command/tuning/tuning_edit.h"
#include "command/tuning/yaml_write.h"

/* Whoever reads the configuration next must find no mistake in it, and its rules must take its
 * tuning: a daemon would keep to what it has, and not start again. */
static bool is_sound(struct tune_file *file, struct error *error) {
  struct problems problems = PROBLEMS_NONE;
  struct arena arena = ARENA_NONE;
  const char *next = tune_file_next(file, error);
  if (!next)
    return false;
  struct load_paths paths = {.config = next};
  struct detection *detection = load_selected(&arena, &paths, &problems);
  if (problems.count > 0) {
    *error = problems.items[0];
    if (strcmp(error->file, next) == 0) /* it is to take this one's place */
      snprintf(error->file, sizeof error->file, "%s", file->named);
  }
  bool ok = detection && problems.count == 0;
  detection_release(detection);
  arena_free(&arena);
  problems_clear(&problems);
  return ok || error_set(error, "the rules cannot be read");
}

static json_t *entry_of(struct text rule_id, time_us until, struct text reason) {
  struct time_string time;
  json_t *entry = json_object();
  json_object_set_new(entry, "rule", yaml_escaped(rule_id));
  json_object_set_new(entry, "mute_until", yaml_plain(text_from(time_format(until, &time))));
  json_object_set_new(entry, "reason", yaml_escaped(reason));
  return entry;
}

/* Puts the entry, whose reference is taken, into the file. */
static bool put_entry(const char *config, json_t *entry, struct error *error) {
  struct tune_file file = {.path = NULL};
  struct buffer text = BUFFER_NONE;
  bool changed = false;
  bool ok = tune_file_read(config, &file, error) &&
            tuning_edit(buffer_text(&file.old), config, entry, &text, &changed, error);
  if (ok && changed)
    ok = tune_file_write(&file, buffer_text(&text), error) && is_sound(&file, error) &&
         tune_file_replace(&file, error);
  json_decref(entry);
  buffer_free(&text);
  tune_file_clear(&file);
  return ok;
}

bool tune_mute(const char *config, struct text rule_id, time_us until, struct text reason,
               struct error *error) {
  return put_entry(config, entry_of(rule_id, until - until % US_PER_SECOND, reason), error);
}

/* ---- exceptions -------------------------------------------------------------------------- */

/* NULL: it is no value of a condition. */
static json_t *value_of(const json_t *value) {
  char word[40];
  switch (json_typeof(value)) {
  case JSON_STRING:
    return yaml_text((struct text){json_string_value(value), json_string_length(value)});
  case JSON_INTEGER:
    snprintf(word, sizeof word, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    return yaml_plain(text_from(word));
  case JSON_REAL:
    snprintf(word, sizeof word, "%.15g", json_real_value(value));
    return yaml_plain(text_from(word));
  case JSON_TRUE:
  case JSON_FALSE:
    return yaml_plain(text_from(json_is_true(value) ? "true" : "false"));
  default:
    return NULL;
  }
}

static json_t *values_of(const json_t *value) {
  if (!json_is_array(value))
    return value_of(value);
  json_t *list = json_array();
  for (size_t i = 0; i < json_array_size(value); i++) {
    json_t *item = value_of(json_array_get(value, i));
    if (!item) {
      json_decref(list);
      return NULL;
    }
    json_array_append_new(list, item);
  }
  return list;
}

static json_t *exception_of(const json_t *except, struct error *error) {
  json_t *exception = json_object();
  const char *key;
  json_t *value;
  char shown[128];
  json_object_foreach((json_t *)(uintptr_t)except, key, value) {
    json_t *values = values_of(value);
    if (values) {
      json_object_set_new(exception, key, values);
      continue;
    }
    error_set(error, "the value of '%s' is no text, number, true or false, nor a list of them",
              text_printable(text_from(key), shown, sizeof shown));
    json_decref(exception);
    return NULL;
  }
  if (json_object_size(exception) > 0)
    return exception;
  json_decref(exception);
  error_set(error, "an exception needs a field and its value");
  return NULL;
}

bool tune_except(const char *config, struct text rule_id, const json_t *except, struct text reason,
                 struct error *error) {
  json_t *exception = exception_of(except, error);
  if (!exception)
    return false;
  json_t *entry = json_object(), *list = json_array();
  json_array_append_new(list, exception);
  json_object_set_new(entry, "rule", yaml_escaped(rule_id));
  json_object_set_new(entry, "except", list);
  json_object_set_new(entry, "reason", yaml_escaped(reason));
  return put_entry(config, entry, error);
}

#include "command/tuning/tuning_model.h"

#include "base/buffer.h"

#include <string.h>

static json_t *scalar_of(const struct yaml_node *node) {
  struct buffer marked = BUFFER_NONE;
  buffer_append_char(&marked, node->quoted ? 'q' : 'p');
  buffer_append_text(&marked, node->value);
  json_t *value = json_stringn_nocheck(marked.data, marked.size);
  buffer_free(&marked);
  return value;
}

json_t *model_of(const struct yaml_node *node) {
  if (node->type == YAML_SCALAR)
    return scalar_of(node);
  json_t *value = node->type == YAML_SEQUENCE ? json_array() : json_object();
  for (size_t i = 0; i < node->count; i++) {
    if (node->type == YAML_SEQUENCE)
      json_array_append_new(value, model_of(node->items[i]));
    else
      json_object_set_new_nocheck(value, node->keys[i]->value.data, model_of(node->items[i]));
  }
  return value;
}

static bool scalar_fits(const json_t *wanted, const json_t *actual) {
  const char *one = json_string_value(wanted), *other = json_string_value(actual);
  if (json_string_length(wanted) != json_string_length(actual) ||
      memcmp(one + 1, other + 1, json_string_length(wanted) - 1) != 0)
    return false;
  return one[0] == 't' || other[0] == 't' || one[0] == other[0];
}

static bool list_fits(const json_t *wanted, const json_t *actual) {
  bool fits = json_array_size(wanted) == json_array_size(actual);
  for (size_t i = 0; fits && i < json_array_size(wanted); i++)
    fits = model_fits(json_array_get(wanted, i), json_array_get(actual, i));
  return fits;
}

static bool mapping_fits(const json_t *wanted, const json_t *actual) {
  bool fits = json_object_size(wanted) == json_object_size(actual);
  json_t *readable = (json_t *)(uintptr_t)wanted; /* an iterator takes no constant object */
  for (void *at = json_object_iter(readable); fits && at;
       at = json_object_iter_next(readable, at)) {
    const json_t *other = json_object_get(actual, json_object_iter_key(at));
    fits = other && model_fits(json_object_iter_value(at), other);
  }
  return fits;
}

bool model_fits(const json_t *wanted, const json_t *actual) {
  if (!wanted || !actual)
    return !wanted && !actual;
  if (json_typeof(wanted) != json_typeof(actual))
    return false;
  if (json_is_string(wanted))
    return scalar_fits(wanted, actual);
  return json_is_array(wanted) ? list_fits(wanted, actual) : mapping_fits(wanted, actual);
}

int model_find(const json_t *tuning, const json_t *entry) {
  for (size_t i = 0; i < json_array_size(tuning); i++) {
    const json_t *item = json_array_get(tuning, i);
    if (json_is_object(item) &&
        model_fits(json_object_get(entry, "rule"), json_object_get(item, "rule")) &&
        model_fits(json_object_get(entry, "reason"), json_object_get(item, "reason")))
      return (int)i;
  }
  return -1;
}

bool model_has(const json_t *list, const json_t *value) {
  for (size_t i = 0; i < json_array_size(list); i++)
    if (model_fits(value, json_array_get(list, i)))
      return true;
  return false;
}

bool model_adds(const char *key) {
  return strcmp(key, "except") == 0 || strcmp(key, "hours") == 0;
}

/* Adds what the entry has to one that is there. */
static void complete(json_t *there, const json_t *entry) {
  json_t *readable = (json_t *)(uintptr_t)entry;
  for (void *at = json_object_iter(readable); at; at = json_object_iter_next(readable, at)) {
    const char *key = json_object_iter_key(at);
    json_t *value = json_object_iter_value(at), *old = json_object_get(there, key);
    bool list = json_is_array(value) && json_is_array(old) && model_adds(key);
    for (size_t i = 0; list && i < json_array_size(value); i++)
      if (!model_has(old, json_array_get(value, i)))
        json_array_append(old, json_array_get(value, i));
    if (!list && !(old && model_fits(value, old)))
      json_object_set(there, key, value);
  }
}

json_t *model_with_entry(const json_t *root, const json_t *entry) {
  json_t *with = json_deep_copy(root), *tuning = json_object_get(with, "tuning");
  if (json_is_string(tuning)) { /* nothing stands there, as who edits has seen */
    tuning = NULL;
  } else if (tuning && !json_is_array(tuning)) {
    json_decref(with);
    return NULL;
  }
  if (!tuning) {
    tuning = json_array();
    json_object_set_new(with, "tuning", tuning);
  }
  int at = model_find(tuning, entry);
  if (at < 0)
    json_array_append(tuning, (json_t *)(uintptr_t)entry);
  else
    complete(json_array_get(tuning, (size_t)at), entry);
  return with;
}

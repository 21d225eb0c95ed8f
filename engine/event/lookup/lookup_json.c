/* Lookup tables from JSON: a list of rows, or an object that maps keys to rows. */
#include "base/clock.h"
#include "event/lookup/lookup_table.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

static const char *type_word(const json_t *value) {
  static const char *const words[] = {
      [JSON_OBJECT] = "an object", [JSON_ARRAY] = "a list",  [JSON_STRING] = "a text",
      [JSON_INTEGER] = "a number", [JSON_REAL] = "a number", [JSON_TRUE] = "true",
      [JSON_FALSE] = "false",      [JSON_NULL] = "null",
  };
  return words[json_typeof(value)];
}

static struct text string_text(const json_t *string) {
  return (struct text){json_string_value(string), json_string_length(string)};
}

static bool put_value(struct lookup_builder *builder, json_t *value, int depth, size_t place);

/* null is as good as absent. */
static size_t count_present(json_t *object) {
  size_t count = 0;
  const char *key;
  json_t *value;
  json_object_foreach(object, key, value) count += !json_is_null(value);
  return count;
}

static bool put_object(struct lookup_builder *builder, json_t *object, int depth, size_t place) {
  const char *key;
  json_t *value;
  lookup_put_container(&builder->bytes, LOOKUP_MAP, count_present(object));
  json_object_foreach(object, key, value) {
    if (json_is_null(value))
      continue;
    lookup_put_key(&builder->bytes, text_from(key));
    if (!put_value(builder, value, depth, place))
      return false;
  }
  return true;
}

static bool put_list(struct lookup_builder *builder, const json_t *list, int depth, size_t place) {
  size_t count = json_array_size(list);
  lookup_put_container(&builder->bytes, LOOKUP_LIST, count);
  for (size_t i = 0; i < count; i++)
    if (!put_value(builder, json_array_get(list, i), depth, place))
      return false;
  return true;
}

static bool put_value(struct lookup_builder *builder, json_t *value, int depth, size_t place) {
  struct buffer *bytes = &builder->bytes;
  if (depth > LOOKUP_DEPTH_MAX)
    return lookup_builder_mistake(builder, place, "nested deeper than %d levels", LOOKUP_DEPTH_MAX);
  switch (json_typeof(value)) {
  case JSON_OBJECT:
    return put_object(builder, value, depth + 1, place);
  case JSON_ARRAY:
    return put_list(builder, value, depth + 1, place);
  case JSON_STRING:
    lookup_put_text(bytes, string_text(value));
    break;
  case JSON_INTEGER:
    lookup_put_integer(bytes, json_integer_value(value));
    break;
  case JSON_REAL:
    lookup_put_real(bytes, json_real_value(value));
    break;
  case JSON_TRUE:
    lookup_put(bytes, LOOKUP_TRUE);
    break;
  case JSON_FALSE:
    lookup_put(bytes, LOOKUP_FALSE);
    break;
  case JSON_NULL:
    lookup_put(bytes, LOOKUP_NULL);
    break;
  }
  return true;
}

/* A row's members under a key that is known. `key_member` (may be NULL) is the one that the key is
 * from. */
static bool put_row(struct lookup_builder *builder, struct text key, json_t *row,
                    const json_t *key_member, size_t place) {
  const char *name;
  json_t *value;
  if (!lookup_builder_row(builder, key, place))
    return false;
  lookup_put_container(&builder->bytes, LOOKUP_ROW, count_present(row));
  json_object_foreach(row, name, value) {
    if (json_is_null(value))
      continue;
    int column = lookup_builder_column(builder, text_from(name), place);
    if (column < 0)
      return false;
    lookup_put_column(&builder->bytes, (unsigned)column);
    if (value == key_member && json_is_string(value))
      lookup_put(&builder->bytes, LOOKUP_KEY);
    else if (!put_value(builder, value, 1, place))
      return false;
  }
  return true;
}

static bool read_listed_row(struct lookup_builder *builder, json_t *row, size_t place) {
  struct text key = builder->options->key;
  char digits[24];
  if (!json_is_object(row))
    return lookup_builder_mistake(builder, place, "a row is to be an object, not %s",
                                  type_word(row));
  const json_t *value = json_object_get(row, key.data);
  if (!value || json_is_null(value))
    return lookup_builder_mistake(builder, place, "'%.*s', which is to be the key, is not there",
                                  TEXT_ARGS(key));
  if (json_is_string(value))
    return put_row(builder, string_text(value), row, value, place);
  if (!json_is_integer(value))
    return lookup_builder_mistake(builder, place,
                                  "'%.*s', which is to be the key, is %s; a text or a whole number "
                                  "can be one",
                                  TEXT_ARGS(key), type_word(value));
  snprintf(digits, sizeof digits, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
  return put_row(builder, text_from(digits), row, value, place);
}

static void read_list(struct lookup_builder *builder, json_t *root) {
  builder->place_word = "row";
  if (builder->options->key.size == 0) {
    lookup_builder_mistake(builder, 0,
                           "the file holds a list of rows: say with `key` by which of "
                           "their fields they are found");
    return;
  }
  for (size_t i = 0; i < json_array_size(root) && builder->mistakes < LOOKUP_MISTAKES_MAX; i++)
    read_listed_row(builder, json_array_get(root, i), i + 1);
}

static void read_mapped(struct lookup_builder *builder, json_t *root) {
  const char *key;
  json_t *value;
  size_t place = 0;
  builder->place_word = "row";
  if (builder->options->key.size) {
    lookup_builder_mistake(builder, 0,
                           "the file maps keys to rows: leave `key` out (it is for a "
                           "list of rows)");
    return;
  }
  json_object_foreach(root, key, value) {
    place++;
    if (builder->mistakes >= LOOKUP_MISTAKES_MAX)
      break;
    if (json_is_object(value)) {
      put_row(builder, text_from(key), value, NULL, place);
      continue;
    }
    json_t *row = json_pack("{sO}", "value", value);
    if (row)
      put_row(builder, text_from(key), row, NULL, place);
    json_decref(row);
  }
}

void lookup_read_json(struct lookup_builder *builder, struct text text) {
  json_error_t error;
  json_t *root = json_loadb(text.data, text.size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
  char shown[200];
  if (!root)
    lookup_builder_mistake(builder, error.line > 0 ? (size_t)error.line : 0, "not JSON: %s",
                           text_printable(text_from(error.text), shown, sizeof shown));
  else if (json_is_array(root))
    read_list(builder, root);
  else if (json_is_object(root))
    read_mapped(builder, root);
  else
    lookup_builder_mistake(builder, 1,
                           "a list of rows is expected, or an object that maps keys to "
                           "rows, not %s",
                           type_word(root));
  json_decref(root);
}

/* Lookup tables from YAML: a list of rows, or a mapping from keys to rows. */
#include "base/yaml/yaml.h"
#include "event/lookup/lookup_table.h"

#include <errno.h>
#include <stdlib.h>

/* A plain scalar that is a whole number or a decimal one, as JSON would write it. */
static bool put_number(struct buffer *bytes, struct text text) {
  size_t digits = text.size && text.data[0] == '-', whole = digits;
  if (digits == text.size || strspn(text.data, "0123456789.eE+-") != text.size ||
      (uint8_t)(text.data[digits] - '0') > 9 ||
      (text.data[digits] == '0' && digits + 1 < text.size && text.data[digits + 1] != '.'))
    return false;
  while (whole < text.size && (uint8_t)(text.data[whole] - '0') <= 9)
    whole++;
  char *end;
  errno = 0;
  if (whole == text.size) {
    long long integer = strtoll(text.data, &end, 10);
    if (errno)
      return false;
    lookup_put_integer(bytes, integer);
    return true;
  }
  double real = strtod(text.data, &end);
  if (errno || end != text.data + text.size)
    return false;
  lookup_put_real(bytes, real);
  return true;
}

static void put_scalar(struct buffer *bytes, const struct yaml_node *node) {
  if (yaml_is_null(node))
    lookup_put(bytes, LOOKUP_NULL);
  else if (!node->quoted && text_is(node->value, "true"))
    lookup_put(bytes, LOOKUP_TRUE);
  else if (!node->quoted && text_is(node->value, "false"))
    lookup_put(bytes, LOOKUP_FALSE);
  else if (node->quoted || !put_number(bytes, node->value))
    lookup_put_text(bytes, node->value);
}

static bool is_null(const struct yaml_node *node) {
  return node->type == YAML_SCALAR && yaml_is_null(node);
}

static size_t count_present(const struct yaml_node *mapping) {
  size_t count = 0;
  for (size_t i = 0; i < mapping->count; i++)
    count += !is_null(mapping->items[i]);
  return count;
}

static bool put_value(struct lookup_builder *builder, const struct yaml_node *node, int depth) {
  struct buffer *bytes = &builder->bytes;
  if (depth > LOOKUP_DEPTH_MAX)
    return lookup_builder_mistake(builder, node->line, "nested deeper than %d levels",
                                  LOOKUP_DEPTH_MAX);
  if (node->type == YAML_SCALAR) {
    put_scalar(bytes, node);
    return true;
  }
  bool is_mapping = node->type == YAML_MAPPING;
  lookup_put_container(bytes, is_mapping ? LOOKUP_MAP : LOOKUP_LIST,
                       is_mapping ? count_present(node) : node->count);
  for (size_t i = 0; i < node->count; i++) {
    if (is_mapping && is_null(node->items[i]))
      continue;
    if (is_mapping)
      lookup_put_key(bytes, node->keys[i]->value);
    if (!put_value(builder, node->items[i], depth + 1))
      return false;
  }
  return true;
}

/* The row's fields, or for a scalar the one field `value`. */
static bool put_row(struct lookup_builder *builder, const struct yaml_node *key,
                    const struct yaml_node *row) {
  bool is_mapping = row->type == YAML_MAPPING;
  size_t count = is_mapping ? row->count : 1;
  if (!lookup_builder_row(builder, key->value, key->line))
    return false;
  lookup_put_container(&builder->bytes, LOOKUP_ROW,
                       is_mapping ? count_present(row) : !is_null(row));
  for (size_t i = 0; i < count; i++) {
    const struct yaml_node *value = is_mapping ? row->items[i] : row;
    if (is_null(value))
      continue;
    int column = lookup_builder_column(builder, is_mapping ? row->keys[i]->value : TEXT("value"),
                                       value->line);
    if (column < 0)
      return false;
    lookup_put_column(&builder->bytes, (unsigned)column);
    if (!put_value(builder, value, 1))
      return false;
  }
  return true;
}

static void read_listed_row(struct lookup_builder *builder, const struct yaml_node *row) {
  struct text key = builder->options->key;
  const struct yaml_node *value = NULL;
  if (row->type != YAML_MAPPING) {
    lookup_builder_mistake(builder, row->line, "a row is to be a mapping (field: value)");
    return;
  }
  for (size_t i = 0; i < row->count && !value; i++)
    if (text_equal(row->keys[i]->value, key))
      value = row->items[i];
  if (!value || value->type != YAML_SCALAR || is_null(value))
    lookup_builder_mistake(builder, row->line, "'%.*s', which is to be the key, is not there%s",
                           TEXT_ARGS(key), value ? ", or is no text or number" : "");
  else
    put_row(builder, value, row);
}

static void read_root(struct lookup_builder *builder, const struct yaml_node *root) {
  bool is_list = root->type == YAML_SEQUENCE, has_key = builder->options->key.size > 0;
  if (root->type == YAML_SCALAR)
    lookup_builder_mistake(builder, root->line,
                           "a list of rows is expected, or a mapping from keys to rows");
  else if (is_list && !has_key)
    lookup_builder_mistake(builder, 0,
                           "the file holds a list of rows: say with `key` by which of "
                           "their fields they are found");
  else if (!is_list && has_key && root->count)
    lookup_builder_mistake(builder, 0,
                           "the file maps keys to rows: leave `key` out (it is for a "
                           "list of rows)");
  else
    for (size_t i = 0; i < root->count && builder->mistakes < LOOKUP_MISTAKES_MAX; i++) {
      if (is_list)
        read_listed_row(builder, root->items[i]);
      else
        put_row(builder, root->keys[i], root->items[i]);
    }
}

void lookup_read_yaml(struct lookup_builder *builder, struct text text) {
  struct error error = ERROR_NONE;
  struct yaml *yaml = yaml_load_text(text, builder->options->path, &error);
  if (yaml)
    read_root(builder, yaml_root(yaml));
  else
    lookup_builder_mistake(builder, error.line, "%s", error.text);
  yaml_free(yaml);
}

#include "rule/sigma/sigma_value.h"

#include "base/memory.h"
#include "rule/condition/condition_operand.h"

#include <stdlib.h>

static void add(struct sigma_values *values, struct condition_value value) {
  values->items =
      memory_reserve(values->items, &values->capacity, values->count + 1, sizeof *values->items);
  values->items[values->count++] = value;
}

/* ---- numbers ---- */

static bool read_number(struct text spelling, struct condition_value *value) {
  struct condition_number number;
  const struct json_node text = {
      .type = JSON_TYPE_STRING, .value.string = spelling.data, .size = (uint32_t)spelling.size};
  if (!condition_number_read(&text, &number) ||
      (number.type != NUMBER_INT && number.type != NUMBER_REAL))
    return false;
  value->type = number.type == NUMBER_INT ? VALUE_INT : VALUE_REAL;
  if (value->type == VALUE_INT)
    value->integer = number.value.integer;
  else
    value->real = number.value.real;
  return true;
}

/* YAML 1.1's hexadecimal numbers, as far as 63 bits hold them. */
static bool read_hexadecimal(struct text spelling, int64_t *integer) {
  static const char digits[] = "0123456789abcdefABCDEF";
  bool minus = spelling.size && spelling.data[0] == '-';
  size_t sign = minus || (spelling.size && spelling.data[0] == '+');
  struct text rest = {spelling.data + sign, spelling.size - sign};
  if (rest.size < 3 || rest.size > 2 + 15 || rest.data[0] != '0' || (rest.data[1] | 0x20) != 'x' ||
      strspn(rest.data + 2, digits) != rest.size - 2)
    return false;
  *integer = strtoll(rest.data, NULL, 16);
  if (minus)
    *integer = -*integer;
  return true;
}

static struct text folded_word(struct text text, char out[8]) {
  size_t size = text.size < 8 ? text.size : 0;
  for (size_t i = 0; i < size; i++)
    out[i] =
        text.data[i] >= 'A' && text.data[i] <= 'Z' ? (char)(text.data[i] | 0x20) : text.data[i];
  return (struct text){out, size};
}

struct condition_value sigma_value(const struct yaml_node *scalar) {
  struct condition_value value = {.type = VALUE_TEXT, .text = scalar->value};
  char word[8];
  if (scalar->quoted)
    return value;
  struct text folded = folded_word(scalar->value, word);
  if (yaml_is_null(scalar)) {
    value.type = VALUE_NULL;
  } else if (text_is(folded, "true") || text_is(folded, "false")) {
    value.type = VALUE_BOOL;
    value.boolean = text_is(folded, "true");
  } else {
    read_number(scalar->value, &value);
  }
  return value;
}

/* ---- placeholders ---- */

static bool is_name_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         c == '-' || c == '.';
}

/* Finds the first `%name%` of a text; `\%` is a percent sign. */
static bool find_placeholder(struct text text, size_t from, size_t *start, struct text *name) {
  for (size_t i = from; i < text.size; i++) {
    if (text.data[i] != '%' || (i > 0 && text.data[i - 1] == '\\'))
      continue;
    size_t end = i + 1;
    while (end < text.size && is_name_character(text.data[end]))
      end++;
    if (end == i + 1 || end == text.size || text.data[end] != '%')
      continue;
    *start = i;
    *name = (struct text){text.data + i + 1, end - i - 1};
    return true;
  }
  return false;
}

static bool add_expansions(struct sigma_reader *reader, const struct yaml_node *place,
                           struct text text, size_t from, struct sigma_values *values) {
  size_t start, limit = SIGMA_EXPANSIONS_MAX;
  struct text name;
  char shown[80];
  if (!find_placeholder(text, from, &start, &name)) {
    add(values, (struct condition_value){.type = VALUE_TEXT, .text = text});
    return values->count <= limit ||
           yaml_problem(&reader->context, place,
                        "the placeholders' values make more than %d texts of one value",
                        SIGMA_EXPANSIONS_MAX);
  }
  const struct sigma_placeholder *placeholder =
      sigma_mapping_placeholder(reader->logsources->mapping, name);
  if (!placeholder)
    return sigma_refuse(reader, place,
                        "the placeholder '%%%s%%' has no values: the mapping's 'placeholders' can "
                        "name them",
                        text_printable(name, shown, sizeof shown));
  struct text rest = {name.data + name.size + 1,
                      (size_t)(text.data + text.size - name.data) - name.size - 1};
  for (size_t i = 0; i < placeholder->values.count; i++) {
    struct text value = placeholder->values.items[i];
    struct text made = text_from(arena_printf(&reader->set->arena, "%.*s%.*s%.*s", (int)start,
                                              text.data, TEXT_ARGS(value), TEXT_ARGS(rest)));
    if (!add_expansions(reader, place, made, start + value.size, values))
      return false;
  }
  return true;
}

/* ---- the whole ---- */

static bool add_expanded(struct sigma_reader *reader, const struct yaml_node *scalar,
                         struct sigma_values *values) {
  struct sigma_values made = {NULL, 0, 0};
  bool ok = add_expansions(reader, scalar, scalar->value, 0, &made);
  for (size_t i = 0; ok && i < made.count; i++)
    add(values, made.items[i]);
  free(made.items);
  return ok;
}

bool sigma_values_add(struct sigma_reader *reader, const struct sigma_key *key,
                      const struct yaml_node *scalar, struct sigma_values *values) {
  struct condition_value value = sigma_value(scalar);
  if (key->expands && value.type == VALUE_TEXT)
    return add_expanded(reader, scalar, values);
  if (value.type == VALUE_TEXT && !scalar->quoted &&
      read_hexadecimal(scalar->value, &value.integer))
    value.type = VALUE_INT;
  if ((value.type == VALUE_INT || value.type == VALUE_REAL) &&
      (!key->numeric || key->field.size == 0))
    value.type = VALUE_TEXT;
  if (key->refers)
    value.text = sigma_mapping_field(reader->mapping, key->source, value.text, &reader->set->arena);
  add(values, value);
  return true;
}

void sigma_json_write(struct buffer *out, const struct yaml_node *node) {
  if (node->type == YAML_SCALAR) {
    struct condition_value value = sigma_value(node);
    if (value.type == VALUE_NULL)
      buffer_append_string(out, "null");
    else if (value.type == VALUE_BOOL)
      buffer_append_string(out, value.boolean ? "true" : "false");
    else if (value.type == VALUE_TEXT)
      buffer_append_json_string(out, node->value);
    else
      buffer_append_text(out, node->value);
    return;
  }
  bool map = node->type == YAML_MAPPING;
  buffer_append_char(out, map ? '{' : '[');
  for (size_t i = 0; i < node->count; i++) {
    if (i)
      buffer_append_char(out, ',');
    if (map) {
      buffer_append_json_string(out, node->keys[i]->value);
      buffer_append_char(out, ':');
    }
    sigma_json_write(out, node->items[i]);
  }
  buffer_append_char(out, map ? '}' : ']');
}

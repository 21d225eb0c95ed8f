#include "event/json/json.h"

#include "base/memory.h"

#include <stdlib.h>

const struct json_node *json_get(const struct json_node *object, struct text key) {
  if (object->type != JSON_TYPE_OBJECT)
    return NULL;
  for (JSON_EACH(child, object))
    if (text_equal_short(json_key(child), key))
      return child;
  return NULL;
}

const struct json_node *json_at(const struct json_node *array, uint32_t index) {
  if (array->type != JSON_TYPE_ARRAY || index >= array->size)
    return NULL;
  const struct json_node *child = array + 1;
  while (index--)
    child += child->skip;
  return child;
}

static bool index_parse(struct text text, uint32_t *index) {
  uint32_t value = 0;
  if (text.size == 0 || text.size > 9)
    return false;
  for (size_t i = 0; i < text.size; i++) {
    if (text.data[i] < '0' || text.data[i] > '9')
      return false;
    value = value * 10 + (uint32_t)(text.data[i] - '0');
  }
  *index = value;
  return true;
}

bool json_is_index(struct text part) {
  uint32_t index;
  return index_parse(part, &index);
}

const struct json_node *json_step(const struct json_node *node, struct text part) {
  uint32_t index;
  if (node->type != JSON_TYPE_ARRAY)
    return json_get(node, part);
  return index_parse(part, &index) ? json_at(node, index) : NULL;
}

/* "[12]" at the start of the text, which ends there or goes on with another part: its size, or 0.
 */
static size_t bracket_size(struct text text) {
  size_t size = 1;
  while (size < text.size && text.data[size] >= '0' && text.data[size] <= '9')
    size++;
  if (text.data[0] != '[' || size == 1 || size >= text.size || text.data[size] != ']')
    return 0;
  size++;
  return size == text.size || text.data[size] == '.' || text.data[size] == '[' ? size : 0;
}

struct text json_path_dotted(struct text path, char *out) {
  size_t size = 0;
  if (!path.size || !memchr(path.data, '[', path.size))
    return path;
  for (size_t at = 0; at < path.size;) {
    size_t bracket = bracket_size((struct text){path.data + at, path.size - at});
    if (bracket == 0) {
      out[size++] = path.data[at++];
      continue;
    }
    if (size > 0 && path.data[at - 1] != '.')
      out[size++] = '.';
    memcpy(out + size, path.data + at + 1, bracket - 2);
    size += bracket - 2;
    at += bracket;
  }
  return (struct text){out, size};
}

const struct json_node *json_path(const struct json_node *node, struct text dotted_path) {
  while (node) {
    const char *dot = dotted_path.size ? memchr(dotted_path.data, '.', dotted_path.size) : NULL;
    struct text part = {dotted_path.data,
                        dot ? (size_t)(dot - dotted_path.data) : dotted_path.size};
    node = json_step(node, part);
    if (!dot)
      break;
    dotted_path = (struct text){dot + 1, dotted_path.size - part.size - 1};
  }
  return node;
}

double json_number_parse(struct text number) {
  char few[64], *digits = number.size < sizeof few ? few : memory_alloc(number.size + 1);
  memcpy(digits, number.data, number.size);
  digits[number.size] = '\0';
  double value = strtod(digits, NULL);
  if (digits != few)
    free(digits);
  return value;
}

bool json_number(const struct json_node *node, double *number) {
  switch (node->type) {
  case JSON_TYPE_INT:
    *number = (double)node->value.integer;
    return true;
  case JSON_TYPE_UINT:
    *number = (double)node->value.unsigned_integer;
    return true;
  case JSON_TYPE_LARGE:
    *number = json_number_parse(json_text(node));
    return true;
  case JSON_TYPE_DOUBLE:
    *number = node->value.real;
    return true;
  default:
    return false;
  }
}

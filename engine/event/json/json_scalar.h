/*
 * The usual scalars that are no strings, read in place. Both of the readers of many records use
 * these; what they refuse is left to simdjson. Private to the JSON reader.
 */
#ifndef EVENT_JSON_JSON_SCALAR_H
#define EVENT_JSON_JSON_SCALAR_H

#include "event/json/json.h"

static inline bool json_is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static inline bool json_ends_scalar(char c) {
  return json_is_space(c) || c == ',' || c == '}' || c == ']';
}

/* Whole numbers of up to 18 digits, which fit whatever they are. More bytes are not looked at. Sets
 * value and type. Returns where the number ends, or NULL. */
static inline const char *json_read_integer(const char *at, struct json_node *node) {
  bool negative = *at == '-';
  at += negative;
  const char *digits = at;
  uint64_t value = 0;
  for (; (uint8_t)(*at - '0') <= 9 && at - digits <= 18; at++)
    value = value * 10 + (uint8_t)(*at - '0');
  size_t count = (size_t)(at - digits);
  if (count == 0 || count > 18 || !json_ends_scalar(*at) ||
      (*digits == '0' && (count > 1 || negative)))
    return NULL;
  node->value.integer = negative ? -(int64_t)value : (int64_t)value;
  node->type = JSON_TYPE_INT;
  return at;
}

/* true, false and null, in the same way. */
static inline const char *json_read_word(const char *at, struct json_node *node) {
  static const struct {
    char text[8];
    size_t size;
    enum json_type type;
  } words[] = {
      {"true", 4, JSON_TYPE_TRUE}, {"false", 5, JSON_TYPE_FALSE}, {"null", 4, JSON_TYPE_NULL}};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (memcmp(at, words[i].text, words[i].size) == 0 && json_ends_scalar(at[words[i].size])) {
      node->value.integer = 0;
      node->type = (uint8_t)words[i].type;
      return at + words[i].size;
    }
  return NULL;
}

#endif

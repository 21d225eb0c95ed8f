/* The strict readers: from a node to a value, or to a problem at its place. */
#include "base/yaml/yaml.h"

#include "base/suggestion.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const type_words[] = {
    [YAML_SCALAR] = "a single value",
    [YAML_SEQUENCE] = "a list",
    [YAML_MAPPING] = "a mapping (key: value)",
};

const struct yaml_node *yaml_get(const struct yaml_node *mapping, const char *key) {
  if (!mapping || mapping->type != YAML_MAPPING)
    return NULL;
  for (size_t i = 0; i < mapping->count; i++)
    if (text_is(mapping->keys[i]->value, key))
      return mapping->items[i];
  return NULL;
}

bool yaml_problem(const struct yaml_context *context, const struct yaml_node *node,
                  const char *format, ...) {
  char message[sizeof(struct error){.set = false}.text];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  return problems_add(context->problems, yaml_name(context->yaml), node ? node->line : 0,
                      node ? node->column : 0, "%s", message);
}

/* "NAME: expected EXPECTED, found ..." */
static bool unexpected(const struct yaml_context *context, const struct yaml_node *node,
                       const char *what, const char *expected) {
  char shown[80];
  if (!node)
    return yaml_problem(context, NULL, "%s: expected %s, found nothing", what, expected);
  if (yaml_is_null(node))
    return yaml_problem(context, node, "%s: expected %s, found nothing", what, expected);
  if (node->type != YAML_SCALAR)
    return yaml_problem(context, node, "%s: expected %s, found %s", what, expected,
                        type_words[node->type]);
  if (node->secret)
    return yaml_problem(context, node,
                        "%s: expected %s, found a text (not shown: it may be secret)", what,
                        expected);
  return yaml_problem(context, node, "%s: expected %s, found '%s'%s", what, expected,
                      text_printable(node->value, shown, sizeof shown),
                      node->quoted ? " in quotes" : "");
}

bool yaml_expect(const struct yaml_context *context, const struct yaml_node *node,
                 enum yaml_type type, const char *what) {
  if (node && node->type == type && !yaml_is_null(node))
    return true;
  return unexpected(context, node, what, type_words[type]);
}

bool yaml_string(const struct yaml_context *context, const struct yaml_node *node, const char *what,
                 struct text *out) {
  if (!node || node->type != YAML_SCALAR || yaml_is_null(node))
    return unexpected(context, node, what, "text");
  *out = node->value;
  return true;
}

/* A scalar that may be a number, a boolean or a duration. */
static bool is_plain(const struct yaml_node *node) {
  return node && node->type == YAML_SCALAR && !node->quoted && !yaml_is_null(node);
}

bool yaml_bool(const struct yaml_context *context, const struct yaml_node *node, const char *what,
               bool *out) {
  bool is_true = is_plain(node) && text_is(node->value, "true");
  if (!is_true && !(is_plain(node) && text_is(node->value, "false")))
    return unexpected(context, node, what, "true or false");
  *out = is_true;
  return true;
}

/* Decimal digits with an optional sign, nothing else: strtoll alone takes more. */
static bool read_integer(struct text text, int64_t *out) {
  size_t start = text.size && (text.data[0] == '-' || text.data[0] == '+');
  if (start == text.size || strspn(text.data + start, "0123456789") != text.size - start)
    return false;
  errno = 0;
  *out = strtoll(text.data, NULL, 10);
  return errno == 0;
}

bool yaml_int(const struct yaml_context *context, const struct yaml_node *node, const char *what,
              int64_t min, int64_t max, int64_t *out) {
  char expected[80] = "a whole number";
  int64_t value;
  if (min != INT64_MIN && max != INT64_MAX)
    snprintf(expected, sizeof expected, "a whole number from %lld to %lld", (long long)min,
             (long long)max);
  else if (min != INT64_MIN)
    snprintf(expected, sizeof expected, "a whole number of at least %lld", (long long)min);
  else if (max != INT64_MAX)
    snprintf(expected, sizeof expected, "a whole number of at most %lld", (long long)max);
  if (!is_plain(node) || !read_integer(node->value, &value) || value < min || value > max)
    return unexpected(context, node, what, expected);
  *out = value;
  return true;
}

bool yaml_duration(const struct yaml_context *context, const struct yaml_node *node,
                   const char *what, int64_t *out_us) {
  static const char expected[] = "a duration such as 90s, 5m or 24h";
  struct error error = ERROR_NONE;
  if (!node || node->type != YAML_SCALAR || yaml_is_null(node))
    return unexpected(context, node, what, expected);
  return duration_parse(node->value, out_us, &error) ||
         (node->secret ? unexpected(context, node, what, expected)
                       : yaml_problem(context, node, "%s: %s", what, error.text));
}

bool yaml_known_keys(const struct yaml_context *context, const struct yaml_node *mapping,
                     const char *where, const char *const *known, size_t known_count) {
  bool all_known = true;
  for (size_t i = 0; i < mapping->count; i++) {
    const struct yaml_node *key = mapping->keys ? mapping->keys[i] : NULL;
    bool found = !key;
    for (size_t j = 0; j < known_count && !found; j++)
      found = text_is(key->value, known[j]);
    if (found)
      continue;
    char shown[80];
    struct suggestion suggestion;
    all_known = yaml_problem(context, key, "unknown key '%s' in %s%s",
                             text_printable(key->value, shown, sizeof shown), where,
                             suggestion_find(key->value, known, known_count, &suggestion));
  }
  return all_known;
}

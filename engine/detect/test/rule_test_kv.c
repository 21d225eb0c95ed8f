#include "detect/test/rule_test_kv.h"

#include "base/memory.h"
#include "rule/kv/kv_items.h"

#include <stdlib.h>

/* Beyond this a double is not exact. */
#define WHOLE_MAX 9007199254740992.0

static bool whole_number(const struct json_node *value, int64_t *number) {
  double real = value->type == JSON_TYPE_DOUBLE ? value->value.real : WHOLE_MAX + 2;
  *number = value->type == JSON_TYPE_INT ? value->value.integer : 0;
  if (value->type == JSON_TYPE_INT)
    return true;
  if (real < -WHOLE_MAX || real > WHOLE_MAX || (double)(int64_t)real != real)
    return false;
  *number = (int64_t)real;
  return true;
}

static bool is_string_list(const struct json_node *value) {
  bool strings = value->type == JSON_TYPE_ARRAY && value->size > 0;
  for (JSON_EACH(item, value))
    strings = strings && item->type == JSON_TYPE_STRING;
  return strings;
}

/* The items sorted, to be released by free(). */
static struct text *string_list(const struct json_node *value, size_t *count) {
  struct text *list = memory_alloc_array(value->size, sizeof *list);
  *count = 0;
  for (JSON_EACH(item, value))
    list[(*count)++] = json_text(item);
  *count = kv_items_sort(list, *count);
  return list;
}

/* ---- filling ---- */

static bool put_set(struct kv *kv, const struct json_node *value, struct error *error) {
  size_t count;
  struct text *list = string_list(value, &count);
  bool ok = kv_set_put(kv, json_key(value), list, count, 0, error);
  free(list);
  return ok;
}

static bool put_table(struct kv *kv, const struct json_node *value, struct error *error) {
  struct buffer json = BUFFER_NONE;
  json_write(&json, value);
  bool ok = kv_table_put(kv, json_key(value), buffer_text(&json), 0, error);
  buffer_free(&json);
  return ok;
}

static bool put(struct kv *kv, const struct json_node *value, struct error *error) {
  int64_t number;
  if (whole_number(value, &number))
    return kv_counter_add(kv, json_key(value), number, 0, &number, error);
  if (is_string_list(value))
    return put_set(kv, value, error);
  if (!json_is_container(value))
    return error_set(error, "must be a whole number (a counter), a list of strings (a string set) "
                            "or another table");
  return value->size == 0 || put_table(kv, value, error);
}

void rule_test_kv_fill(const struct rule_test_kv *given, struct rule_test_findings *findings) {
  char shown[80];
  for (JSON_EACH(value, given->values)) {
    struct error error = ERROR_NONE;
    kv_begin(given->kv, given->rule->id, given->now); /* each: a call has not many keys */
    if (!put(given->kv, value, &error))
      rule_test_findings_add(findings, given->place, "kv: '%s': %s",
                             text_printable(json_key(value), shown, sizeof shown), error.text);
    kv_end(given->kv, true);
  }
}

/* ---- comparing ---- */

static void write_list(struct buffer *out, const struct text *items, size_t count) {
  buffer_append_char(out, '[');
  for (size_t i = 0; i < count; i++) {
    if (i)
      buffer_append_char(out, ',');
    buffer_append_json_string(out, items[i]);
  }
  buffer_append_char(out, ']');
}

static void write_canonical(struct buffer *out, struct text json) {
  struct json_reader *reader = json_reader_new();
  const struct json_node *root = json_read_copy(reader, json, NULL);
  if (root)
    json_write_canonical(out, root);
  json_reader_free(reader);
}

/* What the key holds, as the JSON that a test would write; `false` when there is nothing. */
static bool write_held(struct kv *kv, struct text key, struct buffer *out, struct error *error) {
  enum kv_type type;
  int64_t number;
  const struct text *items;
  size_t count;
  struct text json;
  if (!kv_type_of(kv, key, &type, error))
    return false;
  switch (type) {
  case KV_COUNTER:
    if (!kv_counter_get(kv, key, &number, error))
      return false;
    buffer_printf(out, "%lld", (long long)number);
    return true;
  case KV_STRING_SET:
    if (!kv_set_get(kv, key, &items, &count, error))
      return false;
    write_list(out, items, count);
    return true;
  case KV_TABLE:
    if (!kv_table_get(kv, key, &json, error))
      return false;
    write_canonical(out, json);
    return true;
  default:
    buffer_append_string(out, "false");
    return true;
  }
}

static void write_expected(const struct json_node *value, struct buffer *out) {
  int64_t number;
  size_t count;
  if (whole_number(value, &number)) {
    buffer_printf(out, "%lld", (long long)number);
  } else if (is_string_list(value)) {
    struct text *list = string_list(value, &count);
    write_list(out, list, count);
    free(list);
  } else {
    json_write_canonical(out, value);
  }
}

static bool agree(const struct json_node *value, struct text expected, struct text held) {
  bool is_empty = json_is_container(value) && value->size == 0;
  return text_equal(expected, held) ||
         (is_empty && (text_is(held, "false") || text_is(held, "{}") || text_is(held, "[]")));
}

static void compare_key(const struct rule_test_kv *expected, const struct json_node *value,
                        struct rule_test_findings *findings) {
  struct buffer wanted = BUFFER_NONE, held = BUFFER_NONE, what = BUFFER_NONE;
  struct error error = ERROR_NONE;
  char shown[80];
  write_expected(value, &wanted);
  buffer_printf(&what, "kv '%s'", text_printable(json_key(value), shown, sizeof shown));
  kv_begin(expected->kv, expected->rule->id, expected->now);
  if (!write_held(expected->kv, json_key(value), &held, &error))
    rule_test_findings_add(findings, expected->place, "kv_after: %s", error.text);
  else if (!agree(value, buffer_text(&wanted), buffer_text(&held)))
    rule_test_findings_add_difference(findings, expected->place, what.data, buffer_text(&wanted),
                                      buffer_text(&held));
  kv_end(expected->kv, true);
  buffer_free(&wanted);
  buffer_free(&held);
  buffer_free(&what);
}

void rule_test_kv_compare(const struct rule_test_kv *expected,
                          struct rule_test_findings *findings) {
  for (JSON_EACH(value, expected->values))
    compare_key(expected, value, findings);
}

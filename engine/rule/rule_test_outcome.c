#include "rule/rule_test_outcome.h"

#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* Bytes of a value that are shown. */
#define VALUE_SHOWN_MAX 4000
/* A path to a value within alert_context. */
#define PATH_SIZE 512

/* ---- findings ---- */

static struct rule_test_finding *add(struct rule_test_findings *findings) {
  findings->items = memory_reserve(findings->items, &findings->capacity, findings->count + 1,
                                   sizeof *findings->items);
  struct rule_test_finding *finding = &findings->items[findings->count++];
  *finding = (struct rule_test_finding){.what = NULL};
  return finding;
}

/* JSON text may hold anything that is no control character below space. */
static const char *show(struct rule_test_findings *findings, struct text json) {
  size_t size = (json.size < VALUE_SHOWN_MAX ? json.size : VALUE_SHOWN_MAX) + 4;
  return text_printable(json, arena_alloc(&findings->arena, size), size);
}

void rule_test_findings_add(struct rule_test_findings *findings, const char *format, ...) {
  char text[1400];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  add(findings)->what = show(findings, text_from(text));
}

void rule_test_findings_add_difference(struct rule_test_findings *findings, const char *what,
                                       struct text expected, struct text got) {
  struct rule_test_finding *finding = add(findings);
  finding->what = show(findings, text_from(what));
  finding->expected = show(findings, expected);
  finding->got = show(findings, got);
}

void rule_test_findings_clear(struct rule_test_findings *findings) {
  findings->count = 0;
  arena_reset(&findings->arena);
}

void rule_test_findings_free(struct rule_test_findings *findings) {
  free(findings->items);
  arena_free(&findings->arena);
  *findings = (struct rule_test_findings){.items = NULL};
}

/* ---- values: an absent one is NULL ---- */

static void add_values(struct rule_test_findings *findings, const char *what,
                       const struct json_node *expected, const struct json_node *got) {
  struct buffer left = BUFFER_NONE, right = BUFFER_NONE;
  if (expected)
    json_write(&left, expected);
  if (got)
    json_write(&right, got);
  rule_test_findings_add_difference(findings, what, expected ? buffer_text(&left) : TEXT("nothing"),
                                    got ? buffer_text(&right) : TEXT("nothing"));
  buffer_free(&left);
  buffer_free(&right);
}

/* What Lua's == says: 1 is 1.0. */
static bool scalars_equal(const struct json_node *a, const struct json_node *b) {
  double x, y;
  if (a->type == JSON_TYPE_STRING && b->type == JSON_TYPE_STRING)
    return text_equal(json_text(a), json_text(b));
  if (a->type != b->type)
    return json_number(a, &x) && json_number(b, &y) && x == y;
  if (a->type == JSON_TYPE_INT || a->type == JSON_TYPE_UINT)
    return a->value.unsigned_integer == b->value.unsigned_integer;
  return !json_number(a, &x) || (json_number(b, &y) && x == y);
}

static void compare(struct rule_test_findings *findings, const char *path,
                    const struct json_node *expected, const struct json_node *got);

static void compare_members(struct rule_test_findings *findings, const char *path,
                            const struct json_node *expected, const struct json_node *got) {
  char inner[PATH_SIZE];
  for (JSON_EACH(member, expected)) {
    snprintf(inner, sizeof inner, "%s.%.*s", path, TEXT_ARGS(json_key(member)));
    compare(findings, inner, member, json_get(got, json_key(member)));
  }
  for (JSON_EACH(other, got)) {
    snprintf(inner, sizeof inner, "%s.%.*s", path, TEXT_ARGS(json_key(other)));
    if (!json_get(expected, json_key(other)))
      add_values(findings, inner, NULL, other);
  }
}

/* Positions count from 1, as in Lua. */
static void compare_elements(struct rule_test_findings *findings, const char *path,
                             const struct json_node *expected, const struct json_node *got) {
  char inner[PATH_SIZE];
  const struct json_node *left = expected + 1, *right = got + 1;
  for (uint32_t i = 0; i < expected->size || i < got->size; i++) {
    bool has_left = i < expected->size, has_right = i < got->size;
    snprintf(inner, sizeof inner, "%s[%u]", path, i + 1);
    compare(findings, inner, has_left ? left : NULL, has_right ? right : NULL);
    left = has_left ? json_next(left) : left;
    right = has_right ? json_next(right) : right;
  }
}

/* Tells the places that differ, not the whole values. */
static void compare(struct rule_test_findings *findings, const char *path,
                    const struct json_node *expected, const struct json_node *got) {
  bool tables = expected && got && json_is_container(expected) && json_is_container(got);
  if (tables && expected->size == 0 && got->size == 0)
    return; /* an empty Lua table is neither list nor map */
  if (tables && expected->type == JSON_TYPE_OBJECT && got->type == JSON_TYPE_OBJECT)
    compare_members(findings, path, expected, got);
  else if (tables && expected->type == JSON_TYPE_ARRAY && got->type == JSON_TYPE_ARRAY)
    compare_elements(findings, path, expected, got);
  else if (tables || !expected || !got || !scalars_equal(expected, got))
    add_values(findings, path, expected, got);
}

/* ---- the parts of an outcome ---- */

static void compare_text(struct rule_test_findings *findings, const char *what,
                         const struct json_node *expected, struct text got) {
  if (!expected || text_equal(json_text(expected), got))
    return;
  struct buffer left = BUFFER_NONE, right = BUFFER_NONE;
  json_write(&left, expected);
  buffer_append_json_string(&right, got);
  rule_test_findings_add_difference(findings, what, buffer_text(&left), buffer_text(&right));
  buffer_free(&left);
  buffer_free(&right);
}

static void compare_severity(const struct rule_test_case *test, const struct rule_outcome *outcome,
                             struct rule_test_findings *findings) {
  if (test->texts[RULE_TEST_SEVERITY] && test->severity != outcome->severity)
    rule_test_findings_add_difference(findings, "severity",
                                      text_from(severity_name(test->severity)),
                                      text_from(severity_name(outcome->severity)));
}

static void write_names(struct buffer *buffer, const struct rule_outcome *outcome) {
  if (!outcome->destinations_given) {
    buffer_append_string(buffer, "none named: they follow from the severity");
    return;
  }
  buffer_append_char(buffer, '[');
  for (size_t i = 0; i < outcome->destinations.count; i++) {
    if (i)
      buffer_append_char(buffer, ',');
    buffer_append_json_string(buffer, outcome->destinations.items[i]);
  }
  buffer_append_char(buffer, ']');
}

static void compare_destinations(const struct rule_test_case *test,
                                 const struct rule_outcome *outcome,
                                 struct rule_test_findings *findings) {
  const struct json_node *expected = test->destinations;
  const struct text_list *got = &outcome->destinations;
  if (!expected)
    return;
  bool equal = outcome->destinations_given && got->count == expected->size;
  for (uint32_t i = 0; equal && i < expected->size; i++)
    equal = text_equal(json_text(json_at(expected, i)), got->items[i]);
  if (equal)
    return;
  struct buffer left = BUFFER_NONE, right = BUFFER_NONE;
  if (expected->type == JSON_TYPE_ARRAY)
    json_write(&left, expected);
  else
    buffer_append_string(&left, "[]");
  write_names(&right, outcome);
  rule_test_findings_add_difference(findings, "destinations", buffer_text(&left),
                                    buffer_text(&right));
  buffer_free(&left);
  buffer_free(&right);
}

static void compare_context(const struct rule_test_case *test, const struct rule_outcome *outcome,
                            struct rule_test_findings *findings) {
  struct error error = ERROR_NONE;
  if (!test->alert_context)
    return;
  struct json_reader *json = json_reader_new();
  const struct json_node *got = json_read_copy(json, outcome->context, &error);
  if (got)
    compare(findings, "alert_context", test->alert_context, got);
  else
    rule_test_findings_add(findings, "alert_context cannot be compared: %s", error.text);
  json_reader_free(json);
}

void rule_test_compare(const struct rule_test_case *test, const struct rule_outcome *outcome,
                       struct rule_test_findings *findings) {
  const struct text texts[RULE_TEST_TEXT_COUNT] = {
      [RULE_TEST_TITLE] = outcome->title,
      [RULE_TEST_DEDUP] = outcome->dedup,
      [RULE_TEST_DESCRIPTION] = outcome->description,
      [RULE_TEST_RUNBOOK] = outcome->runbook,
      [RULE_TEST_REFERENCE] = outcome->reference,
  };
  for (int i = 0; i < RULE_TEST_TEXT_COUNT; i++)
    if (i != RULE_TEST_SEVERITY)
      compare_text(findings, rule_test_text_names[i], test->texts[i], texts[i]);
  compare_severity(test, outcome, findings);
  compare_destinations(test, outcome, findings);
  compare_context(test, outcome, findings);
}

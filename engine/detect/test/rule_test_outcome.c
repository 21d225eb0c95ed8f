#include "detect/test/rule_test_outcome.h"

#include <stdio.h>

/* A path to a value within alert_context. */
#define PATH_SIZE 512

/* ---- what is there ---- */

static struct text_list copy_list(struct arena *arena, struct text_list list) {
  struct text *items = arena_alloc(arena, (list.count + 1) * sizeof *items);
  for (size_t i = 0; i < list.count; i++)
    items[i] = arena_copy(arena, list.items[i]);
  return (struct text_list){items, list.count};
}

struct rule_test_actual rule_test_actual_of_match(const struct rule_outcome *outcome,
                                                  struct arena *arena) {
  return (struct rule_test_actual){
      .texts = {[RULE_TEST_TITLE] = arena_copy(arena, outcome->title),
                [RULE_TEST_DEDUP] = arena_copy(arena, outcome->dedup),
                [RULE_TEST_UNIQUE] = arena_copy(arena, outcome->unique),
                [RULE_TEST_DESCRIPTION] = arena_copy(arena, outcome->description),
                [RULE_TEST_RUNBOOK] = arena_copy(arena, outcome->runbook),
                [RULE_TEST_REFERENCE] = arena_copy(arena, outcome->reference)},
      .severity = outcome->severity,
      .has_unique = outcome->has_unique,
      .destinations_given = outcome->destinations_given,
      .destinations = copy_list(arena, outcome->destinations),
      .context = arena_copy(arena, outcome->context),
      .match_count = 1,
  };
}

struct rule_test_actual rule_test_actual_of_alert(const struct alert *alert, struct arena *arena) {
  return (struct rule_test_actual){
      .texts = {[RULE_TEST_TITLE] = arena_copy(arena, alert->title),
                [RULE_TEST_DEDUP] = arena_copy(arena, alert->dedup),
                [RULE_TEST_DESCRIPTION] = arena_copy(arena, alert->description),
                [RULE_TEST_RUNBOOK] = arena_copy(arena, alert->runbook),
                [RULE_TEST_REFERENCE] = arena_copy(arena, alert->reference)},
      .severity = alert->severity,
      .context = arena_copy(arena, alert->context),
      .match_count = alert->match_count,
  };
}

/* ---- differences ---- */

struct comparer {
  const struct rule_test_comparison *comparison;
  const char *key; /* that is compared */
};

static struct rule_test_place place_of(const struct comparer *comparer) {
  const struct rule_test_comparison *comparison = comparer->comparison;
  return rule_test_case_place(comparison->subject, comparison->test, comparison->list,
                              comparison->index, comparer->key);
}

static void add(const struct comparer *comparer, const char *what, struct text expected,
                struct text got) {
  const struct rule_test_comparison *comparison = comparer->comparison;
  char named[PATH_SIZE + 32];
  if (comparison->list) {
    snprintf(named, sizeof named, "%s[%zu].%s", comparison->list, comparison->index + 1, what);
    what = named;
  }
  rule_test_findings_add_difference(comparison->findings, place_of(comparer), what, expected, got);
}

/* Values: an absent one is NULL. */
static void add_values(const struct comparer *comparer, const char *what,
                       const struct json_node *expected, const struct json_node *got) {
  struct buffer left = BUFFER_NONE, right = BUFFER_NONE;
  if (expected)
    json_write(&left, expected);
  if (got)
    json_write(&right, got);
  add(comparer, what, expected ? buffer_text(&left) : TEXT("nothing"),
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
  if (a->type == JSON_TYPE_LARGE)
    return text_equal(json_text(a), json_text(b));
  if (a->type == JSON_TYPE_INT || a->type == JSON_TYPE_UINT)
    return a->value.unsigned_integer == b->value.unsigned_integer;
  return !json_number(a, &x) || (json_number(b, &y) && x == y);
}

static void compare(const struct comparer *comparer, const char *path,
                    const struct json_node *expected, const struct json_node *got);

static void compare_members(const struct comparer *comparer, const char *path,
                            const struct json_node *expected, const struct json_node *got) {
  char inner[PATH_SIZE];
  for (JSON_EACH(member, expected)) {
    snprintf(inner, sizeof inner, "%s.%.*s", path, TEXT_ARGS(json_key(member)));
    compare(comparer, inner, member, json_get(got, json_key(member)));
  }
  for (JSON_EACH(other, got)) {
    snprintf(inner, sizeof inner, "%s.%.*s", path, TEXT_ARGS(json_key(other)));
    if (!json_get(expected, json_key(other)))
      add_values(comparer, inner, NULL, other);
  }
}

/* Positions count from 1, as in Lua. */
static void compare_elements(const struct comparer *comparer, const char *path,
                             const struct json_node *expected, const struct json_node *got) {
  char inner[PATH_SIZE];
  const struct json_node *left = expected + 1, *right = got + 1;
  for (uint32_t i = 0; i < expected->size || i < got->size; i++) {
    bool has_left = i < expected->size, has_right = i < got->size;
    snprintf(inner, sizeof inner, "%s[%u]", path, i + 1);
    compare(comparer, inner, has_left ? left : NULL, has_right ? right : NULL);
    left = has_left ? json_next(left) : left;
    right = has_right ? json_next(right) : right;
  }
}

/* Reports the places that differ, not the whole values. */
static void compare(const struct comparer *comparer, const char *path,
                    const struct json_node *expected, const struct json_node *got) {
  bool tables = expected && got && json_is_container(expected) && json_is_container(got);
  if (tables && expected->size == 0 && got->size == 0)
    return; /* an empty Lua table is neither list nor map */
  if (tables && expected->type == JSON_TYPE_OBJECT && got->type == JSON_TYPE_OBJECT)
    compare_members(comparer, path, expected, got);
  else if (tables && expected->type == JSON_TYPE_ARRAY && got->type == JSON_TYPE_ARRAY)
    compare_elements(comparer, path, expected, got);
  else if (tables || !expected || !got || !scalars_equal(expected, got))
    add_values(comparer, path, expected, got);
}

/* ---- the keys ---- */

static void compare_text(struct comparer *comparer, const char *key,
                         const struct json_node *expected, struct text got, bool is_there) {
  if (!expected || (is_there && text_equal(json_text(expected), got)))
    return;
  struct buffer left = BUFFER_NONE, right = BUFFER_NONE;
  json_write(&left, expected);
  buffer_append_json_string(&right, got);
  comparer->key = key;
  add(comparer, key, buffer_text(&left), is_there ? buffer_text(&right) : TEXT("nothing"));
  buffer_free(&left);
  buffer_free(&right);
}

static void compare_severity(struct comparer *comparer, const struct rule_test_expected *expected,
                             const struct rule_test_actual *actual) {
  if (!expected->has_severity || expected->severity == actual->severity)
    return;
  comparer->key = "severity";
  add(comparer, "severity", text_from(severity_name(expected->severity)),
      text_from(severity_name(actual->severity)));
}

static void compare_match_count(struct comparer *comparer,
                                const struct rule_test_expected *expected,
                                const struct rule_test_actual *actual) {
  char left[24], right[24];
  if (!expected->has_match_count || expected->match_count == actual->match_count)
    return;
  snprintf(left, sizeof left, "%lld", (long long)expected->match_count);
  snprintf(right, sizeof right, "%lld", (long long)actual->match_count);
  comparer->key = "match_count";
  add(comparer, "match_count", text_from(left), text_from(right));
}

static void write_names(struct buffer *buffer, const struct rule_test_actual *actual) {
  if (!actual->destinations_given) {
    buffer_append_string(buffer, "none named: they follow from the severity");
    return;
  }
  buffer_append_char(buffer, '[');
  for (size_t i = 0; i < actual->destinations.count; i++) {
    if (i)
      buffer_append_char(buffer, ',');
    buffer_append_json_string(buffer, actual->destinations.items[i]);
  }
  buffer_append_char(buffer, ']');
}

static void compare_destinations(struct comparer *comparer, const struct json_node *expected,
                                 const struct rule_test_actual *actual) {
  const struct text_list *got = &actual->destinations;
  if (!expected)
    return;
  bool equal = actual->destinations_given && got->count == expected->size;
  for (uint32_t i = 0; equal && i < expected->size; i++)
    equal = text_equal(json_text(json_at(expected, i)), got->items[i]);
  if (equal)
    return;
  struct buffer left = BUFFER_NONE, right = BUFFER_NONE;
  if (expected->type == JSON_TYPE_ARRAY)
    json_write(&left, expected);
  else
    buffer_append_string(&left, "[]");
  write_names(&right, actual);
  comparer->key = "destinations";
  add(comparer, "destinations", buffer_text(&left), buffer_text(&right));
  buffer_free(&left);
  buffer_free(&right);
}

static void compare_context(struct comparer *comparer, const struct json_node *expected,
                            struct text context) {
  struct error error = ERROR_NONE;
  if (!expected)
    return;
  struct json_reader *json = json_reader_new();
  const struct json_node *got = json_read_copy(json, context, &error);
  comparer->key = "alert_context";
  if (got)
    compare(comparer, "alert_context", expected, got);
  else
    rule_test_findings_add(comparer->comparison->findings, place_of(comparer),
                           "alert_context cannot be compared: %s", error.text);
  json_reader_free(json);
}

void rule_test_compare(const struct rule_test_comparison *comparison,
                       const struct rule_test_expected *expected,
                       const struct rule_test_actual *actual) {
  struct comparer comparer = {.comparison = comparison};
  for (int i = 0; i < RULE_TEST_TEXT_COUNT; i++)
    compare_text(&comparer, rule_test_text_names[i], expected->texts[i], actual->texts[i],
                 i != RULE_TEST_UNIQUE || actual->has_unique);
  compare_severity(&comparer, expected, actual);
  compare_match_count(&comparer, expected, actual);
  compare_destinations(&comparer, expected->destinations, actual);
  compare_context(&comparer, expected->alert_context, actual->context);
}

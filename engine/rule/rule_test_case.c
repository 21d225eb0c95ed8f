#include "rule/rule_test_case.h"

#include "rule/source_line.h"

#include <stdarg.h>

const char *const rule_test_text_names[RULE_TEST_TEXT_COUNT] = {
    "title", "dedup", "severity", "description", "runbook", "reference"};

struct reader {
  const struct rule *rule;
  struct arena *arena;
  struct rule_test_case *test;
  const char *key;               /* that is being read; NULL = the test itself */
  const struct json_node *value; /* of that key */
};

static bool mistake(const struct reader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* At the line of the key that is being read. Always false. */
static bool mistake(const struct reader *reader, const char *format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  unsigned line = reader->test->line;
  if (reader->key)
    line = source_line_of_key(reader->rule->source, line, text_from(reader->key));
  problems_add(&reader->test->mistakes, reader->rule->file, line, 0, "%s", text);
  return false;
}

static const char *type_name(const struct json_node *value) {
  static const char *const names[] = {
      [JSON_TYPE_NULL] = "not a value", [JSON_TYPE_FALSE] = "false",
      [JSON_TYPE_TRUE] = "true",        [JSON_TYPE_INT] = "a number",
      [JSON_TYPE_UINT] = "a number",    [JSON_TYPE_DOUBLE] = "a number",
      [JSON_TYPE_STRING] = "a string",  [JSON_TYPE_ARRAY] = "a list",
      [JSON_TYPE_OBJECT] = "a table"};
  return names[value->type];
}

/* ---- keys ---- */

static bool read_text(const struct reader *reader, struct text *out) {
  *out = TEXT("");
  if (reader->value->type != JSON_TYPE_STRING)
    return mistake(reader, "%s must be a string, not %s", reader->key, type_name(reader->value));
  *out = json_text(reader->value);
  return true;
}

static bool read_path_or_name(const struct reader *reader, struct text *out) {
  if (!read_text(reader, out))
    return false;
  if (out->size == 0)
    return mistake(reader, "%s is empty", reader->key);
  if (memchr(out->data, '\0', out->size))
    return mistake(reader, "%s holds a zero byte", reader->key);
  return true;
}

static void read_name(const struct reader *reader) {
  struct text name;
  if (read_path_or_name(reader, &name))
    reader->test->name = name;
}

static void read_fixture(const struct reader *reader) {
  read_path_or_name(reader, &reader->test->fixture);
}

static void read_log_type(const struct reader *reader) {
  read_path_or_name(reader, &reader->test->log_type);
}

static void read_event(const struct reader *reader) {
  if (reader->value->type == JSON_TYPE_OBJECT)
    reader->test->event = reader->value;
  else
    mistake(reader, "event must be a table of fields, not %s", type_name(reader->value));
}

static void read_expect(const struct reader *reader) {
  if (reader->value->type == JSON_TYPE_TRUE || reader->value->type == JSON_TYPE_FALSE)
    reader->test->expect = reader->value->type == JSON_TYPE_TRUE;
  else
    mistake(reader, "expect must be true or false, not %s", type_name(reader->value));
}

static void read_expected_text(const struct reader *reader) {
  struct text text;
  if (!read_text(reader, &text))
    return;
  for (int i = 0; i < RULE_TEST_TEXT_COUNT; i++)
    if (strcmp(rule_test_text_names[i], reader->key) == 0)
      reader->test->texts[i] = reader->value;
}

static void read_severity(const struct reader *reader) {
  struct text text;
  char shown[64];
  if (!read_text(reader, &text))
    return;
  if (severity_parse(text, &reader->test->severity))
    reader->test->texts[RULE_TEST_SEVERITY] = reader->value;
  else
    mistake(reader, "severity '%s' is none of info, low, medium, high, critical",
            text_printable(text, shown, sizeof shown));
}

static void read_destinations(const struct reader *reader) {
  const struct json_node *value = reader->value;
  /* An empty Lua table is {} here, whether it was meant as a list or not. */
  bool is_list =
      value->type == JSON_TYPE_ARRAY || (value->type == JSON_TYPE_OBJECT && value->size == 0);
  if (is_list)
    for (JSON_EACH(name, value))
      is_list = is_list && name->type == JSON_TYPE_STRING;
  if (is_list)
    reader->test->destinations = value;
  else
    mistake(reader, "destinations must be a list of names");
}

static void read_alert_context(const struct reader *reader) {
  if (reader->value->type == JSON_TYPE_OBJECT)
    reader->test->alert_context = reader->value;
  else
    mistake(reader, "alert_context must be a table with names, not %s", type_name(reader->value));
}

static const struct key_row {
  const char *name;
  void (*read)(const struct reader *reader);
  bool of_match; /* says something about a match, so expect must be true */
} keys[] = {
    {"name", read_name, false},
    {"fixture", read_fixture, false},
    {"event", read_event, false},
    {"log_type", read_log_type, false},
    {"expect", read_expect, false},
    {"title", read_expected_text, true},
    {"dedup", read_expected_text, true},
    {"severity", read_severity, true},
    {"description", read_expected_text, true},
    {"runbook", read_expected_text, true},
    {"reference", read_expected_text, true},
    {"destinations", read_destinations, true},
    {"alert_context", read_alert_context, true},
};
enum { KEY_COUNT = sizeof keys / sizeof *keys };

static void refuse_unknown_key(struct reader *reader, struct text key) {
  const char *names[KEY_COUNT];
  char shown[80];
  for (size_t i = 0; i < KEY_COUNT; i++)
    names[i] = keys[i].name;
  const char *nearest = text_nearest(key, names, KEY_COUNT);
  reader->key = text_printable(key, shown, sizeof shown);
  if (nearest)
    mistake(reader, "unknown key '%s' in a test (did you mean '%s'?)", shown, nearest);
  else
    mistake(reader, "unknown key '%s' in a test", shown);
  reader->key = NULL;
}

static void refuse_unknown_keys(struct reader *reader, const struct json_node *table) {
  for (JSON_EACH(value, table)) {
    bool known = false;
    for (size_t i = 0; i < KEY_COUNT && !known; i++)
      known = text_is(json_key(value), keys[i].name);
    if (!known)
      refuse_unknown_key(reader, json_key(value));
  }
}

static const struct json_node *member(const struct json_node *table, const char *key) {
  return json_get(table, text_from(key));
}

/* What no key can tell by itself. */
static void check_whole(struct reader *reader, const struct json_node *table) {
  const struct json_node *expect = member(table, "expect");
  bool fixture = member(table, "fixture"), event = member(table, "event");
  reader->key = NULL;
  if (!member(table, "name"))
    mistake(reader, "the test lacks a name");
  if (!expect)
    mistake(reader, "the test lacks expect = true or expect = false");
  if (!fixture && !event)
    mistake(reader, "the test lacks a fixture (or an event)");
  if (fixture && event)
    mistake(reader, "the test has both a fixture and an event");
  if (!expect || expect->type != JSON_TYPE_FALSE)
    return;
  for (size_t i = 0; i < KEY_COUNT; i++)
    if (keys[i].of_match && member(table, keys[i].name)) {
      reader->key = keys[i].name;
      mistake(reader, "%s is given, but nothing is said of an event that does not match",
              keys[i].name);
    }
}

static void read_case(struct reader *reader, const struct json_node *table, size_t index) {
  struct rule_test_case *test = reader->test;
  const struct rule *rule = reader->rule;
  test->name = text_from(arena_printf(reader->arena, "test %zu", index + 1));
  test->line = source_line_of_entry(rule->source, rule->tests_line, TEXT("tests"), index);
  reader->key = NULL;
  if (table->type != JSON_TYPE_OBJECT) {
    mistake(reader, "a test must be a table, not %s", type_name(table));
    return;
  }
  refuse_unknown_keys(reader, table);
  for (size_t i = 0; i < KEY_COUNT; i++) {
    reader->key = keys[i].name;
    reader->value = member(table, keys[i].name);
    if (reader->value)
      keys[i].read(reader);
  }
  check_whole(reader, table);
}

void rule_test_cases_read(const struct rule *rule, struct rule_test_cases *cases) {
  struct error error = ERROR_NONE;
  *cases = (struct rule_test_cases){.json = json_reader_new(), .arena = ARENA_NONE};
  const struct json_node *root = json_read_copy(cases->json, rule->tests_json, &error);
  bool is_list = root && root->type == JSON_TYPE_ARRAY;
  size_t index = 0;
  cases->count = is_list ? root->size : 1;
  cases->items = arena_alloc(&cases->arena, cases->count * sizeof *cases->items);
  struct reader reader = {.rule = rule, .arena = &cases->arena, .test = cases->items};
  if (!is_list) {
    *reader.test = (struct rule_test_case){.name = TEXT("tests"), .line = rule->tests_line};
    mistake(&reader, "tests wants a plain list: tests { { name = ... }, ... }%s%s",
            error.set ? ": " : "", error.text);
    return;
  }
  for (JSON_EACH(table, root)) {
    reader.test = &cases->items[index];
    read_case(&reader, table, index++);
  }
}

void rule_test_cases_free(struct rule_test_cases *cases) {
  for (size_t i = 0; i < cases->count; i++)
    problems_clear(&cases->items[i].mistakes);
  json_reader_free(cases->json);
  arena_free(&cases->arena);
}

#include "detect/test/rule_test_case.h"

#include "base/suggestion.h"
#include "rule/sigma/sigma_line.h"

#include <stdarg.h>
#include <stdio.h>

/* When records are taken to be read: 2024-01-01T00:00:00Z, so that a test gives the same result
 * every day. */
#define NOW_DEFAULT (INT64_C(1704067200) * US_PER_SECOND)
#define MATCHES_MAX INT64_C(1000000000)

const char *const rule_test_text_names[RULE_TEST_TEXT_COUNT] = {
    "title", "dedup", "unique", "description", "runbook", "reference"};

/* What a table of the file can be. */
enum scope { IN_TEST = 1, IN_EVENT = 2, IN_ALERT = 4 };

static const struct {
  enum scope scope;
  const char *list, *name;
} scopes[] = {
    {IN_TEST, NULL, "a test"}, {IN_EVENT, "events", "an event"}, {IN_ALERT, "alerts", "an alert"}};

struct reader {
  const struct rule_test_subject *subject;
  struct arena *arena;
  const unsigned *lines; /* of the tests in a Lua file; NULL = it is another file */
  struct rule_test_case *test;
  enum scope scope; /* of the table that is being read, and its place in its list */
  size_t index;
  struct rule_test_event *event;       /* IN_TEST, IN_EVENT: to be filled */
  struct rule_test_expected *expected; /* IN_TEST, IN_ALERT: to be filled */
  const char *key;                     /* that is being read; NULL = the table itself */
  const struct json_node *value;       /* of that key */
};

/* Its place in the table in the file. */
static size_t entry_of(const struct rule_test_subject *subject, size_t index) {
  return subject->test_entries ? subject->test_entries[index] : index;
}

struct rule_test_place rule_test_case_place(const struct rule_test_subject *subject,
                                            const struct rule_test_case *test, const char *list,
                                            size_t index, const char *key) {
  struct source_step steps[4] = {{.index = entry_of(subject, test->index)}};
  size_t count = 1;
  if (list) {
    steps[count++].key = text_from(list);
    steps[count++].index = index;
  }
  if (key)
    steps[count++].key = text_from(key);
  unsigned line =
      sigma_is_file(subject->file)
          ? sigma_line_of_test(subject->source, subject->tests_line, steps, count)
          : source_line_of_path(subject->source, subject->tests_line, TEXT("tests"), steps, count);
  return (struct rule_test_place){subject->file, line};
}

static const char *list_of(enum scope scope) {
  for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++)
    if (scopes[i].scope == scope)
      return scopes[i].list;
  return NULL;
}

static const char *name_of(enum scope scope) {
  for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++)
    if (scopes[i].scope == scope)
      return scopes[i].name;
  return "";
}

static bool mistake(const struct reader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* At the line of the key that is being read. Always false. */
static bool mistake(const struct reader *reader, const char *format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  struct rule_test_place place = rule_test_case_place(
      reader->subject, reader->test, list_of(reader->scope), reader->index, reader->key);
  problems_add(&reader->test->mistakes, place.file, place.line, 0, "%s", text);
  return false;
}

static const char *type_name(const struct json_node *value) {
  static const char *const names[] = {
      [JSON_TYPE_NULL] = "null",       [JSON_TYPE_FALSE] = "false",
      [JSON_TYPE_TRUE] = "true",       [JSON_TYPE_INT] = "a number",
      [JSON_TYPE_UINT] = "a number",   [JSON_TYPE_LARGE] = "a number",
      [JSON_TYPE_DOUBLE] = "a number", [JSON_TYPE_STRING] = "a string",
      [JSON_TYPE_ARRAY] = "a list",    [JSON_TYPE_OBJECT] = "a table"};
  return names[value->type];
}

static const struct json_node *member(const struct json_node *table, const char *key) {
  return json_get(table, text_from(key));
}

/* An empty Lua table is {} in JSON, whether it was meant as a list or not. */
static bool is_list(const struct json_node *value) {
  return value->type == JSON_TYPE_ARRAY || (value->type == JSON_TYPE_OBJECT && value->size == 0);
}

static bool is_list_of_strings(const struct json_node *value) {
  bool strings = is_list(value);
  if (strings)
    for (JSON_EACH(item, value))
      strings = strings && item->type == JSON_TYPE_STRING;
  return strings;
}

/* ---- values ---- */

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

static bool read_whole_number(const struct reader *reader, int64_t least, int64_t most,
                              int64_t *out) {
  const struct json_node *value = reader->value;
  if (value->type != JSON_TYPE_INT)
    return mistake(reader, "%s must be a whole number, not %s", reader->key,
                   value->type == JSON_TYPE_DOUBLE ? "one with a fraction" : type_name(value));
  if (value->value.integer < least || value->value.integer > most)
    return mistake(reader, "%s must be from %lld to %lld, not %lld", reader->key, (long long)least,
                   (long long)most, (long long)value->value.integer);
  *out = value->value.integer;
  return true;
}

static void read_duration(const struct reader *reader, int64_t *out) {
  struct text text;
  struct error error = ERROR_NONE;
  if (read_text(reader, &text) && !duration_parse(text, out, &error))
    mistake(reader, "%s: %s", reader->key, error.text);
}

static void read_time(const struct reader *reader, time_us *out) {
  struct text text;
  char shown[64];
  if (read_text(reader, &text) && !time_parse(text, out))
    mistake(reader, "%s '%s' is not a time (expected one as 2024-03-21T07:09:03Z)", reader->key,
            text_printable(text, shown, sizeof shown));
}

/* ---- keys of a test ---- */

static void read_name(const struct reader *reader) {
  struct text name;
  if (read_path_or_name(reader, &name))
    reader->test->name = name;
}

static void read_expect(const struct reader *reader) {
  if (reader->value->type == JSON_TYPE_TRUE || reader->value->type == JSON_TYPE_FALSE) {
    reader->test->has_expect = true;
    reader->test->expect = reader->value->type == JSON_TYPE_TRUE;
  } else {
    mistake(reader, "expect must be true or false, not %s", type_name(reader->value));
  }
}

static void read_table(struct reader *reader, const struct json_node *table);

static void read_events(const struct reader *reader) {
  const struct json_node *value = reader->value;
  struct rule_test_case *test = reader->test;
  test->is_list = true;
  if (!is_list(value) || value->size == 0 || value->size > RULE_TEST_EVENTS_MAX) {
    mistake(reader, "events must be a list of 1 to %d events", RULE_TEST_EVENTS_MAX);
    return;
  }
  test->event_count = value->size;
  test->events = arena_alloc(reader->arena, value->size * sizeof *test->events);
  size_t index = 0;
  for (JSON_EACH(entry, value)) {
    struct rule_test_event *event = &test->events[index];
    *event = (struct rule_test_event){.times = 1, .at = TIME_NONE, .after = -1, .index = index};
    struct reader inner = *reader;
    inner.scope = IN_EVENT;
    inner.index = index++;
    inner.key = NULL;
    inner.event = event;
    /* `fixture` and a table `event` are ours; anything else is the event itself. (A record's
     * own `event`, such as a webhook's, is a text.) */
    const struct json_node *own = member(entry, "event");
    if (entry->type != JSON_TYPE_OBJECT)
      mistake(&inner, "an event must be a table, not %s", type_name(entry));
    else if (member(entry, "fixture") || (own && own->type == JSON_TYPE_OBJECT))
      read_table(&inner, entry);
    else
      event->event = entry;
  }
}

static void read_alerts(const struct reader *reader) {
  const struct json_node *value = reader->value;
  struct rule_test_case *test = reader->test;
  int64_t count = 0;
  test->has_alerts = true;
  if (!is_list(value)) {
    if (value->type != JSON_TYPE_INT)
      mistake(reader, "alerts must be a number or a list of alerts, not %s", type_name(value));
    else if (read_whole_number(reader, 0, MATCHES_MAX, &count))
      test->alert_count = (size_t)count;
    return;
  }
  test->alert_count = value->size;
  test->alerts = arena_alloc(reader->arena, (value->size + 1) * sizeof *test->alerts);
  size_t index = 0;
  for (JSON_EACH(entry, value)) {
    struct reader inner = *reader;
    inner.scope = IN_ALERT;
    inner.expected = &test->alerts[index];
    inner.index = index++;
    inner.key = NULL;
    if (entry->type == JSON_TYPE_OBJECT)
      read_table(&inner, entry);
    else
      mistake(&inner, "an alert must be a table, not %s", type_name(entry));
  }
}

static const struct json_node *read_kv_values(const struct reader *reader) {
  /* An empty Lua table is {} here. */
  if (reader->value->type == JSON_TYPE_OBJECT)
    return reader->value;
  mistake(reader, "%s must be a table of keys and values, not %s", reader->key,
          type_name(reader->value));
  return NULL;
}

static void read_kv(const struct reader *reader) {
  reader->test->kv = read_kv_values(reader);
}

static void read_kv_after(const struct reader *reader) {
  reader->test->kv_after = read_kv_values(reader);
}

static void read_known(const struct reader *reader) {
  reader->test->known = reader->value;
}

static void read_mocks(const struct reader *reader) {
  if (reader->value->type == JSON_TYPE_OBJECT)
    reader->test->mocks = reader->value;
  else
    mistake(reader, "mocks must be a table of names and values, not %s", type_name(reader->value));
}

static void read_now(const struct reader *reader) {
  read_time(reader, &reader->test->now);
}

/* ---- keys of an event ---- */

static void read_fixture(const struct reader *reader) {
  read_path_or_name(reader, &reader->event->fixture);
}

static void read_event(const struct reader *reader) {
  if (reader->value->type == JSON_TYPE_OBJECT)
    reader->event->event = reader->value;
  else
    mistake(reader, "event must be a table of fields, not %s", type_name(reader->value));
}

static void read_log_type(const struct reader *reader) {
  read_path_or_name(reader, &reader->event->log_type);
}

static void read_set(const struct reader *reader) {
  if (reader->value->type == JSON_TYPE_OBJECT)
    reader->event->set = reader->value;
  else
    mistake(reader, "set must be a table of fields and values, not %s", type_name(reader->value));
}

static void read_unset(const struct reader *reader) {
  if (is_list_of_strings(reader->value))
    reader->event->unset = reader->value;
  else
    mistake(reader, "unset must be a list of fields");
}

static void read_times(const struct reader *reader) {
  read_whole_number(reader, 1, RULE_TEST_TIMES_MAX, &reader->event->times);
}

static void read_every(const struct reader *reader) {
  read_duration(reader, &reader->event->every);
}

static void read_at(const struct reader *reader) {
  read_time(reader, &reader->event->at);
}

static void read_after(const struct reader *reader) {
  read_duration(reader, &reader->event->after);
}

/* ---- what is expected of a match or an alert ---- */

static void read_expected_text(const struct reader *reader) {
  struct text text;
  if (!read_text(reader, &text))
    return;
  for (int i = 0; i < RULE_TEST_TEXT_COUNT; i++)
    if (strcmp(rule_test_text_names[i], reader->key) == 0)
      reader->expected->texts[i] = reader->value;
}

static void read_severity(const struct reader *reader) {
  struct text text;
  char shown[64];
  if (!read_text(reader, &text))
    return;
  reader->expected->has_severity = severity_parse(text, &reader->expected->severity);
  if (!reader->expected->has_severity)
    mistake(reader, "severity '%s' is none of info, low, medium, high, critical",
            text_printable(text, shown, sizeof shown));
}

static void read_destinations(const struct reader *reader) {
  if (is_list_of_strings(reader->value))
    reader->expected->destinations = reader->value;
  else
    mistake(reader, "destinations must be a list of names");
}

static void read_alert_context(const struct reader *reader) {
  if (reader->value->type == JSON_TYPE_OBJECT)
    reader->expected->alert_context = reader->value;
  else
    mistake(reader, "alert_context must be a table with names, not %s", type_name(reader->value));
}

static void read_match_count(const struct reader *reader) {
  reader->expected->has_match_count =
      read_whole_number(reader, 1, MATCHES_MAX, &reader->expected->match_count);
}

/* ---- the table of all keys ---- */

static const struct key_row {
  const char *name;
  void (*read)(const struct reader *reader);
  unsigned scopes;
  bool of_match; /* says something about a match, so there must be one */
} keys[] = {
    {"name", read_name, IN_TEST, false},
    {"expect", read_expect, IN_TEST, false},
    {"events", read_events, IN_TEST, false},
    {"alerts", read_alerts, IN_TEST, false},
    {"mocks", read_mocks, IN_TEST, false},
    {"kv", read_kv, IN_TEST, false},
    {"kv_after", read_kv_after, IN_TEST, false},
    {"known", read_known, IN_TEST, false},
    {"now", read_now, IN_TEST, false},
    {"fixture", read_fixture, IN_TEST | IN_EVENT, false},
    {"event", read_event, IN_TEST | IN_EVENT, false},
    {"log_type", read_log_type, IN_TEST | IN_EVENT, false},
    {"set", read_set, IN_TEST | IN_EVENT, false},
    {"unset", read_unset, IN_TEST | IN_EVENT, false},
    {"times", read_times, IN_TEST | IN_EVENT, false},
    {"every", read_every, IN_TEST | IN_EVENT, false},
    {"at", read_at, IN_TEST | IN_EVENT, false},
    {"after", read_after, IN_EVENT, false},
    {"title", read_expected_text, IN_TEST | IN_ALERT, true},
    {"dedup", read_expected_text, IN_TEST | IN_ALERT, true},
    {"unique", read_expected_text, IN_TEST, true},
    {"severity", read_severity, IN_TEST | IN_ALERT, true},
    {"description", read_expected_text, IN_TEST | IN_ALERT, true},
    {"runbook", read_expected_text, IN_TEST | IN_ALERT, true},
    {"reference", read_expected_text, IN_TEST | IN_ALERT, true},
    {"destinations", read_destinations, IN_TEST, true},
    {"alert_context", read_alert_context, IN_TEST | IN_ALERT, true},
    {"match_count", read_match_count, IN_ALERT, true},
};
enum { KEY_COUNT = sizeof keys / sizeof *keys };

static void refuse_unknown_key(struct reader *reader, struct text key) {
  const char *names[KEY_COUNT];
  char shown[80];
  size_t count = 0;
  for (size_t i = 0; i < KEY_COUNT; i++)
    if (keys[i].scopes & reader->scope)
      names[count++] = keys[i].name;
  struct suggestion suggestion;
  reader->key = text_printable(key, shown, sizeof shown);
  mistake(reader, "unknown key '%s' in %s%s", shown, name_of(reader->scope),
          suggestion_find(key, names, count, &suggestion));
  reader->key = NULL;
}

static void refuse_unknown_keys(struct reader *reader, const struct json_node *table) {
  for (JSON_EACH(value, table)) {
    bool known = false;
    for (size_t i = 0; i < KEY_COUNT && !known; i++)
      known = (keys[i].scopes & reader->scope) && text_is(json_key(value), keys[i].name);
    if (!known)
      refuse_unknown_key(reader, json_key(value));
  }
}

/* Mistakes that no single key of an event shows. */
static void check_event(struct reader *reader, const struct json_node *table) {
  const struct json_node *fixture = member(table, "fixture"), *event = member(table, "event");
  const char *what = reader->scope == IN_TEST ? "the test" : "the event";
  if (fixture && event)
    mistake(reader, "%s has both a fixture and an event", what);
  if (!fixture && !event)
    mistake(reader, "%s lacks a fixture (or an event, or events)", what);
  if (member(table, "every") && !member(table, "times"))
    mistake(reader, "every is given without times");
  if (member(table, "at") && member(table, "after"))
    mistake(reader, "both at and after are given");
}

static void read_table(struct reader *reader, const struct json_node *table) {
  refuse_unknown_keys(reader, table);
  for (size_t i = 0; i < KEY_COUNT; i++) {
    if (!(keys[i].scopes & reader->scope))
      continue;
    reader->key = keys[i].name;
    reader->value = member(table, keys[i].name);
    if (reader->value)
      keys[i].read(reader);
  }
  reader->key = NULL;
  if (reader->scope == IN_EVENT)
    check_event(reader, table);
}

/* Mistakes that no single key of a test shows. */
static void check_test(struct reader *reader, const struct json_node *table) {
  const struct rule_test_case *test = reader->test;
  bool is_list = member(table, "events") != NULL;
  if (!member(table, "name"))
    mistake(reader, "the test lacks a name");
  if (!member(table, "expect") && !member(table, "alerts"))
    mistake(reader, "the test lacks expect = true or expect = false (or alerts)");
  if (!is_list)
    check_event(reader, table);
  for (size_t i = 0; i < KEY_COUNT; i++) {
    bool given = (keys[i].scopes & IN_TEST) && member(table, keys[i].name);
    reader->key = keys[i].name;
    if (given && is_list && (keys[i].scopes & IN_EVENT))
      mistake(reader, "%s is given beside events: it belongs into one of them", keys[i].name);
    if (given && keys[i].of_match && test->has_expect && !test->expect)
      mistake(reader, "%s is given, but nothing is said of an event that does not match",
              keys[i].name);
  }
  reader->key = "alerts";
  if (test->has_expect && !test->expect && test->alert_count > 0)
    mistake(reader, "alerts are expected, but no match is");
  reader->key = NULL;
}

static void read_case(struct reader *reader, const struct json_node *table, size_t index) {
  struct rule_test_case *test = reader->test;
  struct rule_test_event *event = arena_alloc(reader->arena, sizeof *event);
  *event = (struct rule_test_event){.times = 1, .at = TIME_NONE, .after = -1};
  *test = (struct rule_test_case){.index = index,
                                  .events = event,
                                  .event_count = 1,
                                  .now = NOW_DEFAULT,
                                  .mistakes = PROBLEMS_NONE};
  test->name = text_from(arena_printf(reader->arena, "test %zu", index + 1));
  test->line = reader->lines ? reader->lines[entry_of(reader->subject, index)]
                             : rule_test_case_place(reader->subject, test, NULL, 0, NULL).line;
  reader->scope = IN_TEST;
  reader->key = NULL;
  reader->event = event;
  reader->expected = &test->expected;
  if (table->type != JSON_TYPE_OBJECT) {
    mistake(reader, "a test must be a table, not %s", type_name(table));
    return;
  }
  read_table(reader, table);
  check_test(reader, table);
}

void rule_test_cases_read(const struct rule_test_subject *subject, struct rule_test_cases *cases) {
  struct error error = ERROR_NONE;
  *cases = (struct rule_test_cases){.json = json_reader_new(), .arena = ARENA_NONE};
  const struct json_node *root = json_read_copy(cases->json, subject->tests_json, &error);
  bool is_plain = root && root->type == JSON_TYPE_ARRAY;
  size_t index = 0;
  cases->count = is_plain ? root->size : 1;
  cases->items = arena_alloc(&cases->arena, (cases->count + 1) * sizeof *cases->items);
  struct reader reader = {
      .subject = subject, .arena = &cases->arena, .test = cases->items, .scope = IN_TEST};
  if (!is_plain) {
    *reader.test = (struct rule_test_case){.name = TEXT("tests"), .line = subject->tests_line};
    problems_add(&reader.test->mistakes, subject->file, subject->tests_line, 0,
                 "tests wants a plain list: tests { { name = ... }, ... }%s%s",
                 error.set ? ": " : "", error.text);
    return;
  }
  if (!sigma_is_file(subject->file)) {
    unsigned *lines = arena_alloc(&cases->arena, (cases->count + 1) * sizeof *lines);
    source_lines_of_entries(subject->source, subject->tests_line, TEXT("tests"), lines,
                            cases->count);
    reader.lines = lines;
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

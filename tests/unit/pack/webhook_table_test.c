/*
 * Every webhook fixture: its log type, its time, what the data model finds in it, and its
 * indicators, as webhook_table.ndjson says. A row is one body: those of a file with several stand
 * in the order of its lines. "time": "none" is a body that holds no time; "errors" are the paths
 * whose values do not fit the schema.
 */
#include "base/ip.h"
#include "event/event_fixture.h"
#include "event/indicator_find.h"
#include "rule/rule_fixture.h"

#include <jansson.h>
#include <stdio.h>

#define FOLDER "fixtures/zoom/webhook/"
#define LIBRARY "rules/lib/contact_center.lua"
#define NAMES_MIN 250 /* different names of events */

/* Says of an event what a row says, without its "file". */
static const char probe[] =
    "metadata { id = 'T', log_types = { 'Test.Log' }, severity = 'low' } "
    "function rule() return true end "
    "function alert_context(event) "
    "local row = { event = event.event, log_type = event.p_log_type, time = event:event_time(), "
    "emails = event.p_any_emails, ips = event.p_any_ip_addresses } "
    "for _, path in ipairs(event.p_schema_errors or {}) do "
    "if path == 'p_event_time' then row.time = 'none' else "
    "row.errors = row.errors or {} row.errors[#row.errors + 1] = path end end "
    "for _, name in ipairs { 'actor_user', 'actor_id', 'user', 'object', 'object_id', "
    "'meeting_id', 'meeting_uuid', 'call_id', 'source_ip', 'client', 'country' } do "
    "row[name] = event:udm(name) end return row end";

struct table {
  struct rule_fixture *rules;
  struct fixture events;
  char file[128]; /* that is being read; "" before the first */
  json_t *bodies; /* its bodies */
  size_t next;
  json_t *names; /* of the events seen so far, as the keys of an object */
};

static void load_rules(struct table *table) {
  struct buffer library = BUFFER_NONE;
  FILE *file = fopen(LIBRARY, "r");
  assert_non_null(file);
  for (int c; (c = getc(file)) != EOF;)
    buffer_append_char(&library, (char)c);
  fclose(file);
  const struct rule_file files[] = {
      {.path = LIBRARY, .source = buffer_text(&library), .library = TEXT("contact_center")},
      {.path = "t.lua", .source = text_from(probe)},
  };
  rule_fixture_load(table->rules, files, 2);
  buffer_free(&library);
  assert_int_equal(table->rules->problems.count, 0);
  table->rules->vm = rule_vm_new(table->rules->set, NULL);
}

static int start_table(void **state) {
  struct table *table = memory_alloc(sizeof *table);
  void *rules;
  rule_fixture_start(&rules);
  table->rules = rules;
  table->names = json_object();
  load_rules(table);
  use_bundled(&table->events);
  *state = table;
  return 0;
}

static int stop_table(void **state) {
  struct table *table = *state;
  void *rules = table->rules;
  rule_fixture_stop(&rules);
  event_reader_free(table->events.reader);
  schema_set_free(table->events.schemas);
  buffer_free(&table->events.record);
  json_decref(table->bodies);
  json_decref(table->names);
  free(table);
  return 0;
}

/* The bodies of a file: one, or one a line. */
static void open_file(struct table *table, const char *name) {
  char path[256];
  json_t *body;
  assert_true(table->next == json_array_size(table->bodies));
  snprintf(path, sizeof path, FOLDER "%s", name);
  snprintf(table->file, sizeof table->file, "%s", name);
  FILE *file = fopen(path, "r");
  if (!file)
    fail_msg("%s cannot be read", path);
  json_decref(table->bodies);
  table->bodies = json_array();
  table->next = 0;
  while ((body = json_loadf(file, JSON_DISABLE_EOF_CHECK, NULL)) != NULL)
    json_array_append_new(table->bodies, body);
  fclose(file);
}

/* ---- the completeness of indicators ---- */

/* What looks like an address and is none of a person or a machine. */
static bool is_exempt(const char *key) {
  static const char *const keys[] = {
      "robotJid",
      "userJid",
      "toJid",      /* of the chat's protocol, as no mail server knows it */
      "channel_id", /* a conference of that protocol */
      "sip_id",     /* of a SIP call */
      "version",
      "target_version",
      "available_version", /* 6.1.2.3 */
      "mac_addr",
      "bssid", /* of networks below IP */
  };
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    if (strcmp(key, keys[i]) == 0)
      return true;
  return false;
}

struct search {
  const json_t *row;
  const char *key; /* whose value is looked through */
  const char *list;
};

static void expect_listed(const struct search *search, struct text value) {
  const json_t *list = json_object_get(search->row, search->list), *item;
  size_t i;
  json_array_foreach(list, i, item) {
    if (text_equal_folded(text_from(json_string_value(item)), value))
      return;
  }
  fail_msg("%s: %.*s in '%s' is not among the %s",
           json_string_value(json_object_get(search->row, "file")), TEXT_ARGS(value), search->key,
           search->list);
}

static void email_found(void *context, struct text candidate) {
  const struct search *search = context;
  expect_listed(search, candidate);
}

static void ip_found(void *context, struct text candidate) {
  const struct search *search = context;
  struct ip ip;
  struct ip_string string;
  if (ip_parse(candidate, &ip))
    expect_listed(search, text_from(ip_format(&ip, &string)));
}

/* Every text in the body that holds an address is among the row's indicators. */
static void check_complete(const json_t *row, const char *key, json_t *value) {
  const char *name;
  json_t *member;
  size_t i;
  if (is_exempt(key))
    return;
  if (json_is_object(value)) {
    json_object_foreach(value, name, member) {
      check_complete(row, name, member);
    }
  } else if (json_is_array(value)) {
    json_array_foreach(value, i, member) {
      check_complete(row, key, member);
    }
  } else if (json_is_string(value)) {
    struct text text = {json_string_value(value), json_string_length(value)};
    indicator_find_emails(text, email_found, &(struct search){row, key, "emails"});
    indicator_find_ips(text, ip_found, &(struct search){row, key, "ips"});
  }
}

/* ---- rows ---- */

/* What the probe says of a body. */
static json_t *describe(struct table *table, const json_t *body) {
  char *text = json_dumps(body, JSON_COMPACT);
  struct problems notes = PROBLEMS_NONE;
  struct rule_outcome outcome;
  rule_vm_set_event(table->rules->vm, read_event(&table->events, text));
  rule_vm_describe(table->rules->vm, &table->rules->set->rules[0], &outcome, &notes);
  assert_int_equal(notes.count, 0);
  json_t *row = json_loadb(outcome.context.data, outcome.context.size, 0, NULL);
  free(text);
  return row;
}

static void check_row(struct table *table, json_t *row) {
  const char *file = json_string_value(json_object_get(row, "file"));
  const char *event = json_string_value(json_object_get(row, "event"));
  if (strcmp(file, table->file) != 0)
    open_file(table, file);
  json_t *body = json_array_get(table->bodies, table->next++);
  json_object_set_new(table->names, event, json_true());
  check_complete(row, "", body);
  json_t *found = describe(table, body);
  json_object_set(found, "file", json_object_get(row, "file"));
  if (!json_equal(found, row)) {
    char *expected = json_dumps(row, JSON_SORT_KEYS), *is = json_dumps(found, JSON_SORT_KEYS);
    fail_msg("%s:%zu:\nexpected %s\nfound    %s", file, table->next, expected, is);
  }
  json_decref(found);
}

static void every_fixture_is_typed_timed_and_indexed_as_the_table_says(void **state) {
  struct table *table = *state;
  FILE *file = fopen("tests/unit/pack/webhook_table.ndjson", "r");
  json_t *row;
  assert_non_null(file);
  while ((row = json_loadf(file, JSON_DISABLE_EOF_CHECK, NULL)) != NULL) {
    check_row(table, row);
    json_decref(row);
  }
  fclose(file);
  assert_int_equal(table->next, json_array_size(table->bodies));
  assert_true(json_object_size(table->names) >= NAMES_MIN);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(every_fixture_is_typed_timed_and_indexed_as_the_table_says,
                                      start_table, stop_table),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "base/memory.h"
#include "event/event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define NOW (INT64_C(1700000000) * US_PER_SECOND)

struct fixture {
  struct schema_set *schemas;
  struct event_reader *reader;
  struct buffer record, out;
  struct error error;
};

static int start(void **state) {
  *state = memory_alloc(sizeof(struct fixture));
  return 0;
}

static int stop(void **state) {
  struct fixture *fixture = *state;
  event_reader_free(fixture->reader);
  schema_set_free(fixture->schemas);
  buffer_free(&fixture->record);
  buffer_free(&fixture->out);
  free(fixture);
  return 0;
}

static void use_reader(struct fixture *fixture, const char *log_type, bool unchecked) {
  struct event_typing typing = {
      .schemas = fixture->schemas, .log_type = text_from(log_type), .unchecked = unchecked};
  event_reader_free(fixture->reader);
  fixture->reader = event_reader_new(&typing, TEXT("zoom-1"), TEXT(""));
}

static void expect_no_problems(struct problems *problems) {
  if (problems->count > 0) {
    problems_print(problems, stderr);
    fail_msg("the schema has problems");
  }
  problems_clear(problems);
}

/* Events of one schema given as text. */
static void use_schema(struct fixture *fixture, const char *yaml) {
  struct problems problems = PROBLEMS_NONE;
  schema_set_free(fixture->schemas);
  fixture->schemas = schema_set_load_text(text_from(yaml), "test.yml", &problems);
  expect_no_problems(&problems);
  use_reader(fixture, "", false);
}

/* Events of the schemas that ship. */
static void use_bundled(struct fixture *fixture) {
  struct problems problems = PROBLEMS_NONE;
  fixture->schemas = schema_set_load("schemas", &problems);
  expect_no_problems(&problems);
  use_reader(fixture, "", false);
}

static const struct event *read_as(struct fixture *fixture, struct text record,
                                   struct text log_type) {
  buffer_reset(&fixture->record);
  buffer_append_text(&fixture->record, record);
  memset(buffer_reserve(&fixture->record, JSON_PADDING), 0, JSON_PADDING);
  fixture->error = ERROR_NONE;
  const struct event *event =
      event_read(fixture->reader, buffer_text(&fixture->record), log_type, NOW, &fixture->error);
  assert_int_equal(event == NULL, fixture->error.set);
  return event;
}

static const struct event *read_event(struct fixture *fixture, const char *record) {
  const struct event *event = read_as(fixture, text_from(record), TEXT(""));
  if (!event)
    fail_msg("%s: %s", record, fixture->error.text);
  return event;
}

static const char *written(struct fixture *fixture, const struct json_node *node) {
  if (!node)
    return "absent";
  buffer_reset(&fixture->out);
  json_write(&fixture->out, node);
  return fixture->out.data;
}

static const char *got(struct fixture *fixture, const struct event *event, const char *key) {
  return written(fixture, event_get(event, text_from(key)));
}

static const char *write_event(struct fixture *fixture, const struct event *event) {
  buffer_reset(&fixture->out);
  event_write(event, &fixture->out);
  return fixture->out.data;
}

#define OPERATION                                                                                  \
  "{\"time\":\"2024-03-21T07:09:03Z\",\"operator\":\"homer@example.com\","                         \
  "\"category_type\":\"User Group\",\"action\":\"Update\",\"operation_detail\":\"x\"}"
#define ACTIVITY                                                                                   \
  "{\"email\":\"homer@example.com\",\"time\":\"2024-03-21T07:09:03Z\",\"type\":\"Sign in\","       \
  "\"ip_address\":\"192.0.2.1\",\"client_type\":\"Browser\",\"version\":\"-\"}"

static void the_bundled_schemas_tell_their_records_apart(void **state) {
  struct fixture *fixture = *state;
  static const struct {
    const char *record, *log_type;
  } table[] = {
      {OPERATION, "Zoom.Operation"},
      {ACTIVITY, "Zoom.Activity"},
      {OPERATION, "Zoom.Operation"},
      {"{\"operator\":\"o\",\"time\":\"2022-12-16 18:15:38\",\"category_type\":\"User\"}",
       "Zoom.Operation"},
      {"{\"time\":\"2021-11-17 00:37:24Z\",\"email\":\"e\"}", "Zoom.Activity"},
      {"{\"email\":\"e\",\"time\":\"2024-03-21 07:09:03:216\",\"operator\":\"o\"}",
       "Zoom.Activity"},
      /* the one with more required fields wins, whatever came before */
      {"{\"email\":\"e\",\"time\":\"2024-03-21T07:09:03Z\",\"operator\":\"o\","
       "\"category_type\":\"User\"}",
       "Zoom.Operation"},
      {ACTIVITY, "Zoom.Activity"},
      {"{\"email\":\"e\",\"time\":\"2024-03-21T07:09:03Z\",\"operator\":\"o\","
       "\"category_type\":\"User\"}",
       "Zoom.Operation"},
      /* unless a value does not fit */
      {"{\"email\":\"e\",\"time\":\"2024-03-21T07:09:03Z\",\"operator\":null,"
       "\"category_type\":\"User\"}",
       "Zoom.Activity"},
  };
  use_bundled(fixture);
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    const struct event *event = read_event(fixture, table[i].record);
    assert_true(text_is(event->log_type, table[i].log_type));
    assert_true(text_equal(event->schema->name, event->log_type));
  }
}

static void zooms_time_spellings_give_the_event_time(void **state) {
  struct fixture *fixture = *state;
  static const struct {
    const char *time;
    int64_t us;
  } table[] = {
      {"2021-11-17T00:37:24Z", INT64_C(1637109444000000)},
      {"2021-11-17 00:37:24Z", INT64_C(1637109444000000)},
      {"2021-11-17 00:37:24", INT64_C(1637109444000000)},
      {"2021-11-17 00:37:24:216", INT64_C(1637109444216000)},
      {"2021-11-17T02:37:24.5+02:00", INT64_C(1637109444500000)},
  };
  use_bundled(fixture);
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    char record[200];
    snprintf(record, sizeof record, "{\"email\":\"e\",\"time\":\"%s\"}", table[i].time);
    const struct event *event = read_event(fixture, record);
    assert_true(event->event_time == table[i].us);
    assert_true(event->parse_time == NOW);
  }
}

static void a_dead_letter_says_why(void **state) {
  struct fixture *fixture = *state;
  static const struct {
    const char *record, *error;
  } table[] = {
      {"{", "not JSON: the structure is broken or does not end where it should"},
      {"[]", "not a JSON object"},
      {"{}", "no schema takes it, the nearest is Zoom.Activity: field 'email': the value is "
             "required, but missing or null"},
      {"{\"operator\":\"o\",\"action\":\"a\"}",
       "no schema takes it, the nearest is Zoom.Operation: field 'time': the value is required, "
       "but missing or null"},
      {"{\"email\":null,\"time\":\"2024-03-21T07:09:03Z\"}",
       "no schema takes it, the nearest is Zoom.Activity: field 'email': the value is required, "
       "but missing or null"},
      {"{\"email\":\"e\",\"time\":\"yesterday\\u001b[2J\"}",
       "no schema takes it, the nearest is Zoom.Activity: field 'time': 'yesterday?[2J' is not a "
       "time (expected rfc3339, as 2024-03-21T07:09:03Z)"},
      {"{\"email\":\"e\",\"time\":1700000000}",
       "no schema takes it, the nearest is Zoom.Activity: field 'time': the value is not a time "
       "(expected rfc3339, as 2024-03-21T07:09:03Z)"},
      {"{\"email\":\"e\",\"time\":\"2024-03-21T07:09:03Z\",\"version\":5}",
       "no schema takes it, the nearest is Zoom.Activity: field 'version': expected string, found "
       "a whole number"},
      {"{\"email\":\"e\",\"time\":\"2024-03-21T07:09:03Z\",\"email\":\"e\"}",
       "no schema takes it, the nearest is Zoom.Activity: field 'email': the value is given twice"},
      {"{\"p_log_type\":\"Zoom.Other\"}", "no schema for log type 'Zoom.Other'"},
      {"{\"p_log_type\":5}", "field 'p_log_type': expected a string"},
      {"{\"p_log_type\":\"Zoom.Operation\",\"email\":\"e\",\"time\":\"2024-03-21T07:09:03Z\"}",
       "Zoom.Operation: field 'operator': the value is required, but missing or null"},
  };
  use_bundled(fixture);
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    assert_null(read_as(fixture, text_from(table[i].record), TEXT("")));
    assert_string_equal(fixture->error.text, table[i].error);
  }
  assert_non_null(read_event(fixture, ACTIVITY));
}

static void a_given_log_type_wins_over_the_records_own(void **state) {
  struct fixture *fixture = *state;
  use_bundled(fixture);
  use_reader(fixture, "Zoom.Activity", false);
  const struct event *event = read_event(
      fixture,
      "{\"p_log_type\":\"Zoom.Operation\",\"email\":\"e\",\"time\":\"2024-01-01T00:00:00Z\"}");
  assert_true(text_is(event->log_type, "Zoom.Activity"));
  event = read_as(fixture, TEXT(OPERATION), TEXT("Zoom.Operation"));
  assert_true(text_is(event->log_type, "Zoom.Operation"));
  assert_null(read_as(fixture, TEXT(OPERATION), TEXT("")));
}

static void unchecked_records_are_events_of_their_named_type(void **state) {
  struct fixture *fixture = *state;
  use_reader(fixture, "", true);
  const struct event *event = read_event(fixture, "{\"p_log_type\":\"Any.Thing\",\"a\":{\"b\":1},"
                                                  "\"p_event_time\":\"2024-03-21T07:09:03Z\"}");
  assert_null(event->schema);
  assert_true(text_is(event->log_type, "Any.Thing"));
  assert_true(event->event_time == INT64_C(1711004943000000));
  assert_string_equal(written(fixture, event_path(event, TEXT("a.b"))), "1");
  assert_string_equal(write_event(fixture, event), "{\"p_log_type\":\"Any.Thing\",\"a\":{\"b\":1},"
                                                   "\"p_event_time\":\"2024-03-21T07:09:03Z\"}");
  assert_null(read_as(fixture, TEXT("{\"a\":1}"), TEXT("")));
  assert_string_equal(fixture->error.text,
                      "no log type is given, and the record has no p_log_type");
  event = read_as(fixture, TEXT("{\"a\":1}"), TEXT("X"));
  assert_true(event->event_time == NOW);
}

static void unknown_fields_are_kept_and_counted(void **state) {
  struct fixture *fixture = *state;
  use_bundled(fixture);
  const struct event *event =
      read_event(fixture, "{\"new\":[1,{\"x\":true}],\"email\":\"e\",\"p_row_id\":\"old\",\"time\":"
                          "\"2024-03-21T07:09:03Z\",\"other.dotted\":null,\"p_mine\":1}");
  assert_int_equal(event->unknown_fields, 3);
  assert_string_equal(got(fixture, event, "new"), "[1,{\"x\":true}]");
  assert_string_equal(written(fixture, event_path(event, TEXT("new.1.x"))), "true");
  assert_string_equal(written(fixture, event_path(event, TEXT("other.dotted"))), "null");
  assert_string_equal(got(fixture, event, "absent"), "absent");
  assert_string_equal(got(fixture, event, "version"), "absent");
}

static void every_type_takes_its_values_and_nothing_else(void **state) {
  struct fixture *fixture = *state;
  static const struct {
    const char *type, *value, *error;
  } table[] = {
      {"string", "\"a\\u0000b\"", NULL},
      {"string", "null", NULL},
      {"string", "1", "expected string, found a whole number"},
      {"string", "true", "expected string, found a boolean"},
      {"int", "2147483647", NULL},
      {"int", "-2147483648", NULL},
      {"int", "2147483648", "the value 2147483648 is outside the range of int"},
      {"int", "-2147483649", "the value -2147483649 is outside the range of int"},
      {"int", "\"1\"", "expected int, found a string"},
      {"int", "1.0", "expected int, found a number with a fraction or exponent"},
      {"smallint", "32767", NULL},
      {"smallint", "-32768", NULL},
      {"smallint", "32768", "the value 32768 is outside the range of smallint"},
      {"bigint", "9223372036854775807", NULL},
      {"bigint", "-9223372036854775808", NULL},
      {"bigint", "9223372036854775808", "the value is too large for a bigint"},
      {"float", "1", NULL},
      {"float", "18446744073709551615", NULL},
      {"float", "-1.5e+300", NULL},
      {"float", "\"1.5\"", "expected float, found a string"},
      {"boolean", "true", NULL},
      {"boolean", "false", NULL},
      {"boolean", "0", "expected boolean, found a whole number"},
      {"boolean", "\"true\"", "expected boolean, found a string"},
      {"json", "{\"a\":[1,\"x\",null]}", NULL},
      {"json", "5", NULL},
      {"array\n    element: {type: int}", "[1,null,2]", NULL},
      {"array\n    element: {type: int}", "[1,\"x\"]", NULL /* below */},
      {"array\n    element: {type: int}", "{}", "expected array, found an object"},
      {"object\n    fields: [{name: a, type: int}]", "{\"a\":1,\"b\":\"kept\"}", NULL},
      {"object\n    fields: [{name: a, type: int}]", "[]", "expected object, found an array"},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    char yaml[200], record[100], error[200];
    bool element = strstr(table[i].value, "[1,\"x\"]") && strstr(table[i].type, "array");
    snprintf(yaml, sizeof yaml, "schema: T\nfields:\n  - name: f\n    type: %s\n", table[i].type);
    snprintf(record, sizeof record, "{\"f\":%s}", table[i].value);
    use_schema(fixture, yaml);
    const struct event *event = read_as(fixture, text_from(record), TEXT(""));
    if (table[i].error || element) {
      assert_null(event);
      snprintf(error, sizeof error, "T: field '%s': %s", element ? "f[1]" : "f",
               element ? "expected int, found a string" : table[i].error);
      assert_string_equal(fixture->error.text, error);
    } else {
      if (!event)
        fail_msg("%s: %s", record, fixture->error.text);
      assert_string_equal(got(fixture, event, "f"), table[i].value);
    }
  }
}

static void times_are_read_in_every_format(void **state) {
  struct fixture *fixture = *state;
  static const struct {
    const char *format, *value;
    int64_t us; /* -1: refused */
  } table[] = {
      {"unix", "1700000000", INT64_C(1700000000000000)},
      {"unix", "1700000000.25", INT64_C(1700000000250000)},
      {"unix", "\"1700000000.25\"", INT64_C(1700000000250000)},
      {"unix", "0", 0},
      {"unix", "-1", -1},
      {"unix", "253402300799", INT64_C(253402300799000000)},
      {"unix", "253402300800", -1},
      {"unix", "9223372036854775807", -1},
      {"unix", "18446744073709551615", -1},
      {"unix", "1e300", -1},
      {"unix", "\"\"", -1},
      {"unix", "\".5\"", -1},
      {"unix", "\"5.\"", -1},
      {"unix", "\"1700000000x\"", -1},
      {"unix", "\"99999999999999999999\"", -1},
      {"unix", "true", -1},
      {"unix_ms", "1700000000123", INT64_C(1700000000123000)},
      {"unix_ms", "\"1700000000123\"", INT64_C(1700000000123000)},
      {"unix_us", "1700000000123456", INT64_C(1700000000123456)},
      {"unix_ns", "1700000000123456789", INT64_C(1700000000123456)},
      {"rfc3339", "1700000000", -1},
      {"rfc3339", "\"2024-02-30T00:00:00Z\"", -1},
      {"'%d/%m/%Y %H:%M'", "\"21/03/2024 07:09\"", INT64_C(1711004940000000)},
      {"'%d/%m/%Y %H:%M'", "\"21/03/2024\"", -1},
      {"'%d/%m/%Y %H:%M'", "[]", -1},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    char yaml[200], record[100];
    snprintf(yaml, sizeof yaml,
             "schema: T\nfields:\n  - {name: t, type: timestamp, timeFormat: %s, isEventTime: "
             "true}\n",
             table[i].format);
    snprintf(record, sizeof record, "{\"t\":%s}", table[i].value);
    use_schema(fixture, yaml);
    const struct event *event = read_as(fixture, text_from(record), TEXT(""));
    if (table[i].us < 0 && event)
      fail_msg("%s %s was taken", table[i].format, table[i].value);
    if (table[i].us >= 0 && (!event || event->event_time != table[i].us))
      fail_msg("%s %s: %s", table[i].format, table[i].value, fixture->error.text);
  }
}

static void the_first_event_time_that_has_a_value_counts(void **state) {
  struct fixture *fixture = *state;
  use_schema(fixture,
             "schema: T\nfields:\n"
             "  - {name: a, type: timestamp, timeFormats: [rfc3339, unix], isEventTime: true}\n"
             "  - {name: b, type: timestamp, timeFormat: unix, isEventTime: true}\n"
             "  - {name: c, type: timestamp, timeFormat: unix}\n");
  static const struct {
    const char *record;
    int64_t us;
  } table[] = {
      {"{\"b\":2,\"a\":1}", 1000000},
      {"{\"b\":2,\"a\":\"1970-01-01T00:00:03Z\"}", 3000000},
      {"{\"b\":2,\"a\":null}", 2000000},
      {"{\"b\":2}", 2000000},
      {"{\"c\":5}", NOW},
      {"{}", NOW},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
    assert_true(read_event(fixture, table[i].record)->event_time == table[i].us);
}

static void validation_refuses_what_does_not_fit(void **state) {
  struct fixture *fixture = *state;
  static const struct {
    const char *validate, *value, *error;
  } table[] = {
      {"allow: [login, '']", "login", NULL},
      {"allow: [login, '']", "", NULL},
      {"allow: [login]", "Login", "'Login' is not one of the allowed values"},
      {"deny: [login]", "logout", NULL},
      {"deny: [login]", "login", "'login' is a denied value"},
      {"ip: ipv4", "192.0.2.1", NULL},
      {"ip: ipv4", "2001:db8::1", "'2001:db8::1' is not an IPv4 address"},
      {"ip: ipv6", "2001:db8::1", NULL},
      {"ip: ipv6", "192.0.2.1", "'192.0.2.1' is not an IPv6 address"},
      {"ip: any", "192.0.2.1", NULL},
      {"ip: any", "192.0.2.256", "'192.0.2.256' is not an IP address"},
      {"cidr: ipv4", "192.0.2.0/24", NULL},
      {"cidr: ipv4", "192.0.2.0", "'192.0.2.0' is not an IPv4 network (a.b.c.d/n)"},
      {"cidr: ipv6", "2001:db8::/32", NULL},
      {"cidr: ipv6", "192.0.2.0/24", "'192.0.2.0/24' is not an IPv6 network (a:b::/n)"},
      {"cidr: any", "192.0.2.0/33", "'192.0.2.0/33' is not a network (address/n)"},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    char yaml[200], record[100], error[200];
    snprintf(yaml, sizeof yaml, "schema: T\nfields:\n  - {name: f, type: string, validate: {%s}}\n",
             table[i].validate);
    snprintf(record, sizeof record, "{\"f\":\"%s\"}", table[i].value);
    use_schema(fixture, yaml);
    const struct event *event = read_as(fixture, text_from(record), TEXT(""));
    assert_int_equal(event != NULL, table[i].error == NULL);
    snprintf(error, sizeof error, "T: field 'f': %s", table[i].error ? table[i].error : "");
    if (!event)
      assert_string_equal(fixture->error.text, error);
  }
}

static void nested_fields_are_checked_with_their_path(void **state) {
  struct fixture *fixture = *state;
  static const struct {
    const char *record, *error;
  } table[] = {
      {"{\"o\":{\"l\":[{\"id\":1},{\"id\":2,\"more\":{}}]}}", NULL},
      {"{\"o\":{\"l\":[{\"id\":1},{\"id\":\"2\"}]}}",
       "T: field 'o.l[1].id': expected int, found a string"},
      {"{\"o\":{\"l\":[{}]}}", "T: field 'o.l[0].id': the value is required, but missing or null"},
      {"{\"o\":{\"l\":[{\"id\":null}]}}",
       "T: field 'o.l[0].id': the value is required, but missing or null"},
      {"{\"o\":{\"l\":[{\"id\":1,\"id\":1}]}}", "T: field 'o.l[0].id': the value is given twice"},
      {"{\"o\":{\"l\":[{\"id\":null,\"id\":1}]}}",
       "T: field 'o.l[0].id': the value is given twice"},
      {"{\"o\":{\"at\":\"soon\"}}",
       "T: field 'o.at': 'soon' is not a time (expected rfc3339, as 2024-03-21T07:09:03Z)"},
      {"{\"o\":{}}", NULL},
      {"{\"o\":null}", NULL},
  };
  use_schema(fixture, "schema: T\n"
                      "definitions:\n"
                      "  item: {type: object, fields: [{name: id, type: int, required: true}]}\n"
                      "fields:\n"
                      "  - name: o\n"
                      "    type: object\n"
                      "    fields:\n"
                      "      - {name: l, type: array, element: {type: ref, ref: item}}\n"
                      "      - {name: at, type: timestamp, timeFormat: rfc3339}\n");
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    const struct event *event = read_as(fixture, text_from(table[i].record), TEXT(""));
    assert_int_equal(event != NULL, table[i].error == NULL);
    if (!event)
      assert_string_equal(fixture->error.text, table[i].error);
  }
}

static void transforms_make_fields_out_of_others(void **state) {
  struct fixture *fixture = *state;
  use_schema(
      fixture,
      "schema: T\nfields:\n"
      "  - {name: user, type: string, required: true, rename: {from: User Name}}\n"
      "  - {name: host, type: string, copy: {from: object.host.id}}\n"
      "  - {name: full, type: string, concat: {paths: [object.n, first, gone], separator: '-'}}\n"
      "  - {name: domain, type: string, split: {from: User Name, separator: '@', index: 1}}\n"
      "  - {name: object, type: json}\n");
  const struct event *event = read_event(
      fixture,
      "{\"User Name\":\"a@b\",\"first\":\"f\",\"object\":{\"host\":{\"id\":\"h\"},\"n\":7}}");
  assert_int_equal(event->unknown_fields, 1);
  assert_string_equal(got(fixture, event, "user"), "\"a@b\"");
  assert_string_equal(got(fixture, event, "User Name"), "absent");
  assert_string_equal(got(fixture, event, "host"), "\"h\"");
  assert_string_equal(got(fixture, event, "full"), "\"7-f\"");
  assert_string_equal(got(fixture, event, "domain"), "\"b\"");
  const char *expected = "{\"user\":\"a@b\",\"first\":\"f\",\"object\":{\"host\":{\"id\":\"h\"},"
                         "\"n\":7},\"host\":\"h\",\"full\":\"7-f\",\"domain\":\"b\","
                         "\"p_log_type\":\"T\",\"p_event_time\":\"2023-11-14T22:13:20Z\","
                         "\"p_parse_time\":\"2023-11-14T22:13:20Z\",\"p_source_id\":\"zoom-1\"}";
  assert_string_equal(write_event(fixture, event), expected);

  /* what was written reads back to the same event */
  char *again = memory_copy_string(expected);
  event = read_event(fixture, again);
  assert_string_equal(write_event(fixture, event), expected);
  free(again);

  assert_null(read_as(fixture, TEXT("{\"User Name\":\"a\",\"user\":\"b\"}"), TEXT("")));
  assert_string_equal(fixture->error.text, "T: field 'user': the value is given twice");
  assert_null(read_as(fixture, TEXT("{\"first\":\"a\"}"), TEXT("")));
  assert_null(read_as(fixture, TEXT("{\"User Name\":null}"), TEXT("")));
  assert_null(read_as(fixture, TEXT("{\"User Name\":5}"), TEXT("")));
  assert_string_equal(fixture->error.text,
                      "T: field 'user': expected string, found a whole number");
  event = read_event(fixture, "{\"User Name\":\"no at sign\"}");
  assert_string_equal(got(fixture, event, "domain"), "absent");
  assert_string_equal(got(fixture, event, "full"), "absent");
  assert_string_equal(got(fixture, event, "host"), "absent");
}

static void embedded_json_is_opened_and_checked(void **state) {
  struct fixture *fixture = *state;
  use_schema(fixture,
             "schema: T\nfields:\n"
             "  - {name: a, type: object, isEmbeddedJSON: true, fields: [{name: x, type: int}]}\n"
             "  - {name: b, type: json, isEmbeddedJSON: true}\n");
  static const struct {
    const char *record, *a, *b, *error;
  } table[] = {
      {"{\"a\":\"{\\\"x\\\":1}\",\"b\":\"[\\\"\\\\ud83d\\\",2]\"}", "{\"x\":1}",
       "[\"\xef\xbf\xbd\",2]", NULL},
      {"{\"a\":{\"x\":2},\"b\":3}", "{\"x\":2}", "3", NULL},
      {"{\"a\":\" \",\"b\":\"\"}", "null", "null", NULL},
      {"{\"a\":null}", "null", "absent", NULL},
      {"{\"a\":\"{\\\"x\\\":\\\"1\\\"}\"}", NULL, NULL,
       "T: field 'a.x': expected int, found a string"},
      {"{\"a\":\"5\"}", NULL, NULL, "T: field 'a': expected object, found a whole number"},
      {"{\"a\":\"{\"}", NULL, NULL,
       "T: field 'a': the embedded text: not JSON: the structure is broken or does not end where "
       "it should"},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    const struct event *event = read_as(fixture, text_from(table[i].record), TEXT(""));
    if (table[i].error) {
      assert_null(event);
      assert_string_equal(fixture->error.text, table[i].error);
      continue;
    }
    assert_non_null(event);
    assert_string_equal(got(fixture, event, "a"), table[i].a);
    assert_string_equal(got(fixture, event, "b"), table[i].b);
  }
  const struct event *event = read_event(fixture, table[0].record);
  assert_string_equal(written(fixture, event_path(event, TEXT("b.1"))), "2");
}

static void masked_values_are_seen_nowhere(void **state) {
  struct fixture *fixture = *state;
  use_schema(fixture,
             "schema: T\nfields:\n"
             "  - {name: secret, type: string, validate: {deny: [hush]}, indicators: [username],\n"
             "     mask: {type: redact}}\n"
             "  - {name: other, type: string, mask: {type: redact, to: ''}}\n");
  const struct event *event = read_event(fixture, "{\"secret\":\"s3cret\",\"other\":\"x\"}");
  assert_string_equal(got(fixture, event, "secret"), "\"REDACTED\"");
  assert_string_equal(got(fixture, event, "other"), "\"\"");
  assert_null(strstr(write_event(fixture, event), "s3cret"));
  assert_null(read_as(fixture, TEXT("{\"secret\":\"hush\"}"), TEXT("")));
  assert_string_equal(fixture->error.text, "T: field 'secret': the value is a denied value");
  event = read_event(fixture, "{\"secret\":null}");
  assert_string_equal(got(fixture, event, "secret"), "null");
  assert_string_equal(got(fixture, event, "other"), "absent");
}

static void an_event_is_written_with_its_own_fields_only_once(void **state) {
  struct fixture *fixture = *state;
  use_bundled(fixture);
  const struct event *event = read_event(
      fixture, "{\"email\":\"Homer@Example.com\",\"time\":\"2024-03-21 07:09:03:216\","
               "\"p_log_type\":\"Zoom.Activity\",\"p_row_id\":\"old\",\"p_any_emails\":[\"old\"],"
               "\"ip_address\":\"192.0.2.1\",\"n\\u0000l\":\"\\u0000\\ud83d\\ude00\","
               "\"p_mine\":true}");
  event_identify(fixture->reader, 0);
  char expected[1000];
  snprintf(expected, sizeof expected,
           "{\"email\":\"Homer@Example.com\",\"time\":\"2024-03-21 07:09:03:216\","
           "\"ip_address\":\"192.0.2.1\",\"n\\u0000l\":\"\\u0000\xf0\x9f\x98\x80\","
           "\"p_mine\":true,\"p_log_type\":\"Zoom.Activity\","
           "\"p_event_time\":\"2024-03-21T07:09:03.216Z\","
           "\"p_parse_time\":\"2023-11-14T22:13:20Z\",\"p_row_id\":\"%s\","
           "\"p_source_id\":\"zoom-1\",\"p_any_emails\":[\"homer@example.com\"],"
           "\"p_any_ip_addresses\":[\"192.0.2.1\"]}",
           event->row_id);
  assert_int_equal(event->row_id[ROW_ID_SIZE - 1] != 0 && event->row_id[ROW_ID_SIZE] == 0, true);
  assert_string_equal(write_event(fixture, event), expected);
}

static void a_record_with_hostile_keys_is_still_an_event(void **state) {
  struct fixture *fixture = *state;
  struct buffer record = BUFFER_NONE;
  use_bundled(fixture);
  for (int round = 0; round < 200; round++) {
    buffer_reset(&record);
    buffer_append_string(&record, "{\"email\":\"e\",\"time\":\"2024-03-21T07:09:03Z\"");
    for (int i = 0; i < round * 7; i++)
      buffer_printf(&record, ",\"k%d.%d\":0", i * round, i);
    buffer_append_char(&record, '}');
    const struct event *event = read_as(fixture, buffer_text(&record), TEXT(""));
    assert_non_null(event);
    assert_int_equal(event->unknown_fields, round * 7);
    assert_string_equal(got(fixture, event, "email"), "\"e\"");
  }
  buffer_reset(&record);
  for (int i = 0; i <= EVENT_MEMBERS_MAX; i++)
    buffer_printf(&record, "%c\"%d\":0", i ? ',' : '{', i);
  buffer_append_char(&record, '}');
  assert_null(read_as(fixture, buffer_text(&record), TEXT("")));
  assert_string_equal(fixture->error.text, "more than 65536 members");
  buffer_free(&record);
}

static void keys_that_look_alike_are_told_apart(void **state) {
  struct fixture *fixture = *state;
  use_schema(fixture, "schema: T\nfields:\n  - {name: abcdefgh1xyzxyzxyz, type: int}\n"
                      "  - {name: ab, type: int}\n");
  static const char *const records[] = {"{\"abcdefgh1xyzxyzxyz\":1}",
                                        "{\"abcdefgh2xyzxyzxyz\":\"s\"}",
                                        "{\"ab\":1}",
                                        "{\"ac\":\"s\"}",
                                        "{\"a\\u0000\":\"s\"}",
                                        "{\"\":\"s\"}"};
  static const unsigned unknown[] = {0, 1, 0, 1, 1, 1};
  for (int round = 0; round < 3; round++)
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++)
      assert_int_equal(read_event(fixture, records[i])->unknown_fields, unknown[i]);
}

static void a_cursor_goes_over_what_a_rule_may_see(void **state) {
  struct fixture *fixture = *state;
  use_schema(fixture, "schema: T\nfields:\n"
                      "  - {name: a, type: string, mask: {type: redact}}\n"
                      "  - {name: b, type: string, copy: {from: c}}\n");
  static const char *const expected[] = {"a=\"REDACTED\"", "c=\"x\"", "b=\"x\""};
  const struct event *event = read_event(fixture, "{\"a\":\"1\",\"c\":\"x\"}");
  struct event_cursor cursor = EVENT_CURSOR_START;
  struct text key = TEXT("");
  const struct json_node *value = NULL;
  size_t count = 0;
  while (event_next(event, &cursor, &key, &value)) {
    char line[64];
    assert_true(count < sizeof expected / sizeof expected[0]);
    snprintf(line, sizeof line, "%.*s=%s", TEXT_ARGS(key), written(fixture, value));
    assert_string_equal(line, expected[count++]);
  }
  assert_int_equal(count, 3);
  assert_false(event_next(event, &cursor, &key, &value));
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
  const struct CMUnitTest tests[] = {
      TEST(the_bundled_schemas_tell_their_records_apart),
      TEST(zooms_time_spellings_give_the_event_time),
      TEST(a_dead_letter_says_why),
      TEST(a_given_log_type_wins_over_the_records_own),
      TEST(unchecked_records_are_events_of_their_named_type),
      TEST(unknown_fields_are_kept_and_counted),
      TEST(every_type_takes_its_values_and_nothing_else),
      TEST(times_are_read_in_every_format),
      TEST(the_first_event_time_that_has_a_value_counts),
      TEST(validation_refuses_what_does_not_fit),
      TEST(nested_fields_are_checked_with_their_path),
      TEST(transforms_make_fields_out_of_others),
      TEST(embedded_json_is_opened_and_checked),
      TEST(masked_values_are_seen_nowhere),
      TEST(an_event_is_written_with_its_own_fields_only_once),
      TEST(a_record_with_hostile_keys_is_still_an_event),
      TEST(keys_that_look_alike_are_told_apart),
      TEST(a_cursor_goes_over_what_a_rule_may_see),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

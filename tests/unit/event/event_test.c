/* Reading events: which schema takes a record, what is kept, what rules see and what is written. */
#include "event/event_fixture.h"

static void the_bundled_schemas_report_their_records_apart(void **state) {
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
      /* the one that knows more of the fields wins, whatever came before */
      {"{\"email\":\"e\",\"time\":\"2024-03-21T07:09:03Z\",\"operator\":\"o\","
       "\"category_type\":\"User\"}",
       "Zoom.Operation"},
      {ACTIVITY, "Zoom.Activity"},
      {"{\"email\":\"e\",\"time\":\"2024-03-21T07:09:03Z\",\"operator\":\"o\","
       "\"category_type\":\"User\"}",
       "Zoom.Operation"},
      /* unless a value does not fit */
      {"{\"email\":\"e\",\"time\":\"2024-03-21T07:09:03Z\",\"operator\":5,"
       "\"category_type\":\"User\"}",
       "Zoom.Activity"},
      /* and what fits none is of the one with the best claim */
      {"{\"email\":5,\"time\":\"2024-03-21T07:09:03Z\",\"operator\":5,"
       "\"category_type\":\"User\"}",
       "Zoom.Operation"},
      /* Zoom leaves out who did it, or writes null */
      {"{\"time\":\"2024-03-21T07:09:03Z\",\"category_type\":\"Billing\"}", "Zoom.Operation"},
      {"{\"email\":null,\"time\":\"2024-03-21T07:09:03Z\"}", "Zoom.Activity"},
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
      {"{}", "no schema takes it, the nearest is Zoom.Account: field 'event': the value is "
             "required, but missing or null"},
      {"{\"operator\":\"o\",\"category_type\":\"c\"}",
       "no schema takes it, the nearest is Zoom.Operation: field 'time': the value is required, "
       "but missing or null"},
      {"{\"user\":null,\"time\":\"2024-03-21T07:09:03Z\"}",
       "no schema takes it, the nearest is Zoom.Activity: the record has none of the fields that "
       "identify its records ('email', 'client_type')"},
      {"{\"email\":\"e\",\"time\":\"yesterday\\u001b[2J\"}",
       "no schema takes it, the nearest is Zoom.Activity: field 'time': 'yesterday\\u{1B}[2J' is "
       "not a time in any of the schema's forms"},
      {"{\"email\":\"e\",\"time\":[]}",
       "no schema takes it, the nearest is Zoom.Activity: field 'time': expected timestamp, found "
       "an array"},
      {"{\"p_log_type\":\"Zoom.Other\"}", "no schema for log type 'Zoom.Other'"},
      {"{\"p_log_type\":5}", "field 'p_log_type': expected a string"},
      {"{\"p_log_type\":\"Zoom.Operation\",\"email\":\"e\",\"time\":\"2024-03-21T07:09:03Z\"}",
       "Zoom.Operation: the record has none of the fields that identify its records "
       "('category_type', 'operation_detail')"},
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
           event_row_id(event));
  assert_int_equal(
      event_row_id(event)[ROW_ID_SIZE - 1] != 0 && event_row_id(event)[ROW_ID_SIZE] == 0, true);
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

static void keys_that_look_alike_are_kept_apart(void **state) {
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
      TEST(the_bundled_schemas_report_their_records_apart),
      TEST(zooms_time_spellings_give_the_event_time),
      TEST(a_dead_letter_says_why),
      TEST(a_given_log_type_wins_over_the_records_own),
      TEST(unchecked_records_are_events_of_their_named_type),
      TEST(unknown_fields_are_kept_and_counted),
      TEST(an_event_is_written_with_its_own_fields_only_once),
      TEST(a_record_with_hostile_keys_is_still_an_event),
      TEST(keys_that_look_alike_are_kept_apart),
      TEST(a_cursor_goes_over_what_a_rule_may_see),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

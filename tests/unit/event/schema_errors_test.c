/* Values that are not what the schema says: what they cost, and what they do not. */
#include "event/event_fixture.h"

#define SCHEMA                                                                                     \
  "schema: T\nfields:\n"                                                                           \
  "  - {name: at, type: timestamp, timeFormat: rfc3339, isEventTime: true}\n"                      \
  "  - {name: who, type: string, indicators: [email]}\n"                                           \
  "  - {name: seen, type: timestamp, timeFormat: unix}\n"                                          \
  "  - {name: small, type: smallint}\n"                                                            \
  "  - {name: big, type: bigint}\n"                                                                \
  "  - {name: on, type: boolean}\n"                                                                \
  "  - {name: text, type: json, isEmbeddedJSON: true}\n"                                           \
  "  - {name: secret, type: string, mask: {type: redact}}\n"                                       \
  "  - name: list\n    type: array\n    element:\n      type: object\n"                            \
  "      fields: [{name: mail, type: string, indicators: [email]}, {name: n, type: int}]\n"

#define AT "\"at\":\"2024-03-21T07:09:03Z\""

/* The paths that the event lists, as JSON; "absent" when it lists none. */
static const char *errors_of(struct fixture *fixture, const struct event *event, char *out,
                             size_t size) {
  const char *found = strstr(write_event(fixture, event), "\"p_schema_errors\":[");
  if (!found)
    return "absent";
  found += strlen("\"p_schema_errors\":");
  snprintf(out, size, "%.*s", (int)(strchr(found, ']') + 1 - found), found);
  return out;
}

static void a_value_that_does_not_fit_costs_the_value(void **state) {
  struct fixture *fixture = *state;
  static const struct {
    const char *record, *errors;
  } table[] = {
      {"{" AT ",\"who\":\"a@b\",\"seen\":1,\"small\":2,\"big\":3,\"on\":true}", "absent"},
      {"{" AT ",\"who\":5}", "[\"who\"]"},
      {"{" AT ",\"who\":{\"a\":[1]},\"on\":\"yes\"}", "[\"who\",\"on\"]"},
      {"{" AT ",\"who\":[\"a@b\"]}", "[\"who\"]"},
      {"{" AT ",\"seen\":\"soon\"}", "[\"seen\"]"},
      {"{" AT ",\"seen\":{}}", "[\"seen\"]"},
      {"{" AT ",\"small\":40000}", "[\"small\"]"},
      {"{" AT ",\"big\":9223372036854775808}", "[\"big\"]"},
      {"{" AT ",\"big\":99999999999999999999999}", "[\"big\"]"},
      {"{" AT ",\"big\":1.5}", "[\"big\"]"},
      {"{" AT ",\"text\":\"{broken\"}", "[\"text\"]"},
      {"{" AT ",\"list\":\"x\"}", "[\"list\"]"},
      /* each path once, without places, whatever the order of the record */
      {"{\"list\":[{\"mail\":1},{\"mail\":2,\"n\":\"x\"},5,{\"n\":1}]," AT ",\"who\":1}",
       "[\"who\",\"list.mail\",\"list.n\",\"list\"]"},
  };
  use_schema(fixture, SCHEMA);
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    char errors[200];
    const struct event *event = read_event(fixture, table[i].record);
    assert_true(event->event_time == INT64_C(1711004943000000));
    assert_string_equal(errors_of(fixture, event, errors, sizeof errors), table[i].errors);
  }
}

static void the_value_stays_readable_as_it_came(void **state) {
  struct fixture *fixture = *state;
  use_schema(fixture, SCHEMA);
  const struct event *event =
      read_event(fixture, "{" AT ",\"who\":{\"a\":[1]},\"big\":99999999999999999999999,"
                          "\"text\":\"{broken\",\"secret\":\"s\",\"list\":[{\"mail\":\"a@b\"},5]}");
  assert_string_equal(got(fixture, event, "who"), "{\"a\":[1]}");
  assert_string_equal(got(fixture, event, "big"), "99999999999999999999999");
  assert_string_equal(got(fixture, event, "text"), "\"{broken\"");
  assert_string_equal(got(fixture, event, "secret"), "\"REDACTED\"");
  assert_string_equal(written(fixture, event_path(event, TEXT("who.a"))), "[1]");
  /* and the others are typed */
  assert_non_null(strstr(write_event(fixture, event), "\"p_any_emails\":[\"a@b\"]"));
}

static void a_reason_holds_nothing_of_the_record(void **state) {
  struct fixture *fixture = *state;
  use_schema(fixture, SCHEMA);
  static const struct {
    const char *record, *reason;
  } table[] = {
      {"{" AT ",\"who\":5551234}", "expected string, found a whole number"},
      {"{" AT ",\"seen\":\"5551234x\"}", "is not a time in seconds since 1970"},
      {"{" AT ",\"small\":5551234}", "is outside its type's range"},
      {"{" AT ",\"big\":55512345551234555123455512345551234}", "is too large for a bigint"},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    const struct event *event = read_event(fixture, table[i].record);
    assert_int_equal(event->schema_errors->count, 1);
    assert_true(text_is(event->schema_errors->items[0].reason, table[i].reason));
  }
  const struct event *event = read_event(fixture, "{" AT ",\"secret\":5551234}");
  assert_null(strstr(write_event(fixture, event), "5551234"));
}

static void the_next_event_has_its_own_errors(void **state) {
  struct fixture *fixture = *state;
  use_schema(fixture, SCHEMA);
  assert_int_equal(read_event(fixture, "{" AT ",\"who\":5,\"on\":5}")->schema_errors->count, 2);
  assert_int_equal(read_event(fixture, "{" AT ",\"who\":\"x\"}")->schema_errors->count, 0);
  assert_int_equal(read_event(fixture, "{" AT ",\"on\":5}")->schema_errors->count, 1);
}

static void what_was_written_reads_back_to_the_same_event(void **state) {
  struct fixture *fixture = *state;
  use_schema(fixture, SCHEMA);
  char *once = memory_copy_string(
      write_event(fixture, read_event(fixture, "{" AT ",\"who\":5,\"p_schema_errors\":[\"x\"]}")));
  assert_non_null(strstr(once, "\"p_schema_errors\":[\"who\"]"));
  assert_string_equal(write_event(fixture, read_event(fixture, once)), once);
  free(once);
}

static void a_strict_schema_refuses_the_record(void **state) {
  struct fixture *fixture = *state;
  use_schema(fixture, "strict: true\n" SCHEMA);
  assert_null(read_as(fixture, TEXT("{" AT ",\"who\":5}"), TEXT("")));
  assert_string_equal(fixture->error.text, "T: field 'who': expected string, found a whole number");
  assert_null(read_as(fixture, TEXT("{" AT ",\"text\":\"{broken\"}"), TEXT("")));
  assert_non_null(read_event(fixture, "{" AT ",\"who\":\"a@b\"}"));
}

static void what_a_schema_requires_or_validates_makes_a_dead_letter(void **state) {
  struct fixture *fixture = *state;
  static const struct {
    const char *record, *error; /* NULL: an event */
  } table[] = {
      {"{\"at\":1,\"id\":\"x\",\"kind\":\"a\"}", NULL},
      {"{\"at\":1,\"id\":5,\"kind\":\"a\"}", NULL},
      {"{\"at\":1,\"id\":null,\"kind\":\"a\"}",
       "T: field 'id': the value is required, but missing or null"},
      {"{\"at\":1,\"id\":\"x\",\"kind\":\"b\"}",
       "T: field 'kind': 'b' is not one of the allowed values"},
      {"{\"at\":1,\"id\":\"x\",\"kind\":5}",
       "T: field 'kind': expected string, found a whole number"},
      {"{\"at\":\"soon\",\"id\":\"x\"}",
       "T: field 'at': 'soon' is not a time in seconds since 1970"},
  };
  use_schema(fixture, "schema: T\nfields:\n"
                      "  - {name: at, type: timestamp, timeFormat: unix, isEventTime: true, "
                      "required: true}\n"
                      "  - {name: id, type: string, required: true}\n"
                      "  - {name: kind, type: string, validate: {allow: [a]}}\n");
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    const struct event *event = read_as(fixture, text_from(table[i].record), TEXT(""));
    assert_int_equal(event == NULL, table[i].error != NULL);
    if (!event)
      assert_string_equal(fixture->error.text, table[i].error);
  }
}

static void a_record_with_none_of_the_identifying_fields_is_a_strangers(void **state) {
  struct fixture *fixture = *state;
  use_schema(fixture, "schema: T\nfields:\n"
                      "  - {name: at, type: timestamp, timeFormat: unix, isEventTime: true, "
                      "required: true}\n"
                      "  - {name: door, type: string, identifies: true}\n"
                      "  - {name: badge, type: string, identifies: true}\n");
  assert_non_null(read_event(fixture, "{\"at\":1,\"door\":\"d\"}"));
  assert_non_null(read_event(fixture, "{\"at\":1,\"badge\":null}"));
  assert_null(read_as(fixture, TEXT("{\"at\":1,\"window\":\"w\"}"), TEXT("T")));
  assert_string_equal(fixture->error.text,
                      "T: the record has none of the fields that identify its records ('door', "
                      "'badge')");
}

/* ---- the event's time ---- */

static void the_first_place_that_holds_a_time_is_the_events_time(void **state) {
  struct fixture *fixture = *state;
  static const struct {
    const char *record;
    int64_t seconds;
    const char *errors;
  } table[] = {
      {"{\"at\":1,\"o\":{\"first\":2,\"l\":[{\"t\":3}]},\"last\":4}", 1, "absent"},
      {"{\"o\":{\"l\":[{\"t\":3}],\"first\":2},\"last\":4}", 2, "absent"},
      {"{\"last\":4,\"o\":{\"l\":[{},{\"t\":null},{\"t\":3},{\"t\":9}]}}", 3, "absent"},
      {"{\"last\":4,\"o\":{\"l\":5}}", 4, "[\"o.l\"]"},
      {"{\"at\":\"soon\",\"last\":4}", 4, "[\"at\"]"},
      {"{\"at\":\"soon\"}", NOW / US_PER_SECOND, "[\"at\",\"p_event_time\"]"},
      {"{}", NOW / US_PER_SECOND, "[\"p_event_time\"]"},
      /* a text of digits is no whole number, but it is a time */
      {"{\"last\":\"4\"}", 4, "[\"last\"]"},
  };
  use_schema(fixture,
             "schema: T\n"
             "definitions:\n  time: {type: timestamp, timeFormat: unix}\n"
             "fields:\n"
             "  - {name: at, type: timestamp, timeFormat: unix, isEventTime: true}\n"
             "  - name: o\n    type: object\n    fields:\n"
             "      - {name: first, type: ref, ref: time, isEventTime: true}\n"
             "      - name: l\n        type: array\n        element:\n          type: object\n"
             "          fields: [{name: t, type: ref, ref: time, isEventTime: true}]\n"
             "  - {name: last, type: bigint, timeFormat: unix, isEventTime: true}\n");
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    char errors[100];
    const struct event *event = read_event(fixture, table[i].record);
    assert_int_equal(event->event_time, table[i].seconds * US_PER_SECOND);
    assert_string_equal(errors_of(fixture, event, errors, sizeof errors), table[i].errors);
  }
}

static void a_schema_without_an_event_time_has_no_error_for_that(void **state) {
  struct fixture *fixture = *state;
  use_schema(fixture, "schema: T\nfields:\n  - {name: a, type: int}\n");
  const struct event *event = read_event(fixture, "{\"a\":1}");
  assert_true(event->event_time == NOW);
  assert_int_equal(event->schema_errors->count, 0);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
  const struct CMUnitTest tests[] = {
      TEST(a_value_that_does_not_fit_costs_the_value),
      TEST(the_value_stays_readable_as_it_came),
      TEST(a_reason_holds_nothing_of_the_record),
      TEST(the_next_event_has_its_own_errors),
      TEST(what_was_written_reads_back_to_the_same_event),
      TEST(a_strict_schema_refuses_the_record),
      TEST(what_a_schema_requires_or_validates_makes_a_dead_letter),
      TEST(a_record_with_none_of_the_identifying_fields_is_a_strangers),
      TEST(the_first_place_that_holds_a_time_is_the_events_time),
      TEST(a_schema_without_an_event_time_has_no_error_for_that),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* summary_attributes: values of events, and what is counted of them. */
#include "alert/attribute_summary.h"
#include "alert/message/summary.h"
#include "detect/window/attributes.h"
#include "event/event_fixture.h"

#include <stdio.h>

#define SCHEMA                                                                                     \
  "schema: Test.Log\nfields:\n  - {name: who, type: string, required: true, indicators: "          \
  "[email]}\n"                                                                                     \
  "  - {name: other, type: string, indicators: [email]}\n"                                         \
  "  - {name: any, type: json}\n"

static const char *shown(struct fixture *fixture, struct text attributes) {
  struct text name, value;
  buffer_reset(&fixture->out);
  buffer_append_string(&fixture->out, "");
  while (attributes_next(&attributes, &name, &value)) {
    buffer_append_text(&fixture->out, name);
    buffer_append_char(&fixture->out, '=');
    char printable[1024];
    buffer_append_string(&fixture->out, text_printable(value, printable, sizeof printable));
    buffer_append_char(&fixture->out, ';');
  }
  return fixture->out.data;
}

static void values_are_what_the_event_has_at_the_path(void **state) {
  struct fixture *fixture = *state;
  static const struct {
    const char *attribute, *record, *expected;
  } rows[] = {
      {"who", "{\"who\":\"x\"}", "who=x;"},
      {"other", "{\"who\":\"x\"}", ""},
      {"other", "{\"who\":\"x\",\"other\":\"\"}", ""},
      {"any", "{\"who\":\"x\",\"any\":null}", ""},
      {"any", "{\"who\":\"x\",\"any\":5}", "any=5;"},
      {"any", "{\"who\":\"x\",\"any\":true}", "any=true;"},
      {"any.a.b", "{\"who\":\"x\",\"any\":{\"a\":{\"b\":\"deep\"}}}", "any.a.b=deep;"},
      {"any", "{\"who\":\"x\",\"any\":{\"a\":1}}", "any={\"a\":1};"},
      {"any", "{\"who\":\"x\",\"any\":[\"a\",\"b\",\"a\",null,[\"c\"],1]}", "any=a;any=b;any=1;"},
      {"any", "{\"who\":\"x\",\"any\":\"a\\u0000b\"}", "any=a\\u{0}b;"},
      {"p_log_type", "{\"who\":\"x\"}", "p_log_type=Test.Log;"},
      {"p_source_id", "{\"who\":\"x\"}", "p_source_id=zoom-1;"},
      {"p_source_label", "{\"who\":\"x\"}", ""},
      {"p_any_emails", "{\"who\":\"B@example.com\",\"other\":\"a@example.com\"}",
       "p_any_emails=b@example.com;p_any_emails=a@example.com;"},
      {"p_any_emails", "{\"who\":\"a@example.com\",\"other\":\"a@example.com\"}",
       "p_any_emails=a@example.com;"},
  };
  use_schema(fixture, SCHEMA);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct arena arena = ARENA_NONE;
    struct text attribute = text_from(rows[i].attribute);
    struct rule rule = {.summary_attributes = {&attribute, 1}};
    const struct event *event = read_event(fixture, rows[i].record);
    struct text attributes = attributes_of_event(&rule, event, &arena);
    assert_string_equal(shown(fixture, attributes), rows[i].expected);
    arena_free(&arena);
  }
}

static void long_values_and_lists_are_cut(void **state) {
  struct fixture *fixture = *state;
  struct arena arena = ARENA_NONE;
  struct buffer record = BUFFER_NONE;
  struct text names[] = {TEXT("who"), TEXT("any")}, attributes, name, value;
  struct rule rule = {.summary_attributes = {names, 2}};
  size_t count = 0;
  buffer_append_string(&record, "{\"who\":\"");
  for (int i = 0; i < 1000; i++)
    buffer_append_char(&record, 'w');
  buffer_append_string(&record, "\",\"any\":[0");
  for (int i = 1; i < 1000; i++)
    buffer_printf(&record, ",%d", i);
  buffer_append_string(&record, "]}");
  use_schema(fixture, SCHEMA);
  attributes = attributes_of_event(&rule, read_event(fixture, record.data), &arena);
  while (attributes_next(&attributes, &name, &value)) {
    assert_true(value.size <= ATTRIBUTE_SIZE_MAX);
    count++;
  }
  assert_int_equal(count, 1 + ATTRIBUTE_VALUES_MAX);
  buffer_free(&record);
  arena_free(&arena);
}

/* Counts the events of a list of records, one a line. */
static void count(struct fixture *fixture, struct attribute_counts *counts, const char *who,
                  int times) {
  struct text names[] = {TEXT("who"), TEXT("other")};
  struct rule rule = {.summary_attributes = {names, 2}};
  for (int i = 0; i < times; i++) {
    struct arena arena = ARENA_NONE;
    char record[128];
    snprintf(record, sizeof record, "{\"who\":\"%s\",\"other\":\"same\"}", who);
    attribute_counts_add(counts, attributes_of_event(&rule, read_event(fixture, record), &arena));
    arena_free(&arena);
  }
}

static void the_five_commonest_come_first(void **state) {
  struct fixture *fixture = *state;
  struct attribute_counts counts = {.matches = 0};
  struct buffer json = BUFFER_NONE;
  use_schema(fixture, SCHEMA);
  count(fixture, &counts, "b", 2);
  count(fixture, &counts, "a", 2);
  count(fixture, &counts, "rare", 1);
  count(fixture, &counts, "most", 9);
  count(fixture, &counts, "c", 3);
  count(fixture, &counts, "d", 4);
  attribute_counts_write(&counts, &json);
  assert_string_equal(json.data, "{\"other\":{\"same\":21},"
                                 "\"who\":{\"most\":9,\"d\":4,\"c\":3,\"a\":2,\"b\":2}}");
  attribute_counts_clear(&counts);
  buffer_free(&json);
}

static void nothing_counted_is_nothing_written(void **state) {
  (void)state;
  struct attribute_counts counts = {.matches = 0};
  struct buffer json = BUFFER_NONE;
  attribute_counts_add(&counts, TEXT(""));
  attribute_counts_write(&counts, &json);
  assert_int_equal(json.size, 0);
  buffer_free(&json);
}

static void many_different_values_are_bounded(void **state) {
  struct fixture *fixture = *state;
  struct attribute_counts counts = {.matches = 0};
  use_schema(fixture, SCHEMA);
  for (int i = 0; i < 10100; i++) {
    char who[16];
    snprintf(who, sizeof who, "w%d", i);
    count(fixture, &counts, who, 1);
  }
  assert_int_equal(counts.counts.count, 10000);
  attribute_counts_clear(&counts);
}

static void an_alert_has_a_line_for_each_attribute(void **state) {
  (void)state;
  struct alert alert = {.attributes =
                            TEXT("{\"operator\":{\"homer\":3,\"lisa\":1},\"kind\":{\"x\":4}}")};
  struct alert_field fields[4];
  struct arena arena = ARENA_NONE;
  assert_int_equal(alert_attributes(&alert, &arena, fields, 4), 2);
  assert_true(text_is(fields[0].label, "operator"));
  assert_true(text_is(fields[0].value, "homer (3), lisa (1)"));
  assert_true(text_is(fields[1].label, "kind"));
  assert_int_equal(alert_attributes(&alert, &arena, fields, 1), 1);
  alert.match_count = 1;
  assert_int_equal(alert_fields(&alert, &arena, fields, 4), 0);
  alert.match_count = 4;
  assert_int_equal(alert_fields(&alert, &arena, fields, 4), 2);
  arena_free(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(values_are_what_the_event_has_at_the_path, start, stop),
      cmocka_unit_test_setup_teardown(long_values_and_lists_are_cut, start, stop),
      cmocka_unit_test_setup_teardown(the_five_commonest_come_first, start, stop),
      cmocka_unit_test(nothing_counted_is_nothing_written),
      cmocka_unit_test_setup_teardown(many_different_values_are_bounded, start, stop),
      cmocka_unit_test(an_alert_has_a_line_for_each_attribute),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

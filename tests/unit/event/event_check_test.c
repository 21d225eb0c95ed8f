/* What a strict schema asks of an event: types, times, validation, nested fields, reshaping. */
#include "event/event_fixture.h"

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
      {"int", "1.5", "expected int, found a number with a fraction or exponent"},
      {"bigint", "1e19", "expected bigint, found a number with a fraction or exponent"},
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
    snprintf(yaml, sizeof yaml, "schema: T\nstrict: true\nfields:\n  - name: f\n    type: %s\n",
             table[i].type);
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
    int64_t us; /* TIME_NONE: refused */
  } table[] = {
      {"unix", "1700000000", INT64_C(1700000000000000)},
      {"unix", "1700000000.25", INT64_C(1700000000250000)},
      {"unix", "\"1700000000.25\"", INT64_C(1700000000250000)},
      {"unix", "0", 0},
      {"unix", "-1", INT64_C(-1000000)},
      {"unix", "-1.5", INT64_C(-1500000)},
      {"unix", "\"-1.5\"", INT64_C(-1500000)},
      {"unix", "\"-0.0000001\"", -1},
      {"unix", "\"1700000000,25\"", INT64_C(1700000000250000)},
      {"unix", "\"1700000000.123456789012\"", INT64_C(1700000000123456)},
      {"unix", "-62135596800", TIME_BEGIN},
      {"unix", "-62135596801", TIME_NONE},
      {"unix", "-9223372036854775808", TIME_NONE},
      {"unix", "\"1700000000.\"", TIME_NONE},
      {"unix", "\"-\"", TIME_NONE},
      {"unix", "\"--1\"", TIME_NONE},
      {"unix", "\"+1\"", TIME_NONE},
      {"unix", "\" 1\"", TIME_NONE},
      {"unix", "\"1.2.3\"", TIME_NONE},
      {"unix", "\"1e9\"", TIME_NONE},
      {"unix_ms", "1700000000123.5", INT64_C(1700000000123500)},
      {"unix_ms", "\"1700000000123.4567\"", INT64_C(1700000000123456)},
      {"unix_ms", "-1", -1000},
      {"unix_us", "\"-1\"", -1},
      {"unix_us", "\"1700000000123456.9\"", INT64_C(1700000000123456)},
      {"unix_us", "18446744073709551615", TIME_NONE},
      {"unix_ns", "-1", -1},
      {"unix_ns", "\"-1001\"", -2},
      {"unix_ns", "\"-1000\"", -1},
      {"unix_ns", "1.5e18", INT64_C(1500000000000000)},
      {"unix_ns", "\"10413792000000000000\"", INT64_C(10413792000000000)},
      {"unix_ns", "10413792000000000000", INT64_C(10413792000000000)},
      {"unix", "253402300799", INT64_C(253402300799000000)},
      {"unix", "253402300800", TIME_NONE},
      {"unix", "9223372036854775807", TIME_NONE},
      {"unix", "18446744073709551615", TIME_NONE},
      {"unix", "1e300", TIME_NONE},
      {"unix", "\"\"", TIME_NONE},
      {"unix", "\".5\"", TIME_NONE},
      {"unix", "\"5.\"", TIME_NONE},
      {"unix", "\"1700000000x\"", TIME_NONE},
      {"unix", "\"99999999999999999999\"", TIME_NONE},
      {"unix", "true", TIME_NONE},
      {"unix_ms", "1700000000123", INT64_C(1700000000123000)},
      {"unix_ms", "\"1700000000123\"", INT64_C(1700000000123000)},
      {"unix_us", "1700000000123456", INT64_C(1700000000123456)},
      {"unix_ns", "1700000000123456789", INT64_C(1700000000123456)},
      {"unix_ns", "\"1700000000123456789\"", INT64_C(1700000000123456)},
      {"unix_ns", "\"253402300799999999999\"", INT64_C(253402300799999999)},
      {"unix_ns", "\"253402300800000000000\"", TIME_NONE},
      {"unix_ns", "\"1700000000123456x89\"", TIME_NONE},
      {"unix_ns", "\"17000000001234567x9\"", TIME_NONE},
      {"unix_ns", "\"999\"", 0},
      {"unix_ns", "253402300799999999999", INT64_C(253402300799999999)},
      {"unix_ns", "9300000000000000000", INT64_C(9300000000000000)},
      {"unix", "\"1700000000.1234567890123456789012345678901234567890\"",
       INT64_C(1700000000123456)},
      {"unix", "\"1700000000.25x\"", TIME_NONE},
      {"rfc3339", "1700000000", TIME_NONE},
      {"rfc3339", "\"9999-12-31T23:59:60Z\"", TIME_NONE},
      {"rfc3339", "\"9999-12-31T23:59:59-00:01\"", TIME_NONE},
      {"rfc3339", "\"2016-12-31T23:59:60Z\"", INT64_C(1483228800000000)},
      {"'%F %T %Z'", "\"2024-03-21 07:09:03 EST\"", TIME_NONE},
      {"'%F %T %Z'", "\"2024-03-21 07:09:03 +05:30\"", INT64_C(1710985143000000)},
      {"'%G-W%V-%u'", "\"2024-W12-4\"", INT64_C(1710979200000000)},
      {"'%s'", "1711004943", TIME_NONE},
      {"rfc3339", "\"1969-07-20T20:17:40Z\"", INT64_C(-14182940000000)},
      {"'%F %T %Z'", "\"2024-03-21 07:09:03 GMT\"", INT64_C(1711004943000000)},
      {"rfc3339", "\"2024-02-30T00:00:00Z\"", TIME_NONE},
      {"'%d/%m/%Y %H:%M'", "\"21/03/2024 07:09\"", INT64_C(1711004940000000)},
      {"'%d/%m/%Y %H:%M'", "\"21/03/2024\"", TIME_NONE},
      {"'%d/%m/%Y %H:%M'", "[]", TIME_NONE},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    char yaml[200], record[100];
    snprintf(yaml, sizeof yaml,
             "schema: T\nstrict: true\nfields:\n  - {name: t, type: timestamp, timeFormat: %s, "
             "isEventTime: "
             "true}\n",
             table[i].format);
    snprintf(record, sizeof record, "{\"t\":%s}", table[i].value);
    use_schema(fixture, yaml);
    const struct event *event = read_as(fixture, text_from(record), TEXT(""));
    if (table[i].us == TIME_NONE && event)
      fail_msg("%s %s was taken", table[i].format, table[i].value);
    if (table[i].us != TIME_NONE && (!event || event->event_time != table[i].us))
      fail_msg("%s %s: %s", table[i].format, table[i].value, fixture->error.text);
  }
}

static void the_first_event_time_that_has_a_value_counts(void **state) {
  struct fixture *fixture = *state;
  use_schema(fixture,
             "schema: T\nstrict: true\nfields:\n"
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

/* So what event_write makes of them is read the same. */
static void whole_numbers_fit_however_they_are_written(void **state) {
  struct fixture *fixture = *state;
  static const struct {
    const char *type, *value, *written; /* NULL: refused */
  } table[] = {
      {"int", "1.0", "1"},
      {"int", "-2e3", "-2000"},
      {"int", "2147483648.0", NULL},
      {"smallint", "3.2768e4", NULL},
      {"bigint", "1e17", "1e+17"},
      {"bigint", "9223372036854775.07", "9223372036854776"},
      {"bigint", "-9223372036854775808.0", "-9.223372036854776e+18"},
      {"bigint", "9223372036854775808.0", NULL},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct buffer yaml = BUFFER_NONE, record = BUFFER_NONE;
    buffer_printf(&yaml, "schema: T\nstrict: true\nfields: [{name: f, type: %s}]\n", table[i].type);
    buffer_printf(&record, "{\"f\":%s}", table[i].value);
    use_schema(fixture, yaml.data);
    const struct event *event = read_as(fixture, buffer_text(&record), TEXT(""));
    assert_int_equal(event != NULL, table[i].written != NULL);
    if (event) {
      assert_string_equal(got(fixture, event, "f"), table[i].written);
      buffer_reset(&record);
      buffer_printf(&record, "{\"f\":%s}", table[i].written);
      assert_non_null(read_as(fixture, buffer_text(&record), TEXT("")));
    }
    buffer_free(&yaml);
    buffer_free(&record);
  }
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
    snprintf(yaml, sizeof yaml,
             "schema: T\nstrict: true\nfields:\n  - {name: f, type: string, validate: {%s}}\n",
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
      {"{\"o\":{\"l\":[{\"id\":null,\"id\":1}]}}", NULL},
      {"{\"o\":{\"l\":[{\"id\":1,\"id\":null}]}}",
       "T: field 'o.l[0].id': the value is required, but missing or null"},
      {"{\"o\":{\"at\":\"soon\"}}",
       "T: field 'o.at': 'soon' is not a time (expected rfc3339, as 2024-03-21T07:09:03Z)"},
      {"{\"o\":{}}", NULL},
      {"{\"o\":null}", NULL},
  };
  use_schema(fixture, "schema: T\nstrict: true\n"
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
      "schema: T\nstrict: true\nfields:\n"
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
             "schema: T\nstrict: true\nfields:\n"
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
             "schema: T\nstrict: true\nfields:\n"
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

static void a_schema_copies_what_lies_in_lists(void **state) {
  struct fixture *fixture = *state;
  use_schema(fixture, "schema: T\nfields:\n"
                      "  - {name: types, type: json, copy: {from: files.type}}\n"
                      "  - {name: first, type: string, copy: {from: 'files[0].type'}}\n");
  const struct event *event =
      read_event(fixture, "{\"files\":[{\"type\":\"MP4\"},{},{\"type\":\"M4A\"}]}");
  assert_string_equal(got(fixture, event, "types"), "[\"MP4\",\"M4A\"]");
  assert_string_equal(got(fixture, event, "first"), "\"MP4\"");
}

/* ---- below the top level ----------------------------------------------------------------- */

/* What becomes of the field `v` when the schema describes it so. */
struct shape {
  const char *fields; /* of the object `v` */
  const char *value;
  const char *expected; /* NULL: refused */
  const char *errors;   /* p_schema_errors, or the error of what is refused; NULL: none */
};

static void assert_shapes(struct fixture *fixture, const char *head, const struct shape *shapes,
                          size_t count) {
  for (size_t i = 0; i < count; i++) {
    struct buffer yaml = BUFFER_NONE, record = BUFFER_NONE, paths = BUFFER_NONE;
    buffer_printf(&yaml, "schema: T\n%sfields:\n  - name: v\n    type: object\n    fields: %s\n",
                  head, shapes[i].fields);
    buffer_printf(&record, "{\"v\":%s}", shapes[i].value);
    use_schema(fixture, yaml.data);
    const struct event *event = read_as(fixture, buffer_text(&record), TEXT(""));
    if (!shapes[i].expected) {
      assert_null(event);
      assert_string_equal(fixture->error.text, shapes[i].errors);
    } else {
      if (!event)
        fail_msg("%s", fixture->error.text);
      assert_string_equal(got(fixture, event, "v"), shapes[i].expected);
      for (size_t k = 0; k < event->schema_errors->count; k++)
        buffer_printf(&paths, "%s%.*s", k ? " " : "",
                      TEXT_ARGS(event->schema_errors->items[k].path));
      assert_string_equal(paths.size ? paths.data : "", shapes[i].errors ? shapes[i].errors : "");
      /* what was made reads back to the same */
      buffer_reset(&record);
      buffer_printf(&record, "{\"v\":%s}", shapes[i].expected);
      event = read_event(fixture, record.data);
      assert_string_equal(got(fixture, event, "v"), shapes[i].expected);
    }
    buffer_free(&yaml);
    buffer_free(&record);
    buffer_free(&paths);
  }
}

static void objects_within_are_transformed_as_the_top_is(void **state) {
  static const struct shape shapes[] = {
      {"[{name: m, type: string, rename: {from: n}}]", "{\"a\":1,\"n\":\"x\",\"z\":[2]}",
       "{\"a\":1,\"m\":\"x\",\"z\":[2]}", NULL},
      {"[{name: m, type: string, rename: {from: n}}]", "{\"n\":null}", "{\"m\":null}", NULL},
      {"[{name: m, type: string, rename: {from: n}}]", "{}", "{}", NULL},
      {"[{name: c, type: string, copy: {from: o.l.id}}]", "{\"o\":{\"l\":{\"id\":\"x\"}}}",
       "{\"o\":{\"l\":{\"id\":\"x\"}},\"c\":\"x\"}", NULL},
      {"[{name: c, type: json, copy: {from: l.id}}]", "{\"c\":0,\"l\":[{\"id\":1},{\"id\":2}]}",
       "{\"c\":[1,2],\"l\":[{\"id\":1},{\"id\":2}]}", NULL},
      {"[{name: c, type: string, concat: {paths: [a, b, gone], separator: -}}]",
       "{\"a\":\"x\",\"b\":7}", "{\"a\":\"x\",\"b\":7,\"c\":\"x-7\"}", NULL},
      {"[{name: s, type: string, split: {from: a, separator: '@', index: 1}}]", "{\"a\":\"x@y\"}",
       "{\"a\":\"x@y\",\"s\":\"y\"}", NULL},
      {"[{name: o, type: object, fields: [{name: l, type: array, element: {type: object, fields:\n"
       "      [{name: m, type: int, rename: {from: n}}]}}]}]",
       "{\"o\":{\"l\":[{\"n\":1},{},null,{\"n\":2,\"k\":3}]}}",
       "{\"o\":{\"l\":[{\"m\":1},{},null,{\"m\":2,\"k\":3}]}}", NULL},
      /* A transform takes from the object that its field stands in. */
      {"[{name: o, type: object, fields: [{name: c, type: string, copy: {from: a}}]}]",
       "{\"a\":\"x\",\"o\":{\"a\":\"y\"}}", "{\"a\":\"x\",\"o\":{\"a\":\"y\",\"c\":\"y\"}}", NULL},
      /* What is made is checked. */
      {"[{name: m, type: int, rename: {from: n}}]", "{\"n\":\"x\"}", "{\"m\":\"x\"}", "v.m"},
      {"[{name: m, type: string, rename: {from: n}}]", "[{\"n\":1}]", "[{\"n\":1}]", "v"},
      {"[{name: m, type: string, rename: {from: n}, required: true}]", "{\"x\":1}", NULL,
       "T: field 'v.m': the value is required, but missing or null"},
  };
  assert_shapes(*state, "", shapes, sizeof shapes / sizeof *shapes);
}

static void what_is_given_twice_within_costs_that_value(void **state) {
  static const struct shape shapes[] = {
      {"[{name: m, type: string, rename: {from: n}}]", "{\"m\":\"x\",\"n\":\"y\"}", "{\"m\":\"y\"}",
       "v.m"},
  };
  static const struct shape strict[] = {
      {"[{name: m, type: string, rename: {from: n}}]", "{\"m\":\"x\",\"n\":\"y\"}", NULL,
       "T: field 'v.m': the value is given twice"},
  };
  assert_shapes(*state, "", shapes, 1);
  assert_shapes(*state, "strict: true\n", strict, 1);
}

static void embedded_json_is_opened_anywhere(void **state) {
  static const struct shape shapes[] = {
      {"[{name: e, type: object, isEmbeddedJSON: true, fields: [{name: m, type: int,\n"
       "      rename: {from: n}}]}]",
       "{\"e\":\"{\\\"n\\\":1}\"}", "{\"e\":{\"m\":1}}", NULL},
      {"[{name: l, type: array, element: {type: json, isEmbeddedJSON: true}}]",
       "{\"l\":[\"[1]\",\"\",\"{\\\"a\\\":\\\"b\\\"}\",2]}", "{\"l\":[[1],null,{\"a\":\"b\"},2]}",
       NULL},
      /* A text in a text stays one: it reads back to the same. */
      {"[{name: e, type: json, isEmbeddedJSON: true}]", "{\"e\":\"\\\"x\\\"\"}",
       "{\"e\":\"\\\"x\\\"\"}", NULL},
      {"[{name: e, type: object, isEmbeddedJSON: true, fields: [{name: f, type: object,\n"
       "      isEmbeddedJSON: true, fields: [{name: g, type: int}]}]}]",
       "{\"e\":\"{\\\"f\\\":\\\"{\\\\\\\"g\\\\\\\":5}\\\"}\"}", "{\"e\":{\"f\":{\"g\":5}}}", NULL},
      {"[{name: e, type: object, isEmbeddedJSON: true, fields: [{name: m, type: int}]}]",
       "{\"e\":\"{\"}", "{\"e\":\"{\"}", "v.e"},
  };
  assert_shapes(*state, "", shapes, sizeof shapes / sizeof *shapes);
}

static void masks_hide_values_within_and_what_may_hold_one(void **state) {
  static const struct shape shapes[] = {
      {"[{name: pin, type: string, mask: {type: redact}, validate: {deny: ['']}}]",
       "{\"pin\":\"1234\",\"a\":1}", "{\"pin\":\"REDACTED\",\"a\":1}", NULL},
      {"[{name: l, type: array, element: {type: string, mask: {type: redact, to: x}}}]",
       "{\"l\":[\"1234\",null,\"5\"]}", "{\"l\":[\"x\",null,\"x\"]}", NULL},
      {"[{name: m, type: string, rename: {from: n}, mask: {type: redact}}]", "{\"n\":\"1234\"}",
       "{\"m\":\"REDACTED\"}", NULL},
      {"[{name: l, type: array, element: {type: string, mask: {type: redact}}}]",
       "{\"l\":{\"x\":\"1234\"},\"k\":null}", "{\"l\":\"REDACTED\",\"k\":null}", "v.l"},
      {"[{name: pin, type: string, mask: {type: redact}}]", "[\"1234\"]", "\"REDACTED\"", "v"},
      {"[{name: pin, type: string, mask: {type: redact}, validate: {deny: ['1234']}}]",
       "{\"pin\":\"1234\"}", NULL, "T: field 'v.pin': the value is a denied value"},
      {"[{name: l, type: array, element: {type: string, mask: {type: redact},\n"
       "      validate: {deny: ['1234']}}}]",
       "{\"l\":[\"1234\"]}", NULL, "T: field 'v.l[0]': the value is a denied value"},
  };
  assert_shapes(*state, "", shapes, sizeof shapes / sizeof *shapes);
}

static void indicators_and_times_come_from_what_was_made(void **state) {
  struct fixture *fixture = *state;
  use_schema(fixture,
             "schema: T\nfields:\n  - name: l\n    type: array\n    element:\n      type: object\n"
             "      fields:\n"
             "        - {name: who, type: string, indicators: [email], rename: {from: User}}\n"
             "        - {name: at, type: timestamp, timeFormat: unix, isEventTime: true,\n"
             "           copy: {from: when}}\n");
  const struct event *event =
      read_event(fixture, "{\"l\":[{\"User\":\"a@b.example\",\"when\":\"1700000001\"}]}");
  assert_non_null(strstr(write_event(fixture, event), "\"p_any_emails\":[\"a@b.example\"]"));
  assert_int_equal(event->event_time, INT64_C(1700000001) * US_PER_SECOND);
}

static void what_is_made_of_a_record_is_bounded_by_its_size(void **state) {
  struct fixture *fixture = *state;
  struct buffer record = BUFFER_NONE;
  use_schema(fixture, "schema: T\nfields:\n  - name: l\n    type: array\n    element:\n"
                      "      type: object\n      fields:\n"
                      "        - {name: a, type: string, concat: {paths: [t, t, t, t, t, t]}}\n");
  buffer_append_string(&record, "{\"l\":[");
  for (int i = 0; i < 40; i++) {
    buffer_append_string(&record, i ? ",{\"t\":\"" : "{\"t\":\"");
    for (int k = 0; k < 10000; k++)
      buffer_append_string(&record, "0123456789");
    buffer_append_string(&record, "\"}");
  }
  buffer_append_string(&record, "]}");
  assert_null(read_as(fixture, buffer_text(&record), TEXT("")));
  assert_string_equal(fixture->error.text, "T: field 'l.a': joined to more than 16 MiB");
  buffer_free(&record);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
  const struct CMUnitTest tests[] = {
      TEST(every_type_takes_its_values_and_nothing_else),
      TEST(times_are_read_in_every_format),
      TEST(the_first_event_time_that_has_a_value_counts),
      TEST(a_schema_copies_what_lies_in_lists),
      TEST(whole_numbers_fit_however_they_are_written),
      TEST(validation_refuses_what_does_not_fit),
      TEST(nested_fields_are_checked_with_their_path),
      TEST(transforms_make_fields_out_of_others),
      TEST(embedded_json_is_opened_and_checked),
      TEST(masked_values_are_seen_nowhere),
      TEST(objects_within_are_transformed_as_the_top_is),
      TEST(what_is_given_twice_within_costs_that_value),
      TEST(embedded_json_is_opened_anywhere),
      TEST(masks_hide_values_within_and_what_may_hold_one),
      TEST(indicators_and_times_come_from_what_was_made),
      TEST(what_is_made_of_a_record_is_bounded_by_its_size),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

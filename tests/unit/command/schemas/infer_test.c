/* Schemas from records: each row is records, and fields that the schema has of them. */
#include "command/schemas/infer.h"

#include "base/memory.h"
#include "event/event.h"
#include "source/file/stream.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void add_line(struct infer *infer, struct json_reader *reader, struct text line) {
  struct error error = ERROR_NONE;
  const struct json_node *root = json_read_copy(reader, line, &error);
  if (!root)
    fail_msg("%s", error.text);
  infer_add(infer, root);
}

/* The schema of records, one a line. */
static void infer_lines(const char *lines, struct buffer *yaml) {
  struct infer infer = INFER_NONE;
  struct json_reader *reader = json_reader_new();
  for (const char *line = lines; *line;) {
    size_t size = strcspn(line, "\n");
    add_line(&infer, reader, (struct text){line, size});
    line += size + (line[size] == '\n');
  }
  infer_finish(&infer);
  infer_write(&infer, "Custom.Thing", yaml);
  infer_free(&infer);
  json_reader_free(reader);
}

static struct schema_set *load(const struct buffer *yaml) {
  struct problems problems = PROBLEMS_NONE;
  struct schema_set *set = schema_set_load_text(buffer_text(yaml), "inferred.yml", &problems);
  problems_print(&problems, stderr);
  assert_int_equal(problems.count, 0);
  return set;
}

/* The schema takes all records, and all of their values. */
static void assert_takes_lines(const struct schema_set *set, const char *lines) {
  struct event_reader *events =
      event_reader_new(&(struct event_typing){.schemas = set}, TEXT("s"), TEXT(""));
  for (const char *line = lines; *line;) {
    struct error error = ERROR_NONE;
    size_t size = strcspn(line, "\n");
    char *padded = memory_alloc(size + JSON_PADDING);
    memcpy(padded, line, size);
    const struct event *event =
        event_read(events, (struct text){padded, size}, TEXT("Custom.Thing"), 0, &error);
    if (!event)
      fail_msg("%s: %s", lines, error.text);
    for (size_t i = 0; i < event->schema_errors->count; i++)
      if (!text_is(event->schema_errors->items[i].path, "p_event_time"))
        fail_msg("%s: %.*s", lines, TEXT_ARGS(event->schema_errors->items[i].path));
    free(padded);
    line += size + (line[size] == '\n');
  }
  event_reader_free(events);
}

static const struct {
  const char *records, *expected; /* a part of the schema */
} rows[] = {
    /* numbers: the narrowest type that takes all */
    {"{\"a\":-32768}\n{\"a\":32767}", "{name: a, type: smallint, required: true}"},
    {"{\"a\":1}\n{\"a\":32768}", "{name: a, type: int, required: true}"},
    {"{\"a\":-2147483649}", "{name: a, type: bigint, required: true}"},
    {"{\"a\":1}\n{\"a\":1.5}", "{name: a, type: float, required: true}"},
    {"{\"a\":99999999999999999999}", "{name: a, type: float, required: true}"},
    {"{\"a\":18446744073709551615}", "{name: a, type: float, required: true}"},
    {"{\"a\":true}\n{\"a\":false}", "{name: a, type: boolean, required: true}"},
    /* what disagrees, what is not there */
    {"{\"a\":1}\n{\"a\":\"x\"}",
     "{name: a, type: json, required: true}  # in 2 of 2 records; values "
     "of several types"},
    {"{\"a\":[1]}\n{\"a\":{\"b\":1}}", "{name: a, type: json, required: true}"},
    {"{\"a\":1}\n{\"a\":null}", "{name: a, type: smallint}  # in 1 of 2 records; null in 1"},
    {"{\"a\":null}", "{name: a, type: json}  # in 0 of 1 records; null in 1; only null"},
    {"{\"a\":1}\n{\"b\":1}", "{name: b, type: smallint}  # in 1 of 2 records"},
    {"{\"a\":{}}",
     "{name: a, type: json, required: true}  # in 1 of 1 records; only empty objects"},
    /* objects and lists */
    {"{\"a\":{\"b\":1}}\n{\"a\":{\"c\":2}}",
     "  - name: a  # in 2 of 2 records\n    type: object\n    required: true\n    fields:\n"
     "      - {name: b, type: smallint}  # in 1 of 2 objects\n"
     "      - {name: c, type: smallint}  # in 1 of 2 objects\n"},
    {"{\"a\":{\"b\":1}}\n{}", "      - {name: b, type: smallint}  # in 1 of 1 objects\n"},
    {"{\"a\":[]}", "    element: {type: json}  # in 0 of 0 elements; only null\n"},
    {"{\"a\":[1,\"x\"]}",
     "    element: {type: json}  # in 2 of 2 elements; values of several types\n"},
    {"{\"a\":[{\"b\":1},{\"b\":70000}]}", "    element:\n      type: object\n      fields:\n"
                                          "        - {name: b, type: int}  # in 2 of 2 objects\n"},
    {"{\"a\":[[1],[2]]}",
     "    element:\n      type: array\n      element: {type: smallint}  # in 2 of 2 elements\n"},
    /* JSON in texts */
    {"{\"a\":\"{\\\"b\\\":1}\"}\n{\"a\":\"{\\\"b\\\":70000,\\\"c\\\":true}\"}",
     "  - name: a  # in 2 of 2 records; JSON in texts\n    type: object\n    isEmbeddedJSON: true\n"
     "    required: true\n    fields:\n"
     "      - {name: b, type: int, required: true}  # in 2 of 2 objects\n"
     "      - {name: c, type: boolean}  # in 1 of 2 objects\n"},
    {"{\"a\":\"[1]\"}\n{\"a\":[2]}\n{\"a\":\" \"}",
     "  - name: a  # in 3 of 3 records; JSON in texts\n    type: array\n    isEmbeddedJSON: true\n"
     "    element: {type: smallint}  # in 2 of 2 elements\n"},
    {"{\"a\":\"[1]\"}\n{\"a\":\"{}\"}",
     "{name: a, type: json, isEmbeddedJSON: true, required: true}  # in 2 of 2 records; JSON in "
     "texts; values of several types"},
    {"{\"a\":\"{\\\"b\\\":1}\"}\n{\"a\":\"{b}\"}", "{name: a, type: string, required: true}"},
    {"{\"a\":\"{\\\"b\\\":1}\"}\n{\"a\":\"5\"}", "{name: a, type: string, required: true}"},
    {"{\"a\":\"\"}", "{name: a, type: string, required: true}"},
    {"{\"a\":[\"{\\\"b\\\":\\\"[1]\\\"}\"]}",
     "    element:\n      type: object\n      isEmbeddedJSON: true\n      fields:\n"
     "        - name: b  # in 1 of 1 objects; JSON in texts\n          type: array\n"
     "          isEmbeddedJSON: true\n          element: {type: smallint}"},
    /* times */
    {"{\"a\":\"2024-03-21T07:09:03Z\"}\n{\"a\":\"2024-03-21 07:09:03\"}",
     "{name: a, type: timestamp, timeFormat: rfc3339, isEventTime: true, required: true}"},
    {"{\"a\":\"21.03.2024 07:09:03\"}", "timeFormat: \"%d.%m.%Y %H:%M:%S\""},
    {"{\"a\":\"21/Mar/2024:07:09:03 +0100\"}", "timeFormat: \"%d/%b/%Y:%H:%M:%S %z\""},
    {"{\"a\":\"03/04/2024\"}",
     "timeFormat: \"%m/%d/%Y\", isEventTime: true, required: true}  # in 1 "
     "of 1 records; day and month could be the other way round"},
    {"{\"a\":\"03/04/2024\"}\n{\"a\":\"21/03/2024\"}", "timeFormat: \"%d/%m/%Y\""},
    {"{\"a\":\"03/21/2024\"}\n{\"a\":\"21/03/2024\"}", "{name: a, type: string, required: true}"},
    {"{\"a\":\"2024-03-21T07:09:03Z\"}\n{\"a\":\"21.03.2024\"}",
     "timeFormats: [rfc3339, \"%d.%m.%Y\"]"},
    {"{\"a\":\"2024-03-21T07:09:03Z\"}\n{\"a\":\"\"}", "{name: a, type: string, required: true}"},
    {"{\"a_ts\":1711004943}", "{name: a_ts, type: timestamp, timeFormat: unix, "},
    {"{\"a_ts\":1711004943123}", "{name: a_ts, type: timestamp, timeFormat: unix_ms, "},
    {"{\"createdAt\":1711004943.5}", "type: timestamp, timeFormat: unix, "},
    {"{\"a_ts\":\"1711004943123000\"}", "type: timestamp, timeFormat: unix_us, "},
    {"{\"id\":1711004943}", "{name: id, type: int, required: true}"},
    {"{\"start\":3}", "{name: start, type: smallint, required: true}"},
    /* the event's time */
    {"{\"x\":\"2024-03-21T07:09:03Z\",\"time\":\"2024-03-21T07:09:03Z\"}",
     "{name: time, type: timestamp, timeFormat: rfc3339, isEventTime: true, "},
    {"{\"x\":\"2024-03-21T07:09:03Z\",\"time\":\"2024-03-21T07:09:03Z\"}",
     "{name: x, type: timestamp, timeFormat: rfc3339, required: true}"},
    {"{\"time\":\"2024-03-21T07:09:03Z\"}\n{\"date\":\"2024-03-21T07:09:03Z\"}",
     "{name: date, type: timestamp, timeFormat: rfc3339, isEventTime: true}"},
    {"{\"o\":{\"time\":\"2024-03-21T07:09:03Z\"}}", "isEventTime: true"},
    {"{\"a\":1}", "# No field seems to hold the event's time"},
    /* indicators */
    {"{\"a\":\"h@example.com\"}", "indicators: [email]"},
    {"{\"a\":\"h@example.com\"}\n{\"a\":\"\"}", "indicators: [email]"},
    {"{\"a\":\"h@example.com\"}\n{\"a\":\"x\"}", "{name: a, type: string, required: true}"},
    {"{\"email\":\"h@example.com\"}\n{\"email\":\"x\"}",
     "indicators: [email]}  # in 2 of 2 records; "
     "the indicator is a guess by its name"},
    {"{\"a\":\"192.0.2.1\"}\n{\"a\":\"2001:db8::1\"}",
     "indicators: [ip]}  # in 2 of 2 records; the "
     "indicator is a guess by its values"},
    {"{\"version\":\"1.2.3.4\"}", "{name: version, type: string, required: true}"},
    {"{\"clientVersion\":\"1.2.3.4\"}", "{name: clientVersion, type: string, required: true}"},
    {"{\"a\":\"192.0.2.1:443\"}\n{\"a\":\"[::1]:1\"}", "indicators: [net_addr]"},
    {"{\"a\":\"https://example.com/x\"}", "indicators: [url]"},
    {"{\"host\":\"www.example.com\"}", "indicators: [hostname]"},
    {"{\"domain\":\"example.com\"}", "indicators: [domain]"},
    {"{\"file\":\"report.pdf\"}", "{name: file, type: string, required: true}"},
    {"{\"a\":\"d41d8cd98f00b204e9800998ecf8427e\"}", "indicators: [md5]"},
    {"{\"trace_id\":\"d41d8cd98f00b204e9800998ecf8427e\"}", "indicators: [trace_id]"},
    {"{\"a\":\"da39a3ee5e6b4b0d3255bfef95601890afd80709\"}", "indicators: [sha1]"},
    {"{\"a\":\"00:1a:2b:3c:4d:5e\"}", "indicators: [mac]"},
    {"{\"user_name\":\"homer\"}", "indicators: [username]"},
    {"{\"username\":\"h@example.com\"}", "indicators: [email, username]"},
    {"{\"emails\":[\"h@example.com\"]}", "element: {type: string, indicators: [email]}"},
    /* names */
    {"{\"yes\":1,\"1a\":1,\"a b\":1,\"a\\\"b\":1,\"\\u00fc\\ud83d\\ude00\":1,\"a: #\":1}",
     "{name: \"yes\", type: smallint, required: true}"},
    {"{\"\\u00fc\\ud83d\\ude00\\u0001\":1}", "{name: \"\\u00FC\\U0001F600\\u0001\", "},
    {"{\"a\\\\\\\"b\":1}", "{name: \"a\\\\\\\"b\", "},
    {"{\"\":1,\"a\":1,\"b\\u0000\":1}", "# Fields whose names are empty"},
    {"{\"p_log_type\":\"x\",\"a\":1}", "# Fields that begin with p_ are margay's own"},
};

static void a_schema_follows_from_records(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct buffer yaml = BUFFER_NONE;
    infer_lines(rows[i].records, &yaml);
    if (!strstr(yaml.data, rows[i].expected))
      fail_msg("%s\nhas no\n%s\nin\n%s", rows[i].records, rows[i].expected, yaml.data);
    struct schema_set *set = load(&yaml);
    assert_takes_lines(set, rows[i].records);
    schema_set_free(set);
    buffer_free(&yaml);
  }
}

static void values_are_not_shown(void **state) {
  (void)state;
  struct buffer yaml = BUFFER_NONE;
  infer_lines("{\"a\":\"secret\",\"b\":[\"secret\"],\"c\":{\"d\":424242}}", &yaml);
  assert_null(strstr(yaml.data, "secret"));
  assert_null(strstr(yaml.data, "424242"));
  buffer_free(&yaml);
}

/* Appends an object with so many members, each a number. */
static void append_wide(struct buffer *out, size_t from, size_t count) {
  for (size_t i = 0; i < count; i++)
    buffer_printf(out, "%c\"k%zu\":1", i ? ',' : '{', from + i);
  buffer_append_char(out, '}');
}

static void limits_hold_and_are_said(void **state) {
  (void)state;
  struct buffer records = BUFFER_NONE, yaml = BUFFER_NONE;
  append_wide(&records, 0, INFER_RECORD_FIELDS_MAX + 10);
  buffer_append_string(&records, "\n{\"k0\":");
  append_wide(&records, 0, INFER_OBJECT_FIELDS_MAX + 1);
  buffer_append_string(&records, ",\"k1\":");
  for (size_t i = 0; i < 100; i++)
    buffer_append_string(&records, "{\"a\":");
  buffer_append_string(&records, "1");
  for (size_t i = 0; i < 100; i++)
    buffer_append_string(&records, "}");
  buffer_append_string(&records, "}");
  infer_lines(records.data, &yaml);
  assert_non_null(strstr(yaml.data, "# A limit was reached"));
  struct schema_set *set = load(&yaml);
  assert_int_equal(set->schemas[0].field_count, INFER_RECORD_FIELDS_MAX);
  schema_set_free(set);
  buffer_free(&records);
  buffer_free(&yaml);
}

/* As many fields as a schema may have, with the longest names, each an escape: it is still read. */
static void the_largest_schema_loads(void **state) {
  (void)state;
  struct infer infer = INFER_NONE;
  struct json_reader *reader = json_reader_new();
  struct buffer line = BUFFER_NONE, yaml = BUFFER_NONE;
  for (size_t i = 0; i < INFER_FIELDS_MAX / INFER_OBJECT_FIELDS_MAX + 1; i++) {
    buffer_reset(&line);
    buffer_printf(&line, "{\"o%zu\":", i);
    for (size_t k = 0; k < INFER_OBJECT_FIELDS_MAX; k++) {
      buffer_printf(&line, "%c\"%03zu", k ? ',' : '{', k);
      for (size_t n = 3; n < INFER_NAME_MAX; n++)
        buffer_append_string(&line, "\\u0001");
      buffer_append_string(&line, "\":\"2024-03-21\"");
    }
    buffer_append_string(&line, "}}");
    add_line(&infer, reader, buffer_text(&line));
  }
  infer_finish(&infer);
  infer_write(&infer, "Custom.Thing", &yaml);
  assert_true(infer.cut);
  assert_in_range(infer.fields, INFER_FIELDS_MAX, INFER_FIELDS_MAX);
  schema_set_free(load(&yaml));
  infer_free(&infer);
  json_reader_free(reader);
  buffer_free(&line);
  buffer_free(&yaml);
}

/* ---- every fixture ----------------------------------------------------------------------- */

static size_t files_read;

/* The records of a file, each given to the one or the other. */
static void each_record(const char *path, struct infer *infer, struct event_reader *events) {
  struct error error = ERROR_NONE;
  struct json_reader *reader = json_reader_new();
  struct stream *stream = stream_open(path, 0, &error);
  struct batch *batch;
  while (stream && (batch = stream_next(stream, false, &error)) != NULL) {
    struct text record;
    uint64_t occurrence;
    for (size_t cursor = 0; batch_next(batch, &cursor, &record, &occurrence);) {
      const struct json_node *root = json_read(reader, record, &error);
      bool is_object = root && root->type == JSON_TYPE_OBJECT;
      error_clear(&error);
      if (is_object && infer)
        infer_add(infer, root);
      if (!is_object || !events)
        continue;
      const struct event *event = event_read(events, record, TEXT(""), 0, &error);
      if (!event)
        fail_msg("%s: %s", path, error.text);
      for (size_t i = 0; i < event->schema_errors->count; i++)
        if (!text_is(event->schema_errors->items[i].path, "p_event_time"))
          fail_msg("%s: %.*s: %.*s", path, TEXT_ARGS(event->schema_errors->items[i].path),
                   TEXT_ARGS(event->schema_errors->items[i].reason));
    }
    batch_free(batch);
  }
  stream_close(stream);
  json_reader_free(reader);
}

static int test_file(const char *path, const struct stat *status, int kind, struct FTW *place) {
  (void)status;
  (void)place;
  if (kind != FTW_F || !(strstr(path, ".json") || strstr(path, ".ndjson")))
    return 0;
  struct infer infer = INFER_NONE;
  struct buffer yaml = BUFFER_NONE;
  each_record(path, &infer, NULL);
  if (infer.record.count > 0) {
    infer_finish(&infer);
    infer_write(&infer, "Custom.Thing", &yaml);
    struct schema_set *set = load(&yaml);
    const struct event_typing typing = {.schemas = set, .log_type = TEXT("Custom.Thing")};
    struct event_reader *events = event_reader_new(&typing, TEXT(""), TEXT(""));
    each_record(path, NULL, events);
    event_reader_free(events);
    schema_set_free(set);
    files_read++;
  }
  infer_free(&infer);
  buffer_free(&yaml);
  return 0;
}

/* A schema loads and takes the records that it was made from, without a value that does not fit. Of
 * a record that has no time where others have one, that is said. */
static void the_schema_of_each_fixture_takes_its_records(void **state) {
  (void)state;
  assert_int_equal(nftw("fixtures", test_file, 8, FTW_PHYS), 0);
  assert_int_equal(nftw("tests/unit/event", test_file, 8, FTW_PHYS), 0);
  assert_true(files_read > 300);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_schema_follows_from_records),
      cmocka_unit_test(values_are_not_shown),
      cmocka_unit_test(limits_hold_and_are_said),
      cmocka_unit_test(the_largest_schema_loads),
      cmocka_unit_test(the_schema_of_each_fixture_takes_its_records),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Events of schemas given as text, or of those that ship, for the tests of the event part. */
#ifndef TESTS_EVENT_FIXTURE_H
#define TESTS_EVENT_FIXTURE_H

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

static inline int start(void **state) {
  *state = memory_alloc(sizeof(struct fixture));
  return 0;
}

static inline int stop(void **state) {
  struct fixture *fixture = *state;
  event_reader_free(fixture->reader);
  schema_set_free(fixture->schemas);
  buffer_free(&fixture->record);
  buffer_free(&fixture->out);
  free(fixture);
  return 0;
}

static inline void use_reader(struct fixture *fixture, const char *log_type, bool unchecked) {
  struct event_typing typing = {
      .schemas = fixture->schemas, .log_type = text_from(log_type), .unchecked = unchecked};
  event_reader_free(fixture->reader);
  fixture->reader = event_reader_new(&typing, TEXT("zoom-1"), TEXT(""));
}

static inline void expect_no_problems(struct problems *problems) {
  if (problems->count > 0) {
    problems_print(problems, stderr);
    fail_msg("the schema has problems");
  }
  problems_clear(problems);
}

/* Events of one schema given as text. */
static inline void use_schema(struct fixture *fixture, const char *yaml) {
  struct problems problems = PROBLEMS_NONE;
  schema_set_free(fixture->schemas);
  fixture->schemas = schema_set_load_text(text_from(yaml), "test.yml", &problems);
  expect_no_problems(&problems);
  use_reader(fixture, "", false);
}

/* Events of the schemas that ship. */
static inline void use_bundled(struct fixture *fixture) {
  struct problems problems = PROBLEMS_NONE;
  fixture->schemas = schema_set_load("schemas", &problems);
  expect_no_problems(&problems);
  use_reader(fixture, "", false);
}

static inline const struct event *read_as(struct fixture *fixture, struct text record,
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

static inline const struct event *read_event(struct fixture *fixture, const char *record) {
  const struct event *event = read_as(fixture, text_from(record), TEXT(""));
  if (!event)
    fail_msg("%s: %s", record, fixture->error.text);
  return event;
}

static inline const char *written(struct fixture *fixture, const struct json_node *node) {
  if (!node)
    return "absent";
  buffer_reset(&fixture->out);
  json_write(&fixture->out, node);
  return fixture->out.data;
}

static inline const char *got(struct fixture *fixture, const struct event *event, const char *key) {
  return written(fixture, event_get(event, text_from(key)));
}

static inline const char *write_event(struct fixture *fixture, const struct event *event) {
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

#endif

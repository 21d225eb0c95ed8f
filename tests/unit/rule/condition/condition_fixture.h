/* Conditions that tests ask about records. */
#ifndef TEST_CONDITION_FIXTURE_H
#define TEST_CONDITION_FIXTURE_H

#include "rule/condition/condition.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* What a test owns: conditions, and the events that they are asked about. */
struct fixture {
  struct arena arena;
  struct field_table *fields;
  struct field_view *view;
  struct schema_set *schemas;
  struct event_reader *reader;
  const struct condition *condition;
};

static inline void start(struct fixture *fixture) {
  *fixture = (struct fixture){.fields = field_table_new()};
}

static inline void stop(struct fixture *fixture) {
  field_view_free(fixture->view);
  event_reader_free(fixture->reader);
  schema_set_free(fixture->schemas);
  condition_release(fixture->condition);
  field_table_free(fixture->fields);
  arena_free(&fixture->arena);
}

static inline void use_unchecked_events(struct fixture *fixture) {
  const struct event_typing typing = {.log_type = TEXT("Test"), .unchecked = true};
  fixture->reader = event_reader_new(&typing, TEXT("test"), TEXT(""));
}

static inline void use_schema(struct fixture *fixture, const char *yaml) {
  struct problems problems = PROBLEMS_NONE;
  fixture->schemas = schema_set_load_text(text_from(yaml), "test.yml", &problems);
  problems_print(&problems, stderr);
  assert_int_equal(problems.count, 0);
  const struct event_typing typing = {.schemas = fixture->schemas};
  fixture->reader = event_reader_new(&typing, TEXT("test"), TEXT(""));
}

static inline const struct condition *field_condition(struct fixture *fixture, const char *key,
                                                      const struct condition_value *values,
                                                      size_t count) {
  struct error error = ERROR_NONE;
  const struct condition *condition =
      condition_field(&fixture->arena, fixture->fields, text_from(key), values, count, &error);
  if (!condition)
    fail_msg("%s: %s", key, error.text);
  return condition;
}

/* Asks the fixture's condition about one record. */
static inline bool matches(struct fixture *fixture, struct text record) {
  struct error error = ERROR_NONE;
  struct buffer padded = BUFFER_NONE;
  if (!fixture->view)
    fixture->view = field_view_new(fixture->fields);
  buffer_append_text(&padded, record);
  memset(buffer_reserve(&padded, JSON_PADDING), ' ', JSON_PADDING);
  const struct event *event =
      event_read(fixture->reader, buffer_text(&padded), TEXT(""), 0, &error);
  if (!event)
    fail_msg("%.*s: %s", TEXT_ARGS(record), error.text);
  field_view_set(fixture->view, event);
  bool result = condition_match(fixture->condition, fixture->view);
  buffer_free(&padded);
  return result;
}

#define S(literal)                                                                                 \
  {                                                                                                \
    .type = VALUE_TEXT, .text = { literal, sizeof(literal) - 1 }                                   \
  }
#define I(number)                                                                                  \
  { .type = VALUE_INT, .integer = (number) }
#define R(number)                                                                                  \
  { .type = VALUE_REAL, .real = (number) }
#define B(flag)                                                                                    \
  { .type = VALUE_BOOL, .boolean = (flag) }
#define NONE                                                                                       \
  { .type = VALUE_NULL }
#define VALUES_MAX 3

/* Whether a test of one field, made anew, holds for one unchecked record. */
static inline bool field_matches(const char *key, const struct condition_value *values,
                                 size_t count, const char *record) {
  struct fixture fixture;
  start(&fixture);
  use_unchecked_events(&fixture);
  fixture.condition = field_condition(&fixture, key, values, count);
  bool result = matches(&fixture, text_from(record));
  stop(&fixture);
  return result;
}

#endif

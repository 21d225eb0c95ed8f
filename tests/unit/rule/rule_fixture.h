/* Rule sets from texts and events from JSON, for the tests of the rule part. */
#ifndef TESTS_RULE_FIXTURE_H
#define TESTS_RULE_FIXTURE_H

#include "base/memory.h"
#include "rule/load/rule_set_load.h"
#include "rule/vm/rule_vm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define RULE_FIXTURE_NOW (INT64_C(1700000000) * US_PER_SECOND)

struct rule_fixture {
  struct problems problems;
  struct rule_set *set;
  struct rule_vm *vm;
  struct event_reader *reader;
  struct buffer record, text;
  struct rule_outcome outcome;
};

static inline int rule_fixture_start(void **state) {
  struct rule_fixture *fixture = memory_alloc(sizeof *fixture);
  struct event_typing typing = {.log_type = TEXT("Test.Log"), .unchecked = true};
  fixture->reader = event_reader_new(&typing, TEXT("source-1"), TEXT("Source one"));
  *state = fixture;
  return 0;
}

static inline void rule_fixture_clear(struct rule_fixture *fixture) {
  rule_vm_free(fixture->vm);
  rule_set_free(fixture->set);
  problems_clear(&fixture->problems);
  fixture->vm = NULL;
  fixture->set = NULL;
}

static inline int rule_fixture_stop(void **state) {
  struct rule_fixture *fixture = *state;
  rule_fixture_clear(fixture);
  event_reader_free(fixture->reader);
  buffer_free(&fixture->record);
  buffer_free(&fixture->text);
  free(fixture);
  return 0;
}

static inline void rule_fixture_load(struct rule_fixture *fixture, const struct rule_file *files,
                                     size_t count) {
  rule_fixture_clear(fixture);
  fixture->set = rule_set_load_files(files, count, &fixture->problems);
}

/* A set of one rule whose body follows the least metadata in the same line. */
static inline void rule_fixture_load_body(struct rule_fixture *fixture, const char *body) {
  buffer_reset(&fixture->text);
  buffer_append_string(&fixture->text,
                       "metadata { id = 'T', log_types = { 'Test.Log' }, severity = 'low' } ");
  buffer_append_string(&fixture->text, body);
  struct rule_file file = {.path = "rules/t.lua", .source = buffer_text(&fixture->text)};
  rule_fixture_load(fixture, &file, 1);
}

static inline void rule_fixture_start_vm(struct rule_fixture *fixture,
                                         const struct rule_vm_options *options) {
  if (fixture->problems.count) {
    problems_print(&fixture->problems, stderr);
    fail_msg("the rules have problems");
  }
  fixture->vm = rule_vm_new(fixture->set, options);
}

static inline const struct event *rule_fixture_event(struct rule_fixture *fixture,
                                                     const char *json) {
  struct error error = ERROR_NONE;
  buffer_reset(&fixture->record);
  buffer_append_string(&fixture->record, json);
  memset(buffer_reserve(&fixture->record, JSON_PADDING), 0, JSON_PADDING);
  const struct event *event = event_read(fixture->reader, buffer_text(&fixture->record), TEXT(""),
                                         RULE_FIXTURE_NOW, &error);
  if (!event)
    fail_msg("%s", error.text);
  event_identify(fixture->reader, 0);
  rule_vm_set_event(fixture->vm, event);
  return event;
}

#define assert_text_equal(text_value, string)                                                      \
  do {                                                                                             \
    struct text text_value_ = (text_value);                                                        \
    char *copy_ = memory_copy_bytes(text_value_.data ? text_value_.data : "", text_value_.size);   \
    if (!text_is(text_value_, (string)))                                                           \
      fail_msg("got '%s', expected '%s'", copy_, (string));                                        \
    free(copy_);                                                                                   \
  } while (0)

#endif

/* Sigma files in memory, and events for their rules. */
#ifndef TEST_SIGMA_FIXTURE_H
#define TEST_SIGMA_FIXTURE_H

#include "rule/load/rule_set_load.h"
#include "rule/sigma/sigma_mapping.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* A mapping that takes every logsource. */
#define ANY_LOGSOURCE "logsources:\n  - log_types: Test\n"

struct sigma_fixture {
  struct problems problems;
  struct sigma_mapping *mapping;
  struct schema_set *schemas;
  struct rule_set *set;
};

/* What the bundled schema of this log type says, as far as Sigma is concerned. */
#define OPERATION_SCHEMA                                                                           \
  "schema: Zoom.Operation\nlogsource: {product: zoom, service: operation}\n"                       \
  "fields: [{name: action, type: string}]\n"

/* `schemas` are the fixture's from now on; NULL = none are loaded. */
static inline void load_sigma_with(struct sigma_fixture *fixture, struct schema_set *schemas,
                                   const char *mapping, const struct rule_file *files,
                                   size_t count) {
  *fixture = (struct sigma_fixture){.problems = PROBLEMS_NONE, .schemas = schemas};
  if (mapping)
    fixture->mapping =
        sigma_mapping_read(text_from(mapping), "mapping.yml", NULL, &fixture->problems);
  const struct rule_reading reading = {.schemas = fixture->schemas, .sigma = fixture->mapping};
  fixture->set = rule_set_build(files, count, &reading, &fixture->problems);
}

static inline void load_sigma_files(struct sigma_fixture *fixture, const char *mapping,
                                    const struct rule_file *files, size_t count) {
  struct problems problems = PROBLEMS_NONE;
  struct schema_set *schemas =
      schema_set_load_text(TEXT(OPERATION_SCHEMA), "operation.yml", &problems);
  assert_int_equal(problems.count, 0);
  load_sigma_with(fixture, schemas, mapping, files, count);
}

static inline void load_sigma(struct sigma_fixture *fixture, const char *mapping,
                              const char *yaml) {
  const struct rule_file file = {.path = "rules/x.yml", .source = text_from(yaml)};
  load_sigma_files(fixture, mapping, &file, 1);
}

static inline void free_sigma(struct sigma_fixture *fixture) {
  rule_set_free(fixture->set);
  sigma_mapping_free(fixture->mapping);
  schema_set_free(fixture->schemas);
  problems_clear(&fixture->problems);
}

/* The only rule of a set that has no mistake. */
static inline const struct rule *only_rule(const struct sigma_fixture *fixture) {
  struct error_line line;
  if (fixture->problems.count)
    fail_msg("%s", error_line(&fixture->problems.items[0], &line));
  if (fixture->set->refusal_count)
    fail_msg("refused: %s", fixture->set->refusals[0].reason);
  assert_int_equal(fixture->set->count, 1);
  return &fixture->set->rules[0];
}

static inline bool sigma_matches_as(const struct sigma_fixture *fixture, const struct rule *rule,
                                    const char *log_type, const char *record) {
  const struct event_typing typing = {.log_type = text_from(log_type), .unchecked = true};
  struct event_reader *reader = event_reader_new(&typing, TEXT("test"), TEXT(""));
  struct field_view *view = field_view_new(fixture->set->fields);
  struct error error = ERROR_NONE;
  struct buffer padded = BUFFER_NONE;
  buffer_append_string(&padded, record);
  memset(buffer_reserve(&padded, JSON_PADDING), ' ', JSON_PADDING);
  const struct event *event = event_read(reader, buffer_text(&padded), TEXT(""), 0, &error);
  if (!event)
    fail_msg("%s: %s", record, error.text);
  field_view_set(view, event);
  bool result = condition_match(rule->where, view);
  buffer_free(&padded);
  field_view_free(view);
  event_reader_free(reader);
  return result;
}

static inline bool sigma_matches(const struct sigma_fixture *fixture, const struct rule *rule,
                                 const char *record) {
  return sigma_matches_as(fixture, rule, "Test", record);
}

#endif

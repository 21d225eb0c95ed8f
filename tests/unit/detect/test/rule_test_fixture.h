/* Runs the tests of rules given as texts: for the tests of the test runner. */
#ifndef TESTS_RULE_TEST_FIXTURE_H
#define TESTS_RULE_TEST_FIXTURE_H

#include "base/memory.h"
#include "detect/test/rule_test_report.h"
#include "rule/load/rule_set_load.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/* One line, so that the tests begin in line 2. */
#define METADATA "metadata { id = 'T', log_types = { 'Zoom.Operation' }, severity = 'low' } "
#define WHERE                                                                                      \
  "metadata { id = 'T', log_types = { 'Zoom.Operation' }, severity = 'low', where = { "            \
  "category_type = 'User', action = 'Update' } } "
#define EVENT                                                                                      \
  "event = { time = '2024-03-21T07:09:03Z', operator = 'homer', category_type = 'User', "          \
  "action = 'Update' }"
#define ALWAYS "function rule() return true end "
#define NEVER "function rule() return false end "

struct rule_test_fixture {
  char folder[64];        /* with one fixture: operation.json */
  const char *folders[2]; /* that one, and the end */
  struct schema_set *schemas;
  struct rule_test_options options;
  struct rule_test_report_options report;
  const struct rule_test_reporter *reporter;
  struct rule_test_summary summary;
  bool passed;
  char *output;
};

static inline void write_file(const char *folder, const char *name, const char *text) {
  char path[128];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
}

static inline int start(void **state) {
  struct rule_test_fixture *fixture = memory_alloc(sizeof *fixture);
  struct problems problems = PROBLEMS_NONE;
  snprintf(fixture->folder, sizeof fixture->folder, "/tmp/margay-rule-test-XXXXXX");
  assert_non_null(mkdtemp(fixture->folder));
  write_file(fixture->folder, "operation.json",
             "{\"time\":\"2024-03-21T07:09:03Z\",\"operator\":\"homer\","
             "\"category_type\":\"User\",\"action\":\"Update\"}\n");
  write_file(fixture->folder, "broken.json", "{\"time\":");
  write_file(fixture->folder, "other.json", "{\"p_log_type\":\"Zoom.Activity\"}");
  fixture->schemas = schema_set_load("schemas", &problems);
  assert_int_equal(problems.count, 0);
  fixture->folders[0] = fixture->folder;
  fixture->options =
      (struct rule_test_options){.fixtures = fixture->folders, .schemas = fixture->schemas};
  fixture->reporter = &rule_test_reporter_text;
  *state = fixture;
  return 0;
}

static inline int stop(void **state) {
  static const char *const names[] = {"operation.json", "broken.json", "other.json"};
  struct rule_test_fixture *fixture = *state;
  char path[128];
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    snprintf(path, sizeof path, "%s/%s", fixture->folder, names[i]);
    unlink(path);
  }
  rmdir(fixture->folder);
  schema_set_free(fixture->schemas);
  free(fixture->output);
  free(fixture);
  return 0;
}

static inline void run_files(struct rule_test_fixture *fixture, const struct rule_file *files,
                             size_t count) {
  struct problems problems = PROBLEMS_NONE;
  struct rule_set *set = rule_set_load_files(files, count, &problems);
  size_t size;
  if (problems.count)
    problems_print(&problems, stderr);
  assert_int_equal(problems.count, 0);
  free(fixture->output);
  FILE *out = open_memstream(&fixture->output, &size);
  struct rule_test_results *results = rule_test_run(set, &fixture->options);
  fixture->reporter->write(results, &fixture->report, out);
  fclose(out);
  fixture->summary = results->summary;
  fixture->passed = rule_test_passed(results);
  rule_test_results_free(results);
  rule_set_free(set);
}

static inline void run(struct rule_test_fixture *fixture, const char *source) {
  struct rule_file file = {.path = "t.lua", .source = text_from(source)};
  run_files(fixture, &file, 1);
}

static inline void assert_printed(const struct rule_test_fixture *fixture, const char *text) {
  if (!strstr(fixture->output, text))
    fail_msg("<<%s>> is not in\n%s", text, fixture->output);
}

static inline void assert_not_printed(const struct rule_test_fixture *fixture, const char *text) {
  if (strstr(fixture->output, text))
    fail_msg("<<%s>> is in\n%s", text, fixture->output);
}

#endif

/* Subjects other than a plain rule, and what their tests depend on. */
#include "detect/test/rule_test_fixture.h"

#include "detect/test/rule_test_fingerprint.h"

#define A                                                                                          \
  "metadata { id = 'A', log_types = { 'Zoom.Operation' }, severity = 'info', create_alert = "      \
  "false, where = { action = 'Update' } } "
#define B                                                                                          \
  "local lib = require 'lib' metadata { id = 'B', log_types = { 'Zoom.Activity' }, severity = "    \
  "'low', where = { type = 'Sign in' } } function title() return lib.title end "
#define C                                                                                          \
  "correlation { id = 'C', severity = 'high', sequence = { 'A', 'B' }, within_minutes = 5 } "
#define D "metadata { base = 'A', id = 'D', where = { category_type = 'User' } } "
#define LIBRARY "return { title = require('deep').title }"
#define DEEP "return { title = 'a title' }"

enum { FILE_A, FILE_B, FILE_C, FILE_D, FILE_LIBRARY, FILE_DEEP, FILE_COUNT };

static const struct rule_file files[FILE_COUNT] = {
    [FILE_A] = {.path = "a.lua", .source = TEXT_INIT(A)},
    [FILE_B] = {.path = "b.lua", .source = TEXT_INIT(B)},
    [FILE_C] = {.path = "c.lua", .source = TEXT_INIT(C)},
    [FILE_D] = {.path = "d.lua", .source = TEXT_INIT(D)},
    [FILE_LIBRARY] = {.path = "lib.lua", .source = TEXT_INIT(LIBRARY), .library = TEXT_INIT("lib")},
    [FILE_DEEP] = {.path = "deep.lua", .source = TEXT_INIT(DEEP), .library = TEXT_INIT("deep")},
};

#define EVENTS                                                                                     \
  "events = { { fixture = 'operation.json' }, { time = '2024-03-21T07:10:00Z', email = "           \
  "'homer@example.com', type = 'Sign in' } }"

static void a_correlation_is_fed_by_the_matches_of_its_rules(void **state) {
  struct rule_test_fixture *fixture = *state;
  struct rule_file with_tests[FILE_COUNT];
  memcpy(with_tests, files, sizeof files);
  with_tests[FILE_C].source = text_from(
      C "tests { { name = 'both', " EVENTS ", expect = true, title = 'C', alerts = { { title = "
        "'C', match_count = 1 } } }, { name = 'one', fixture = 'operation.json', log_type = "
        "'Zoom.Operation', expect = false, alerts = 0 }, { name = 'wrong', fixture = "
        "'operation.json', expect = true } }");
  fixture->options.selection.ids = (struct text_list){&(struct text)TEXT_INIT("C"), 1};
  run_files(fixture, with_tests, FILE_COUNT);
  assert_string_equal(fixture->output, "C (c.lua)\n"
                                       "  [PASS] both\n"
                                       "  [PASS] one\n"
                                       "  [FAIL] wrong (c.lua:1)\n"
                                       "         expected an alert, but 0 came\n"
                                       "1 rule, 3 tests: 2 passed, 1 failed\n");
}

/* The fingerprints of A to D, when one file has a line more. */
static void take_fingerprints(const struct rule_test_fixture *fixture, int changed,
                              uint64_t fingerprints[4]) {
  struct problems problems = PROBLEMS_NONE;
  struct rule_file now[FILE_COUNT];
  struct buffer source = BUFFER_NONE;
  memcpy(now, files, sizeof files);
  if (changed < FILE_COUNT) {
    buffer_append_text(&source, now[changed].source);
    buffer_append_string(&source, "\n-- changed");
    now[changed].source = buffer_text(&source);
  }
  struct rule_set *set = rule_set_load_files(now, FILE_COUNT, &problems);
  struct rule_test_subjects subjects;
  assert_int_equal(problems.count, 0);
  rule_test_subjects_list(set, &subjects);
  assert_int_equal(subjects.count, 4);
  for (size_t i = 0; i < 4; i++)
    fingerprints[i] = rule_test_fingerprint(set, &fixture->options, &subjects.items[i]);
  rule_test_subjects_free(&subjects);
  rule_set_free(set);
  buffer_free(&source);
}

static void a_fingerprint_changes_with_what_the_tests_depend_on(void **state) {
  static const bool concerned[FILE_COUNT + 1][4] = {
      /*                 A      B      C     D */
      [FILE_A] = {true, false, true, true},        [FILE_B] = {false, true, true, false},
      [FILE_C] = {false, false, true, false},      [FILE_D] = {false, false, false, true},
      [FILE_LIBRARY] = {false, true, true, false}, [FILE_DEEP] = {false, true, true, false},
      [FILE_COUNT] = {false, false, false, false},
  };
  uint64_t before[4], after[4];
  take_fingerprints(*state, FILE_COUNT, before);
  for (int file = 0; file <= FILE_COUNT; file++) {
    take_fingerprints(*state, file, after);
    for (size_t i = 0; i < 4; i++)
      if ((before[i] != after[i]) != concerned[file][i])
        fail_msg("file %d, subject %zu", file, i);
  }
}

static void what_may_be_any_library_depends_on_all(void **state) {
  struct rule_test_fixture *fixture = *state;
  struct problems problems = PROBLEMS_NONE;
  uint64_t fingerprints[2];
  for (int i = 0; i < 2; i++) {
    const struct rule_file now[] = {
        {.path = "lib.lua",
         .source = text_from(i ? "return {}" : "return { a = 1 }"),
         .library = TEXT("lib")},
        {.path = "t.lua", .source = TEXT("local lib = require('l' .. 'ib') " METADATA ALWAYS)}};
    struct rule_set *set = rule_set_load_files(now, 2, &problems);
    struct rule_test_subjects subjects;
    assert_int_equal(problems.count, 0);
    rule_test_subjects_list(set, &subjects);
    fingerprints[i] = rule_test_fingerprint(set, &fixture->options, &subjects.items[0]);
    rule_test_subjects_free(&subjects);
    rule_set_free(set);
  }
  assert_int_not_equal(fingerprints[0], fingerprints[1]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_correlation_is_fed_by_the_matches_of_its_rules, start,
                                      stop),
      cmocka_unit_test_setup_teardown(a_fingerprint_changes_with_what_the_tests_depend_on, start,
                                      stop),
      cmocka_unit_test_setup_teardown(what_may_be_any_library_depends_on_all, start, stop),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

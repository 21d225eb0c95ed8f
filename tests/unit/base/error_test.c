#include "base/error.h"
#include "base/yaml/problems.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void the_first_error_wins(void **state) {
  (void)state;
  struct error error = ERROR_NONE;
  assert_false(error_set(&error, "the cause, %d", 1));
  assert_false(error_set(&error, "the cleanup"));
  assert_false(error_set_at(&error, "file", 1, 2, "the cleanup"));
  assert_true(error.set);
  assert_string_equal(error.text, "the cause, 1");
  assert_string_equal(error.file, "");
}

static void an_error_nobody_wants_to_know_may_be_set(void **state) {
  (void)state;
  assert_false(error_set(NULL, "lost"));
  assert_false(error_set_at(NULL, "file", 1, 1, "lost"));
  assert_false(error_prefix(NULL, "lost"));
}

static void a_prefix_comes_before_the_text_of_a_set_error_only(void **state) {
  (void)state;
  struct error error = ERROR_NONE;
  assert_false(error_prefix(&error, "rule %d", 7));
  assert_false(error.set);
  error_set(&error, "the cause");
  assert_false(error_prefix(&error, "rule %d", 7));
  assert_false(error_prefix(&error, "loading"));
  assert_string_equal(error.text, "loading: rule 7: the cause");
}

static void long_texts_are_cut_and_stay_strings(void **state) {
  (void)state;
  struct error error = ERROR_NONE;
  char text[3000];
  memset(text, 'x', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  error_set_at(&error, text, 1, 1, "%s", text);
  assert_int_equal(strlen(error.text), sizeof error.text - 1);
  assert_int_equal(strlen(error.file), sizeof error.file - 1);
  error_prefix(&error, "%s", text);
  assert_int_equal(strlen(error.text), sizeof error.text - 1);
  struct error_line line;
  assert_true(strlen(error_line(&error, &line)) < sizeof line.text);
}

static void a_reason_leaves_out_what_comes_from_the_record(void **state) {
  (void)state;
  struct error_line line;
  struct error error = ERROR_NONE;
  error_set(&error, "field 'list[17].a': 'homer' is not an address");
  error_mark_data(&error, strlen("field 'list[17].a': '"), strlen("homer"));
  error_prefix(&error, "Zoom.Operation");
  assert_string_equal(error_reason(&error, &line),
                      "Zoom.Operation: field 'list[].a': '...' is not an address");
  assert_string_equal(error_line(&error, &line),
                      "Zoom.Operation: field 'list[17].a': 'homer' is not an address");
}

static void without_such_marks_a_reason_is_the_line(void **state) {
  (void)state;
  struct error_line line;
  struct error error = ERROR_NONE;
  error_set_at(&error, "a.yml", 3, 0, "not [a] list[x] or [9 of them");
  assert_string_equal(error_reason(&error, &line), "a.yml:3: not [a] list[x] or [9 of them");
}

static void a_mark_behind_a_text_that_was_cut_does_no_harm(void **state) {
  (void)state;
  struct error_line line;
  struct error error = ERROR_NONE;
  char text[3000];
  memset(text, 'x', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  error_set(&error, "%s", text);
  error_mark_data(&error, 1020, 100);
  assert_int_equal(strlen(error_reason(&error, &line)), 1023);
  error_prefix(&error, "%s", text);
  assert_int_equal(strlen(error_reason(&error, &line)), 1023);
}

static void a_line_leaves_out_what_is_not_known(void **state) {
  (void)state;
  static const struct {
    const char *file;
    unsigned line, column;
    const char *text;
  } table[] = {
      {"a.yml", 3, 7, "a.yml:3:7: x"}, {"a.yml", 3, 0, "a.yml:3: x"}, {"a.yml", 0, 0, "a.yml: x"},
      {NULL, 3, 7, "3:7: x"},          {NULL, 3, 0, "3: x"},          {NULL, 0, 0, "x"},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    struct error error = ERROR_NONE;
    struct error_line line;
    error_set_at(&error, table[i].file, table[i].line, table[i].column, "x");
    assert_string_equal(error_line(&error, &line), table[i].text);
  }
}

static void problems_are_printed_in_the_order_of_their_places(void **state) {
  (void)state;
  struct problems problems = PROBLEMS_NONE;
  struct error error = ERROR_NONE;
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  assert_false(problems_add(&problems, "b.yml", 1, 1, "last"));
  problems_add(&problems, "a.yml", 10, 2, "fourth");
  problems_add(&problems, "a.yml", 9, 5, "third");
  problems_add(&problems, "a.yml", 9, 1, "first of two");
  problems_add(&problems, "a.yml", 9, 1, "second of two");
  assert_false(problems_add_error(&problems, &error)); /* not set: not added */
  error_set(&error, "without a place");
  assert_false(problems_add_error(&problems, &error));
  assert_int_equal(problems.count, 6);
  problems_print(&problems, out);
  fclose(out);
  assert_string_equal(text, "without a place\n"
                            "a.yml:9:1: first of two\n"
                            "a.yml:9:1: second of two\n"
                            "a.yml:9:5: third\n"
                            "a.yml:10:2: fourth\n"
                            "b.yml:1:1: last\n");
  free(text);
  problems_clear(&problems);
  assert_int_equal(problems.count, 0);
  problems_add(&problems, NULL, 0, 0, "usable again");
  assert_int_equal(problems.count, 1);
  problems_clear(&problems);
}

static void the_same_problem_several_times_is_one_line(void **state) {
  (void)state;
  struct problems problems = PROBLEMS_NONE;
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  for (int i = 0; i < 3; i++) {
    problems_add(&problems, "lib.lua", 5, 0, "it cannot be used");
    problems_add(&problems, "rule.lua", (unsigned)i, 0, "wrong");
  }
  problems_print(&problems, out);
  fclose(out);
  assert_string_equal(text, "lib.lua:5: it cannot be used (3 times)\n"
                            "rule.lua: wrong\n"
                            "rule.lua:1: wrong\n"
                            "rule.lua:2: wrong\n");
  free(text);
  problems_clear(&problems);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_first_error_wins),
      cmocka_unit_test(an_error_nobody_wants_to_know_may_be_set),
      cmocka_unit_test(a_prefix_comes_before_the_text_of_a_set_error_only),
      cmocka_unit_test(long_texts_are_cut_and_stay_strings),
      cmocka_unit_test(a_reason_leaves_out_what_comes_from_the_record),
      cmocka_unit_test(without_such_marks_a_reason_is_the_line),
      cmocka_unit_test(a_mark_behind_a_text_that_was_cut_does_no_harm),
      cmocka_unit_test(a_line_leaves_out_what_is_not_known),
      cmocka_unit_test(problems_are_printed_in_the_order_of_their_places),
      cmocka_unit_test(the_same_problem_several_times_is_one_line),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tests of stateful rules: the kv that they begin with, and the one that they expect. */
#include "detect/test/rule_test_fixture.h"

#define STATEFUL                                                                                   \
  "metadata { id = 'T', log_types = { 'Zoom.Operation' }, severity = 'low', stateful = true } "    \
  "function rule(event) kv.add_to_string_set('seen', event.operator) "                             \
  "kv.put_table('last', { who = event.operator, n = { 1, 2 } }) "                                  \
  "return kv.increment_counter('n') >= 3 end\n"
#define OTHER "event = { time = '2024-03-21T08:00:00Z', operator = 'x', category_type = 'User' }"

static const char *const passing[] = {
    "{ name = 'n', " EVENT ", expect = false }",
    "{ name = 'n', " EVENT ", expect = true, kv = { n = 2 } }",
    "{ name = 'n', " EVENT ", expect = true, kv = { n = 2.0 }, kv_after = { n = 3.0 } }",
    "{ name = 'n', " EVENT ", expect = false, kv = { n = -5 }, kv_after = { n = -4 } }",
    "{ name = 'n', " EVENT ", expect = false, kv = { seen = { 'z', 'homer' } }, "
    "kv_after = { seen = { 'z', 'homer' } } }",
    "{ name = 'n', " EVENT ", expect = false, "
    "kv_after = { last = { n = { 1, 2.0 }, who = 'homer' }, other = false, more = {} } }",
    "{ name = 'n', " EVENT ", expect = false, kv = {}, kv_after = {} }",
    "{ name = 'n', " EVENT ", expect = false, kv = { seen = {}, last = { who = 'x' } } }",
    "{ name = 'n', events = { { " EVENT ", times = 3, every = '1m' } }, expect = true, "
    "kv_after = { n = 3 } }",
    /* after the last event's time, what has expired is gone */
    "{ name = 'n', events = { { " EVENT ", times = 2, every = '91d' } }, expect = false, "
    "kv_after = { n = 1 } }",
};

static void kv_is_given_and_checked(void **state) {
  struct rule_test_fixture *fixture = *state;
  for (size_t i = 0; i < sizeof passing / sizeof *passing; i++) {
    struct buffer source = BUFFER_NONE;
    buffer_printf(&source, STATEFUL "tests { %s }", passing[i]);
    run(fixture, source.data);
    if (fixture->summary.passed != 1)
      fail_msg("%s:\n%s", passing[i], fixture->output);
    buffer_free(&source);
  }
}

static const struct failure_case {
  const char *test, *printed;
} failures[] = {
    {"{ name = 'n', " EVENT ", expect = false, kv_after = { n = 2 } }",
     "t.lua:3: kv 'n'\n           expected 2\n           got      1\n"},
    {"{ name = 'n', " EVENT ", expect = false, kv_after = { seen = { 'b', 'a' } } }",
     "kv 'seen'\n           expected [\"a\",\"b\"]\n           got      [\"homer\"]\n"},
    {"{ name = 'n', " EVENT ", expect = false, kv_after = { last = { who = 'x' } } }",
     "kv 'last'\n           expected {\"who\":\"x\"}\n           got      "
     "{\"n\":[1,2],\"who\":\"homer\"}\n"},
    {"{ name = 'n', " EVENT ", expect = false, kv_after = { n = false } }",
     "kv 'n'\n           expected false\n           got      1\n"},
    {"{ name = 'n', " EVENT ", expect = false, kv_after = { n = {} } }", "kv 'n'\n"},
    {"{ name = 'n', " EVENT ", expect = false, kv_after = { nothing = 1 } }",
     "expected 1\n           got      false\n"},
    {"{ name = 'n', " EVENT ", expect = false, kv = { n = 'x' } }",
     "t.lua:3: kv: 'n': must be a whole number (a counter), a list of strings (a string set) or "
     "another table\n"},
    {"{ name = 'n', " EVENT ", expect = false, kv = { n = 1.5 } }", "must be a whole number"},
    {"{ name = 'n', " EVENT ", expect = false, kv = { n = 1e300 } }", "must be a whole number"},
    {"{ name = 'n', " EVENT ", expect = false, kv = { [''] = 1 } }",
     "kv: '': a kv key must not be empty\n"},
    {"{ name = 'n', " EVENT ", expect = false, kv = 5 }",
     "t.lua:3: kv must be a table of keys and values, not a number\n"},
    {"{ name = 'n', " EVENT ", expect = false, kv_after = { 1, 2 } }",
     "t.lua:3: kv_after must be a table of keys and values, not a list\n"},
    {"{ name = 'n', " EVENT ", expect = false, kv_befor = {} }",
     "unknown key 'kv_befor' in a test"},
    /* a rule's error, from a kv that does not fit it */
    {"{ name = 'n', " EVENT ", expect = false, kv = { seen = 3 } }",
     "the kv key holds a counter, not a string set"},
};

static void what_is_wrong_is_reported_with_its_line(void **state) {
  struct rule_test_fixture *fixture = *state;
  for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
    struct buffer source = BUFFER_NONE;
    buffer_printf(&source, STATEFUL "tests {\n%s }", failures[i].test);
    run(fixture, source.data);
    if (fixture->summary.failed != 1 || !strstr(fixture->output, failures[i].printed))
      fail_msg("%s:\n%s", failures[i].test, fixture->output);
    buffer_free(&source);
  }
}

static void tests_do_not_see_what_others_remembered(void **state) {
  struct rule_test_fixture *fixture = *state;
  run(fixture, STATEFUL "tests { { name = 'a', " EVENT ", expect = true, kv = { n = 9 } },\n"
                        "{ name = 'b', " EVENT ", expect = false, kv_after = { n = 1 } },\n"
                        "{ name = 'c', " OTHER ", expect = false, kv_after = { n = 1 } } }");
  assert_int_equal(fixture->summary.passed, 3);
}

static void kv_is_refused_where_the_rule_is_not_stateful(void **state) {
  struct rule_test_fixture *fixture = *state;
  run(fixture, METADATA ALWAYS "\ntests {\n{ name = 'n', " EVENT ", expect = true, kv = {} } }");
  assert_non_null(strstr(fixture->output, "t.lua:3: kv is for the tests of stateful rules\n"));
  run(fixture, METADATA ALWAYS "tests { { name = 'n', " EVENT ", expect = true, kv_after = {} } }");
  assert_non_null(strstr(fixture->output, "kv_after is for the tests of stateful rules\n"));
}

#define TEST_OF(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST_OF(kv_is_given_and_checked),
      TEST_OF(what_is_wrong_is_reported_with_its_line),
      TEST_OF(tests_do_not_see_what_others_remembered),
      TEST_OF(kv_is_refused_where_the_rule_is_not_stateful),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

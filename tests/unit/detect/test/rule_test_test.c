/* Running the `tests { … }` of rule files: what passes, what fails, and what is printed. */
#include "detect/test/rule_test_fixture.h"

#define SIGN_IN                                                                                    \
  "event = { time = '2024-03-21T07:09:03Z', email = 'lisa@example.com', type = 'Sign in' }"

static void what_passes_is_reported_in_order_with_a_summary(void **state) {
  struct rule_test_fixture *fixture = *state;
  run(fixture, WHERE "tests {\n"
                     " { name = 'from a file', fixture = 'operation.json', expect = true },\n"
                     " { name = 'written here', " EVENT ", expect = true },\n"
                     " { name = 'another', event = { time = '2024-03-21T07:09:03Z',\n"
                     "   operator = 'x', category_type = 'Account' }, expect = false } }");
  assert_string_equal(fixture->output, "T (t.lua)\n"
                                       "  [PASS] from a file\n"
                                       "  [PASS] written here\n"
                                       "  [PASS] another\n"
                                       "1 rule, 3 tests: 3 passed, 0 failed\n");
  assert_int_equal(fixture->summary.subjects, 1);
  assert_int_equal(fixture->summary.tests, 3);
  assert_int_equal(fixture->summary.passed, 3);
  assert_int_equal(fixture->summary.failed, 0);
}

static void everything_that_a_match_says_can_be_expected(void **state) {
  struct rule_test_fixture *fixture = *state;
  run(fixture, METADATA ALWAYS
      "function title() return 'a title' end function dedup() return 'a dedup' end "
      "function severity() return 'HIGH' end function description() return 'a description' end "
      "function runbook() return 'a runbook' end function reference() return 'a reference' end "
      "function destinations() return { 'a', 'b' } end "
      "function alert_context() return { n = 1, list = { 1.0, {} }, text = 'ü' } end "
      "tests { { name = 'all', " EVENT ", expect = true, title = 'a title', dedup = 'a dedup', "
      "severity = 'high', description = 'a description', runbook = 'a runbook', "
      "reference = 'a reference', destinations = { 'a', 'b' }, "
      "alert_context = { text = 'ü', n = 1.0, list = { 1, {} } } } }");
  assert_int_equal(fixture->summary.passed, 1);
}

/* A file that fails one test, and what is printed of it. */
static const struct failure_case {
  const char *source, *printed;
} failure_cases[] = {
    /* the verdict */
    {WHERE "tests {\n { name = 'n', event = { time = '2024-03-21T07:09:03Z', operator = 'x',\n"
           " category_type = 'Account', action = 'Update' }, expect = true } }",
     "  [FAIL] n (t.lua:2)\n         expected a match, but in where 'category_type' does not hold "
     "for \"Account\"\n"},
    {"metadata { id = 'T', log_types = { 'Zoom.Operation' }, severity = 'low', "
     "where = { actoin = 'Update' } } tests { { name = 'n', " EVENT ", expect = true } }",
     "in where 'actoin' does not hold for a field that is not there (did you mean 'action'?)\n"},
    {METADATA NEVER "tests { { name = 'n', " EVENT ", expect = true } }",
     "expected a match, but rule returned false\n"},
    {METADATA ALWAYS "tests { { name = 'n', " EVENT ", expect = false } }",
     "expected no match, but the rule matches\n"},
    {METADATA "\nfunction rule()\n return nil + 1 end tests { { name = 'n', " EVENT
              ", expect = false } }",
     "t.lua:3: attempt to perform arithmetic on a nil value\n"},
    {METADATA "function rule() return 1 end tests { { name = 'n', " EVENT ", expect = true } }",
     "rule returned a number, expected true or false\n"},
    /* what a match says of itself */
    {METADATA ALWAYS "function title() return 'a \\27[31m' end tests { { name = 'n', " EVENT
                     ", expect = true, title = 'b' } }",
     "         t.lua:1: title\n           expected \"b\"\n           got      \"a \\u001b[31m\"\n"},
    {METADATA ALWAYS "tests { { name = 'n', " EVENT ", expect = true, dedup = 'd' } }",
     "         t.lua:1: dedup\n           expected \"d\"\n           got      "
     "\"defaultDedupString:T\"\n"},
    {METADATA ALWAYS "tests { { name = 'n', " EVENT ", expect = true, severity = 'HIGH' } }",
     "         t.lua:1: severity\n           expected HIGH\n           got      LOW\n"},
    {METADATA ALWAYS "tests { { name = 'n', " EVENT ", expect = true, destinations = {} } }",
     "         t.lua:1: destinations\n           expected []\n           got      none named: they "
     "follow "
     "from the severity\n"},
    {METADATA ALWAYS "function destinations() return { 'a', 'c' } end tests { { name = 'n', " EVENT
                     ", expect = true, destinations = { 'a', 'b' } } }",
     "         t.lua:1: destinations\n           expected [\"a\",\"b\"]\n           got      "
     "[\"a\",\"c\"]\n"},
    {METADATA ALWAYS "function alert_context() return { list = { { a = 1 }, { a = 2 } } } end "
                     "tests { { name = 'n', " EVENT
                     ", expect = true, alert_context = { list = { { a = 1 }, { a = 3 } } } } }",
     "         t.lua:1: alert_context.list[2].a\n           expected 3\n           got      2\n"},
    {METADATA ALWAYS
     "function alert_context() return { a = 1, b = 2 } end tests { { name = 'n', " EVENT
     ", expect = true, alert_context = { a = 1 } } }",
     "         t.lua:1: alert_context.b\n           expected nothing\n           got      2\n"},
    /* what is only a note in production */
    {METADATA ALWAYS
     "function title(event)\n return event.nothing.x end tests { { name = 'n', " EVENT
     ", expect = true } }",
     "t.lua:2: title: attempt to index a nil value (field 'nothing')\n"},
    /* the event */
    {METADATA ALWAYS "tests { { name = 'n', fixture = 'operatoin.json', expect = true } }",
     "operatoin.json: No such file or directory (did you mean 'operation.json'?)\n"},
    {METADATA ALWAYS "tests { { name = 'n', fixture = 'broken.json', expect = true } }",
     "broken.json is refused: not JSON"},
    {METADATA ALWAYS "tests { { name = 'n', event = { operator = 'x' }, expect = true } }",
     "the event is refused: Zoom.Operation: field"},
    {METADATA ALWAYS "tests { { name = 'n', fixture = 'other.json', expect = true } }",
     "the event is a Zoom.Activity, which the rule does not take\n"},
    {METADATA ALWAYS "tests { { name = 'n', " EVENT ", log_type = 'Nope', expect = true } }",
     "the event is a Nope, which the rule does not take\n"},
    {"metadata { id = 'T', log_types = { 'Zoom.Operation', 'Mine' }, severity = 'low' "
     "} " ALWAYS "tests { { name = 'n', " SIGN_IN ", expect = true } }",
     "the event is a Zoom.Activity, which the rule does not take: say which of its log types with "
     "log_type\n"},
    /* how the test is written */
    {METADATA ALWAYS "tests {\n { name = 'n', " EVENT ",\n  expekt = true } }",
     "  [FAIL] n (t.lua:2)\n         t.lua:3: unknown key 'expekt' in a test (did you mean "
     "'expect'?)\n         t.lua:2: the test lacks expect = true or expect = false (or alerts)\n"},
    {METADATA ALWAYS "tests { { " EVENT ", expect = true } }",
     "  [FAIL] test 1 (t.lua:1)\n         t.lua:1: the test lacks a name\n"},
    {METADATA ALWAYS "tests { { name = 'n', expect = true } }", "the test lacks a fixture"},
    {METADATA ALWAYS "tests { { name = 'n', " EVENT ", fixture = 'x', expect = true } }",
     "the test has both a fixture and an event\n"},
    {METADATA ALWAYS "tests { { name = 'n', " EVENT ", expect = 'yes' } }",
     "expect must be true or false, not a string\n"},
    {METADATA ALWAYS "tests { { name = 'n', " EVENT ", expect = true, title = 1 } }",
     "title must be a string, not a number\n"},
    {METADATA ALWAYS "tests { { name = 'n', " EVENT ", expect = true, severity = 'hi' } }",
     "severity 'hi' is none of info, low, medium, high, critical\n"},
    {METADATA ALWAYS "tests { { name = 'n', " EVENT ", expect = true, destinations = { 1 } } }",
     "destinations must be a list of names\n"},
    {METADATA ALWAYS "tests { { name = 'n', " EVENT ", expect = false, title = 'x' } }",
     "title is given, but nothing is said of an event that does not match\n"},
    {METADATA ALWAYS "tests { 'n' }", "a test must be a table, not a string\n"},
    {METADATA ALWAYS "tests { { name = 'n', " EVENT ", expect = true }, more = 1 }",
     "tests wants a plain list"},
};

static void each_failure_says_where_and_why(void **state) {
  struct rule_test_fixture *fixture = *state;
  for (size_t i = 0; i < sizeof failure_cases / sizeof *failure_cases; i++) {
    run(fixture, failure_cases[i].source);
    assert_printed(fixture, failure_cases[i].printed);
    assert_printed(fixture, "1 rule, 1 test: 0 passed, 1 failed\n");
    assert_int_equal(fixture->summary.failed, 1);
  }
}

static void a_test_can_name_one_of_several_log_types(void **state) {
  struct rule_test_fixture *fixture = *state;
  run(fixture, "metadata { id = 'T', log_types = { 'Zoom.Operation', 'Zoom.Activity' }, severity = "
               "'low' } function rule(event) return event.p_log_type == 'Zoom.Operation' end "
               "tests { { name = 'n', " EVENT ", log_type = 'Zoom.Operation', expect = true } }");
  assert_int_equal(fixture->summary.passed, 1);
}

static void the_schemas_say_which_of_several_log_types_an_event_has(void **state) {
  struct rule_test_fixture *fixture = *state;
  run(fixture, "metadata { id = 'T', log_types = { 'Zoom.Operation', 'Zoom.Activity' }, severity = "
               "'low' } function rule(event) return event.p_log_type == 'Zoom.Activity' end "
               "tests { { name = 'n', " EVENT ", expect = false }, "
               "{ name = 'm', " SIGN_IN ", expect = true } }");
  assert_int_equal(fixture->summary.passed, 2);
  fixture->options.schemas = NULL;
  run(fixture, "metadata { id = 'T', log_types = { 'Zoom.Operation', 'Zoom.Activity' }, severity = "
               "'low' } " ALWAYS "tests { { name = 'n', " EVENT ", expect = true } }");
  assert_printed(fixture, "the rule has several log types: say which with log_type\n");
}

static void a_list_among_the_tests_stands_for_its_tests(void **state) {
  struct rule_test_fixture *fixture = *state;
  run(fixture, METADATA ALWAYS
      "local function shared(name)\n return { { name = name .. '1', " EVENT ", expect = true },\n"
      " { name = name .. '2', " EVENT ", expect = false, mocks = { ['event:get'] = 1 } } } end\n"
      "tests {\n { name = 'own', " EVENT ", expect = true },\n shared 'a',\n"
      " { name = 'last',\n " EVENT ", expect = false },\n}");
  assert_printed(fixture, "  [FAIL] a2 (t.lua:6)");
  assert_printed(fixture, "  [FAIL] last (t.lua:7)");
  assert_printed(fixture, "1 rule, 4 tests: 2 passed, 2 failed\n");
}

static void without_schemas_events_are_taken_as_they_are(void **state) {
  struct rule_test_fixture *fixture = *state;
  fixture->options.schemas = NULL;
  run(fixture, "metadata { id = 'T', log_types = { 'Mine' }, severity = 'low' } " ALWAYS
               "tests { { name = 'n', event = {}, expect = true } }");
  assert_int_equal(fixture->summary.passed, 1);
}

static void failures_only_prints_nothing_for_what_passed(void **state) {
  struct rule_test_fixture *fixture = *state;
  fixture->report.failures_only = true;
  run(fixture, METADATA ALWAYS "tests { { name = 'good', " EVENT ", expect = true } }");
  assert_string_equal(fixture->output, "1 rule, 1 test: 1 passed, 0 failed\n");
  run(fixture, METADATA ALWAYS "tests { { name = 'good', " EVENT
                               ", expect = true }, { name = 'bad', " EVENT ", expect = false } }");
  assert_not_printed(fixture, "good");
  assert_printed(fixture, "T (t.lua)\n  [FAIL] bad (t.lua:1)\n");
}

static void colours_come_only_when_asked_for(void **state) {
  struct rule_test_fixture *fixture = *state;
  const char *source = METADATA ALWAYS "tests { { name = 'n', " EVENT ", expect = true } }";
  run(fixture, source);
  assert_not_printed(fixture, "\x1b");
  fixture->report.colour = true;
  run(fixture, source);
  assert_printed(fixture, "\x1b[32m[PASS]\x1b[0m n\n");
}

static void too_few_tests_fail_a_rule(void **state) {
  static const struct {
    size_t wanted;
    const char *tests, *printed;
    size_t failed;
  } cases[] = {
      {1, "", "  [FAIL] 0 of at least 1 tests\n", 1},
      {2, "tests { { name = 'a', " EVENT ", expect = true } }", "  [FAIL] 1 of at least 2 tests\n",
       1},
      {2,
       "tests { { name = 'a', " EVENT ", expect = true }, { name = 'b', " EVENT
       ", expect = true } }",
       "  [FAIL] no test with expect = false\n", 1},
      {1, "tests { { name = 'a', " EVENT ", expect = true } }", "1 passed, 0 failed\n", 0},
  };
  struct rule_test_fixture *fixture = *state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char source[1024];
    snprintf(source, sizeof source, METADATA ALWAYS "%s", cases[i].tests);
    fixture->options.minimum_tests = cases[i].wanted;
    run(fixture, source);
    assert_printed(fixture, cases[i].printed);
    assert_int_equal(fixture->summary.short_subjects, cases[i].failed);
    assert_int_equal(fixture->passed, !cases[i].failed);
  }
}

static void rules_without_tests_are_listed(void **state) {
  struct rule_test_fixture *fixture = *state;
  run(fixture, METADATA ALWAYS);
  assert_string_equal(fixture->output,
                      "Rules without tests: T (t.lua)\n1 rule, 0 tests: 0 passed, 0 failed\n");
  assert_int_equal(fixture->summary.tests, 0);
}

static void only_the_rules_that_are_named_are_tested(void **state) {
  static const struct text only = TEXT_INIT("B");
  struct rule_test_fixture *fixture = *state;
  const char *other =
      "metadata { id = 'B', log_types = { 'Zoom.Operation' }, severity = 'low' } " ALWAYS
      "tests { { name = 'of B', " EVENT ", expect = true } }";
  const struct rule_file files[] = {
      {.path = "t.lua", .source = text_from(METADATA ALWAYS)},
      {.path = "b.lua", .source = text_from(other)},
  };
  fixture->options.selection.ids = (struct text_list){&only, 1};
  run_files(fixture, files, 2);
  assert_string_equal(fixture->output,
                      "B (b.lua)\n  [PASS] of B\n1 rule, 1 test: 1 passed, 0 failed\n");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(what_passes_is_reported_in_order_with_a_summary, start, stop),
      cmocka_unit_test_setup_teardown(everything_that_a_match_says_can_be_expected, start, stop),
      cmocka_unit_test_setup_teardown(each_failure_says_where_and_why, start, stop),
      cmocka_unit_test_setup_teardown(a_test_can_name_one_of_several_log_types, start, stop),
      cmocka_unit_test_setup_teardown(the_schemas_say_which_of_several_log_types_an_event_has,
                                      start, stop),
      cmocka_unit_test_setup_teardown(a_list_among_the_tests_stands_for_its_tests, start, stop),
      cmocka_unit_test_setup_teardown(without_schemas_events_are_taken_as_they_are, start, stop),
      cmocka_unit_test_setup_teardown(failures_only_prints_nothing_for_what_passed, start, stop),
      cmocka_unit_test_setup_teardown(colours_come_only_when_asked_for, start, stop),
      cmocka_unit_test_setup_teardown(too_few_tests_fail_a_rule, start, stop),
      cmocka_unit_test_setup_teardown(rules_without_tests_are_listed, start, stop),
      cmocka_unit_test_setup_teardown(only_the_rules_that_are_named_are_tested, start, stop),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

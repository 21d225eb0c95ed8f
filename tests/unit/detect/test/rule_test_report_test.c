/* What is printed of tests: each format, differences, coverage; any number of jobs. */
#include "detect/test/rule_test_fixture.h"

/* Two rules: one with a test that passes, one that fails and one too few; and one without tests for
 * a log type that is not there. */
static const char *const sources[] = {
    "metadata { id = 'A', log_types = { 'Zoom.Operation' }, severity = 'low', tags = { 'x' } }\n"
    "function rule(event) print('<&>', event.operator) return true end\n"
    "function title() return 'it\\'s \"<b>\" & # \\\\' end\n"
    "tests {\n"
    "  { name = 'good', fixture = 'operation.json', expect = true },\n"
    "  { name = 'bad # <&\"\\1> \\\\', fixture = 'operation.json', expect = true,\n"
    "    title = 'x' } }\n",
    "metadata { id = 'B', log_types = { 'Zoom.Operatoin' }, severity = 'high' }\n"
    "function rule() return true end\n",
};

static void run_sources(struct rule_test_fixture *fixture) {
  const struct rule_file files[] = {{.path = "a.lua", .source = text_from(sources[0])},
                                    {.path = "b.lua", .source = text_from(sources[1])}};
  run_files(fixture, files, 2);
}

static const struct format_case {
  const struct rule_test_reporter *reporter;
  const char *output;
} format_cases[] = {
    {&rule_test_reporter_text,
     "A (a.lua)\n"
     "  [PASS] good\n"
     "  [FAIL] bad # <&\"\\u{1}> \\ (a.lua:6)\n"
     "         a.lua:7: title\n"
     "           expected \"x\"\n"
     "           got      \"it's \\\"<b>\\\" & # \\\\\"\n"
     "         printed:\n"
     "           <&> homer\n"
     "B (b.lua)\n"
     "  [NOTE] no schema for the log type 'Zoom.Operatoin' (did you mean 'Zoom.Operation'?)\n"
     "  [FAIL] 0 of at least 1 tests\n"
     "Rules without tests: B (b.lua)\n"
     "2 rules, 2 tests: 1 passed, 1 failed; 1 rule with too few tests\n"},
    {&rule_test_reporter_tap,
     "TAP version 14\n"
     "1..3\n"
     "ok 1 - A: good\n"
     "not ok 2 - A: bad \\# <&\"\\\\u{1}> \\\\\n"
     "  ---\n"
     "  file: \"a.lua\"\n"
     "  line: 6\n"
     "  findings:\n"
     "    - message: \"title\"\n"
     "      file: \"a.lua\"\n"
     "      line: 7\n"
     "      expected: \"\\\"x\\\"\"\n"
     "      got: \"\\\"it's \\\\\\\"<b>\\\\\\\" & # \\\\\\\\\\\"\"\n"
     "  printed: \"<&> homer\\n\"\n"
     "  ...\n"
     "# B: no schema for the log type 'Zoom.Operatoin' (did you mean 'Zoom.Operation'?)\n"
     "not ok 3 - B: 0 of at least 1 tests\n"},
    {&rule_test_reporter_junit,
     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
     "<testsuites name=\"margay test\" tests=\"3\" failures=\"2\" errors=\"0\">\n"
     "  <testsuite name=\"A\" file=\"a.lua\" tests=\"2\" failures=\"1\" errors=\"0\" "
     "skipped=\"0\">\n"
     "    <testcase classname=\"A\" name=\"good\" file=\"a.lua\" line=\"5\"/>\n"
     "    <testcase classname=\"A\" name=\"bad # &#60;&#38;&#34;\\u{1}&#62; \\\" file=\"a.lua\" "
     "line=\"6\">\n"
     "      <failure message=\"title: expected &#34;x&#34;, got &#34;it's "
     "\\&#34;&#60;b&#62;\\&#34; &#38; # \\\\&#34;\" type=\"failure\">a.lua:7: title\n"
     "  expected &#34;x&#34;\n"
     "  got      &#34;it's \\&#34;&#60;b&#62;\\&#34; &#38; # \\\\&#34;\n"
     "</failure>\n"
     "      <system-out>&#60;&#38;&#62; homer\n"
     "</system-out>\n"
     "    </testcase>\n"
     "  </testsuite>\n"
     "  <testsuite name=\"B\" file=\"b.lua\" tests=\"1\" failures=\"1\" errors=\"0\" "
     "skipped=\"0\">\n"
     "    <testcase classname=\"B\" name=\"the number of tests\" file=\"b.lua\" line=\"1\">\n"
     "      <failure message=\"0 of at least 1 tests\" type=\"failure\"/>\n"
     "    </testcase>\n"
     "    <system-err>no schema for the log type 'Zoom.Operatoin' (did you mean "
     "'Zoom.Operation'?)\n"
     "</system-err>\n"
     "  </testsuite>\n"
     "</testsuites>\n"},
    {&rule_test_reporter_json,
     "{\"rules\":[\n"
     "{\"id\":\"A\",\"file\":\"a.lua\",\"line\":1,\"notes\":[],\"tests\":[{\"name\":\"good\","
     "\"line\":5,\"passed\":true,\"findings\":[],\"printed\":\"<&> homer\\n\"},{\"name\":\"bad # "
     "<&\\\"\\u0001> \\\\\",\"line\":6,\"passed\":false,\"findings\":[{\"what\":\"title\","
     "\"file\":\"a.lua\",\"line\":7,\"expected\":\"\\\"x\\\"\",\"got\":\"\\\"it's "
     "\\\\\\\"<b>\\\\\\\" & # \\\\\\\\\\\"\"}],\"printed\":\"<&> homer\\n\"}]},\n"
     "{\"id\":\"B\",\"file\":\"b.lua\",\"line\":1,\"notes\":[\"no schema for the log type "
     "'Zoom.Operatoin' (did you mean 'Zoom.Operation'?)\"],\"shortage\":\"0 of at least 1 "
     "tests\",\"tests\":[]}],\n"
     "\"summary\":{\"ok\":false,\"rules\":2,\"tests\":2,\"passed\":1,\"failed\":1,"
     "\"rules_without_tests\":1,\"rules_with_too_few_tests\":1}}\n"},
};

static void each_format_holds_everything(void **state) {
  struct rule_test_fixture *fixture = *state;
  fixture->options.minimum_tests = 1;
  for (size_t i = 0; i < sizeof format_cases / sizeof *format_cases; i++) {
    fixture->reporter = format_cases[i].reporter;
    run_sources(fixture);
    assert_string_equal(fixture->output, format_cases[i].output);
  }
}

static void every_format_has_its_name(void **state) {
  (void)state;
  for (size_t i = 0; rule_test_reporter_names[i]; i++)
    assert_string_equal(rule_test_reporters[i]->name, rule_test_reporter_names[i]);
}

static void json_is_json(void **state) {
  struct rule_test_fixture *fixture = *state;
  struct error error = ERROR_NONE;
  struct json_reader *json = json_reader_new();
  fixture->reporter = &rule_test_reporter_json;
  fixture->options.coverage = true;
  run_sources(fixture);
  if (!json_read_copy(json, text_from(fixture->output), &error))
    fail_msg("%s in %s", error.text, fixture->output);
  json_reader_free(json);
}

/* Tests that fail with a long title, and what is printed of the difference. */
static const struct difference_case {
  const char *title, *expected, *printed;
} difference_cases[] = {
    /* short values stand below each other */
    {"abc", "abd", "           expected \"abd\"\n           got      \"abc\"\n1 rule"},
    /* longer ones with a mark */
    {"Passcode turned off for group Springfield", "Passcode turned off for group Shelbyville",
     "           expected \"Passcode turned off for group Shelbyville\"\n"
     "           got      \"Passcode turned off for group Springfield\"\n"
     "                                                    ^\n"},
    /* characters count, not bytes */
    {"éééééééééééééééééééééééé a", "éééééééééééééééééééééééé b",
     "                                              ^\n"},
    {"éééééééééééééééééééééééé é", "éééééééééééééééééééééééé è",
     "                                              ^\n"},
    /* of very long ones what is around the difference */
    {"0123456789012345678901234567890123456789012345678901234567890123456789 here 01234567890123456"
     "789012345678901234567890123456789012345678901234567890123456789",
     "0123456789012345678901234567890123456789012345678901234567890123456789 there",
     "           expected …123456789012345678901234567890123456789 there\"\n"
     "           got      …123456789012345678901234567890123456789 here 01234567890123456789012345"
     "67890123456789012345678901234…\n"
     "                                                             ^\n"},
};

static void differences_of_long_texts_are_pointed_at(void **state) {
  struct rule_test_fixture *fixture = *state;
  for (size_t i = 0; i < sizeof difference_cases / sizeof *difference_cases; i++) {
    const struct difference_case *c = &difference_cases[i];
    char source[1024];
    snprintf(source, sizeof source,
             METADATA ALWAYS "function title() return '%s' end tests { { name = 'n', fixture = "
                             "'operation.json', expect = true, title = '%s' } }",
             c->title, c->expected);
    run(fixture, source);
    assert_printed(fixture, c->printed);
  }
}

static void coverage_names_what_no_test_reached(void **state) {
  struct rule_test_fixture *fixture = *state;
  fixture->options.coverage = true;
  run(fixture,
      "metadata { id = 'T', log_types = { 'Zoom.Operation' }, severity = 'low', where = { "
      "{ category_type = { 'User', 'Group' }, ['operator|exists'] = true }, { ['action|contains'] "
      "= 'date' }, { action = 'Delete' } } } "
      "function rule(event) return event.operator ~= 'nobody' end function title() return 'x' end "
      "tests { { name = 'a', fixture = 'operation.json', expect = true } }");
  assert_string_equal(fixture->output, "T (t.lua)\n"
                                       "  [PASS] a\n"
                                       "COVERAGE  TESTS     REACHED\n"
                                       "T             1     7/13    53 %\n"
                                       "    where 'action' \"delete\": never true\n"
                                       "    where 'action|contains' \"date\": never false\n"
                                       "    where 'category_type' \"user\": never false\n"
                                       "    where 'category_type' \"group\": never true\n"
                                       "    where 'operator|exists' \"true\": never false\n"
                                       "    function rule: never false\n"
                                       "all           1     7/13    53 %\n"
                                       "1 rule, 1 test: 1 passed, 0 failed\n");
}

/* Long lists, and what branches of `where` ask alike. */
static void coverage_counts_long_lists_and_repeated_values_once(void **state) {
  struct rule_test_fixture *fixture = *state;
  fixture->options.coverage = true;
  run(fixture,
      "metadata { id = 'T', log_types = { 'Zoom.Operation' }, severity = 'low', where = { "
      "{ ['action|contains'] = { 'a', 'b', 'c', 'd', 'e', 'f' }, category_type = 'User' }, "
      "{ ['action|contains'] = { '1', '2', '3', '4', '5', '6', 'p' }, category_type = 'User' }, "
      "{ ['action|contains'] = { '1', '2', '3', '4', '5', '6', '7' }, operator = 'x' } } } "
      "tests { { name = 'a', fixture = 'operation.json', set = { action = 'abcdp' }, expect = true "
      "} }");
  assert_string_equal(fixture->output, "T (t.lua)\n"
                                       "  [PASS] a\n"
                                       "COVERAGE  TESTS     REACHED\n"
                                       "T             1    10/20    50 %\n"
                                       "    where 'category_type' \"user\": never false\n"
                                       "    where 'action|contains' \"a\": never false\n"
                                       "    where 'action|contains' \"b\": never false\n"
                                       "    where 'action|contains' \"c\": never false\n"
                                       "    where 'action|contains' \"d\": never false\n"
                                       "    where 'action|contains' \"e\": never true\n"
                                       "    where 'action|contains' \"f\": never true\n"
                                       "    where 'action|contains' \"1\" and 6 more: never false\n"
                                       "    where 'operator' \"x\": never true\n"
                                       "    where 'action|contains' \"1\" and 6 more: never true\n"
                                       "all           1    10/20    50 %\n"
                                       "1 rule, 1 test: 1 passed, 0 failed\n");
}

static void coverage_is_whole_when_both_answers_were_seen(void **state) {
  struct rule_test_fixture *fixture = *state;
  fixture->options.coverage = true;
  run(fixture, WHERE "function rule(event) return event.operator == 'homer' end "
                     "function title() return 'x' end tests { "
                     "{ name = 'a', fixture = 'operation.json', expect = true }, "
                     "{ name = 'b', fixture = 'operation.json', set = { operator = 'x' }, expect = "
                     "false }, "
                     "{ name = 'c', fixture = 'operation.json', set = { action = 'x', "
                     "category_type = 'y' }, expect = false } }");
  assert_printed(fixture, "COVERAGE  TESTS     REACHED\n"
                          "T             3     7/7    100 %\n"
                          "all           3     7/7    100 %\n"
                          "1 rule, 3 tests: 3 passed, 0 failed\n");
}

enum { MANY = 40 };

static void any_number_of_jobs_gives_the_same_output(void **state) {
  struct rule_test_fixture *fixture = *state;
  static char texts[MANY][512], names[MANY][24];
  struct rule_file files[MANY];
  for (int i = 0; i < MANY; i++) {
    snprintf(names[i], sizeof names[i], "r%d.lua", i);
    snprintf(texts[i], sizeof texts[i],
             "metadata { id = 'R%02d', log_types = { 'Zoom.Operation' }, severity = 'low' } "
             "function rule(event) print(%d) return event.operator == 'homer' end tests { { name = "
             "'n', events = { { fixture = 'operation.json', times = 3 } }, alerts = %d } }",
             i, i, i % 3);
    files[i] = (struct rule_file){.path = names[i], .source = text_from(texts[i])};
  }
  fixture->options.jobs = 1;
  run_files(fixture, files, MANY);
  char *alone = memory_copy_string(fixture->output);
  assert_int_equal(fixture->summary.passed, 13);
  for (size_t jobs = 0; jobs <= 9; jobs += 3) {
    fixture->options.jobs = jobs;
    run_files(fixture, files, MANY);
    assert_string_equal(fixture->output, alone);
  }
  free(alone);
}

static const struct selection_case {
  struct rule_test_selection selection;
  const char *output;
} selection_cases[] = {
    {{.names = {&(struct text)TEXT_INIT("GOO"), 1}}, "[PASS] good"},
    {{.names = {&(struct text)TEXT_INIT("g*d"), 1}}, "[PASS] good"},
    {{.names = {&(struct text)TEXT_INIT("g?d"), 1}}, "2 rules, 0 tests"},
    {{.tags = {&(struct text)TEXT_INIT("X"), 1}}, "1 rule, 2 tests"},
    {{.tags = {&(struct text)TEXT_INIT("y"), 1}}, "0 rules, 0 tests"},
    {{.log_types = {&(struct text)TEXT_INIT("Zoom.Operation"), 1}}, "1 rule, 2 tests"},
    {{.severities = 1u << SEVERITY_HIGH}, "1 rule, 0 tests"},
    {{.severities = 1u << SEVERITY_HIGH | 1u << SEVERITY_LOW}, "2 rules, 2 tests"},
    {{.severities = 1u << SEVERITY_HIGH, .tags = {&(struct text)TEXT_INIT("x"), 1}},
     "0 rules, 0 tests"},
};

static void tests_are_selected_by_what_they_are(void **state) {
  struct rule_test_fixture *fixture = *state;
  for (size_t i = 0; i < sizeof selection_cases / sizeof *selection_cases; i++) {
    fixture->options.selection = selection_cases[i].selection;
    run_sources(fixture);
    assert_printed(fixture, selection_cases[i].output);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(each_format_holds_everything, start, stop),
      cmocka_unit_test(every_format_has_its_name),
      cmocka_unit_test_setup_teardown(json_is_json, start, stop),
      cmocka_unit_test_setup_teardown(differences_of_long_texts_are_pointed_at, start, stop),
      cmocka_unit_test_setup_teardown(coverage_names_what_no_test_reached, start, stop),
      cmocka_unit_test_setup_teardown(coverage_counts_long_lists_and_repeated_values_once, start,
                                      stop),
      cmocka_unit_test_setup_teardown(coverage_is_whole_when_both_answers_were_seen, start, stop),
      cmocka_unit_test_setup_teardown(any_number_of_jobs_gives_the_same_output, start, stop),
      cmocka_unit_test_setup_teardown(tests_are_selected_by_what_they_are, start, stop),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

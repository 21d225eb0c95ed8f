/* Mocks and print in the tests of rules. */
#include "detect/test/rule_test_fixture.h"
#include "rule/vm/rule_vm.h"

#define ONE "fixture = 'operation.json'"
#define LIBRARY_RULE                                                                               \
  "local lib = require 'lib' local name_of = lib.name_of " METADATA                                \
  "function rule(event) return name_of(event) == 'x' end "

static void run_with_library(struct rule_test_fixture *fixture, const char *source) {
  const struct rule_file files[] = {
      {.path = "lib.lua",
       .source = text_from("return { name_of = function(event) return 'own' end, limit = 5 }"),
       .library = text_from("lib")},
      {.path = "t.lua", .source = text_from(source)},
  };
  run_files(fixture, files, 2);
}

static const struct mock_case {
  const char *source;
} passing[] = {
    /* a value, a function; afterwards the library is itself again */
    {LIBRARY_RULE "tests { { name = 'before', " ONE ", expect = false }, { name = 'value', " ONE
                  ", mocks = { ['lib.name_of'] = 'x' }, expect = true }, { name = 'after', " ONE
                  ", expect = false }, { name = 'function', " ONE
                  ", mocks = { ['lib.name_of'] = function(event) return event.operator == 'homer' "
                  "and 'x' end }, expect = true } }"},
    /* what is no function is replaced by the value */
    {"local lib = require 'lib' " METADATA "function rule() return lib.limit == 6 end tests { { "
     "name = 'n', " ONE ", mocks = { ['lib.limit'] = 6 }, expect = true }, { name = 'm', " ONE
     ", expect = false } }"},
    /* modules */
    {METADATA "function rule() return ip.is_private('8.8.8.8') end tests { { name = 'n', " ONE
              ", mocks = { ['ip.is_private'] = true }, expect = true }, { name = 'm', " ONE
              ", expect = false } }"},
    /* methods of the event: a value, a function, a table of arguments */
    {METADATA "function rule(event) return event:get('a') == 1 end tests { { name = 'n', " ONE
              ", mocks = { ['event:get'] = 1 }, expect = true }, { name = 'f', " ONE
              ", mocks = { ['event:get'] = function(event, key) return key == 'a' and "
              "event.operator == 'homer' and 1 end }, expect = true }, { name = 'm', " ONE
              ", expect = false } }"},
    {METADATA "function rule(event) local got = event:deep_get('geo', '192.0.2.1') "
              "return got ~= nil and got.country == 'CH' and event:deep_get('asn', 1) == nil and "
              "event:deep_get('geo', nil) == nil end tests { { name = 'n', " ONE
              ", mocks = { ['event:deep_get'] = { geo = { ['192.0.2.1'] = { country = 'CH' } } } "
              "}, expect = true } }"},
    /* lookup tables, by their names */
    {METADATA
     "function rule(event) local row = event:lookup('geo', '192.0.2.1') return row.country "
     "== 'CH' and event:lookup('geo', 'x') == nil and event:lookup('names', 'a') == 'A' "
     "end tests { { name = 'n', " ONE ", mocks = { ['event:lookup'] = { geo = { "
     "['192.0.2.1'] = { country = 'CH' } }, names = function(key) return key:upper() end "
     "} }, expect = true } }"},
    {METADATA
     "function rule(event) return event:has_lookup('geo') and event:lookup('geo', 'x') == 1 end "
     "tests { { name = 'n', " ONE ", mocks = { ['event:lookup'] = 1 }, expect = true }, { name = "
     "'m', " ONE ", expect = false } }"},
    /* events of one test see the same mock */
    {"local count = 0 " METADATA "function rule() return ip.version('x') == 4 end tests { { name = "
     "'n', events = { { " ONE ", times = 3 } }, mocks = { ['ip.version'] = 4 }, expect = true } }"},
};

static void mocks_stand_for_what_they_are_named_after(void **state) {
  struct rule_test_fixture *fixture = *state;
  for (size_t i = 0; i < sizeof passing / sizeof *passing; i++) {
    run_with_library(fixture, passing[i].source);
    if (!fixture->passed)
      fail_msg("%s\n%s", passing[i].source, fixture->output);
  }
}

static const struct failure_case {
  const char *mocks, *printed;
} failing[] = {
    {"{ ['lib.nameof'] = 1 }",
     "t.lua:2: mocks: lib.nameof: there is no library function 'nameof' (did you mean "
     "'name_of'?)\n"},
    {"{ ['lob.name_of'] = 1 }",
     "mocks: lob.name_of: there is no library 'lob' (did you mean 'lib'?)\n"},
    {"{ ['event:gett'] = 1 }",
     "mocks: event:gett: there is no event method 'gett' (did you mean 'get'?)\n"},
    {"{ name_of = 1 }", "mocks: name_of: a mock is named \"library.function\" or \"event:method\""},
    {"{ [1] = 2, x = 3 }", "mocks"},
    {"'x'", "mocks must be a table of names and values, not a string\n"},
    {"{ ['lib.name_of'] = function() error('no') end }", "t.lua:2: no\n"},
};

static void mocks_that_mean_nothing_are_reported(void **state) {
  struct rule_test_fixture *fixture = *state;
  for (size_t i = 0; i < sizeof failing / sizeof *failing; i++) {
    char source[1024];
    snprintf(source, sizeof source,
             LIBRARY_RULE "tests { { name = 'n', " ONE ",\n mocks = %s, expect = true } }",
             failing[i].mocks);
    run_with_library(fixture, source);
    assert_int_equal(fixture->summary.failed, 1);
    assert_printed(fixture, failing[i].printed);
  }
}

static void what_a_rule_prints_stands_under_a_test_that_fails(void **state) {
  struct rule_test_fixture *fixture = *state;
  run(fixture, METADATA "print('while it is read') function rule(event) print(event.operator, 1, "
                        "nil, true) print() print('\\27[2J') return true end "
                        "tests { { name = 'good', " ONE ", expect = true }, { name = 'bad', " ONE
                        ", expect = false } }");
  assert_string_equal(fixture->output, "T (t.lua)\n"
                                       "  [PASS] good\n"
                                       "  [FAIL] bad (t.lua:1)\n"
                                       "         expected no match, but the rule matches\n"
                                       "         printed:\n"
                                       "           homer 1 nil true\n"
                                       "           \\u{1B}[2J\n"
                                       "1 rule, 2 tests: 1 passed, 1 failed\n");
}

static void what_is_printed_is_bounded(void **state) {
  struct rule_test_fixture *fixture = *state;
  run(fixture, METADATA "function rule() for i = 1, 100000 do print('line', i) end return true end "
                        "tests { { name = 'bad', " ONE ", expect = false } }");
  assert_printed(fixture, "           line 1\n");
  assert_printed(fixture, "           ... (more was printed)\n");
  assert_in_range(strlen(fixture->output), 4000, 12000);
}

static void without_tests_print_does_nothing(void **state) {
  (void)state;
  struct problems problems = PROBLEMS_NONE;
  struct rule_file file = {.path = "t.lua",
                           .source = text_from("print('x') " METADATA "function rule() "
                                               "print(setmetatable({}, { __tostring = function() "
                                               "error('asked') end })) return true end")};
  struct rule_set *set = rule_set_load_files(&file, 1, &problems);
  assert_int_equal(problems.count, 0);
  struct rule_vm *vm = rule_vm_new(set, NULL);
  struct event_typing typing = {.log_type = TEXT("Zoom.Operation"), .unchecked = true};
  struct event_reader *reader = event_reader_new(&typing, TEXT(""), TEXT(""));
  static const char record[2 + JSON_PADDING] = "{}";
  struct error error = ERROR_NONE;
  rule_vm_set_event(vm, event_read(reader, (struct text){record, 2}, TEXT(""), 0, &error));
  assert_int_equal(rule_vm_match(vm, &set->rules[0], &error), RULE_MATCH);
  rule_vm_free(vm);
  event_reader_free(reader);
  rule_set_free(set);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(mocks_stand_for_what_they_are_named_after, start, stop),
      cmocka_unit_test_setup_teardown(mocks_that_mean_nothing_are_reported, start, stop),
      cmocka_unit_test_setup_teardown(what_a_rule_prints_stands_under_a_test_that_fails, start,
                                      stop),
      cmocka_unit_test_setup_teardown(what_is_printed_is_bounded, start, stop),
      cmocka_unit_test(without_tests_print_does_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "rule/rule_fixture.h"

#include <stdio.h>

static const char passcode_rule[] =
    "local zoom = require \"zoom\"\n"
    "metadata {\n"
    "  id = \"Zoom.PasscodeDisabled\",\n"
    "  display_name = \"Zoom meeting passcode disabled\",\n"
    "  log_types = { \"Test.Log\" },\n"
    "  severity = \"low\",\n"
    "  reports = { [\"MITRE ATT&CK\"] = { \"TA0009:T1125\" } },\n"
    "  runbook = \"Ask the group's owner why meetings may go without a passcode.\",\n"
    "  dedup_period_minutes = 60,\n"
    "  where = {\n"
    "    category_type = \"User Group\",\n"
    "    action = \"Update\",\n"
    "    [\"operation_detail|contains|all\"] = { \"Passcode\", \"On to Off\" },\n"
    "  },\n"
    "}\n"
    "function title(event)\n"
    "  return (\"Passcode turned off for group %s by %s\"):format(\n"
    "    zoom.group_of(event), event.operator or \"an unknown operator\")\n"
    "end\n"
    "tests {\n"
    "  { name = \"turned off\", event = { action = \"Update\" }, expect = true },\n"
    "  { name = \"turned on\", event = {}, expect = false },\n"
    "}\n";

static const char zoom_library[] = "local zoom = {}\n"
                                   "function zoom.group_of(event)\n"
                                   "  return event.operation_detail:match('^Edit Group (.-)  %-')\n"
                                   "end\n"
                                   "return zoom\n";

static void load_passcode_rule(struct rule_fixture *fixture) {
  const struct rule_file files[] = {
      {.path = "rules/lib/zoom.lua", .source = text_from(zoom_library), .library = TEXT("zoom")},
      {.path = "rules/passcode.lua", .source = text_from(passcode_rule)},
  };
  rule_fixture_load(fixture, files, 2);
  rule_fixture_start_vm(fixture, NULL);
}

static enum rule_verdict match(struct rule_fixture *fixture, struct error *error) {
  *error = ERROR_NONE;
  return rule_vm_match(fixture->vm, &fixture->set->rules[0], error);
}

static void the_design_page_rule_matches_and_says_its_title(void **state) {
  struct rule_fixture *fixture = *state;
  struct error error;
  load_passcode_rule(fixture);
  rule_fixture_event(fixture,
                     "{\"category_type\":\"User Group\",\"action\":\"Update\","
                     "\"operator\":\"homer@example.com\",\"operation_detail\":"
                     "\"Edit Group Springfield  - Personal Meeting ID Passcode: from On to Off\"}");
  assert_int_equal(match(fixture, &error), RULE_MATCH);
  rule_vm_describe(fixture->vm, &fixture->set->rules[0], &fixture->outcome, &fixture->problems);
  assert_int_equal(fixture->problems.count, 0);
  assert_text_equal(fixture->outcome.title,
                    "Passcode turned off for group Springfield by homer@example.com");
  assert_text_equal(fixture->outcome.dedup,
                    "Passcode turned off for group Springfield by homer@example.com");
  assert_text_equal(fixture->outcome.context, "{}");
  assert_int_equal(fixture->outcome.severity, SEVERITY_LOW);
}

static void the_design_page_rule_lets_others_pass(void **state) {
  struct rule_fixture *fixture = *state;
  struct error error;
  load_passcode_rule(fixture);
  rule_fixture_event(fixture, "{\"category_type\":\"User Group\",\"action\":\"Update\","
                              "\"operation_detail\":\"Passcode: from Off to On\"}");
  assert_int_equal(match(fixture, &error), RULE_NO_MATCH);
}

static void the_design_page_rule_has_its_metadata(void **state) {
  struct rule_fixture *fixture = *state;
  load_passcode_rule(fixture);
  const struct rule *rule = &fixture->set->rules[0];
  assert_text_equal(rule->id, "Zoom.PasscodeDisabled");
  assert_text_equal(rule->display_name, "Zoom meeting passcode disabled");
  assert_text_equal(rule->reports_json, "{\"MITRE ATT&CK\":[\"TA0009:T1125\"]}");
  assert_text_equal(rule->tags_json, "[]");
  assert_int_equal(rule->metadata_line, 2);
  assert_int_equal(rule->dedup_period, 60 * US_PER_MINUTE);
  assert_int_equal(rule->threshold, 1);
  assert_int_equal(rule->test_count, 2);
  assert_int_equal(rule->tests_line, 20);
  assert_text_equal(rule->tests_json,
                    "[{\"event\":{\"action\":\"Update\"},\"expect\":true,\"name\":\"turned off\"},"
                    "{\"event\":{},\"expect\":false,\"name\":\"turned on\"}]");
  assert_true(rule->enabled && rule->create_alert && rule->where);
  assert_int_equal(rule->functions, 1u << RULE_FUNCTION_TITLE);
}

static void a_rule_must_answer_true_or_false(void **state) {
  static const struct {
    const char *body, *error;
  } rows[] = {
      {"function rule(e) return 'yes' end", "rule returned a string, expected true or false"},
      {"function rule(e) return 1 end", "rule returned a number, expected true or false"},
      {"function rule(e) end", "rule returned nil, expected true or false"},
      {"function rule(e) return {} end", "rule returned a table, expected true or false"},
      {"function rule(e) return e end",
       "rule returned a part of the event, expected true or false"},
      {"function rule(e) return e.x.y end", "attempt to index a nil value (field 'x')"},
      {"function rule(e) error('no luck') end", "no luck"},
      {"function rule(e) error({}) end", "raised an error that is no text but a table"},
      {"function rule(e) error() end", "raised an error that is no text but a nil"},
      {"function rule(e) error('at 10:30: late', 0) end", "at 10:30: late"},
      {"function rule(e) error('one\\ntwo') end", "one"},
      {"function rule(e) error('bell \\a') end", "bell \\u{7}"},
  };
  struct rule_fixture *fixture = *state;
  struct error error;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    rule_fixture_load_body(fixture, rows[i].body);
    rule_fixture_start_vm(fixture, NULL);
    rule_fixture_event(fixture, "{}");
    assert_int_equal(match(fixture, &error), RULE_FAILED);
    assert_string_equal(error.text, rows[i].error);
    assert_string_equal(error.file, "rules/t.lua");
    if (i >= 5)
      assert_int_equal(error.line, 1);
  }
}

static void a_where_whose_regex_gives_up_is_an_error_of_that_rule(void **state) {
  struct rule_fixture *fixture = *state;
  struct error error;
  const struct rule_file files[] = {
      {.path = "rules/a.lua",
       .source = TEXT("metadata { id = 'A', log_types = { 'Test.Log' }, severity = 'low',\n"
                      "  where = { ['detail|re'] = '(a|a)*[0-9]' } }")},
      {.path = "rules/b.lua",
       .source = TEXT("metadata { id = 'B', log_types = { 'Test.Log' }, severity = 'low',\n"
                      "  where = { detail = 'b' } }")},
      {.path = "rules/c.lua",
       .source = TEXT("metadata { id = 'C', log_types = { 'Test.Log' }, severity = 'low',\n"
                      "  where = { ['detail|re'] = '(a|a)*[0-9]' } }")}};
  rule_fixture_load(fixture, files, 3);
  rule_fixture_start_vm(fixture, NULL);
  rule_fixture_event(fixture, "{\"detail\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\"}");
  error = ERROR_NONE;
  assert_int_equal(rule_vm_match(fixture->vm, &fixture->set->rules[0], &error), RULE_FAILED);
  assert_string_equal(error.file, "rules/a.lua");
  assert_string_equal(error.text,
                      "where: detail|re gave up on this event (too much work for its text)");
  error = ERROR_NONE;
  assert_int_equal(rule_vm_match(fixture->vm, &fixture->set->rules[1], &error), RULE_NO_MATCH);
  assert_int_equal(rule_vm_match(fixture->vm, &fixture->set->rules[2], &error), RULE_FAILED);
  assert_string_equal(error.file, "rules/c.lua");
}

/* The candidates for an empty event of a log type. */
static struct rule_list candidates(struct rule_fixture *fixture, struct text log_type) {
  static struct event event;
  event = *rule_fixture_event(fixture, "{}");
  event.log_type = log_type;
  return rule_vm_candidates(fixture->vm, &event);
}

static void rules_of_a_log_type_come_in_order_without_disabled_ones(void **state) {
  struct rule_fixture *fixture = *state;
  static const char format[] = "metadata { id = '%s', log_types = { %s }, severity = 'low', "
                               "enabled = %s } function rule() return true end";
  static const char *const rows[][3] = {{"c", "'X', 'Y'", "true"},
                                        {"a", "'X', 'X'", "true"},
                                        {"b", "'X'", "false"},
                                        {"d", "'Y'", "true"}};
  char sources[4][256];
  struct rule_file files[4];
  for (int i = 0; i < 4; i++) {
    snprintf(sources[i], sizeof sources[i], format, rows[i][0], rows[i][1], rows[i][2]);
    files[i] = (struct rule_file){.path = rows[i][0], .source = text_from(sources[i])};
  }
  rule_fixture_load(fixture, files, 4);
  rule_fixture_start_vm(fixture, NULL);
  struct rule_list list = candidates(fixture, TEXT("X"));
  assert_int_equal(list.count, 2);
  assert_text_equal(list.items[0]->id, "a");
  assert_text_equal(list.items[1]->id, "c");
  assert_int_equal(candidates(fixture, TEXT("Y")).count, 2);
  assert_int_equal(candidates(fixture, TEXT("Z")).count, 0);
  assert_int_equal(candidates(fixture, TEXT("")).count, 0);
}

static void a_selection_switches_all_other_rules_off(void **state) {
  struct rule_fixture *fixture = *state;
  static const struct rule_file files[] = {
      {.path = "a",
       .source = TEXT_INIT("metadata { id = 'a', log_types = { 'X' }, severity = 'low' }"
                           "function rule() return true end")},
      {.path = "b",
       .source = TEXT_INIT("metadata { id = 'b', log_types = { 'X' }, severity = 'low' }"
                           "function rule() return true end")},
      {.path = "c",
       .source = TEXT_INIT("metadata { id = 'c', log_types = { 'X' }, severity = 'low',"
                           "enabled = false } function rule() return true end")},
  };
  const struct text selected[] = {TEXT("b"), TEXT("c"), TEXT("unknown")};
  rule_fixture_load(fixture, files, 3);
  rule_set_select(fixture->set, selected, 3);
  rule_fixture_start_vm(fixture, NULL);
  struct rule_list list = candidates(fixture, TEXT("X"));
  assert_int_equal(list.count, 1);
  assert_text_equal(list.items[0]->id, "b");
}

static void a_rule_that_keeps_too_much_does_not_starve_the_others(void **state) {
  struct rule_fixture *fixture = *state;
  struct rule_vm_options options = {.memory_max = (size_t)4 << 20};
  const struct rule_file files[] = {
      {.path = "hoard.lua",
       .source = TEXT("metadata { id = 'a', log_types = { 'X' }, severity = 'low' } "
                      "local kept = {} function rule(event) for i = 1, 1e6 do "
                      "kept[#kept + 1] = ('x'):rep(1000) .. #kept end return true end")},
      {.path = "other.lua",
       .source = TEXT("metadata { id = 'b', log_types = { 'X' }, severity = 'low' } "
                      "function rule(event) return #('y'):rep(1 << 20) > 0 end")},
  };
  rule_fixture_load(fixture, files, 2);
  rule_fixture_start_vm(fixture, &options);
  for (int i = 0; i < 3; i++) {
    struct error error = ERROR_NONE;
    rule_fixture_event(fixture, "{}");
    assert_int_equal(rule_vm_match(fixture->vm, &fixture->set->rules[0], &error), RULE_FAILED);
    assert_string_equal(error.text, "used more than 4 MiB of memory");
    rule_fixture_event(fixture, "{}");
    error = ERROR_NONE;
    assert_int_equal(rule_vm_match(fixture->vm, &fixture->set->rules[1], &error), RULE_MATCH);
  }
}

static void the_limits_are_for_each_call(void **state) {
  struct rule_fixture *fixture = *state;
  struct rule_vm_options options = {.instruction_max = 100000};
  struct error error;
  rule_fixture_load_body(fixture, "function rule(event) for i = 1, event.n do end return true end");
  rule_fixture_start_vm(fixture, &options);
  for (int i = 0; i < 20; i++) {
    rule_fixture_event(fixture, "{\"n\":50000}");
    assert_int_equal(match(fixture, &error), RULE_MATCH);
  }
  rule_fixture_event(fixture, "{\"n\":150000}");
  assert_int_equal(match(fixture, &error), RULE_FAILED);
  assert_string_equal(error.text, "used up its 100,000 instructions");
  rule_fixture_event(fixture, "{\"n\":50000}");
  assert_int_equal(match(fixture, &error), RULE_MATCH);
}

#define LEAST(id) "metadata { id = '" id "', log_types = { 'Test.Log' }, severity = 'low' } "

/* Rules "a", "b", …: what rule_vm_next_match stops at, twice: at first their files are run. */
static void rules_that_are_called_together_fail_alone(void **state) {
  const struct rule_file files[] = {
      {.path = "a.lua", .source = TEXT(LEAST("a") "function rule(event) return false end")},
      {.path = "b.lua", .source = TEXT(LEAST("b") "function rule(event) error('wrong') end")},
      {.path = "c.lua", .source = TEXT(LEAST("c") "function rule(event) while true do end end")},
      {.path = "d.lua", .source = TEXT(LEAST("d") "function rule(event) return event.x == 1 end")},
      {.path = "e.lua", .source = TEXT(LEAST("e") "function rule(event) return 7 end")},
      {.path = "f.lua",
       .source = TEXT(LEAST("f") "function rule(event) return ('x'):rep(1e9) == '' end")},
      {.path = "g.lua", .source = TEXT(LEAST("g") "function rule(event) return false end")},
  };
  static const struct {
    const char *id, *file, *error; /* error NULL = a match */
  } stops[] = {
      {"b", "b.lua", "wrong"},
      {"c", "c.lua", "used up its 10,000,000 instructions"},
      {"d", NULL, NULL},
      {"e", "e.lua", "rule returned a number, expected true or false"},
      {"f", "f.lua", "used up its 10,000,000 instructions"},
  };
  struct rule_fixture *fixture = *state;
  rule_fixture_load(fixture, files, sizeof files / sizeof *files);
  rule_fixture_start_vm(fixture, NULL);
  for (int round = 0; round < 2; round++) {
    const struct event *event = rule_fixture_event(fixture, "{\"x\":1}");
    struct rule_list rules = rule_vm_candidates(fixture->vm, event);
    size_t position = 0;
    assert_int_equal(rules.count, sizeof files / sizeof *files);
    for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) {
      struct error error = ERROR_NONE;
      enum rule_verdict verdict = rule_vm_next_match(fixture->vm, rules, &position, &error);
      assert_int_equal(verdict, stops[i].error ? RULE_FAILED : RULE_MATCH);
      assert_true(text_is(rules.items[position - 1]->id, stops[i].id));
      if (stops[i].error) {
        assert_string_equal(error.text, stops[i].error);
        assert_string_equal(error.file, stops[i].file);
      }
    }
    struct error error = ERROR_NONE;
    assert_int_equal(rule_vm_next_match(fixture->vm, rules, &position, &error), RULE_NO_MATCH);
    assert_int_equal(position, rules.count);
  }
}

static void rules_that_are_called_together_have_a_budget_each(void **state) {
  static const struct rule_vm_options options = {.instruction_max = 100000};
  static const char loop[] = "function rule(event) for i = 1, 40000 do local _ = i end "
                             "return false end";
  struct rule_fixture *fixture = *state;
  struct rule_file files[8];
  char sources[8][256], paths[8][16];
  for (int i = 0; i < 8; i++) {
    snprintf(paths[i], sizeof paths[i], "%d.lua", i);
    snprintf(sources[i], sizeof sources[i],
             "metadata { id = '%d', log_types = { 'Test.Log' }, severity = 'low' } %s", i, loop);
    files[i] = (struct rule_file){.path = paths[i], .source = text_from(sources[i])};
  }
  rule_fixture_load(fixture, files, 8);
  rule_fixture_start_vm(fixture, &options);
  for (int round = 0; round < 2; round++) {
    const struct event *event = rule_fixture_event(fixture, "{}");
    struct rule_list rules = rule_vm_candidates(fixture->vm, event);
    struct error error = ERROR_NONE;
    size_t position = 0;
    assert_int_equal(rules.count, 8);
    assert_int_equal(rule_vm_next_match(fixture->vm, rules, &position, &error), RULE_NO_MATCH);
  }
}

static void a_file_that_does_not_run_again_fails_each_call(void **state) {
  struct rule_fixture *fixture = *state;
  struct rule_vm_options options = {.instruction_max = 10000};
  struct error error;
  rule_fixture_load_body(fixture, "for i = 1, 100000 do end function rule() end");
  assert_int_equal(fixture->problems.count, 0);
  rule_fixture_start_vm(fixture, &options);
  for (int i = 0; i < 2; i++) {
    rule_fixture_event(fixture, "{}");
    assert_int_equal(match(fixture, &error), RULE_FAILED);
    assert_string_equal(error.text, "used up its 10,000 instructions");
    assert_string_equal(error.file, "rules/t.lua");
  }
}

static void an_empty_set_makes_a_vm(void **state) {
  struct rule_fixture *fixture = *state;
  rule_fixture_load(fixture, NULL, 0);
  rule_fixture_start_vm(fixture, NULL);
  assert_int_equal(candidates(fixture, TEXT("X")).count, 0);
}

/* Rules with the same `where` are asked once for an event; each event is asked anew. */
static void rules_with_the_same_where_agree(void **state) {
  struct rule_fixture *fixture = *state;
#define RULE(id, where)                                                                            \
  {                                                                                                \
    .path = "rules/" id ".lua",                                                                    \
    .source = TEXT("metadata { id = '" id "', log_types = { 'Test.Log' }, severity = 'low', "      \
                   "where = { " where " } }")                                                      \
  }
  const struct rule_file files[] = {
      RULE("A", "kind = 'in', ['who|contains'] = '@'"),
      RULE("B", "kind = 'in', ['who|contains'] = '@'"),
      RULE("C", "kind = 'out', ['who|contains'] = '@'"),
      RULE("D", "{ kind = 'in' }, { ['who|contains'] = '@' }"),
      RULE("E", "kind = 'in'"),
      RULE("F", "kind = 'in'"),
  };
#undef RULE
  static const struct {
    const char *event, *matching;
  } rows[] = {
      {"{\"kind\":\"in\",\"who\":\"a@b\"}", "ABDEF"},
      {"{\"kind\":\"in\"}", "DEF"},
      {"{\"kind\":\"in\",\"who\":\"a@b\"}", "ABDEF"},
      {"{\"kind\":\"out\",\"who\":\"@\"}", "CD"},
      {"{\"kind\":\"out\"}", ""},
  };
  rule_fixture_load(fixture, files, sizeof files / sizeof *files);
  rule_fixture_start_vm(fixture, NULL);
  const struct rule *rules = fixture->set->rules;
  assert_true(rules[0].where_shared > 0);
  assert_int_equal(rules[1].where_shared, rules[0].where_shared);
  for (size_t k = 2; k < fixture->set->count; k++)
    assert_int_equal(rules[k].where_shared, 0);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct error error = ERROR_NONE;
    char got[8] = "";
    rule_fixture_event(fixture, rows[i].event);
    for (size_t k = 0; k < fixture->set->count; k++)
      if (rule_vm_match(fixture->vm, &rules[k], &error) == RULE_MATCH)
        strncat(got, rules[k].id.data, 1);
    assert_string_equal(got, rows[i].matching);
  }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, rule_fixture_start, rule_fixture_stop)
  const struct CMUnitTest tests[] = {
      TEST(the_design_page_rule_matches_and_says_its_title),
      TEST(the_design_page_rule_lets_others_pass),
      TEST(the_design_page_rule_has_its_metadata),
      TEST(a_rule_must_answer_true_or_false),
      TEST(a_where_whose_regex_gives_up_is_an_error_of_that_rule),
      TEST(rules_of_a_log_type_come_in_order_without_disabled_ones),
      TEST(a_selection_switches_all_other_rules_off),
      TEST(a_rule_that_keeps_too_much_does_not_starve_the_others),
      TEST(the_limits_are_for_each_call),
      TEST(rules_that_are_called_together_fail_alone),
      TEST(rules_that_are_called_together_have_a_budget_each),
      TEST(a_file_that_does_not_run_again_fails_each_call),
      TEST(an_empty_set_makes_a_vm),
      TEST(rules_with_the_same_where_agree),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

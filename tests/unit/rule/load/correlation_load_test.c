/* Correlation files: what they say, and how their mistakes are reported. */
#include "rule/correlation.h"
#include "rule/rule_fixture.h"

#include <stdio.h>

/* A set of two signals, a disabled rule, and the correlation. */
static void load(struct rule_fixture *fixture, const char *correlation) {
  const struct rule_file files[] = {
      {.path = "rules/a.lua",
       .source =
           TEXT("metadata { id = 'Test.SignIn', log_types = { 'Test.Log' }, severity = 'info',"
                " create_alert = false, where = { a = 1 } }")},
      {.path = "rules/b.lua",
       .source = TEXT("metadata { id = 'Test.Delete', log_types = { 'Test.Log' }, severity = 'low',"
                      " where = { b = 1 } }")},
      {.path = "rules/c.lua",
       .source = TEXT("metadata { id = 'Test.Off', log_types = { 'Test.Log' }, severity = 'low',"
                      " enabled = false, where = { b = 1 } }")},
      {.path = "rules/d.lua",
       .source = TEXT("correlation { id = 'Test.Other', severity = 'low',"
                      " group = { 'Test.SignIn' }, within_minutes = 5 }")},
      {.path = "rules/x.lua", .source = text_from(correlation)},
  };
  rule_fixture_load(fixture, files, sizeof files / sizeof *files);
}

static char *all_problems(struct problems *problems) {
  char *text;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  problems_print(problems, out);
  fclose(out);
  return text;
}

static void expect(struct rule_fixture *fixture, const char *source, const char *expected) {
  load(fixture, source);
  char *got = all_problems(&fixture->problems);
  bool same = strcmp(got, expected) == 0;
  if (!same)
    print_error("%s\n--- got:\n%s--- expected:\n%s", source, got, expected);
  free(got);
  assert_true(same);
  assert_int_equal(fixture->set->count, *expected ? 4 : 5);
}

/* The first line holds what every correlation needs. */
static void a_mistake_in_a_correlation_is_reported_at_its_key(void **state) {
  static const struct {
    const char *entries, *problem; /* the problem with its line */
  } rows[] = {
      {"sequence = { 'Test.SignIn' }", "1: correlation lacks within_minutes: how far its steps may "
                                       "be apart"},
      {"within_minutes = 5", "1: correlation lacks sequence or group: what is to happen"},
      {"within_minutes = 5, sequnce = {}",
       "1: correlation lacks sequence or group: what is to happen\n"
       "rules/x.lua:2: unknown key 'sequnce' in correlation (did you mean 'sequence'?)"},
      {"within_minutes = 5, group = { 'Test.SignIn' },\nlog_types = { 'Test.Log' }",
       "3: log_types has no place in correlation: the rules of its steps have it"},
      {"within_minutes = 5, group = { 'Test.SignIn' },\nwhere = { a = 1 }",
       "3: where has no place in correlation: the rules of its steps have it"},
      {"within_minutes = 5, group = { 'Test.SignIn' },\ntests = {}",
       "3: tests stand beside correlation, in tests { ... }"},
      {"within_minutes = 5, group = { 'Test.SignIn' },\nsequence = { 'Test.SignIn' }",
       "2: a correlation has a sequence or a group, not both"},
      {"within_minutes = 5, group = 'Test.SignIn'",
       "2: group must be a list of steps, not a string"},
      {"within_minutes = 5, group = { rule = 'Test.SignIn' }",
       "2: group must be a plain list of steps: { { rule = ... }, ... }"},
      {"within_minutes = 5, sequence = {}", "2: sequence must have 1 to 12 steps, not 0"},
      {"within_minutes = 5, sequence = { 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', "
       "'L', 'M' }",
       "2: sequence must have 1 to 12 steps, not 13"},
      {"within_minutes = 0, group = { 'Test.SignIn' }",
       "2: within_minutes must be from 1 to 527040, not 0"},
      {"within_minutes = 60, lookback_minutes = 59, group = { 'Test.SignIn' }",
       "2: lookback_minutes can not be less than within_minutes"},
      {"within_minutes = 60, late_minutes = -1, group = { 'Test.SignIn' }",
       "2: late_minutes must be from 0 to 527040, not -1"},
      {"within_minutes = 60, on = {}, group = { 'Test.SignIn' }",
       "2: on must hold at least one name"},
      {"within_minutes = 60, on = '', group = { 'Test.SignIn' }", "2: on is empty"},
      {"within_minutes = 60, on = 5, group = { 'Test.SignIn' }",
       "2: on must be a string or a list of strings, not a number"},
      {"within_minutes = 60, on = 'p_row_id', group = { 'Test.SignIn' }",
       "2: 'p_row_id' does not show what belongs together: each instance has its own"},
      {"within_minutes = 5, sequence = {\n'Test.SignIn',\n'Test.Delte',\n}",
       "4: no rule has the id 'Test.Delte' (did you mean 'Test.Delete'?)"},
      {"within_minutes = 5, sequence = {\n'Elsewhere' }",
       "3: no rule has the id 'Elsewhere'; load its file, too"},
      {"within_minutes = 5, sequence = {\n'Test.Off' }",
       "3: the rule 'Test.Off' is switched off (enabled = false), so the step cannot hold: switch "
       "off the correlation, too"},
      {"within_minutes = 5, sequence = {\n'T' }",
       "3: 'T' is made of this correlation in its turn, or lies deeper than 8 "
       "correlations"},
      {"within_minutes = 5, sequence = {\n5 }", "3: a step must be a rule's id or a table, not a "
                                                "number"},
      {"within_minutes = 5, sequence = {\n{ id = 'a',\nmin = 2 } }",
       "3: a step lacks rule: the id of a rule, or a list of some"},
      {"within_minutes = 5, sequence = {\n{ 'Test.SignIn' } }",
       "3: a step must have names as keys, not a number"},
      {"within_minutes = 5, sequence = {\n{ rule = 'Test.SignIn',\nminimum = 2 } }",
       "4: unknown key 'minimum' in a step"},
      {"within_minutes = 5, sequence = {\n{ rule = 'Test.SignIn',\nabsnt = true } }",
       "4: unknown key 'absnt' in a step (did you mean 'absent'?)"},
      {"within_minutes = 5, sequence = {\n{ rule = 'Test.SignIn',\nmin = 2, max = 1 } }",
       "3: min = 2 can never be with max = 1"},
      {"within_minutes = 5, sequence = {\n{ rule = 'Test.SignIn', min = 0 } }",
       "3: min = 0 asks for nothing: say max, too, or absent = true"},
      {"within_minutes = 5, sequence = {\n{ rule = 'Test.SignIn',\nmin = 101 } }",
       "4: min must be from 0 to 100, not 101"},
      {"within_minutes = 5, sequence = {\n{ rule = 'Test.SignIn', absent = true, max = 1 } }",
       "3: a step that is absent has no min and no max"},
      {"within_minutes = 5, sequence = {\n{ rule = 'Test.SignIn', absent = 'yes' } }",
       "3: absent must be true or false, not a string"},
      {"within_minutes = 5, sequence = {\n{ rule = 'Test.SignIn', absent = true } }",
       "1: no step asks for anything: at least one must not be absent"},
      {"within_minutes = 5, sequence = {\n'Test.SignIn',\n'Test.SignIn' }",
       "4: two steps are called 'Test.SignIn': give them an id each"},
      {"within_minutes = 5, sequence = {\n{ rule = 'Test.SignIn',\nwithin_minutes = 2 } }",
       "4: within_minutes counts from the step before, and the first has none"},
      {"within_minutes = 5, sequence = {\n'Test.SignIn',\n{ rule = 'Test.Delete',\n"
       "within_minutes = 6 } }",
       "5: within_minutes of a step can not be more than the correlation's"},
      {"within_minutes = 5, group = {\n'Test.SignIn',\n{ rule = 'Test.Delete',\n"
       "within_minutes = 2 } }",
       "5: a group's steps have no order and so no within_minutes of their own"},
      {"within_minutes = 5, sequence = {\n{ rule = 'Test.SignIn', on = 'email' },\n"
       "{ rule = 'Test.Delete', on = { 'operator', 'room' } } }",
       "4: on names 2 fields in this step, and 1 in the first"},
      {"within_minutes = 5, sequence = {\n{ rule = 'Test.SignIn', on = 'email' },\n'Test.Delete' }",
       "4: on names 0 fields in this step, and 1 in the first"},
      {"within_minutes = 5, sequence = {\n{ rule = 'Test.SignIn', unique = '' } }",
       "3: unique is empty"},
  };
  struct rule_fixture *fixture = *state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char source[1024], expected[1024];
    snprintf(source, sizeof source, "correlation { id = 'T', severity = 'low',\n%s }\n",
             rows[i].entries);
    snprintf(expected, sizeof expected, "rules/x.lua:%s\n", rows[i].problem);
    expect(fixture, source, expected);
  }
}

static void a_mistake_in_a_correlation_file_is_reported_with_its_line(void **state) {
  static const struct {
    const char *source, *problems;
  } rows[] = {
      {"correlation {}", "rules/x.lua:1: correlation lacks id\n"
                         "rules/x.lua:1: correlation lacks severity\n"
                         "rules/x.lua:1: correlation lacks sequence or group: what is to happen\n"
                         "rules/x.lua:1: correlation lacks within_minutes: how far its steps may "
                         "be apart\n"},
      {"\ncorrelation = {}", "rules/x.lua:2: correlation is to be called, not set: write "
                             "correlation { ... } without '='\n"},
      {"corelation {}", "rules/x.lua:1: attempt to call a nil value (global 'corelation') (did you "
                        "mean 'correlation'?)\n"},
      {"metadata { id = 'T', log_types = { 'Test.Log' }, severity = 'low', where = { a = 1 } }\n"
       "correlation {}",
       "rules/x.lua:2: a file has metadata { ... } (here in line 1) or correlation { ... }, not "
       "both\n"},
      {"metadata { id = 'T', log_types = { 'Test.Log' }, severity = 'low', where = { a = 1 },\n"
       "sequence = {} }",
       "rules/x.lua:2: sequence has no place in metadata: write correlation { ... } for rules over "
       "other rules' matches\n"},
      {"correlation { id = 'T', severity = 'low', group = { 'Test.SignIn' }, within_minutes = 5 }\n"
       "function rule(event) return true end",
       "rules/x.lua:1: a correlation has no function rule(event): its steps decide\n"},
      {"correlation { id = 'Test.SignIn', severity = 'low', group = { 'Test.Delete' }, "
       "within_minutes = 5 }",
       "rules/x.lua:1: the id 'Test.SignIn' is taken by rules/a.lua:1\n"},
  };
  struct rule_fixture *fixture = *state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    expect(fixture, rows[i].source, rows[i].problems);
}

static void a_rule_with_a_mistake_is_not_missed_by_the_correlation_too(void **state) {
  struct rule_fixture *fixture = *state;
  const struct rule_file files[] = {
      {.path = "rules/a.lua",
       .source = TEXT("metadata { id = 'A', log_types = { 'T' }, severity = 'lwo' }")},
      {.path = "rules/x.lua",
       .source = TEXT("correlation { id = 'X', severity = 'low', group = { 'A' }, "
                      "within_minutes = 5 }")},
  };
  rule_fixture_load(fixture, files, 2);
  char *got = all_problems(&fixture->problems);
  assert_string_equal(got, "rules/a.lua:1: severity 'lwo' is none of info, low, medium, high, "
                           "critical (did you mean 'low'?)\n");
  free(got);
  assert_int_equal(fixture->set->count, 0);
}

/* In the order of the list: the derived ones, then correlations, level by level. */
static void rules_that_need_one_with_a_mistake_are_listed(void **state) {
  struct rule_fixture *fixture = *state;
  const struct rule_file files[] = {
      {.path = "rules/a.lua",
       .source = TEXT("metadata { id = 'A', log_types = { 'T' }, severity = 'lwo' }")},
      {.path = "rules/b.lua", .source = TEXT("\nmetadata { id = 'B',\nbase = 'A' }")},
      {.path = "rules/c.lua", .source = TEXT("metadata { id = 'C', base = 'B' }")},
      {.path = "rules/x.lua",
       .source = TEXT("correlation { id = 'X', severity = 'low', within_minutes = 5,\n"
                      "group = { 'C' } }")},
      {.path = "rules/y.lua",
       .source = TEXT("correlation { id = 'Y', severity = 'low', group = { 'X' }, "
                      "within_minutes = 5 }")},
      {.path = "rules/z.lua",
       .source = TEXT("correlation { id = 'Z', severity = 'low', group = { 'X', 'Nowhere' }, "
                      "within_minutes = 5 }")},
  };
  rule_fixture_load(fixture, files, sizeof files / sizeof *files);
  char *got = all_problems(&fixture->problems);
  assert_string_equal(got, "rules/a.lua:1: severity 'lwo' is none of info, low, medium, high, "
                           "critical (did you mean 'low'?)\n"
                           "rules/z.lua:1: no rule has the id 'Nowhere'; load its file, too\n");
  free(got);
  struct buffer list = BUFFER_NONE;
  for (size_t i = 0; i < fixture->set->dependent_count; i++) {
    const struct rule_dependent *dependent = &fixture->set->dependents[i];
    buffer_printf(&list, "%s:%u %.*s needs %.*s\n", dependent->file, dependent->line,
                  TEXT_ARGS(dependent->id), TEXT_ARGS(dependent->needs));
  }
  assert_string_equal(list.data, "rules/b.lua:3 B needs A\n"
                                 "rules/c.lua:1 C needs B\n"
                                 "rules/x.lua:2 X needs C\n"
                                 "rules/y.lua:1 Y needs X\n");
  buffer_free(&list);
}

static const struct rule *loaded(struct rule_fixture *fixture, const char *source) {
  expect(fixture, source, "");
  return rule_set_find(fixture->set, TEXT("T"));
}

static void all_of_a_correlation_is_read(void **state) {
  const struct rule *rule =
      loaded(*state, "correlation {\n"
                     "  id = 'T', display_name = 'Name', severity = 'high', enabled = false,\n"
                     "  create_alert = false, threshold = 2, dedup_period_minutes = 10,\n"
                     "  tags = { 'a' }, description = 'd', runbook = 'r', reference = 'u',\n"
                     "  reports = { M = { 'T1' } }, destinations = { 'x' },\n"
                     "  summary_attributes = { 'email' },\n"
                     "  on = { 'email', 'payload.account_id' }, within_minutes = 30,\n"
                     "  lookback_minutes = 40, late_minutes = 0,\n"
                     "  sequence = {\n"
                     "    { id = 'in', rule = { 'Test.SignIn', 'Test.Off' }, min = 2, max = 3,\n"
                     "      unique = 'ip' },\n"
                     "    { id = 'none', rule = 'Test.Delete', absent = true },\n"
                     "    { rule = 'Test.Delete', on = { 'operator', 'a.b' },\n"
                     "      within_minutes = 5 },\n"
                     "  },\n"
                     "}\n"
                     "function title(event) return 'x' end\n");
  const struct correlation *correlation = rule->correlation;
  assert_false(rule->enabled || rule->create_alert);
  assert_int_equal(rule->threshold, 2);
  assert_int_equal(rule->severity, SEVERITY_HIGH);
  assert_int_equal(rule->functions, 1u << RULE_FUNCTION_TITLE);
  assert_int_equal(rule->log_types.count, 0);
  assert_int_equal(correlation->order, CORRELATION_SEQUENCE);
  assert_int_equal(correlation->within, 30 * US_PER_MINUTE);
  assert_int_equal(correlation->lookback, 40 * US_PER_MINUTE);
  assert_int_equal(correlation->late, 0);
  assert_int_equal(correlation->key_names.count, 2);
  assert_text_equal(correlation->key_names.items[0], "email");
  assert_text_equal(correlation->key_names.items[1], "account_id");
  assert_true(correlation_is_bounded(correlation));

  const struct correlation_step *steps = correlation->steps;
  assert_int_equal(correlation->step_count, 3);
  assert_text_equal(steps[0].id, "in");
  assert_int_equal(steps[0].source_count, 2);
  assert_ptr_equal(steps[0].sources[1].rule,
                   rule_set_find(((struct rule_fixture *)*state)->set, TEXT("Test.Off")));
  assert_text_equal(steps[0].sources[1].on.items[1], "payload.account_id");
  assert_int_equal(steps[0].min, 2);
  assert_int_equal(steps[0].max, 3);
  assert_text_equal(steps[0].unique, "ip");
  assert_int_equal(steps[1].min, 0);
  assert_int_equal(steps[1].max, 0);
  assert_text_equal(steps[2].id, "Test.Delete");
  assert_int_equal(steps[2].min, 1);
  assert_true(steps[2].max == CORRELATION_NO_MAX);
  assert_int_equal(steps[2].within, 5 * US_PER_MINUTE);
  assert_text_equal(steps[2].sources[0].on.items[1], "a.b");
}

static void what_a_correlation_does_not_say_has_a_default(void **state) {
  const struct rule *rule = loaded(
      *state, "correlation { id = 'T', severity = 'low', group = { 'Test.SignIn', 'Test.Delete' },"
              " within_minutes = 5 }");
  const struct correlation *correlation = rule->correlation;
  assert_true(rule->enabled && rule->create_alert);
  assert_text_equal(rule->display_name, "T");
  assert_int_equal(correlation->order, CORRELATION_GROUP);
  assert_int_equal(correlation->key_names.count, 0);
  assert_int_equal(correlation->lookback, 5 * US_PER_MINUTE + US_PER_DAY);
  assert_int_equal(correlation->late, 10 * US_PER_MINUTE);
  assert_false(correlation_is_bounded(correlation));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rule_fixture_start, rule_fixture_stop)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_mistake_in_a_correlation_is_reported_at_its_key),
      TEST(a_mistake_in_a_correlation_file_is_reported_with_its_line),
      TEST(a_rule_with_a_mistake_is_not_missed_by_the_correlation_too),
      TEST(rules_that_need_one_with_a_mistake_are_listed),
      TEST(all_of_a_correlation_is_read),
      TEST(what_a_correlation_does_not_say_has_a_default),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

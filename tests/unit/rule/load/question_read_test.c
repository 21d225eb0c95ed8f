/* Tables of questions: what is wrong in them, and what a derived rule makes of its base's. */
#include "rule/rule_fixture.h"

static const struct {
  const char *table, *mistake;
} mistakes[] = {
    {"new_value = 1", "new_value must be a table, or a list of tables"},
    {"new_value = { per = 'a' }", "new_value lacks of"},
    {"new_value = { of = 'a', of_any = 'b' }", "new_value has of or of_any, not both"},
    {"new_value = { of = {} }", "new_value.of must have 1 to 8 fields"},
    {"new_value = { of = 7 }", "new_value.of must name a field, or be a list of fields"},
    {"new_value = { of = 'a', lern = '1d' }",
     "unknown key 'lern' in new_value (did you mean 'learn'?)"},
    {"new_value = { of = 'a', within = '1d' }", "unknown key 'within' in new_value"},
    {"new_value = { of = 'a', learn = 14 }",
     "new_value.learn must be a span of time such as \"14d\" or \"1h\""},
    {"new_value = { of = 'a', keep = '1s' }", "new_value.keep must be from 1m to 3660d"},
    {"new_value = { of = 'a', learn_together = 'yes' }",
     "new_value.learn_together must be true or false"},
    {"new_value = { of = 'a', never_new = 101 }",
     "new_value.never_new must be a text, or a list of at most 64"},
    {"new_value = { of = \"a or 'b'\" }",
     "new_value.of: 'a or 'b'' is no field, and no fields with `or` between them"},
    {"new_value = { of = '{a}' }",
     "new_value.of: '{a}' is no field, and no fields with `or` between them"},
    {"new_value = { of = 'answer:count' }", "new_value.of: an answer is no field of the event"},
    {"new_value = { of = { lookup = 'geo', key = 'a' } }",
     "new_value.of: a table is { field = \"FIELD\", part = \"domain\" } or { lookup = \"TABLE\", "
     "key "
     "= \"FIELD\", value = \"COLUMN\" }"},
    {"new_value = { of = { lookup = 'geo', key = 'a', valu = 'b' } }",
     "new_value.of: unknown key 'valu' (did you mean 'value'?)"},
    {"new_value = { of = { field = 'a', part = 'head' } }",
     "new_value.of: part must be \"domain\""},
    {"rate = { per = 'a' }", "rate lacks within"},
    {"rate = { within = '1h' }", "rate lacks at_least"},
    {"rate = { at_least = 1, within = '1h' }",
     "rate.at_least must be a whole number from 2 to 1000"},
    {"rate = { at_least = 10, within = '1h', of = 'a' }", "unknown key 'of' in rate"},
    {"distinct = { at_least = 10, within = '1h' }", "distinct lacks of"},
    {"dormant = { per = 'a', at_least = 60 }",
     "dormant.at_least must be a span of time such as \"14d\" or \"1h\""},
    {"dormant = { at_least = '60d', keep = '60d' }", "dormant: keep must be longer than at_least"},
    {"unusual_hour = { near = 12 }", "unusual_hour.near must be a whole number from 0 to 11"},
    {"spike = { past = '1h' }", "spike: past must not be shorter than within"},
    {"spike = { within = '1m' }",
     "spike: past (30d unless it is given) must not be longer than 400 times within"},
    {"travel = { of = 'a', per = 'b' }",
     "travel: of must be a latitude, a longitude and, where networks may be shared, an address"},
    {"travel = { of = { 'a', 'b' }, shared_by = 1 }",
     "travel.shared_by must be a whole number from 2 to 64"},
    {"spike = { times = 0.5 }", "spike.times must be a number from 1 to 1000"},
    {"spike = { {}, {}, {}, {}, {} }", "spike: a rule has at most 4 questions"},
    {"dormant = { per = print, at_least = '60d' }", "dormant: a function cannot become JSON"},
};

static void a_mistake_is_reported_with_its_way_out(void **state) {
  struct rule_fixture *fixture = *state;
  for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
    char body[400];
    snprintf(body, sizeof body,
             "metadata { id = 'R', log_types = { 'Test.Log' }, severity = 'low',\n  %s }",
             mistakes[i].table);
    const struct rule_file file = {.path = "r.lua", .source = text_from(body)};
    rule_fixture_load(fixture, &file, 1);
    if (fixture->problems.count != 1 ||
        !strstr(fixture->problems.items[0].text, mistakes[i].mistake))
      fail_msg("%s: %zu mistakes: %s", mistakes[i].table, fixture->problems.count,
               fixture->problems.count ? fixture->problems.items[0].text : "");
    assert_int_equal(fixture->problems.items[0].line, 2);
  }
}

static const struct rule *load_derived(struct rule_fixture *fixture, const char *table) {
  static const char base[] = "metadata { id = 'A', log_types = { 'Test.Log' }, severity = 'low',\n"
                             "  new_value = { of = 'a', per = 'b', learn = '3d', keep = '9d' } }";
  char derived[400];
  snprintf(derived, sizeof derived, "metadata { id = 'B', base = 'A', %s }", table);
  const struct rule_file files[] = {{.path = "a.lua", .source = TEXT(base)},
                                    {.path = "b.lua", .source = text_from(derived)}};
  rule_fixture_load(fixture, files, 2);
  assert_int_equal(fixture->problems.count, 0);
  return rule_set_find(fixture->set, TEXT("B"));
}

static void a_derived_rule_changes_what_it_names(void **state) {
  struct rule_fixture *fixture = *state;
  const struct rule *rule = load_derived(fixture, "severity = 'high'");
  const struct question *question = rule->questions.items;
  assert_int_equal(rule->questions.count, 1);
  uint64_t meaning = question->meaning;
  question = load_derived(fixture, "new_value = { learn = '1d' }")->questions.items;
  assert_true(question->learn == US_PER_DAY && question->keep == 9 * US_PER_DAY);
  assert_true(question->meaning == meaning && question->of.count == 1 && question->per.count == 1);
  question = load_derived(fixture, "new_value = { per = {} }")->questions.items;
  assert_true(question->meaning != meaning && question->per.count == 0);
  rule = load_derived(fixture, "rate = { at_least = 3, within = '1h' }");
  assert_int_equal(rule->questions.count, 2);
  rule = load_derived(fixture, "new_value = false, where = { a = 1 }");
  assert_int_equal(rule->questions.count, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_mistake_is_reported_with_its_way_out, rule_fixture_start,
                                      rule_fixture_stop),
      cmocka_unit_test_setup_teardown(a_derived_rule_changes_what_it_names, rule_fixture_start,
                                      rule_fixture_stop),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

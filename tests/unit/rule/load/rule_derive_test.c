#include "rule/correlation.h"
#include "rule/rule_fixture.h"

#include <stdio.h>

#define BASE                                                                                       \
  "metadata { id = 'Base', display_name = 'The base', log_types = { 'Test.Log' },\n"               \
  "  severity = 'low', tags = { 'a' }, threshold = 3, dedup_period_minutes = 5,\n"                 \
  "  description = 'of the base', where = { action = 'Update' },\n"                                \
  "  evidence = 'Sample', pack = 'base-pack' }\n"                                                  \
  "local function who(event) return require('help').name(event) end\n"                             \
  "kept = 0\n"                                                                                     \
  "function rule(event) return event.n ~= 0 end\n"                                                 \
  "function title(event) kept = kept + 1 return 'base: ' .. who(event) .. kept end\n"              \
  "function runbook(event) return 'base runbook' end\n"                                            \
  "tests { { name = 'x', event = {}, expect = false } }\n"

static const struct rule_file library = {
    .path = "rules/lib/help.lua",
    .source = TEXT_INIT("return { name = function(event) return event.who or 'nobody' end }"),
    .library = TEXT_INIT("help"),
};

static void load(struct rule_fixture *fixture, const char *const *sources, size_t count) {
  struct rule_file files[8] = {library};
  static const char *const paths[] = {"rules/a.lua", "rules/b.lua", "rules/c.lua", "other/d.lua"};
  for (size_t i = 0; i < count; i++)
    files[i + 1] = (struct rule_file){.path = paths[i], .source = text_from(sources[i])};
  rule_fixture_load(fixture, files, count + 1);
}

static const struct rule *find(const struct rule_fixture *fixture, const char *id) {
  const struct rule *rule = rule_set_find(fixture->set, text_from(id));
  if (!rule)
    fail_msg("there is no rule %s", id);
  return rule;
}

static bool matches(struct rule_fixture *fixture, const char *id, const char *record) {
  struct error error = ERROR_NONE;
  rule_fixture_event(fixture, record);
  enum rule_verdict verdict = rule_vm_match(fixture->vm, find(fixture, id), &error);
  if (verdict == RULE_FAILED)
    fail_msg("%s: %s", id, error.text);
  return verdict == RULE_MATCH;
}

static void expect_title(struct rule_fixture *fixture, const char *id, const char *record,
                         const char *title) {
  struct problems notes = PROBLEMS_NONE;
  assert_true(matches(fixture, id, record));
  rule_vm_describe(fixture->vm, find(fixture, id), &fixture->outcome, &notes);
  assert_int_equal(notes.count, 0);
  assert_text_equal(fixture->outcome.title, title);
}

static void metadata_is_inherited_unless_it_is_given(void **state) {
  struct rule_fixture *fixture = *state;
  const char *const sources[] = {
      "metadata { base = 'Base', id = 'Mine', severity = 'high', tags = {}, threshold = 1 }", BASE};
  load(fixture, sources, 2);
  rule_fixture_start_vm(fixture, NULL);
  const struct rule *rule = find(fixture, "Mine"), *base = find(fixture, "Base");
  assert_text_equal(rule->base, "Base");
  assert_text_equal(rule->display_name, "The base");
  assert_text_equal(rule->description, "of the base");
  assert_text_equal(rule->log_types.items[0], "Test.Log");
  assert_text_equal(rule->tags_json, "[]");
  assert_int_equal(rule->severity, SEVERITY_HIGH);
  assert_int_equal(rule->threshold, 1);
  assert_int_equal(rule->dedup_period, 5 * US_PER_MINUTE);
  assert_int_equal(rule->evidence, RULE_EVIDENCE_SAMPLE);
  assert_text_equal(rule->pack, "base-pack");
  assert_int_equal(rule->test_count, 0);
  assert_int_equal(base->severity, SEVERITY_LOW);
  assert_int_equal(base->threshold, 3);
  assert_int_equal(base->test_count, 1);
  assert_string_equal(rule->file, "rules/a.lua");
}

static void a_name_that_the_base_does_not_have_is_not_inherited(void **state) {
  struct rule_fixture *fixture = *state;
  const char *const sources[] = {
      "metadata { id = 'Base', log_types = { 'Test.Log' }, severity = 'low', where = { a = 1 } }",
      "metadata { base = 'Base', id = 'Mine' }"};
  load(fixture, sources, 2);
  rule_fixture_start_vm(fixture, NULL);
  assert_text_equal(find(fixture, "Mine")->display_name, "Mine");
}

static void both_conditions_must_hold(void **state) {
  struct rule_fixture *fixture = *state;
  const char *const sources[] = {BASE, "metadata { base = 'Base', id = 'Mine', where = { vip = 1 } "
                                       "}"};
  static const struct {
    const char *record;
    bool base, mine;
  } rows[] = {
      {"{\"action\":\"Update\",\"vip\":1}", true, true},
      {"{\"action\":\"Update\",\"vip\":2}", true, false},
      {"{\"action\":\"Delete\",\"vip\":1}", false, false},
      {"{\"action\":\"Update\",\"vip\":1,\"n\":0}", false, false},
  };
  load(fixture, sources, 2);
  rule_fixture_start_vm(fixture, NULL);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    assert_int_equal(matches(fixture, "Base", rows[i].record), rows[i].base);
    assert_int_equal(matches(fixture, "Mine", rows[i].record), rows[i].mine);
    rule_fixture_event(fixture, rows[i].record);
    struct rule_list candidates =
        rule_vm_candidates(fixture->vm, rule_fixture_event(fixture, rows[i].record));
    bool found = false;
    for (size_t k = 0; k < candidates.count; k++)
      found = found || text_is(candidates.items[k]->id, "Mine");
    if (rows[i].mine)
      assert_true(found);
  }
}

static void functions_are_inherited_unless_they_are_defined(void **state) {
  struct rule_fixture *fixture = *state;
  const char *const sources[] = {BASE, "metadata { base = 'Base', id = 'Mine' }\n"
                                       "function runbook(event) return 'my runbook' end"};
  load(fixture, sources, 2);
  rule_fixture_start_vm(fixture, NULL);
  expect_title(fixture, "Mine", "{\"action\":\"Update\",\"who\":\"homer\"}", "base: homer1");
  assert_text_equal(fixture->outcome.runbook, "my runbook");
  assert_text_equal(fixture->outcome.description, "of the base");
  expect_title(fixture, "Base", "{\"action\":\"Update\"}", "base: nobody1");
  assert_text_equal(fixture->outcome.runbook, "base runbook");
  expect_title(fixture, "Mine", "{\"action\":\"Update\",\"who\":\"lisa\"}", "base: lisa2");
}

static void rule_can_be_redefined_and_where_of_the_base_still_holds(void **state) {
  struct rule_fixture *fixture = *state;
  const char *const sources[] = {BASE, "metadata { base = 'Base', id = 'Mine' }\n"
                                       "function rule(event) return event.n == 0 end"};
  load(fixture, sources, 2);
  rule_fixture_start_vm(fixture, NULL);
  assert_true(matches(fixture, "Mine", "{\"action\":\"Update\",\"n\":0}"));
  assert_false(matches(fixture, "Mine", "{\"action\":\"Update\",\"n\":1}"));
  assert_false(matches(fixture, "Mine", "{\"action\":\"Delete\",\"n\":0}"));
}

static void the_base_may_be_switched_off(void **state) {
  struct rule_fixture *fixture = *state;
  const char *const sources[] = {
      "metadata { base = 'Base', id = 'Mine' }",
      "metadata { id = 'Base', enabled = false, log_types = { 'Test.Log' }, severity = 'low',\n"
      "  where = { a = 1 } }"};
  load(fixture, sources, 2);
  rule_fixture_start_vm(fixture, NULL);
  assert_true(find(fixture, "Mine")->enabled);
  assert_false(find(fixture, "Base")->enabled);
  struct rule_list candidates =
      rule_vm_candidates(fixture->vm, rule_fixture_event(fixture, "{\"a\":1}"));
  assert_int_equal(candidates.count, 1);
  assert_text_equal(candidates.items[0]->id, "Mine");
}

static void rules_derive_over_several_steps_in_any_order(void **state) {
  struct rule_fixture *fixture = *state;
  const char *const sources[] = {
      "metadata { base = 'Mine', id = 'A.Third', where = { z = 3 } }\n"
      "function runbook() return 'third' end",
      "metadata { base = 'Base', id = 'Mine', where = { y = 2 }, severity = 'high' }\n"
      "function title(event) return 'second' end",
      BASE};
  load(fixture, sources, 3);
  rule_fixture_start_vm(fixture, NULL);
  assert_int_equal(find(fixture, "A.Third")->severity, SEVERITY_HIGH);
  assert_false(matches(fixture, "A.Third", "{\"action\":\"Update\",\"z\":3}"));
  assert_false(matches(fixture, "A.Third", "{\"y\":2,\"z\":3}"));
  expect_title(fixture, "A.Third", "{\"action\":\"Update\",\"y\":2,\"z\":3}", "second");
  assert_text_equal(fixture->outcome.runbook, "third");
}

static void a_base_need_not_be_a_rule_of_the_set(void **state) {
  struct rule_fixture *fixture = *state;
  const struct rule_file files[] = {
      library,
      {.path = "rules/a.lua",
       .source = TEXT("metadata { base = 'Base', id = 'Mine', where = { vip = 1 } }")},
      {.path = "bundled/base.lua", .source = text_from(BASE), .only_base = true},
      {.path = "bundled/wrong.lua",
       .source = TEXT("metadata { id = 'Base', serverity = 'low' }"),
       .only_base = true},
      {.path = "bundled/other.lua",
       .source = TEXT("metadata { id = 'Other', description = 'not the Base', severity = 'low',\n"
                      "log_types = { 'Test.Log' }, where = { ['a|re'] = 'x' } }"),
       .only_base = true},
  };
  rule_fixture_load(fixture, files, 5);
  rule_fixture_start_vm(fixture, NULL);
  assert_int_equal(fixture->set->count, 1);
  expect_title(fixture, "Mine", "{\"action\":\"Update\",\"vip\":1}", "base: nobody1");
  assert_false(matches(fixture, "Mine", "{\"vip\":1}"));
}

struct mistake {
  const char *sources[4];
  const char *file;
  unsigned line;
  const char *message;
};

#define PLAIN "metadata { id = 'P', log_types = { 'T' }, severity = 'low', where = { a = 1 } }"

static void mistakes_are_reported_with_their_place(void **state) {
  struct rule_fixture *fixture = *state;
  static const struct mistake rows[] = {
      {{"metadata {\n  base = 'Bse', id = 'M' }", BASE},
       "rules/a.lua",
       2,
       "base: no rule has the id 'Bse' (did you mean 'Base'?)"},
      {{"metadata { base = 'Zoom.Other', id = 'M' }"},
       "rules/a.lua",
       1,
       "base: no rule has the id 'Zoom.Other'; load its file, too"},
      {{"metadata {\n\n base = 'M', id = 'M' }"},
       "rules/a.lua",
       3,
       "base: the rule derives from itself"},
      {{"metadata { base = 5, id = 'M', log_types = { 'T' }, severity = 'low', where = { a = 1 } "
        "}"},
       "rules/a.lua",
       1,
       "base must be a string, not a number"},
      {{"metadata { base = '', id = 'M', log_types = { 'T' }, severity = 'low', where = { a = 1 } "
        "}"},
       "rules/a.lua",
       1,
       "base is empty: it is to be the id of another rule"},
      {{"metadata { base = 'P' }", PLAIN}, "rules/a.lua", 1, "metadata lacks id"},
      {{"metadata { base = 'P', id = 'M',\n  serverity = 'low' }", PLAIN},
       "rules/a.lua",
       2,
       "unknown key 'serverity' in metadata (did you mean 'severity'?)"},
      {{"metadata { base = 'P', id = 'P' }", PLAIN},
       "rules/b.lua",
       1,
       "the id 'P' is taken by rules/a.lua:1"},
      {{"metadata { base = 'P', id = 'M', where = {\n  ['a|contians'] = 1 } }", PLAIN},
       "rules/a.lua",
       2,
       "unknown modifier 'contians' in where key 'a|contians' (did you mean 'contains'?)"},
      {{"metadata { base = 'M', id = 'N' }", "metadata { id = 'M', log_types = 5 }"},
       NULL,
       0,
       NULL}, /* the base's mistakes, and nothing about the derived one */
      {{"correlation { id = 'C', severity = 'low', on = 'a', within_minutes = 5,\n"
        "  sequence = { { rule = 'P', id = 'x' }, { rule = 'P', id = 'y' } } }",
        PLAIN, "metadata { id = 'M',\n  base = 'C' }"},
       "rules/c.lua",
       2,
       "base: 'C' is a correlation; a rule that runs on events can be a base"},
      {{"correlation { base = 'P', id = 'C', severity = 'low', on = 'a', within_minutes = 5,\n"
        "  sequence = { { rule = 'P', id = 'x' }, { rule = 'P', id = 'y' } } }",
        PLAIN},
       "rules/a.lua",
       1,
       "base has no place in correlation: the rules of its steps have it"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    size_t count = 0;
    while (count < 4 && rows[i].sources[count])
      count++;
    load(fixture, rows[i].sources, count);
    if (!rows[i].message) {
      for (size_t k = 0; k < fixture->problems.count; k++)
        assert_string_equal(fixture->problems.items[k].file, "rules/b.lua");
      continue;
    }
    const struct error *error = fixture->problems.items;
    if (fixture->problems.count != 1 || strcmp(error->text, rows[i].message) != 0 ||
        error->line != rows[i].line || strcmp(error->file, rows[i].file) != 0) {
      problems_print(&fixture->problems, stderr);
      fail_msg("expected %s:%u: %s", rows[i].file, rows[i].line, rows[i].message);
    }
  }
}

static void a_circle_is_reported_in_each_file(void **state) {
  struct rule_fixture *fixture = *state;
  const char *const sources[] = {"metadata { base = 'B', id = 'A' }",
                                 "metadata { base = 'C', id = 'B' }",
                                 "metadata { base = 'A', id = 'C' }"};
  load(fixture, sources, 3);
  assert_int_equal(fixture->problems.count, 3);
  assert_string_equal(fixture->problems.items[0].text,
                      "base: the rule derives from itself, by way of 'B'");
  assert_int_equal(fixture->set->count, 0);
}

static void a_chain_is_bounded(void **state) {
  struct rule_fixture *fixture = *state;
  char sources[12][64];
  struct rule_file files[12];
  for (int i = 0; i < 12; i++) {
    snprintf(sources[i], sizeof sources[i], "metadata { base = '%s%d', id = 'R%d' }", i ? "R" : "P",
             i ? i - 1 : 0, i);
    files[i] = (struct rule_file){.path = "r.lua", .source = text_from(sources[i])};
  }
  files[11] = (struct rule_file){
      .path = "p.lua",
      .source = TEXT("metadata { id = 'P0', log_types = { 'T' }, severity = 'low', where = { a = 1 "
                     "} }")};
  rule_fixture_load(fixture, files, 12);
  assert_int_equal(fixture->set->count, 9);
  assert_int_equal(fixture->problems.count, 1);
  assert_string_equal(fixture->problems.items[0].text,
                      "base: more than 8 rules derive from each other");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, rule_fixture_start, rule_fixture_stop)
  const struct CMUnitTest tests[] = {
      TEST(metadata_is_inherited_unless_it_is_given),
      TEST(a_name_that_the_base_does_not_have_is_not_inherited),
      TEST(both_conditions_must_hold),
      TEST(functions_are_inherited_unless_they_are_defined),
      TEST(rule_can_be_redefined_and_where_of_the_base_still_holds),
      TEST(the_base_may_be_switched_off),
      TEST(rules_derive_over_several_steps_in_any_order),
      TEST(a_base_need_not_be_a_rule_of_the_set),
      TEST(mistakes_are_reported_with_their_place),
      TEST(a_circle_is_reported_in_each_file),
      TEST(a_chain_is_bounded),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

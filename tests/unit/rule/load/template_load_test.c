/* Reading what metadata says in the place of functions: mistakes, derived rules, Sigma rules. */
#include "rule/rule_fixture.h"
#include "rule/sigma/sigma_mapping.h"

#include <stdio.h>

#define SCHEMA                                                                                     \
  "schema: Test.Log\nlogsource: {product: test}\nfields:\n- {name: who, type: string}\n"           \
  "- {name: ip, type: string}\n"                                                                   \
  "- {name: o, type: object, fields: [{name: email, type: string}]}\n"                             \
  "- {name: any, type: json}\n"

static void load(struct rule_fixture *fixture, const struct rule_file *files, size_t count) {
  struct problems unexpected = PROBLEMS_NONE;
  struct schema_set *schemas = schema_set_load_text(TEXT(SCHEMA), "test.yml", &unexpected);
  assert_int_equal(unexpected.count, 0);
  const struct rule_reading reading = {.schemas = schemas};
  rule_fixture_clear(fixture);
  fixture->set = rule_set_build(files, count, &reading, &fixture->problems);
  schema_set_free(schemas);
}

static void expect_mistake(const struct rule_fixture *fixture, const char *source,
                           const char *mistake) {
  struct error_line line;
  const char *got = fixture->problems.count ? error_line(&fixture->problems.items[0], &line) : NULL;
  if (got && mistake ? strcmp(got, mistake) != 0 : got != mistake)
    fail_msg("%s\n  got: %s\n  expected: %s", source, got ? got : "no mistake",
             mistake ? mistake : "no mistake");
  assert_int_equal(fixture->problems.count, mistake != NULL);
  assert_int_equal(fixture->set->count, mistake == NULL);
}

static void a_mistake_has_its_place_and_a_way_out(void **state) {
  static const struct {
    const char *metadata, *body, *mistake;
  } rows[] = {
      {"title = 'by {who}'", "", NULL},
      {"title = 'by {p_source_label}'", "", NULL},
      {"dedup = 'o.something'", "", NULL},
      {"dedup = 'any.thing'", "", NULL},
      {"title = 'by {woh}'", "",
       "t.lua:2: title: the schema Test.Log has no field 'woh' (did you mean 'who'?)"},
      {"dedup = 'who or zzzzzz'", "", "t.lua:2: dedup: the schema Test.Log has no field 'zzzzzz'"},
      {"unique = 'o.emial'", "",
       "t.lua:2: unique: the schema Test.Log has no field 'emial' (did you mean 'email'?)"},
      {"alert_context = { 'who', x = 'iq' }", "",
       "t.lua:2: alert_context: the schema Test.Log has no field 'iq' (did you mean 'ip'?)"},
      {"title = '{udm:actor}'", "", "t.lua:2: title: the data model of Test.Log has no 'actor'"},
      {"title = 'by {who'", "", "t.lua:2: title: a { without a } (write {{ for a brace)"},
      {"title = 'by who}'", "", "t.lua:2: title: } without a { (write }} for a brace)"},
      {"title = 'by {}'", "", "t.lua:2: title: a field's name is missing"},
      {"title = 'by {who or }'", "", "t.lua:2: title: a field's name is missing"},
      {"title = 'by {who{ip}}'", "", "t.lua:2: title: 'who{ip': { in a field's name"},
      {"title = \"by {who or 'x\"", "", "t.lua:2: title: a text in quotes does not end"},
      {"title = \"by {who or 'x' or ip}\"", "",
       "t.lua:2: title: a text in quotes is not the last of its values"},
      {"title = ''", "", "t.lua:2: title is empty"},
      {"title = 5", "", "t.lua:2: title must be a string, not a number"},
      {"alert_context = 'who'", "",
       "t.lua:2: alert_context must be a list of fields, or names with fields, not a string"},
      {"alert_context = { 'who or ip' }", "",
       "t.lua:2: alert_context: a member that chooses between values needs a name"},
      {"alert_context = { 'who', who = 'ip' }", "", "t.lua:2: alert_context: 'who' is there twice"},
      {"alert_context = { 5 }", "",
       "t.lua:2: a member of alert_context must be a string, not a number"},
      {"alert_context = { [true] = 'who' }", "",
       "t.lua:2: alert_context must have names as keys, not a boolean"},
      {"title = '{who}'", "function title(event) return 'x' end",
       "t.lua:2: the file has title in its metadata and as a function: leave one of them out"},
      {"unique = 'who'", "function unique(event) return 'x' end", NULL},
      {"unique = '{who}'", "function unique(event) return 'x' end",
       "t.lua:2: the file has unique in its metadata and as a function: leave one of them out"},
      {"unique = \"who or 'x'\"", "function unique(event) return 'x' end",
       "t.lua:2: the file has unique in its metadata and as a function: leave one of them out"},
      {"unique = 'p in who', patterns = { p = '(a)' }", "", NULL},
      {"unique = 'p in iq', patterns = { p = '(a)' }", "",
       "t.lua:2: unique: the schema Test.Log has no field 'iq' (did you mean 'ip'?)"},
      {"title = '{answer:count}', rate = { at_least = 2, within = '1h' }", "", NULL},
      {"title = '{answer:usual}', rate = { at_least = 2, within = '1h' }", "",
       "t.lua:2: title: answers to rate have no 'usual'; they have question, per, count"},
      {"title = '{answer:cuont}', rate = { at_least = 2, within = '1h' }", "",
       "t.lua:2: title: answers to rate have no 'cuont' (did you mean 'count'?); they have "
       "question, per, count"},
      {"title = '{answer:value} {answer:days}', distinct = { of = 'ip', at_least = 2, "
       "within = '1h' }, dormant = { at_least = '60d' }",
       "", NULL},
      {"dedup = 'answer:hour', distinct = { of = 'ip', at_least = 2, within = '1h' }, "
       "rate = { at_least = 2, within = '1h' }",
       "",
       "t.lua:2: dedup: answers to the rule's questions have no 'hour'; they have question, per, "
       "count, value, values"},
      {"title = '{answer:value}'", "", "t.lua:2: title: answer:value: the rule has no question"},
      {"title = '{p in udm:actor}', patterns = { p = '(a)' }", "",
       "t.lua:2: title: the data model of Test.Log has no 'actor'"},
      {"patterns = { p = '(a)' }, rate = { per = 'p in who', at_least = 2, within = '1h' }", "",
       "t.lua:2: rate.per: 'p' is a pattern, which only texts may use: name a field"},
      {"patterns = { ['p q'] = '(a)' }", "",
       "t.lua:2: a pattern's name has letters, digits and underscores only"},
      {"unique = 'p in who'", "", "t.lua:2: unique: the rule has no pattern 'p'"},
      {"unique = 'oder in who', patterns = { order = '(a)' }", "",
       "t.lua:2: unique: the rule has no pattern 'oder' (did you mean 'order'?)"},
      {"patterns = 'p'", "", "t.lua:2: patterns must be names with regexes, not a string"},
      {"patterns = { '(a)' }", "", "t.lua:2: patterns must have names as keys, not a number"},
      {"patterns = { p = 5 }", "", "t.lua:2: a pattern must be a string, not a number"},
      {"patterns = { p = '(a' }", "",
       "t.lua:2: patterns: p: missing closing parenthesis at offset 2"},
      {"patterns = { p = 'a' }", "",
       "t.lua:2: patterns: p: it has no group: put parentheses around what it should find"},
      {"titel = 'x'", "", "t.lua:2: unknown key 'titel' in metadata (did you mean 'title'?)"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char source[512];
    snprintf(source, sizeof source,
             "metadata { id = 'R', log_types = { 'Test.Log' }, severity = 'low',\n  %s,\n"
             "  where = { who = 'x' } }\n%s",
             rows[i].metadata, rows[i].body);
    const struct rule_file file = {.path = "t.lua", .source = text_from(source)};
    load(*state, &file, 1);
    expect_mistake(*state, source, rows[i].mistake);
  }
}

static void a_field_of_one_of_several_log_types_is_one(void **state) {
  static const char source[] =
      "metadata { id = 'R', log_types = { 'Test.Log', 'Custom.Unknown' }, severity = 'low',\n"
      "  where = { who = 'x' }, title = '{whatever}' }";
  const struct rule_file file = {.path = "t.lua", .source = TEXT(source)};
  load(*state, &file, 1);
  expect_mistake(*state, source, NULL);
}

static void what_a_derived_rule_says_itself_comes_before_what_it_inherits(void **state) {
  static const struct {
    const char *metadata, *body, *title, *dedup;
  } rows[] = {
      {"", "", "base x", "x"},
      {"title = 'mine {who}'", "", "mine x", "x"},
      {"", "function title() return 'mine' end", "mine", "x"},
      {"dedup = '{who}{who}'", "", "base x", "xx"},
      {"", "function dedup() return 'f' end", "base x", "f"},
  };
  struct rule_fixture *fixture = *state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char source[512];
    snprintf(source, sizeof source, "metadata { id = 'R', base = 'Base', %s }\n%s",
             rows[i].metadata, rows[i].body);
    const struct rule_file files[] = {
        {.path = "t.lua", .source = text_from(source)},
        {.path = "base.lua",
         .source = TEXT("metadata { id = 'Base', log_types = { 'Test.Log' }, severity = 'low',\n"
                        "  where = { who = 'x' }, title = 'base {who}' }\n"
                        "function dedup(event) return event.who end")}};
    load(fixture, files, 2);
    rule_fixture_start_vm(fixture, NULL);
    rule_fixture_event(fixture, "{\"who\":\"x\"}");
    rule_vm_describe(fixture->vm, rule_set_find(fixture->set, TEXT("R")), &fixture->outcome,
                     &fixture->problems);
    assert_text_equal(fixture->outcome.title, rows[i].title);
    assert_text_equal(fixture->outcome.dedup, rows[i].dedup);
    assert_int_equal(fixture->problems.count, 0);
  }
}

static void a_correlation_names_its_key(void **state) {
  static const struct {
    const char *title, *mistake;
  } rows[] = {
      {"{who}: {steps.a.count} {first_event_time} {p_rule_id}", NULL},
      {"{woh}", "c.lua:2: title: events of the correlation have no field 'woh' (did you mean "
                "'who'?)"},
  };
  struct rule_fixture *fixture = *state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char source[512];
    snprintf(source, sizeof source,
             "correlation { id = 'C', severity = 'low', on = 'who', within_minutes = 5,\n"
             "  title = '%s', group = { { id = 'a', rule = 'R', min = 2 } } }",
             rows[i].title);
    const struct rule_file files[] = {
        {.path = "c.lua", .source = text_from(source)},
        {.path = "r.lua",
         .source = TEXT("metadata { id = 'R', log_types = { 'Test.Log' }, severity = 'low',\n"
                        "  where = { who = 'x' } }")}};
    load(fixture, files, 2);
    struct error_line line;
    assert_int_equal(fixture->problems.count, rows[i].mistake != NULL);
    if (rows[i].mistake)
      assert_string_equal(error_line(&fixture->problems.items[0], &line), rows[i].mistake);
  }
}

static void a_sigma_rule_has_them_below_margay(void **state) {
  static const struct {
    const char *margay, *title, *dedup, *context, *mistake;
  } rows[] = {
      {"{title: 'by {who}', dedup: who, unique: ip, alert_context: [who]}", "by x", "x",
       "{\"who\":\"x\"}", NULL},
      {"{title: 'by {who}', alert_context: {b: o.email or 'no', a: who}}", "by x", "by x",
       "{\"b\":\"no\",\"a\":\"x\"}", NULL},
      {"{titel: x}", NULL, NULL, NULL,
       "s.yml:4:10: unknown key 'titel' in margay (did you mean 'title'?)"},
      {"{title: '{woh}'}", NULL, NULL, NULL,
       "s.yml:4:17: title: the schema Test.Log has no field 'woh' (did you mean 'who'?)"},
      {"{title: '{who'}", NULL, NULL, NULL,
       "s.yml:4:17: title: a { without a } (write {{ for a brace)"},
      {"{dedup: ''}", NULL, NULL, NULL, "s.yml:4:17: dedup is empty"},
      {"{alert_context: who}", NULL, NULL, NULL,
       "s.yml:4:25: alert_context must be a list of fields, or names with fields"},
      {"{evidence: gues}", NULL, NULL, NULL,
       "s.yml:4:20: evidence 'gues' is none of documented, sample, guess (did you mean 'guess'?)"},
      {"{evidence: [a, b]}", NULL, NULL, NULL, "s.yml:4:20: evidence: expected text, found a list"},
      {"{pack: My own}", NULL, NULL, NULL,
       "s.yml:4:16: pack is not 1 to 64 of a-z, 0-9 and '-', as in 'zoom-core'"},
      {"[who]", NULL, NULL, NULL,
       "s.yml:4:9: margay: expected a mapping (key: value), found a list"},
  };
  struct rule_fixture *fixture = *state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char source[512];
    snprintf(source, sizeof source,
             "title: T\nlogsource: {product: test}\ndetection: {s: {who: x}, condition: s}\n"
             "margay: %s\n",
             rows[i].margay);
    const struct rule_file file = {.path = "s.yml", .source = text_from(source)};
    load(fixture, &file, 1);
    expect_mistake(fixture, source, rows[i].mistake);
    if (rows[i].mistake)
      continue;
    rule_fixture_start_vm(fixture, NULL);
    rule_fixture_event(fixture, "{\"who\":\"x\"}");
    rule_vm_describe(fixture->vm, &fixture->set->rules[0], &fixture->outcome, &fixture->problems);
    assert_text_equal(fixture->outcome.title, rows[i].title);
    assert_text_equal(fixture->outcome.dedup, rows[i].dedup);
    assert_text_equal(fixture->outcome.context, rows[i].context);
  }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, rule_fixture_start, rule_fixture_stop)
  const struct CMUnitTest tests[] = {
      TEST(a_mistake_has_its_place_and_a_way_out),
      TEST(a_field_of_one_of_several_log_types_is_one),
      TEST(what_a_derived_rule_says_itself_comes_before_what_it_inherits),
      TEST(a_correlation_names_its_key),
      TEST(a_sigma_rule_has_them_below_margay),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

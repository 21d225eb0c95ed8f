/* Sigma files: mistakes, refusals, and what a rule says about itself. */
#include "rule/sigma/sigma_fixture.h"

#include <stdlib.h>

static const struct {
  const char *yaml, *problem;
} mistakes[] = {
    {"title: x\n", "rules/x.yml:1:1: the rule has no 'detection'"},
    {"title: x\nlogsource: {product: zoom}\ndetecton: {}\n",
     "rules/x.yml:3:1: unknown key 'detecton' (did you mean 'detection'?)"},
    {"title: x\ndetection: {s: {a: 1}, condition: s}\n",
     "rules/x.yml:1:1: the rule has no 'logsource'"},
    {"- a\n", "rules/x.yml:1:1: a Sigma rule: expected a mapping (key: value), found a list"},
    {"logsource: {}\ndetection: {s: {a: 1}, condition: s}\n",
     "rules/x.yml:1:1: the rule has no 'title'"},
    {"title: x\nlogsource: {product: any}\ndetection:\n  s: {a: 1}\n",
     "rules/x.yml:4:3: detection has no 'condition'"},
    {"title: x\nlogsource: {product: any}\ndetection:\n  s: {a: 1}\n  condition: t\n",
     "rules/x.yml:5:14: condition: there is no search identifier 't' (did you mean 's'?)"},
    {"title: x\nlogsource: {product: any}\ndetection:\n  selection: {a: 1}\n  condition: "
     "selecton\n",
     "rules/x.yml:5:14: condition: there is no search identifier 'selecton' (did you mean "
     "'selection'?)"},
    {"title: x\nlogsource: {product: any}\ndetection:\n  s: {a: 1}\n  condition: s and\n",
     "rules/x.yml:5:14: condition: expected a search identifier, but the condition ends"},
    {"title: x\nlogsource: {product: any}\ndetection:\n  s: {a: 1}\n  condition: s s\n",
     "rules/x.yml:5:14: condition: expected 'and' or 'or', not 's' (character 3 of it)"},
    {"title: x\nlogsource: {product: any}\ndetection:\n  s: {a: 1}\n  condition: (s\n",
     "rules/x.yml:5:14: condition: expected 'and', 'or' or ')', but the condition ends"},
    {"title: x\nlogsource: {product: any}\ndetection:\n  s: {a: 1}\n  condition: s)\n",
     "rules/x.yml:5:14: condition: expected 'and' or 'or', not ')' (character 2 of it)"},
    {"title: x\nlogsource: {product: any}\ndetection:\n  s: {a: 1}\n  condition: s or or s\n",
     "rules/x.yml:5:14: condition: expected a search identifier, not 'or' (character 6 of it)"},
    {"title: x\nlogsource: {product: any}\ndetection:\n  s: {a: 1}\n  condition: 2 of s*\n",
     "rules/x.yml:5:14: condition: expected '1 of', 'any of' or 'all of', not '2' (character 1 of "
     "it)"},
    {"title: x\nlogsource: {product: any}\ndetection:\n  s: {a: 1}\n  condition: 1 of t*\n",
     "rules/x.yml:5:14: condition: no search identifier fits 't*'"},
    {"title: x\nlogsource: {product: any}\ndetection:\n  s: {a: 1}\n  condition: 1 of\n",
     "rules/x.yml:5:14: condition: expected 'them' or a pattern such as 'selection*' after 'of', "
     "but the condition ends"},
    {"title: x\nlogsource: {product: any}\ndetection:\n  _s: {a: 1}\n  condition: all of them\n",
     "rules/x.yml:5:14: condition: no search identifier fits 'them'"},
    {"title: x\nlogsource: {product: any}\ndetection:\n  s: {a: 1}\n  condition: []\n",
     "rules/x.yml:5:14: condition: the list is empty"},
    {"title: x\nlogsource: {product: any}\ndetection:\n  s: {a: 1}\n  condition: {a: b}\n",
     "rules/x.yml:5:14: condition: expected text, found a mapping (key: value)"},
    {"title: x\nlogsource: {product: any}\ndetection:\n  s: {}\n  condition: s\n",
     "rules/x.yml:4:6: a search identifier without a field or a keyword"},
    {"title: x\nlogsource: {product: any}\ndetection:\n  s: []\n  condition: s\n",
     "rules/x.yml:4:6: a search identifier without a field or a keyword"},
    {"title: x\nlogsource: {product: any}\ndetection:\n  s: null\n  condition: s\n",
     "rules/x.yml:4:6: a keyword that is null (null belongs to a field)"},
    {"title: x\nlogsource: {product: any}\ndetection:\n  s: {a: {b: 1}}\n  condition: s\n",
     "rules/x.yml:4:10: a map below a field (a field that lies deeper is named with dots: 'a.b')"},
    {"title: x\nlogsource: {product: any}\ndetection:\n  s: {a: [[1]]}\n  condition: s\n",
     "rules/x.yml:4:11: a map or a list among a field's values"},
    {"title: x\nlogsource: {product: any}\ndetection:\n  s: {'': 1}\n  condition: s\n",
     "rules/x.yml:4:7: a field without a name"},
    {"title: x\nlogsource: {product: any}\ndetection:\n  s: {a|contain: 1}\n  condition: s\n",
     "rules/x.yml:4:7: unknown modifier 'contain' in key 'a|contain' (did you mean 'contains'?)"},
    {"title: x\nlogsource: {product: any}\ndetection:\n  s: {a|gt: x}\n  condition: s\n",
     "rules/x.yml:4:7: 'gt' takes a number, not text, in key 'a|gt'"},
    {"title: x\nlogsource: {product: any}\ndetection:\n  s: {a|re: '('}\n  condition: s\n",
     "rules/x.yml:4:7: bad regex in key 'a|re': missing closing parenthesis at offset 1"},
    {"title: x\nlogsource: {product: any}\ndetection:\n  s: {a: 1}\n  t: {a|cidr: x}\n  condition: "
     "s\n",
     "rules/x.yml:5:7: 'x' is not a network (such as 10.0.0.0/8) in key 'a|cidr'"},
    {"title: x\nlogsource: {product: any}\ndetection:\n  s: {a: 1}\n  condition: s\nlevel: hihg\n",
     "rules/x.yml:6:8: level 'hihg' is none of informational, low, medium, high, critical (did you "
     "mean 'high'?)"},
    {"title: x\nlogsource: {product: any}\ndetection:\n  s: {a: 1}\n  condition: s\nid: 'a<b'\n",
     "rules/x.yml:6:5: id must not hold any of < > & \" % or control characters"},
    {"title: x\nlogsource: {product: any}\ndetection:\n  s: {a: 1}\n  condition: s\ntests: x\n",
     "rules/x.yml:6:8: tests: expected a list, found 'x'"},
    {"title: x\nlogsource: {product: any}\ndetection:\n  s: *a\n  condition: s\n",
     "rules/x.yml:4:6: no anchor '&a' stands before this alias (quote a value that is meant to "
     "start "
     "with '*')"},
    {"title: x\nlogsource: {product: any}\ndetection:\n  s: {a: 1}\n  s: {b: 1}\n  condition: "
     "s\n",
     "rules/x.yml:5:3: the key 's' is here twice (first in line 4)"},
    {"title: x\nlogsource: {product: any}\ndetection:\n  _s: {a: 1}\n  condition: 1 of *s\n",
     "rules/x.yml:5:14: condition: no search identifier fits '*s'"},
    {"title: x\nlogsource: zoom\ndetection: {s: {a: 1}, condition: s}\n",
     "rules/x.yml:2:12: logsource: expected a mapping (key: value), found 'zoom'"},
};

static void a_mistake_hides_no_others_of_its_document(void **state) {
  (void)state;
  static const char yaml[] = "title: x\nid: 'a<b'\nlevel: hihg\nlogsource: {product: any}\n"
                             "detection:\n  s: {a|contain: 1}\n  condition: s\ntests: x\n"
                             "margay: {titel: x}\n";
  static const char *const places[] = {"rules/x.yml:2:5: id", "rules/x.yml:3:8: level",
                                       "rules/x.yml:8:8: tests", "rules/x.yml:9:10: unknown key",
                                       "rules/x.yml:6:7: unknown modifier"};
  struct sigma_fixture fixture;
  load_sigma(&fixture, ANY_LOGSOURCE, yaml);
  assert_int_equal(fixture.set->count, 0);
  for (size_t i = 0; i < fixture.problems.count; i++) {
    struct error_line line;
    const char *got = error_line(&fixture.problems.items[i], &line);
    if (i >= sizeof places / sizeof *places || strncmp(got, places[i], strlen(places[i])) != 0)
      fail_msg("mistake %zu: %s", i, got);
  }
  assert_int_equal(fixture.problems.count, sizeof places / sizeof *places);
  free_sigma(&fixture);
}

static void a_mistake_has_its_place_and_a_way_out(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
    struct sigma_fixture fixture;
    struct error_line line;
    load_sigma(&fixture, ANY_LOGSOURCE, mistakes[i].yaml);
    assert_int_equal(fixture.set->count, 0);
    assert_true(fixture.problems.count > 0);
    assert_string_equal(error_line(&fixture.problems.items[0], &line), mistakes[i].problem);
    free_sigma(&fixture);
  }
}

static void a_double_key_costs_its_rule_and_no_other(void **state) {
  (void)state;
  struct sigma_fixture fixture;
  load_sigma(&fixture, ANY_LOGSOURCE,
             "title: one\nlogsource: {}\ndetection: {s: {a: 1}, condition: s}\n---\n"
             "title: two\nlogsource: {}\ndetection:\n  s: {a: 1, a: 2}\n  condition: s\n---\n"
             "title: three\nlogsource: {}\ndetection: {s: {a: 1}, condition: s}\n---\n"
             "not: Sigma\nnot: at all\n");
  assert_int_equal(fixture.problems.count, 1);
  assert_int_equal(fixture.set->count, 2);
  free_sigma(&fixture);
}

static const struct {
  const char *yaml;
  unsigned line;
  const char *reason;
} refusals[] = {
    {"title: x\nlogsource: {product: zoom, service: operation}\ndetection:\n  s: {a: 1}\n  "
     "condition: "
     "s | near t\n",
     5, "its condition has '| near', which Sigma has given up for correlation rules"},
    {"title: x\nlogsource: {product: zoom, service: operation}\ndetection:\n  s: {a|expand: "
     "'%x%'}\n  condition: s\n",
     4, "the placeholder '%x%' has no values: the mapping's 'placeholders' can name them"},
    {"title: x\nlogsource: {product: zoom}\ndetection:\n  s: {a: 1}\n  condition: s\nstatus: "
     "deprecated\n",
     6, "its status is 'deprecated'"},
    {"title: x\nlogsource: {product: zoom}\ndetection:\n  s: {a: 1}\n  condition: s\nstatus: "
     "unsupported\n",
     6, "its status is 'unsupported'"},
    {"title: x\nlogsource: {category: c, product: p, service: s}\ndetection: {s: {a: 1}, "
     "condition: s}\n",
     2, "no log type for category: c, product: p, service: s"},
    {"title: x\nlogsource: {product: zoom, service: unheard}\ndetection: {s: {a: 1}, condition: "
     "s}\n",
     2, "no log type for product: zoom, service: unheard"},
    {"title: x\nlogsource: {product: zoom, service: operations}\ndetection: {s: {a: 1}, condition: "
     "s}\n",
     2, "no log type for product: zoom, service: operations (did you mean 'operation'?)"},
    {"title: x\nlogsource: {product: zomo, service: operation}\ndetection: {s: {a: 1}, condition: "
     "s}\n",
     2, "no log type for product: zomo, service: operation (did you mean 'zoom'?)"},
    {"title: x\nlogsource: {definition: d}\ndetection: {s: {a: 1}, condition: s}\n", 2,
     "no log type for an empty logsource"},
};

static void what_margay_does_not_support_is_refused_with_a_reason(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
    struct sigma_fixture fixture;
    struct error_line line;
    load_sigma(&fixture, NULL, refusals[i].yaml);
    if (fixture.problems.count)
      fail_msg("%s", error_line(&fixture.problems.items[0], &line));
    assert_int_equal(fixture.set->count, 0);
    assert_int_equal(fixture.set->refusal_count, 1);
    assert_string_equal(fixture.set->refusals[0].reason, refusals[i].reason);
    assert_int_equal(fixture.set->refusals[0].line, refusals[i].line);
    assert_string_equal(fixture.set->refusals[0].file, "rules/x.yml");
    assert_true(text_is(fixture.set->refusals[0].title, "x"));
    free_sigma(&fixture);
  }
}

#define DETECTION "detection: {s: {a: 1}, condition: s}\n"
#define ZOOM "logsource: {product: zoom, service: operation}\n"

static void the_metadata_of_a_rule_is_that_of_its_file(void **state) {
  (void)state;
  struct sigma_fixture fixture;
  load_sigma(&fixture, NULL,
             "title: Passcode gone\nid: 7d0b8f9a-1111-4222-8333-444455556666\nname: passcode\n"
             "related: [{id: x, type: similar}]\ntaxonomy: sigma\nstatus: stable\n"
             "description: |\n  Two\n  lines.\n"
             "references: ['https://a.example/1', 'https://a.example/2', 'https://a.example/3']\n"
             "author: Ned\ndate: 2024-03-21\nmodified: 2024-03-22\nscope: [server]\n"
             "tags: [attack.collection, attack.T1125, attack.g0007, tlp.green]\n"
             "fields: [operator, action]\nfalsepositives: [Unknown, Maintenance]\n"
             "margay: {evidence: Guess, pack: zoom-core}\n"
             "level: critical\nlicense: MIT\nmine: {anything: here}\n" ZOOM DETECTION);
  const struct rule *rule = only_rule(&fixture);
  assert_true(text_is(rule->id, "7d0b8f9a-1111-4222-8333-444455556666"));
  assert_true(text_is(rule->display_name, "Passcode gone"));
  assert_int_equal(rule->log_types.count, 1);
  assert_true(text_is(rule->log_types.items[0], "Zoom.Operation"));
  assert_int_equal(rule->severity, SEVERITY_CRITICAL);
  assert_int_equal(rule->evidence, RULE_EVIDENCE_GUESS);
  assert_true(text_is(rule->pack, "zoom-core"));
  assert_true(rule->enabled && rule->create_alert);
  assert_true(text_is(rule->description, "Two\nlines.\n\nRule by Ned\n\nSee also:\n"
                                         "https://a.example/2\nhttps://a.example/3"));
  assert_true(text_is(rule->reference, "https://a.example/1"));
  assert_true(text_is(rule->runbook, "Known false positives:\n- Unknown\n- Maintenance"));
  assert_int_equal(rule->tags.count, 4);
  assert_true(text_is(rule->tags_json,
                      "[\"attack.collection\",\"attack.T1125\",\"attack.g0007\",\"tlp.green\"]"));
  assert_true(text_is(rule->reports_json, "{\"MITRE ATT&CK\":[\"TA0009:T1125\"]}"));
  assert_int_equal(rule->summary_attributes.count, 2);
  assert_int_equal(rule->threshold, 1);
  assert_int_equal(rule->metadata_line, 1);
  assert_string_equal(rule->file, "rules/x.yml");
  free_sigma(&fixture);
}

static void what_is_not_said_has_a_default(void **state) {
  (void)state;
  static const struct {
    const char *head, *id, *name;
    enum severity severity;
    bool alerts;
  } rows[] = {
      {"title: A title\n", "A title", "A title", SEVERITY_MEDIUM, true},
      {"title: 50% of <x> & \"y\"\n", "50_ of _x_ _ _y_", "50% of <x> & \"y\"", SEVERITY_MEDIUM,
       true},
      {"title: A title\nname: a_name\nlevel: low\n", "a_name", "A title", SEVERITY_LOW, true},
      {"name: a_name\nlevel:\n", "a_name", "a_name", SEVERITY_MEDIUM, true},
      {"title: t\nlevel: informational\n", "t", "t", SEVERITY_INFO, false},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct sigma_fixture fixture;
    char yaml[256];
    snprintf(yaml, sizeof yaml, "%s" ZOOM DETECTION, rows[i].head);
    load_sigma(&fixture, NULL, yaml);
    const struct rule *rule = only_rule(&fixture);
    assert_true(text_is(rule->id, rows[i].id));
    assert_true(text_is(rule->display_name, rows[i].name));
    assert_int_equal(rule->severity, rows[i].severity);
    assert_int_equal(rule->create_alert, rows[i].alerts);
    free_sigma(&fixture);
  }
}

static void attack_tags_become_a_report(void **state) {
  (void)state;
  static const struct {
    const char *tags, *reports;
  } rows[] = {
      {"[attack.t1078.004]", "{\"MITRE ATT&CK\":[\"T1078.004\"]}"},
      {"[attack.initial-access]", "{\"MITRE ATT&CK\":[\"TA0001\"]}"},
      {"[attack.initial_access, attack.t1078, attack.t1110]",
       "{\"MITRE ATT&CK\":[\"TA0001:T1078\",\"TA0001:T1110\"]}"},
      {"[attack.impact, attack.ta0040, attack.t1485]",
       "{\"MITRE ATT&CK\":[\"TA0040\",\"TA0040\",\"T1485\"]}"},
      {"[attack.stealth, attack.t1070]", "{\"MITRE ATT&CK\":[\"TA0005:T1070\"]}"},
      {"[attack.defense-impairment, attack.t1562]", "{\"MITRE ATT&CK\":[\"TA0112:T1562\"]}"},
      {"[attack.defense-evasion, attack.persistence, attack.t1098]",
       "{\"MITRE ATT&CK\":[\"TA0005\",\"TA0003\",\"T1098\"]}"},
      {"[attack.s0002, attack.tttt, attack.t12, cve.2021-44228]", "{}"},
      {"[]", "{}"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct sigma_fixture fixture;
    char yaml[256];
    snprintf(yaml, sizeof yaml, "title: x\ntags: %s\n" ZOOM DETECTION, rows[i].tags);
    load_sigma(&fixture, NULL, yaml);
    struct text reports = only_rule(&fixture)->reports_json;
    if (!text_is(reports, rows[i].reports))
      fail_msg("%s: %.*s", rows[i].tags, TEXT_ARGS(reports));
    free_sigma(&fixture);
  }
}

static void tests_are_read_as_those_of_lua_rules_are(void **state) {
  (void)state;
  struct sigma_fixture fixture;
  load_sigma(&fixture, NULL,
             "title: x\n" ZOOM DETECTION
             "tests:\n  - {name: one, expect: true, event: {a: 1, b: '1', c: [~, 2.5]}}\n");
  const struct rule *rule = only_rule(&fixture);
  assert_int_equal(rule->test_count, 1);
  assert_int_equal(rule->tests_line, 5);
  assert_true(text_is(rule->tests_json, "[{\"name\":\"one\",\"expect\":true,\"event\":{\"a\":1,"
                                        "\"b\":\"1\",\"c\":[null,2.5]}}]"));
  free_sigma(&fixture);
}

static void a_file_holds_any_number_of_rules(void **state) {
  (void)state;
  struct sigma_fixture fixture;
  load_sigma(&fixture, NULL,
             "title: b\n" ZOOM DETECTION "---\ntitle: a\n" ZOOM DETECTION
             "---\ntitle: c\nlogsource: {product: other}\n" DETECTION);
  assert_int_equal(fixture.set->count, 2);
  assert_true(text_is(fixture.set->rules[0].id, "a"));
  assert_int_equal(fixture.set->rules[0].metadata_line, 5);
  assert_int_equal(fixture.set->refusal_count, 1);
  free_sigma(&fixture);
}

static void the_second_rule_of_an_id_gets_another_one_and_a_warning(void **state) {
  (void)state;
  struct sigma_fixture fixture;
  struct error_line line;
  static const char lua[] = "metadata { id = 'taken', log_types = { 'Test' }, severity = 'low', "
                            "where = { kind = 'lua' } }";
  static const char yaml[] =
      "title: A\nid: taken\n" ZOOM DETECTION "---\ntitle: B\nid: taken\n" ZOOM DETECTION;
  const struct rule_file files[] = {{.path = "rules/a.lua", .source = TEXT_INIT(lua)},
                                    {.path = "rules/b.yml", .source = TEXT_INIT(yaml)}};
  load_sigma_files(&fixture, NULL, files, 2);
  assert_int_equal(fixture.problems.count, 0);
  assert_int_equal(fixture.set->count, 3);
  assert_string_equal(rule_set_find(fixture.set, TEXT("taken"))->file, "rules/a.lua");
  assert_true(text_is(rule_set_find(fixture.set, TEXT("taken (2)"))->display_name, "A"));
  assert_true(text_is(rule_set_find(fixture.set, TEXT("taken (3)"))->display_name, "B"));
  assert_int_equal(fixture.set->warnings.count, 2);
  assert_string_equal(error_line(&fixture.set->warnings.items[0], &line),
                      "rules/b.yml:1:1: the id 'taken' is taken by a rule in rules/a.lua: this one "
                      "is 'taken (2)'");
  free_sigma(&fixture);
}

static const struct {
  const char *head, *detection, *warning;
} oddities[] = {
    {"tags: [[x]]", "{s: {a: 1}, condition: s}",
     "tags: a list where a text is expected; it is left out"},
    {"references: {x: y}", "{s: {a: 1}, condition: s}",
     "references: a mapping (key: value) where a text is expected; it is left out"},
    {"falsepositive: none", "{s: {a: 1}, condition: s}",
     "unknown key 'falsepositive' (did you mean 'falsepositives'?)"},
    {"evidence: guess", "{s: {a: 1}, condition: s}",
     "unknown key 'evidence' (it belongs below 'margay')"},
    {"pack: zoom-core", "{s: {a: 1}, condition: s}",
     "unknown key 'pack' (it belongs below 'margay')"},
    {"dedup: a", "{s: {a: 1}, condition: s}", "unknown key 'dedup' (it belongs below 'margay')"},
    {"rate: {at_least: 3}", "{s: {a: 1}, condition: s}",
     "unknown key 'rate' (it belongs below 'margay')"},
    {"level: low", "{s: {a: 1}, filter: , condition: s}",
     "the search identifier 'filter' is empty, and the condition does not name it"},
    {"level: low", "{s: {a|contains|contains: 1}, condition: s}",
     "modifier 'contains' twice in key 'a|contains|contains': it counts once"},
};

static void what_is_odd_about_a_rule_is_a_warning(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof oddities / sizeof *oddities; i++) {
    struct sigma_fixture fixture;
    char yaml[512];
    snprintf(yaml, sizeof yaml, "title: x\n%s\n" ZOOM "detection: %s\n", oddities[i].head,
             oddities[i].detection);
    load_sigma(&fixture, NULL, yaml);
    only_rule(&fixture);
    assert_int_equal(fixture.set->warnings.count, 1);
    assert_string_equal(fixture.set->warnings.items[0].text, oddities[i].warning);
    free_sigma(&fixture);
  }
}

static void an_author_may_be_a_list(void **state) {
  (void)state;
  struct sigma_fixture fixture;
  load_sigma(&fixture, NULL, "title: x\nauthor: [Ned, Homer]\n" ZOOM DETECTION);
  assert_true(text_is(only_rule(&fixture)->description, "Rule by Ned, Homer"));
  free_sigma(&fixture);
}

static void rules_of_a_status_are_taken_when_they_are_asked_for(void **state) {
  (void)state;
  static const struct {
    const char *status;
    size_t taken;
  } rows[] = {{"deprecated", 1}, {"[deprecated, unsupported]", 2}, {"unsupported", 1}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct sigma_fixture fixture;
    char mapping[128];
    snprintf(mapping, sizeof mapping, ANY_LOGSOURCE "status: %s\n", rows[i].status);
    load_sigma(&fixture, mapping,
               "title: a\nstatus: deprecated\n" ZOOM DETECTION
               "---\ntitle: b\nstatus: unsupported\n" ZOOM DETECTION);
    assert_int_equal(fixture.set->count, rows[i].taken);
    assert_int_equal(fixture.set->refusal_count, 2 - rows[i].taken);
    free_sigma(&fixture);
  }
}

static void a_correlation_that_is_a_text_is_passed_over(void **state) {
  (void)state;
  struct sigma_fixture fixture;
  load_sigma(&fixture, NULL, "title: x\ncorrelation: with the event before it\n" ZOOM DETECTION);
  assert_null(only_rule(&fixture)->correlation);
  free_sigma(&fixture);
}

static void a_collection_is_its_rules_with_what_holds_for_all(void **state) {
  (void)state;
  struct sigma_fixture fixture;
  load_sigma(&fixture, NULL,
             "title: all\naction: global\nlevel: high\ndetection: {condition: s}\n---\n"
             "name: one\n" ZOOM "detection: {s: {a: 1}}\n---\n"
             "name: two\naction: repeat\ndetection: {s: {a: 2}}\n---\n"
             "action: reset\n---\nname: three\n" ZOOM DETECTION);
  assert_int_equal(fixture.problems.count, 0);
  assert_int_equal(fixture.set->count, 3);
  assert_int_equal(rule_set_find(fixture.set, TEXT("two"))->severity, SEVERITY_HIGH);
  assert_int_equal(rule_set_find(fixture.set, TEXT("three"))->severity, SEVERITY_MEDIUM);
  assert_true(sigma_matches(&fixture, rule_set_find(fixture.set, TEXT("one")), "{\"a\":1}"));
  assert_true(sigma_matches(&fixture, rule_set_find(fixture.set, TEXT("two")), "{\"a\":2}"));
  free_sigma(&fixture);
}

static void yaml_that_is_no_rule_is_passed_over(void **state) {
  (void)state;
  static const char *const texts[] = {"",
                                      "# nothing\n",
                                      "schema: X\nversion: 1\nfields: []\n",
                                      OPERATION_SCHEMA,
                                      "logsources: []\n",
                                      "title: A mapping of another tool\nlogsources: {}\n",
                                      "---\n---\n"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    struct sigma_fixture fixture;
    load_sigma(&fixture, NULL, texts[i]);
    assert_int_equal(fixture.set->count + fixture.set->refusal_count + fixture.problems.count, 0);
    free_sigma(&fixture);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_mistake_hides_no_others_of_its_document),
      cmocka_unit_test(a_mistake_has_its_place_and_a_way_out),
      cmocka_unit_test(a_double_key_costs_its_rule_and_no_other),
      cmocka_unit_test(what_margay_does_not_support_is_refused_with_a_reason),
      cmocka_unit_test(the_metadata_of_a_rule_is_that_of_its_file),
      cmocka_unit_test(what_is_not_said_has_a_default),
      cmocka_unit_test(attack_tags_become_a_report),
      cmocka_unit_test(tests_are_read_as_those_of_lua_rules_are),
      cmocka_unit_test(a_file_holds_any_number_of_rules),
      cmocka_unit_test(the_second_rule_of_an_id_gets_another_one_and_a_warning),
      cmocka_unit_test(what_is_odd_about_a_rule_is_a_warning),
      cmocka_unit_test(an_author_may_be_a_list),
      cmocka_unit_test(rules_of_a_status_are_taken_when_they_are_asked_for),
      cmocka_unit_test(a_correlation_that_is_a_text_is_passed_over),
      cmocka_unit_test(a_collection_is_its_rules_with_what_holds_for_all),
      cmocka_unit_test(yaml_that_is_no_rule_is_passed_over),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

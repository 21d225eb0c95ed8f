/* Mappings of several entries, default paths of fields, placeholders, filters and aggregations. */
#include "rule/sigma/sigma_fixture.h"

#include "rule/correlation.h"

#include <stdlib.h>
#include <unistd.h>

#define RULE(DETECTION) "title: x\nlogsource: {product: any}\ndetection: {" DETECTION "}\n"

/* ---- several entries for one logsource ---- */

static const char two_entries[] =
    "logsources:\n"
    "  - product: any\n    log_types: Sysmon\n    where: {id: 1}\n"
    "    fields: {Image: exe}\n"
    "  - product: any\n    log_types: Security\n    where: {id: 4688}\n"
    "    fields: {Image: process.name}\n"
    "    fields_below: data\n";

static void entries_of_one_logsource_have_each_its_own_fields(void **state) {
  (void)state;
  static const struct {
    const char *log_type, *record;
    bool expected;
  } rows[] = {
      {"Sysmon", "{\"id\":1,\"exe\":\"a\",\"User\":\"u\"}", true},
      {"Sysmon", "{\"id\":4688,\"exe\":\"a\",\"User\":\"u\"}", false},
      {"Sysmon", "{\"id\":4688,\"process\":{\"name\":\"a\"},\"data\":{\"User\":\"u\"}}", false},
      {"Security", "{\"id\":4688,\"process\":{\"name\":\"a\"},\"data\":{\"User\":\"u\"}}", true},
      {"Security", "{\"id\":4688,\"process\":{\"name\":\"a\"},\"User\":\"u\"}", false},
      {"Security", "{\"id\":1,\"exe\":\"a\",\"User\":\"u\"}", false},
  };
  struct sigma_fixture fixture;
  load_sigma(&fixture, two_entries, RULE("s: {Image: a, User: u}, condition: s"));
  const struct rule *rule = only_rule(&fixture);
  assert_int_equal(rule->log_types.count, 2);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (sigma_matches_as(&fixture, rule, rows[i].log_type, rows[i].record) != rows[i].expected)
      fail_msg("%s %s", rows[i].log_type, rows[i].record);
  free_sigma(&fixture);
}

static void a_count_over_fields_with_two_names_is_refused(void **state) {
  (void)state;
  struct sigma_fixture fixture;
  load_sigma(&fixture, two_entries,
             "title: c\ncorrelation: {type: event_count, rules: r, timespan: 1m, group-by: Image, "
             "condition: {gte: 2}}\n---\nname: r\n" RULE("s: {a: 1}, condition: s"));
  assert_int_equal(fixture.set->refusal_count, 1);
  assert_string_equal(fixture.set->refusals[0].reason,
                      "the field 'Image' has different names in the log types of 'r'");
  free_sigma(&fixture);
}

static void fields_that_are_not_listed_may_lie_below_a_path(void **state) {
  (void)state;
  struct sigma_fixture fixture;
  load_sigma(&fixture,
             "fields_below: Event.EventData\nfields: {EventID: Event.System.EventID}\n"
             "logsources: [{log_types: Test, where: {kind: k}}]\n",
             RULE("s: {EventID: 1, Image|fieldref: Other}, condition: s"));
  assert_true(sigma_matches(&fixture, only_rule(&fixture),
                            "{\"kind\":\"k\",\"Event\":{\"System\":{\"EventID\":1},\"EventData\":{"
                            "\"Image\":\"a\",\"Other\":\"A\"}}}"));
  free_sigma(&fixture);
}

/* ---- placeholders ---- */

#define PLACEHOLDERS                                                                               \
  ANY_LOGSOURCE "placeholders:\n  admins: [ned, 'ho*r', 7]\n  host: srv\n  part: [a, b]\n"

static void placeholders_stand_for_their_values(void **state) {
  (void)state;
  static const struct {
    const char *detection, *record;
    bool expected;
  } rows[] = {
      {"s: {u|expand: '%admins%'}, condition: s", "{\"u\":\"NED\"}", true},
      {"s: {u|expand: '%admins%'}, condition: s", "{\"u\":\"homer\"}", true},
      {"s: {u|expand: '%admins%'}, condition: s", "{\"u\":7}", true},
      {"s: {u|expand: '%admins%'}, condition: s", "{\"u\":\"%admins%\"}", false},
      {"s: {u|contains|expand: '-%part%%part%-'}, condition: s", "{\"u\":\"x-ba-x\"}", true},
      {"s: {u|contains|expand: '-%part%%part%-'}, condition: s", "{\"u\":\"x-b-x\"}", false},
      {"s: {u|expand|endswith: ['\\%host%', '100%']}, condition: s", "{\"u\":\"100%\"}", true},
      {"s: {u|contains|all|expand: ['%part%', z]}, condition: s", "{\"u\":\"zb\"}", true},
      {"s: {u|contains|all|expand: ['%part%', z]}, condition: s", "{\"u\":\"ab\"}", false},
      {"s: {u|expand|neq: '%host%'}, condition: s", "{\"u\":\"srv\"}", false},
      {"s: {u: '%host%'}, condition: s", "{\"u\":\"%host%\"}", true},
      {"k: {'|expand': '%host%'}, condition: k", "{\"u\":\"a srv b\"}", true},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct sigma_fixture fixture;
    char yaml[256];
    snprintf(yaml, sizeof yaml, RULE("%s"), rows[i].detection);
    load_sigma(&fixture, PLACEHOLDERS, yaml);
    if (sigma_matches(&fixture, only_rule(&fixture), rows[i].record) != rows[i].expected)
      fail_msg("%s %s", rows[i].detection, rows[i].record);
    free_sigma(&fixture);
  }
}

static void placeholders_take_values_from_a_lookup_table(void **state) {
  (void)state;
  static const struct {
    const char *placeholder, *record;
  } rows[] = {{"{lookup: people}", "{\"u\":\"ned\"}"},
              {"{lookup: people, column: mail}", "{\"u\":\"h@x\"}"}};
  char path[] = "/tmp/sigma-lookup-XXXXXX.csv";
  int file = mkstemps(path, 4);
  assert_true(write(file, "name,mail\nned,n@x\nhomer,h@x\n", 27) == 27);
  close(file);
  const struct lookup_options table = {.name = TEXT_INIT("people"), .path = path};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct sigma_fixture fixture = {.problems = PROBLEMS_NONE};
    char mapping[160];
    snprintf(mapping, sizeof mapping, ANY_LOGSOURCE "placeholders: {p: %s}\n", rows[i].placeholder);
    fixture.mapping = sigma_mapping_read(text_from(mapping), "m.yml", NULL, &fixture.problems);
    sigma_mapping_read_lookups(fixture.mapping, &table, 1, &fixture.problems);
    const struct rule_file rule = {.path = "x.yml",
                                   .source = TEXT(RULE("s: {u|expand: '%p%'}, condition: s"))};
    fixture.set = rule_set_build(&rule, 1, &(struct rule_reading){.sigma = fixture.mapping},
                                 &fixture.problems);
    assert_true(sigma_matches(&fixture, only_rule(&fixture), rows[i].record));
    free_sigma(&fixture);
  }
  unlink(path);
}

static const struct {
  const char *mapping, *problem;
} mistakes[] = {
    {"placeholders: {a: []}", "m.yml:1:19: placeholders: at least one value is needed"},
    {"placeholders: {a: {table: x}}", "m.yml:1:20: unknown key 'table' in a placeholder"},
    {"placeholders: {a: {column: x}}",
     "m.yml:1:19: placeholders: a list of values, or 'lookup: TABLE' is wanted"},
    {"placeholders: {a: {lookup: x}}",
     "m.yml:1:19: placeholders: no lookup table 'x' is configured (-c names a configuration)"},
    {"fields_below: 'a|b'", "m.yml:1:15: fields_below: the path of an object is wanted"},
    {"status: stable", "m.yml:1:9: status: deprecated or unsupported is possible; rules of all "
                       "others are taken anyway"},
};

static void mistakes_in_a_mapping_have_their_place(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
    struct problems problems = PROBLEMS_NONE;
    struct error_line line;
    struct sigma_mapping *mapping =
        sigma_mapping_read(text_from(mistakes[i].mapping), "m.yml", NULL, &problems);
    sigma_mapping_read_lookups(mapping, NULL, 0, &problems);
    assert_int_equal(problems.count, 1);
    assert_string_equal(error_line(&problems.items[0], &line), mistakes[i].problem);
    sigma_mapping_free(mapping);
    problems_clear(&problems);
  }
}

/* ---- filters ---- */

#define FILTER(RULES, LOGSOURCE)                                                                   \
  "title: f\nlogsource: " LOGSOURCE "\nfilter: {rules: " RULES                                     \
  ", s_admin: {user|startswith: adm_}, condition: not 1 of s_*}\n---\n"                            \
  "title: x\nname: it\nlogsource: {product: any, service: door}\n"                                 \
  "detection: {s: {a: 1}, condition: s}\n"

static void a_filter_adds_its_condition_to_the_rules_that_it_is_for(void **state) {
  (void)state;
  static const struct {
    const char *yaml;
    bool filtered;
  } rows[] = {
      {FILTER("[it]", "{product: any}"), true},
      {FILTER("it", "{product: ANY, service: door}"), true},
      {FILTER("any", "{product: any}"), true},
      {FILTER("[]", "{service: door}"), true},
      {FILTER("[other]", "{product: any}"), false},
      {FILTER("[it]", "{product: any, service: window}"), false},
      {FILTER("any", "{product: any, category: c}"), false},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct sigma_fixture fixture;
    load_sigma(&fixture, "fields: {user: actor}\nlogsources: [{log_types: Test}]\n", rows[i].yaml);
    const struct rule *rule = only_rule(&fixture);
    assert_true(sigma_matches(&fixture, rule, "{\"a\":1,\"actor\":\"ned\"}"));
    if (sigma_matches(&fixture, rule, "{\"a\":1,\"actor\":\"adm_ned\"}") == rows[i].filtered)
      fail_msg("%s", rows[i].yaml);
    assert_int_equal(fixture.set->warnings.count, !rows[i].filtered);
    free_sigma(&fixture);
  }
}

static void what_a_correlation_counts_is_filtered(void **state) {
  (void)state;
  struct sigma_fixture fixture;
  load_sigma(&fixture, ANY_LOGSOURCE,
             "name: count\ntitle: c\ncorrelation: {type: event_count, rules: it, timespan: 1m, "
             "condition: {gte: 2}}\n---\n" FILTER("any", "{}"));
  const struct rule *rule = rule_set_find(fixture.set, TEXT("count"));
  assert_true(sigma_matches(&fixture, rule, "{\"a\":1}"));
  assert_false(sigma_matches(&fixture, rule, "{\"a\":1,\"user\":\"adm_1\"}"));
  free_sigma(&fixture);
}

/* ---- aggregations of old conditions ---- */

static void an_old_count_is_a_threshold(void **state) {
  (void)state;
  static const struct {
    const char *condition;
    int64_t threshold;
    size_t groups, values;
  } rows[] = {
      {"s | count() > 5", 6, 0, 0},
      {"s | count() by a >= 5", 5, 1, 0},
      {"s|COUNT(b) BY a,c > 2", 3, 2, 1},
      {"s | count( b ) by a = 3", 3, 1, 1},
      {"1 of them | count() by a == 3", 3, 1, 0},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct sigma_fixture fixture;
    char yaml[256];
    snprintf(yaml, sizeof yaml, RULE("s: {a: 1}, condition: '%s', timeframe: 90s"),
             rows[i].condition);
    load_sigma(&fixture, ANY_LOGSOURCE, yaml);
    const struct rule *rule = only_rule(&fixture);
    assert_int_equal(rule->threshold, rows[i].threshold);
    assert_int_equal(rule->dedup_period, 90 * US_PER_SECOND);
    assert_int_equal(rule->group_by.count, rows[i].groups);
    assert_int_equal(rule->unique_fields.count, rows[i].values);
    assert_true(sigma_matches(&fixture, rule, "{\"a\":1,\"b\":2,\"c\":3}"));
    free_sigma(&fixture);
  }
}

static void an_old_count_that_no_threshold_says_is_a_correlation(void **state) {
  (void)state;
  static const char *const conditions[] = {"s | count() by a < 5", "s | count(b) by a != 3",
                                           "s | sum(b) by a > 100.5", "s | avg(b) <= 3"};
  for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++) {
    struct sigma_fixture fixture;
    char yaml[256];
    snprintf(yaml, sizeof yaml, "name: it\n" RULE("s: {a: 1}, condition: %s"), conditions[i]);
    load_sigma(&fixture, ANY_LOGSOURCE, yaml);
    const struct rule *rule = rule_set_find(fixture.set, TEXT("it"));
    const struct rule *events = rule_set_find(fixture.set, TEXT("it (events)"));
    assert_non_null(rule->correlation->measure);
    assert_int_equal(rule->correlation->within, US_PER_HOUR);
    assert_ptr_equal(rule->correlation->steps[0].sources[0].rule, events);
    assert_false(events->create_alert);
    assert_true(rule->create_alert);
    free_sigma(&fixture);
  }
}

static const struct {
  const char *condition, *problem;
} slips[] = {
    {"s | count", "condition: expected '(' behind the '|', found its end"},
    {"s | count() by > 5", "condition: expected a field behind the '|', found '>'"},
    {"s | count() 5", "condition: expected 'by' or a comparison such as '> 10' behind the '|', "
                      "found '5'"},
    {"s | count() > x", "condition: expected a number behind the comparison behind the '|', found "
                        "'>'"},
    {"s | count() > 5 and t", "condition: expected its end behind the '|', found 'and'"},
    {"s | count() < 1", "a condition that never holds: there is one event at least"},
};

static void slips_in_an_old_count_are_mistakes(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof slips / sizeof *slips; i++) {
    struct sigma_fixture fixture;
    char yaml[256];
    snprintf(yaml, sizeof yaml, RULE("s: {a: 1}, condition: %s"), slips[i].condition);
    load_sigma(&fixture, ANY_LOGSOURCE, yaml);
    assert_int_equal(fixture.problems.count, 1);
    assert_string_equal(fixture.problems.items[0].text, slips[i].problem);
    free_sigma(&fixture);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(entries_of_one_logsource_have_each_its_own_fields),
      cmocka_unit_test(a_count_over_fields_with_two_names_is_refused),
      cmocka_unit_test(fields_that_are_not_listed_may_lie_below_a_path),
      cmocka_unit_test(placeholders_stand_for_their_values),
      cmocka_unit_test(placeholders_take_values_from_a_lookup_table),
      cmocka_unit_test(mistakes_in_a_mapping_have_their_place),
      cmocka_unit_test(a_filter_adds_its_condition_to_the_rules_that_it_is_for),
      cmocka_unit_test(what_a_correlation_counts_is_filtered),
      cmocka_unit_test(an_old_count_is_a_threshold),
      cmocka_unit_test(an_old_count_that_no_threshold_says_is_a_correlation),
      cmocka_unit_test(slips_in_an_old_count_are_mistakes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Sigma's correlation rules, and what mappings do to rules. */
#include "rule/sigma/sigma_fixture.h"

#include "rule/correlation.h"
#include "rule/vm/rule_vm.h"

#include <stdlib.h>

/* Rules that correlations name. */
#define BASES                                                                                      \
  "title: Sign-in refused\nname: refused\nid: 11111111-2222-4333-8444-555555555555\n"              \
  "logsource: {product: any}\ndetection: {s: {kind: refused}, condition: s}\n---\n"                \
  "title: Signed in\nname: entered\n"                                                              \
  "logsource: {product: any}\ndetection: {s: {kind: entered}, condition: s}\n---\n"                \
  "title: Old\nname: old\nstatus: deprecated\n"                                                    \
  "logsource: {product: any}\ndetection: {s: {kind: old}, condition: s}\n---\n"                    \
  "title: Chain\nname: chain\ncorrelation: {type: event_count, rules: refused, timespan: 1h, "     \
  "group-by: [user], condition: {gte: 2}}\n---\n"
#define HEAD "title: The correlation\nname: it\n"

static void load_correlation(struct sigma_fixture *fixture, const char *mapping,
                             const char *correlation) {
  struct buffer yaml = BUFFER_NONE;
  buffer_printf(&yaml, "%s%s%s", BASES, HEAD, correlation);
  load_sigma(fixture, mapping, yaml.data);
  buffer_free(&yaml);
}

static const struct rule *the_correlation(const struct sigma_fixture *fixture) {
  struct error_line line;
  if (fixture->problems.count)
    fail_msg("%s", error_line(&fixture->problems.items[0], &line));
  const struct rule *rule = rule_set_find(fixture->set, TEXT("it"));
  if (!rule)
    fail_msg("refused: %s", fixture->set->refusals[fixture->set->refusal_count - 1].reason);
  return rule;
}

static void a_count_over_one_rule_is_a_threshold(void **state) {
  (void)state;
  static const struct {
    const char *condition;
    int64_t threshold;
  } rows[] = {{"gte: 10", 10}, {"gt: 10", 11}, {"eq: 10", 10}, {"gte: 1", 1}, {"gt: 0", 1}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct sigma_fixture fixture;
    char yaml[512];
    snprintf(yaml, sizeof yaml,
             "level: high\ncorrelation:\n  type: event_count\n  rules: [refused]\n"
             "  group-by: [user, host]\n  timespan: 90s\n  condition: {%s}\n",
             rows[i].condition);
    load_correlation(&fixture, ANY_LOGSOURCE, yaml);
    const struct rule *rule = the_correlation(&fixture);
    assert_int_equal(rule->threshold, rows[i].threshold);
    assert_int_equal(rule->dedup_period, 90 * US_PER_SECOND);
    assert_int_equal(rule->severity, SEVERITY_HIGH);
    assert_null(rule->correlation);
    assert_int_equal(rule->group_by.count, 2);
    assert_int_equal(rule->unique_fields.count, 0);
    assert_true(text_is(rule->log_types.items[0], "Test"));
    /* What has no group is not counted. */
    assert_true(sigma_matches(&fixture, rule, "{\"kind\":\"refused\",\"user\":1,\"host\":\"\"}"));
    assert_false(sigma_matches(&fixture, rule, "{\"kind\":\"refused\",\"user\":1}"));
    assert_false(sigma_matches(&fixture, rule, "{\"kind\":\"refused\",\"user\":1,\"host\":null}"));
    assert_false(sigma_matches(&fixture, rule, "{\"kind\":\"x\",\"user\":1,\"host\":1}"));
    free_sigma(&fixture);
  }
}

static void the_rules_of_a_correlation_are_signals_unless_it_generates(void **state) {
  (void)state;
  for (int generate = 0; generate < 2; generate++) {
    struct sigma_fixture fixture;
    char yaml[512];
    snprintf(yaml, sizeof yaml,
             "correlation: {type: temporal, rules: [refused, entered], timespan: 5m,\n"
             "  generate: %s}\n",
             generate ? "true" : "false");
    load_correlation(&fixture, ANY_LOGSOURCE, yaml);
    assert_true(the_correlation(&fixture)->create_alert);
    assert_int_equal(rule_set_find(fixture.set, TEXT("entered"))->create_alert, generate);
    free_sigma(&fixture);
  }
}

static void different_values_are_counted_by_their_field(void **state) {
  (void)state;
  struct sigma_fixture fixture;
  load_correlation(&fixture, ANY_LOGSOURCE,
                   "correlation:\n  type: value_count\n  rules: refused\n  group-by: host\n"
                   "  timespan: 1d\n  condition: {field: who, gt: 2}\n  aliases:\n"
                   "    who: {refused: user.name}\n    host: {refused: computer}\n");
  const struct rule *rule = the_correlation(&fixture);
  assert_int_equal(rule->threshold, 3);
  assert_true(text_is(rule->unique_fields.items[0], "user.name"));
  assert_true(text_is(rule->group_by.items[0], "computer"));
  assert_true(sigma_matches(&fixture, rule,
                            "{\"kind\":\"refused\",\"computer\":1,\"user\":{\"name\":\"x\"}}"));
  assert_false(sigma_matches(&fixture, rule, "{\"kind\":\"refused\",\"computer\":1}"));
  free_sigma(&fixture);
}

static void a_match_is_grouped_by_the_values_of_its_fields(void **state) {
  (void)state;
  static const struct {
    const char *group_by, *record, *dedup;
  } rows[] = {
      {"user", "{\"kind\":\"refused\",\"user\":\"homer\"}", "homer"},
      {"user", "{\"kind\":\"refused\",\"user\":7}", "7"},
      {"[user, host]", "{\"kind\":\"refused\",\"user\":\"a,\\\"b\",\"host\":true}",
       "[\"a,\\\"b\",true]"},
      {"[user.name, host]", "{\"kind\":\"refused\",\"user\":{\"name\":\"x\"},\"host\":[1]}",
       "[\"x\",[1]]"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct sigma_fixture fixture;
    char yaml[512];
    snprintf(yaml, sizeof yaml,
             "correlation: {type: value_count, rules: refused, group-by: %s, timespan: 1m,\n"
             "  condition: {gte: 3, field: kind}}\n",
             rows[i].group_by);
    load_correlation(&fixture, ANY_LOGSOURCE, yaml);
    const struct rule *rule = the_correlation(&fixture);
    struct rule_vm *vm = rule_vm_new(fixture.set, NULL);
    const struct event_typing typing = {.log_type = TEXT("Test"), .unchecked = true};
    struct event_reader *reader = event_reader_new(&typing, TEXT("test"), TEXT(""));
    struct buffer padded = BUFFER_NONE;
    struct error error = ERROR_NONE;
    struct problems notes = PROBLEMS_NONE;
    struct rule_outcome outcome;
    buffer_append_string(&padded, rows[i].record);
    memset(buffer_reserve(&padded, JSON_PADDING), ' ', JSON_PADDING);
    const struct event *event = event_read(reader, buffer_text(&padded), TEXT(""), 0, &error);
    assert_non_null(event);
    rule_vm_set_event(vm, event);
    assert_int_equal(rule_vm_match(vm, rule, &error), RULE_MATCH);
    rule_vm_describe(vm, rule, &outcome, &notes);
    assert_int_equal(notes.count, 0);
    if (!text_is(outcome.dedup, rows[i].dedup))
      fail_msg("%s: %.*s", rows[i].record, TEXT_ARGS(outcome.dedup));
    assert_true(outcome.has_unique && text_is(outcome.unique, "refused"));
    assert_true(text_is(outcome.title, "The correlation"));
    buffer_free(&padded);
    event_reader_free(reader);
    rule_vm_free(vm);
    free_sigma(&fixture);
  }
}

static void rules_near_each_other_are_steps(void **state) {
  (void)state;
  for (int ordered = 0; ordered < 2; ordered++) {
    struct sigma_fixture fixture;
    char yaml[512];
    snprintf(yaml, sizeof yaml,
             "correlation:\n  type: %s\n  rules: [11111111-2222-4333-8444-555555555555, entered]\n"
             "  group-by: [who, host]\n  timespan: 5m\n  condition: {gte: 2}\n"
             "  aliases:\n    who: {refused: target, entered: user}\n",
             ordered ? "temporal_ordered" : "temporal");
    load_correlation(&fixture, ANY_LOGSOURCE, yaml);
    const struct rule *rule = the_correlation(&fixture);
    const struct correlation *correlation = rule->correlation;
    assert_non_null(correlation);
    assert_int_equal(correlation->order, ordered ? CORRELATION_SEQUENCE : CORRELATION_GROUP);
    assert_int_equal(correlation->within, 5 * US_PER_MINUTE);
    assert_int_equal(correlation->step_count, 2);
    assert_int_equal(correlation->key_names.count, 2);
    assert_true(text_is(correlation->key_names.items[0], "who"));
    const struct correlation_step *steps = correlation->steps;
    assert_true(text_is(steps[0].sources[0].rule->display_name, "Sign-in refused"));
    assert_true(text_is(steps[0].sources[0].on.items[0], "target"));
    assert_true(text_is(steps[1].sources[0].rule->id, "entered"));
    assert_true(text_is(steps[1].sources[0].on.items[0], "user"));
    assert_true(text_is(steps[1].sources[0].on.items[1], "host"));
    assert_true(steps[0].min == 1 && steps[0].max == CORRELATION_NO_MAX);
    free_sigma(&fixture);
  }
}

static void a_count_over_several_rules_is_one_step(void **state) {
  (void)state;
  struct sigma_fixture fixture;
  load_correlation(&fixture, ANY_LOGSOURCE,
                   "correlation: {type: value_count, rules: [refused, entered], group-by: [user],\n"
                   "  timespan: 10m, condition: {field: host, gte: 4}}\n");
  const struct correlation *correlation = the_correlation(&fixture)->correlation;
  assert_int_equal(correlation->step_count, 1);
  assert_int_equal(correlation->steps[0].source_count, 2);
  assert_int_equal(correlation->steps[0].min, 4);
  assert_true(text_is(correlation->steps[0].unique, "host"));
  free_sigma(&fixture);
}

static void a_lua_rule_can_be_correlated_by_its_id(void **state) {
  (void)state;
  static const char lua[] = "metadata { id = 'Lua.Rule', log_types = { 'Test' }, severity = 'low', "
                            "where = { kind = 'lua' } }";
  static const char yaml[] = BASES HEAD
      "correlation: {type: temporal_ordered, rules: [Lua.Rule, entered], timespan: 1m}\n";
  const struct rule_file files[] = {{.path = "rules/a.lua", .source = TEXT_INIT(lua)},
                                    {.path = "rules/b.yml", .source = TEXT_INIT(yaml)}};
  struct sigma_fixture fixture;
  load_sigma_files(&fixture, ANY_LOGSOURCE, files, 2);
  const struct rule *rule = the_correlation(&fixture);
  assert_true(text_is(rule->correlation->steps[0].sources[0].rule->id, "Lua.Rule"));
  free_sigma(&fixture);
}

#define COUNT "type: event_count, rules: refused, timespan: 1h, group-by: user"

static const struct {
  const char *correlation, *reason;
} refusals[] = {
    {"type: temporal, rules: [old, entered], timespan: 1h",
     "it needs the rule 'old', which is not taken"},
    {"type: temporal_ordered, rules: [refused, entered], timespan: 1h, condition: {gte: 1}",
     "it wants 1 of its 2 rules in their order, not all"},
    {"type: temporal, rules: [refused, entered], timespan: 1h, condition: {lte: 1}",
     "its condition is no lower bound: that too few of its rules match is not looked for"},
    {"type: temporal, rules: [refused, entered, chain], timespan: 1h, condition: refused and "
     "entered "
     "or chain",
     "its condition has 'and' within 'or', which has no form as steps"},
    {"type: temporal, rules: [refused, entered], timespan: 1h, condition: refused or not entered",
     "its condition has 'not' within 'or', which has no form as steps"},
    {"type: temporal, rules: [refused], timespan: 1h, condition: not refused",
     "its condition names only what must not happen, which has no form as steps"},
    {"type: value_sum, rules: refused, timespan: 1h, condition: {gte: 1, field: [x, y]}",
     "its condition has more fields than 1"},
    {"type: event_count, rules: [refused, entered], timespan: 1h, condition: {gte: 1001}",
     "it counts to more than 1000, and not with a lower bound over one rule alone"},
    {"type: event_count, rules: refused, timespan: 1h, group-by: [a, b, c, d, e, f, g, h, i], "
     "condition: {gte: 2}",
     "it groups by more than 8 fields"},
};

static void what_cannot_be_correlated_is_refused(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
    struct sigma_fixture fixture;
    char yaml[512];
    snprintf(yaml, sizeof yaml, "correlation: {%s}\n", refusals[i].correlation);
    load_correlation(&fixture, ANY_LOGSOURCE, yaml);
    struct error_line line;
    if (fixture.problems.count)
      fail_msg("%s: %s", refusals[i].correlation, error_line(&fixture.problems.items[0], &line));
    assert_null(rule_set_find(fixture.set, TEXT("it")));
    assert_int_equal(fixture.set->refusal_count, 2); /* the old one, too */
    assert_string_equal(fixture.set->refusals[1].reason, refusals[i].reason);
    free_sigma(&fixture);
  }
}

static const struct {
  const char *correlation, *problem;
} mistakes[] = {
    {"rules: refused, timespan: 1h", "the correlation has no 'type'"},
    {"type: event_cuont, rules: refused",
     "type 'event_cuont' is none of event_count, value_count, value_sum, value_avg, value_median, "
     "value_percentile, temporal, temporal_ordered (did you mean 'event_count'?)"},
    {"type: event_count, timespan: 1h", "the correlation has no 'rules'"},
    {"type: temporal, rules: [refsued], timespan: 1h",
     "no rule has the name or the id 'refsued' (did you mean 'refused'?); load its file, too"},
    {"type: temporal, rules: [], timespan: 1h", "rules: at least one is needed"},
    {"type: temporal, rules: [refused, refused], timespan: 1h", "rules: one rule is named twice"},
    {"type: temporal, rules: [refused, entered]", "the correlation has no 'timespan'"},
    {"type: temporal, rules: [refused, entered], timespan: 367d",
     "timespan: from 1s to 366d is possible"},
    {"type: temporal, rules: [refused, entered], timspan: 1h",
     "unknown key 'timspan' in a correlation (did you mean 'timespan'?)"},
    {"type: event_count, rules: refused, timespan: 1h", "the correlation has no 'condition'"},
    {COUNT ", condition: {}", "a correlation's condition wants one of gt, gte, lt, lte, eq, neq"},
    {COUNT ", condition: {lt: 1}", "a condition that never holds: there is one event at least"},
    {COUNT ", condition: {gt: 5, lte: 5}",
     "a condition that never holds: there is one event at least"},
    {"type: temporal, rules: [chain, entered], timespan: 1h, group-by: host",
     "group-by: the correlation 'chain' is not grouped by 'host'"},
    {"type: temporal, rules: [refused, entered], timespan: 1h, condition: refused",
     "condition: the rule 'entered' is not in it"},
    {"type: temporal, rules: [refused, entered], timespan: 1h, condition: {gte: 3}",
     "condition: there are fewer rules than it asks for"},
    {"type: temporal, rules: [it, entered], timespan: 1h",
     "rules: 'it' correlates this correlation in its turn"},
    {"type: value_percentile, rules: refused, timespan: 1h, condition: {gt: 1, field: x, "
     "percentile: 101}",
     "percentile: from 0 to 100 is possible"},
    {COUNT ", condition: {gte: 0}", "a correlation's condition that always holds"},
    {COUNT ", condition: {gte: x}", "gte: a number is wanted"},
    {"type: value_count, rules: refused, timespan: 1h, condition: {gte: 2}",
     "value_count needs the 'field' whose values it takes"},
    {"type: temporal, rules: [refused, entered], timespan: 1h, generate: maybe",
     "generate: expected true or false, found 'maybe'"},
    {"type: temporal, rules: [refused, entered], timespan: 1h, aliases: [x]",
     "aliases: expected a mapping (key: value), found a list"},
};

static void mistakes_in_a_correlation_are_reported(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
    struct sigma_fixture fixture;
    char yaml[512];
    snprintf(yaml, sizeof yaml, "correlation: {%s}\n", mistakes[i].correlation);
    load_correlation(&fixture, ANY_LOGSOURCE, yaml);
    assert_null(rule_set_find(fixture.set, TEXT("it")));
    if (fixture.problems.count != 1)
      fail_msg("%s: %zu problems", mistakes[i].correlation, fixture.problems.count);
    assert_string_equal(fixture.problems.items[0].text, mistakes[i].problem);
    assert_true(fixture.problems.items[0].line > 20);
    free_sigma(&fixture);
  }
}

static void a_correlation_takes_evidence_and_pack_alone_below_margay(void **state) {
  (void)state;
  struct sigma_fixture fixture;
  load_correlation(&fixture, ANY_LOGSOURCE,
                   "correlation: {type: temporal, rules: [refused, entered], timespan: 1h}\n"
                   "margay: {evidence: sample, pack: mine}\n");
  assert_int_equal(fixture.problems.count, 0);
  const struct rule *rule = rule_set_find(fixture.set, TEXT("it"));
  assert_non_null(rule);
  assert_int_equal(rule->evidence, RULE_EVIDENCE_SAMPLE);
  assert_true(text_is(rule->pack, "mine"));
  free_sigma(&fixture);
  load_correlation(&fixture, ANY_LOGSOURCE,
                   "correlation: {type: temporal, rules: [refused, entered], timespan: 1h}\n"
                   "margay: {pack: mine, dedup: user}\n");
  assert_null(rule_set_find(fixture.set, TEXT("it")));
  assert_int_equal(fixture.problems.count, 1);
  assert_string_equal(fixture.problems.items[0].text,
                      "key 'dedup' in margay has no place in a correlation: its title is the "
                      "rule's with the values of group-by");
  free_sigma(&fixture);
}

/* ---- mappings ---- */

static const char mapping[] = "fields: {User: user.name, Image: image}\n"
                              "logsources:\n"
                              "  - {product: windows, log_types: [Win, Sys]}\n"
                              "  - product: windows\n"
                              "    category: process\n"
                              "    log_types: Proc\n"
                              "    fields: {Image: process.exe, Parent: process.parent}\n"
                              "    where:\n"
                              "      - {code: 1}\n"
                              "      - {Image: raw}\n"
                              "  - {product: windows, category: process, log_types: Later}\n"
                              "  - {service: sshd, log_types: Ssh}\n";

#define LOGSOURCE_RULE "title: x\nlogsource: %s\ndetection: {s: {a: 1}, condition: s}\n"

static struct schema_set *schema_set_of(const char *schema) {
  struct problems problems = PROBLEMS_NONE;
  struct schema_set *schemas = schema_set_load_text(text_from(schema), "schema.yml", &problems);
  assert_int_equal(problems.count, 0);
  return schemas;
}

/* Of a rule with the logsource; frees the schemas. */
static void assert_log_types(struct schema_set *schemas, const char *given_mapping,
                             const char *logsource, const char *expected) {
  struct sigma_fixture fixture;
  struct buffer log_types = BUFFER_NONE;
  char yaml[256];
  snprintf(yaml, sizeof yaml, LOGSOURCE_RULE, logsource);
  const struct rule_file file = {.path = "rules/x.yml", .source = text_from(yaml)};
  load_sigma_with(&fixture, schemas, given_mapping, &file, 1);
  assert_int_equal(fixture.problems.count, 0);
  for (size_t k = 0; fixture.set->count && k < fixture.set->rules[0].log_types.count; k++)
    buffer_printf(&log_types, "%.*s ", TEXT_ARGS(fixture.set->rules[0].log_types.items[k]));
  if (!text_is(buffer_text(&log_types), expected))
    fail_msg("%s: %s", logsource, log_types.size ? log_types.data : "none");
  buffer_free(&log_types);
  free_sigma(&fixture);
}

static void the_entry_that_says_most_is_taken(void **state) {
  (void)state;
  static const struct {
    const char *logsource, *log_types;
  } rows[] = {
      {"{product: windows}", "Win Sys "},
      {"{product: WINDOWS, service: security}", "Win Sys "},
      {"{product: windows, category: process}", "Proc Later "},
      {"{product: windows, category: [process, file]}", "Proc Later Win Sys "},
      {"{product: [windows, linux], service: [sshd, x]}", "Win Sys Ssh "},
      {"{product: linux, service: sshd}", "Ssh "},
      {"{product: linux}", ""},
      {"{category: process}", ""},
      {"{product: zoom, service: operation}", "Zoom.Operation "},
      {"{product: zoom, service: sshd}", "Ssh "},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    assert_log_types(schema_set_of(OPERATION_SCHEMA), mapping, rows[i].logsource,
                     rows[i].log_types);
}

/* Without more than its schema's `logsource` each bundled log type has a service of its own. */
static void the_bundled_schemas_name_the_services_of_zoom(void **state) {
  (void)state;
  static const char *const rows[][2] = {
      {"account", "Zoom.Account "},
      {"activity", "Zoom.Activity "},
      {"chat", "Zoom.Chat "},
      {"meeting", "Zoom.Meeting "},
      {"phone", "Zoom.Phone "},
      {"meeting_activity", "Zoom.MeetingActivity "},
      {"room", "Zoom.Room "},
      {"operation", "Zoom.Operation "},
      {"user", "Zoom.User "},
      {"recording", "Zoom.Recording "},
      {"webhook", "Zoom.Webhook "},
      {"webinar", "Zoom.Webinar "},
      {"OPERATION", "Zoom.Operation "},
      {"unheard", ""},
      {"app", "Zoom.App "},
      {"calendar", "Zoom.Calendar "},
      {"contact_center", "Zoom.ContactCenter "},
      {"docs", "Zoom.Docs "},
      {"events", "Zoom.Events "},
      {"node", "Zoom.Node "},
      {"video_session", "Zoom.VideoSession "},
      {"whiteboard", "Zoom.Whiteboard "},
      {"workspace", "Zoom.Workspace "},
      {"phone_operation", "Zoom.PhoneOperation "},
      {"contact_center_operation", "Zoom.ContactCenterOperation "},
      {"remote_support", "Zoom.RemoteSupport "},
      {"chat_channel_activity", "Zoom.ChatChannelActivity "},
      {"video_sdk_operation", "Zoom.VideoSdkOperation "},
  };
  char logsource[80];
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct problems problems = PROBLEMS_NONE;
    snprintf(logsource, sizeof logsource, "{product: zoom, service: %s}", rows[i][0]);
    assert_log_types(schema_set_load("schemas", &problems), NULL, logsource, rows[i][1]);
    assert_int_equal(problems.count, 0);
  }
  assert_log_types(schema_set_load("schemas", &(struct problems){0}), NULL, "{product: zoom}",
                   "Zoom.Account Zoom.Activity Zoom.App Zoom.Calendar Zoom.Chat "
                   "Zoom.ChatChannelActivity Zoom.ContactCenter Zoom.ContactCenterOperation "
                   "Zoom.Docs Zoom.Events Zoom.Meeting Zoom.MeetingActivity Zoom.Node "
                   "Zoom.Operation Zoom.Phone Zoom.PhoneOperation Zoom.Recording "
                   "Zoom.RemoteSupport Zoom.Room Zoom.User Zoom.VideoSdkOperation "
                   "Zoom.VideoSession Zoom.Webhook Zoom.Webinar Zoom.Whiteboard Zoom.Workspace ");
}

/* The schema's logsource, a mapping or NULL, the rule's logsource, the log types. */
static void schemas_and_mapping_say_what_a_logsource_means(void **state) {
  (void)state;
  static const char *const rows[][4] = {
      {"{product: p, service: s}", NULL, "{product: p, service: s, category: c}", "T "},
      {"{product: p, service: s}", NULL, "{product: p, category: c}", "T "},
      {"{product: p, service: s}", NULL, "{service: s}", ""},
      {"{product: p, service: s}", NULL, "{product: q, service: s}", ""},
      {"{product: p}", NULL, "{product: p, service: s}", "T "},
      {"{category: c}", NULL, "{category: c, product: p}", "T "},
      {"{category: c}", NULL, "{product: p}", ""},
      {"{category: c}", NULL, "{}", ""},
      {"{product: p, service: s}", "{product: p, log_types: M}", "{product: p}", "M "},
      {"{product: p, service: s}", "{product: p, log_types: M}", "{product: p, service: s}", "T "},
      {"{product: p, service: s}", "{product: p, service: s, log_types: M}",
       "{product: p, service: s}", "M "},
      {"{product: p, service: s}", "{log_types: M}", "{product: p, service: t}", "M "},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char schema[160], mapped[160];
    snprintf(schema, sizeof schema, "schema: T\nlogsource: %s\nfields: [{name: a, type: string}]\n",
             rows[i][0]);
    snprintf(mapped, sizeof mapped, "logsources:\n  - %s\n", rows[i][1] ? rows[i][1] : "");
    assert_log_types(schema_set_of(schema), rows[i][1] ? mapped : NULL, rows[i][2], rows[i][3]);
  }
}

static void without_schemas_a_refusal_says_so(void **state) {
  (void)state;
  static const struct {
    const char *logsource, *reason;
    bool lacks_schemas;
  } rows[] = {
      {"{product: zoom, service: operation}",
       "no log type for product: zoom, service: operation: no schemas are loaded, and no mapping "
       "names it",
       true},
      {"{}", "no log type for an empty logsource", false},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct sigma_fixture fixture;
    char yaml[256];
    snprintf(yaml, sizeof yaml, LOGSOURCE_RULE, rows[i].logsource);
    const struct rule_file file = {.path = "rules/x.yml", .source = text_from(yaml)};
    load_sigma_with(&fixture, NULL, mapping, &file, 1);
    assert_int_equal(fixture.set->refusal_count, 1);
    assert_string_equal(fixture.set->refusals[0].reason, rows[i].reason);
    assert_int_equal(fixture.set->refusals[0].lacks_schemas, rows[i].lacks_schemas);
    free_sigma(&fixture);
  }
}

static const char one_entry_mapping[] = "fields: {User: user.name, Image: image}\n"
                                        "logsources:\n"
                                        "  - product: windows\n"
                                        "    category: process\n"
                                        "    log_types: Proc\n"
                                        "    fields: {Image: process.exe, Parent: process.parent}\n"
                                        "    where:\n"
                                        "      - {code: 1}\n"
                                        "      - {Image: raw}\n";

static void a_mapping_renames_fields_and_adds_conditions(void **state) {
  (void)state;
  struct sigma_fixture fixture;
  load_sigma(&fixture, one_entry_mapping,
             "title: x\nlogsource: {product: windows, category: process}\nfields: [Image, Other]\n"
             "detection:\n  s:\n    Image|endswith: '.exe'\n    User|fieldref: Parent\n"
             "  condition: s\n");
  const struct rule *rule = only_rule(&fixture);
  assert_true(text_is(rule->summary_attributes.items[0], "process.exe"));
  assert_true(text_is(rule->summary_attributes.items[1], "Other"));
  assert_true(sigma_matches(&fixture, rule,
                            "{\"code\":1,\"process\":{\"exe\":\"A.EXE\",\"parent\":\"p\"},"
                            "\"user\":{\"name\":\"p\"}}"));
  assert_true(sigma_matches(&fixture, rule,
                            "{\"Image\":\"raw\",\"process\":{\"exe\":\"A.EXE\",\"parent\":\"p\"},"
                            "\"user\":{\"name\":\"p\"}}"));
  assert_false(sigma_matches(&fixture, rule,
                             "{\"code\":2,\"process\":{\"exe\":\"A.EXE\",\"parent\":\"p\"},"
                             "\"user\":{\"name\":\"p\"}}"));
  assert_false(sigma_matches(&fixture, rule,
                             "{\"code\":1,\"process\":{\"exe\":\"A.EXE\",\"parent\":\"p\"},"
                             "\"user\":{\"name\":\"q\"}}"));
  free_sigma(&fixture);
}

static void correlations_group_by_the_events_own_fields(void **state) {
  (void)state;
  struct sigma_fixture fixture;
  load_correlation(&fixture, "fields: {user: actor.email}\nlogsources: [{log_types: Test}]\n",
                   "correlation: {type: event_count, rules: refused, group-by: [user],\n"
                   "  timespan: 1m, condition: {gte: 2}}\n");
  const struct rule *rule = the_correlation(&fixture);
  assert_true(text_is(rule->group_by.items[0], "actor.email"));
  free_sigma(&fixture);
}

static void a_mistake_in_what_a_mapping_adds_is_reported_in_its_file(void **state) {
  (void)state;
  struct sigma_fixture fixture;
  struct error_line line;
  load_sigma(&fixture, "logsources:\n  - log_types: T\n    where: {a|gt: x}\n",
             "title: x\nlogsource: {}\ndetection: {s: {a: 1}, condition: s}\n");
  assert_int_equal(fixture.problems.count, 1);
  assert_string_equal(error_line(&fixture.problems.items[0], &line),
                      "mapping.yml:3:13: 'gt' takes a number, not text, in key 'a|gt'");
  free_sigma(&fixture);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_count_over_one_rule_is_a_threshold),
      cmocka_unit_test(the_rules_of_a_correlation_are_signals_unless_it_generates),
      cmocka_unit_test(different_values_are_counted_by_their_field),
      cmocka_unit_test(a_match_is_grouped_by_the_values_of_its_fields),
      cmocka_unit_test(rules_near_each_other_are_steps),
      cmocka_unit_test(a_count_over_several_rules_is_one_step),
      cmocka_unit_test(a_lua_rule_can_be_correlated_by_its_id),
      cmocka_unit_test(what_cannot_be_correlated_is_refused),
      cmocka_unit_test(mistakes_in_a_correlation_are_reported),
      cmocka_unit_test(a_correlation_takes_evidence_and_pack_alone_below_margay),
      cmocka_unit_test(the_entry_that_says_most_is_taken),
      cmocka_unit_test(the_bundled_schemas_name_the_services_of_zoom),
      cmocka_unit_test(schemas_and_mapping_say_what_a_logsource_means),
      cmocka_unit_test(without_schemas_a_refusal_says_so),
      cmocka_unit_test(a_mapping_renames_fields_and_adds_conditions),
      cmocka_unit_test(correlations_group_by_the_events_own_fields),
      cmocka_unit_test(a_mistake_in_what_a_mapping_adds_is_reported_in_its_file),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

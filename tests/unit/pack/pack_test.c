/* The bundled rules: what each must have, and that docs/detections.md describes them as they are.
 * */
#include "api/rules/attack.h"
#include "base/buffer.h"
#include "base/text.h"
#include "base/yaml/yaml.h"
#include "event/schema/schema.h"
#include "rule/condition/regex.h"
#include "rule/correlation.h"
#include "rule/load/rule_set_load.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* The rows of detections that public packs had when they were last looked through. */
#define OTHER_PACKS_MIN 35

/* Rules whose words nobody has seen; fewer is better. */
#define GUESSES_MAX 19

static struct rule_set *load(void) {
  static const char *const paths[] = {"rules"};
  struct problems problems = PROBLEMS_NONE;
  struct rule_set *set =
      rule_set_load(&(struct rule_options){.paths = paths, .path_count = 1}, &problems);
  if (problems.count > 0) {
    problems_print(&problems, stderr);
    fail_msg("the bundled rules have mistakes");
  }
  return set;
}

/* Prints and counts what rules lack, so that one run reports everything. */
static unsigned lacks(const struct rule *rule, bool lacking, const char *what) {
  if (lacking)
    print_error("%s: %s\n", rule->file, what);
  return lacking;
}

static bool fits(struct text text, const char *pattern) {
  struct error error = ERROR_NONE;
  struct regex *regex = regex_new(text_from(pattern), 0, &error);
  assert_non_null(regex);
  struct regex_scratch *scratch = regex_scratch_new();
  struct work work;
  work_start(&work);
  bool match = regex_match(regex, scratch, &work, text, 0) == REGEX_YES;
  regex_scratch_free(&scratch);
  regex_free(&regex);
  return match;
}

/* Whether a list written as "A, B" holds the item. */
static bool list_holds(struct text list, struct text item) {
  for (struct text rest = list; rest.size >= item.size;) {
    const char *comma = memchr(rest.data, ',', rest.size);
    struct text first = {rest.data, comma ? (size_t)(comma - rest.data) : rest.size};
    if (text_equal(first, item))
      return true;
    if (!comma)
      return false;
    rest = (struct text){comma + 2, rest.size - first.size - 2};
  }
  return false;
}

/* The techniques of a rule's reports, "T1556.006, T1110", each once. */
static void append_techniques(struct buffer *out, const struct rule *rule) {
  json_t *reports = json_loadb(rule->reports_json.data, rule->reports_json.size, 0, NULL);
  const json_t *list = json_object_get(reports, "MITRE ATT&CK");
  size_t start = buffer_text(out).size;
  for (size_t i = 0; i < json_array_size(list); i++) {
    const char *colon = strchr(json_string_value(json_array_get(list, i)), ':');
    struct text written = {buffer_text(out).data + start, buffer_text(out).size - start};
    if (!colon || list_holds(written, text_from(colon + 1)))
      continue;
    buffer_printf(out, "%s%s", written.size ? ", " : "", colon + 1);
  }
  json_decref(reports);
}

static unsigned check_reports(const struct rule *rule) {
  json_t *reports = json_loadb(rule->reports_json.data, rule->reports_json.size, 0, NULL);
  const json_t *list = json_object_get(reports, "MITRE ATT&CK");
  unsigned count = lacks(rule, json_array_size(list) == 0, "no MITRE ATT&CK technique");
  for (size_t i = 0; i < json_array_size(list); i++)
    count += lacks(rule,
                   !fits(text_from(json_string_value(json_array_get(list, i))),
                         "^TA\\d{4}:T\\d{4}(?:\\.\\d{3})?$"),
                   "a technique is not written as TA0003:T1556.006");
  json_decref(reports);
  return count;
}

/* Of CIS Zoom Benchmark 1.0, recommendations are numbered like 1.1.2.4. */
static unsigned check_cis(const struct rule *rule) {
  json_t *reports = json_loadb(rule->reports_json.data, rule->reports_json.size, 0, NULL);
  const json_t *list = json_object_get(reports, "CIS");
  unsigned count = 0;
  for (size_t i = 0; i < json_array_size(list); i++)
    count += lacks(
        rule,
        !fits(text_from(json_string_value(json_array_get(list, i))), "^[1-3](?:\\.\\d{1,2}){2,4}$"),
        "a CIS recommendation is not written as 1.1.2.4");
  json_decref(reports);
  return count;
}

static unsigned check_techniques(const struct rule *rule) {
  struct arena arena = ARENA_NONE;
  struct attack_technique *techniques;
  size_t named = attack_techniques(rule, &arena, &techniques);
  unsigned count = 0;
  for (size_t i = 0; i < named; i++)
    count += lacks(rule, techniques[i].id.size && !attack_is_known(&techniques[i]),
                   "a technique that the table in api/rules/attack.c does not have, or not in "
                   "this tactic");
  arena_free(&arena);
  return count;
}

static unsigned check_log_types(const struct rule *rule, const struct schema_set *schemas) {
  unsigned count = 0;
  for (size_t i = 0; i < rule->log_types.count; i++)
    count += lacks(rule, !schema_find(schemas, rule->log_types.items[i]),
                   "a log type that no schema describes");
  return count;
}

/* A rule that reads reports and webhooks finds the same person in two fields: an exception for one
 * of them would leave the other half loud. */
static bool excepts_half(const struct rule *rule) {
  bool report = false, webhook = false;
  for (size_t i = 0; i < rule->log_types.count; i++) {
    bool is_report = fits(rule->log_types.items[i], "Activity$|Operation$|^Zoom\\.RemoteSupport$");
    report |= is_report;
    webhook |= !is_report;
  }
  return rule->create_alert && !rule->correlation && report && webhook &&
         !(fits(rule->runbook, "--except payload\\.") &&
           fits(rule->runbook, "--except (?!payload)"));
}

/* Whether a file in rules/packs describes the rule's pack. */
static bool has_pack(const struct rule *rule) {
  char path[128];
  struct error error = ERROR_NONE;
  snprintf(path, sizeof path, "rules/packs/%.*s.yml", TEXT_ARGS(rule->pack));
  struct yaml *yaml = yaml_load_file(path, FILE_REGULAR, &error);
  const struct yaml_node *name = yaml ? yaml_get(yaml_root(yaml), "name") : NULL;
  bool named = name && text_equal(name->value, rule->pack);
  yaml_free(yaml);
  return named;
}

/* A correlation is as sure as the least sure of its steps, and a step as the surest of its rules.
 */
static enum rule_evidence evidence_of_steps(const struct correlation *correlation) {
  enum rule_evidence worst = RULE_EVIDENCE_DOCUMENTED;
  for (size_t i = 0; i < correlation->step_count; i++) {
    enum rule_evidence best = RULE_EVIDENCE_GUESS;
    for (size_t k = 0; k < correlation->steps[i].source_count; k++) {
      enum rule_evidence evidence = correlation->steps[i].sources[k].rule->evidence;
      best = evidence < best ? evidence : best;
    }
    worst = best > worst ? best : worst;
  }
  return worst;
}

static void every_rule_is_in_a_pack_and_says_how_sure_its_words_are(void **state) {
  (void)state;
  struct rule_set *set = load();
  unsigned count = 0, guesses = 0;
  for (size_t i = 0; i < set->count; i++) {
    const struct rule *rule = &set->rules[i];
    count += lacks(rule, !has_pack(rule), "no pack that a file in rules/packs describes");
    count += lacks(rule, rule->evidence == RULE_EVIDENCE_NONE, "no evidence");
    count +=
        lacks(rule, rule->correlation && rule->evidence != evidence_of_steps(rule->correlation),
              "other evidence than that of its steps");
    guesses += rule->evidence == RULE_EVIDENCE_GUESS;
  }
  rule_set_free(set);
  assert_int_equal(count, 0);
  assert_in_range(guesses, 0, GUESSES_MAX);
}

static void every_rule_says_why_it_matters_and_what_to_do(void **state) {
  (void)state;
  struct problems problems = PROBLEMS_NONE;
  struct schema_set *schemas = schema_set_load("schemas", &problems);
  struct rule_set *set = load();
  unsigned count = 0;
  for (size_t i = 0; i < set->count; i++) {
    const struct rule *rule = &set->rules[i];
    count += lacks(rule, !fits(rule->id, "^Zoom(?:\\.[A-Za-z0-9]+)+$"), "an id like Zoom.Word");
    count += lacks(rule, text_equal(rule->display_name, rule->id), "no display_name");
    count +=
        lacks(rule, !fits(rule->description, "(?s)^[A-Z\"].{40,}\\n\\nFalse positives: .{9,}\\.$"),
              "no description that ends in a paragraph 'False positives: ….'");
    count += lacks(rule, !fits(rule->runbook, "(?s)^1\\. .+\\n2\\. .+[.?]$"),
                   "no runbook of two steps or more");
    count +=
        lacks(rule, rule->description.size > RULE_TEXT_MAX || rule->runbook.size > RULE_TEXT_MAX,
              "a description or runbook that would be cut");
    count += lacks(rule, !fits(rule->reference, "^https://\\S+$"), "no reference");
    count += lacks(rule, rule->tags.count < 2 || !text_is(rule->tags.items[0], "Zoom"),
                   "no tags: Zoom and one more");
    count += lacks(rule, rule->test_count < 3, "fewer than three tests");
    count += lacks(rule, !rule->enabled, "switched off");
    count += lacks(
        rule, rule->create_alert && !fits(rule->runbook, "(?s)\\n\\d\\. `margay [a-z]+ .+\\.$"),
        "no last step in the runbook that names margay's own commands");
    char command[RULE_TEXT_MAX + 32];
    snprintf(command, sizeof command, "margay tune %.*s --except ", TEXT_ARGS(rule->id));
    count += lacks(rule,
                   rule->create_alert && !rule->correlation &&
                       !text_contains(rule->runbook, text_from(command)),
                   "no command in the runbook that tunes this rule");
    count +=
        lacks(rule,
              !rule->base.size &&
                  fits(rule->source, "(?m)^  (?:threshold = 1|dedup_period_minutes = 60|enabled = "
                                     "true|create_alert = true|stateful = false|tags = \\{\\}),$"),
              "a default that is restated");
    count += lacks(rule, excepts_half(rule),
                   "no fields of both reports and webhooks in the command that tunes it");
    count += lacks(rule,
                   rule->create_alert && !rule->correlation &&
                       !rule_says(rule, RULE_FUNCTION_ALERT_CONTEXT),
                   "no alert_context");
    count += check_reports(rule) + check_techniques(rule) + check_cis(rule) +
             check_log_types(rule, schemas);
  }
  rule_set_free(set);
  schema_set_free(schemas);
  problems_clear(&problems);
  assert_int_equal(count, 0);
}

/* ---- docs/detections.md ---- */

static void append_kind(struct buffer *out, const struct rule *rule) {
  if (rule->correlation)
    buffer_append_string(out, "correlation");
  else if (!rule->create_alert)
    buffer_append_string(out, "signal");
  else if (rule->stateful || rule->questions.count)
    buffer_append_string(out, "stateful");
  else if (rule->threshold > 1)
    buffer_printf(out, "%lld in %lld min", (long long)rule->threshold,
                  (long long)(rule->dedup_period / US_PER_MINUTE));
}

static void append_log_types(struct buffer *out, size_t start, const struct rule *rule) {
  for (size_t i = 0; i < rule->log_types.count; i++) {
    struct text written = {buffer_text(out).data + start, buffer_text(out).size - start};
    if (!list_holds(written, rule->log_types.items[i]))
      buffer_printf(out, "%s%.*s", written.size ? ", " : "", TEXT_ARGS(rule->log_types.items[i]));
  }
}

static void append_row(struct buffer *out, const struct rule *rule) {
  static const char *const severities[] = {"info", "low", "medium", "high", "critical"};
  buffer_printf(out, "| [%.*s](../%s) | ", TEXT_ARGS(rule->id), rule->file);
  size_t start = buffer_text(out).size;
  append_log_types(out, start, rule);
  for (size_t i = 0; rule->correlation && i < rule->correlation->step_count; i++)
    for (size_t k = 0; k < rule->correlation->steps[i].source_count; k++)
      append_log_types(out, start, rule->correlation->steps[i].sources[k].rule);
  buffer_printf(out, " | %s | ", severities[rule->severity]);
  append_techniques(out, rule);
  buffer_append_string(out, " | ");
  append_kind(out, rule);
  buffer_printf(out, " | %.*s | %s | %.*s |\n", TEXT_ARGS(rule->pack),
                rule_evidence_names[rule->evidence], TEXT_ARGS(rule->display_name));
}

/* The lines of the table, as they stand there. */
static void read_table(struct buffer *out) {
  FILE *file = fopen("docs/detections.md", "r");
  char *line = NULL;
  size_t capacity = 0;
  assert_non_null(file);
  while (getline(&line, &capacity, file) > 0)
    if (strncmp(line, "| [Zoom.", 8) == 0)
      buffer_append_string(out, line);
  free(line);
  fclose(file);
}

static void the_table_of_detections_is_that_of_the_rules(void **state) {
  (void)state;
  struct rule_set *set = load();
  struct buffer expected = BUFFER_NONE, row = BUFFER_NONE, found = BUFFER_NONE;
  read_table(&found);
  for (size_t i = 0; i < set->count; i++) {
    buffer_reset(&row);
    append_row(&row, &set->rules[i]);
    if (!text_contains(buffer_text(&found), buffer_text(&row)))
      print_error("docs/detections.md lacks the line\n%.*s", TEXT_ARGS(buffer_text(&row)));
    buffer_append_text(&expected, buffer_text(&row));
  }
  bool same = text_equal(buffer_text(&expected), buffer_text(&found));
  if (!same)
    print_error("the table of docs/detections.md has other lines than the rules give, or another "
                "order than that of their ids\n");
  buffer_free(&expected);
  buffer_free(&row);
  buffer_free(&found);
  rule_set_free(set);
  assert_true(same);
}

/* ---- what other packs detect ---- */

/* Prints and counts the rules between backquotes in the row's last cell that do not exist; a row
 * that names none counts as one. */
static unsigned missing_rules(const struct rule_set *set, const char *row) {
  unsigned missing = 0, named = 0;
  const char *cell = strrchr(row, '|');
  while (cell > row && *--cell != '|')
    ;
  for (const char *tick = strchr(cell, '`'); tick; tick = strchr(tick + 1, '`')) {
    size_t size = strcspn(tick + 1, "`");
    struct text id = {tick + 1, size};
    if (!rule_set_find(set, id)) {
      print_error("docs/detections.md: there is no rule %.*s\n", TEXT_ARGS(id));
      missing++;
    }
    named++;
    tick += size + 1;
  }
  return missing + (named == 0);
}

static void the_detections_of_other_packs_are_here(void **state) {
  (void)state;
  struct rule_set *set = load();
  FILE *file = fopen("docs/detections.md", "r");
  char *line = NULL;
  size_t capacity = 0;
  unsigned missing = 0, rows = 0;
  bool within = false;
  assert_non_null(file);
  while (getline(&line, &capacity, file) > 0) {
    if (strncmp(line, "## ", 3) == 0)
      within = strcmp(line, "## What other packs detect\n") == 0;
    if (!within || line[0] != '|' || strncmp(line, "| pack ", 7) == 0 || line[1] == '-')
      continue;
    missing += missing_rules(set, line);
    rows++;
  }
  free(line);
  fclose(file);
  rule_set_free(set);
  assert_int_equal(missing, 0);
  assert_true(rows >= OTHER_PACKS_MIN);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_rule_says_why_it_matters_and_what_to_do),
      cmocka_unit_test(every_rule_is_in_a_pack_and_says_how_sure_its_words_are),
      cmocka_unit_test(the_table_of_detections_is_that_of_the_rules),
      cmocka_unit_test(the_detections_of_other_packs_are_here),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

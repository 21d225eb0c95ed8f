#include "command/rules/rules_list.h"

#include "alert/message/summary.h"
#include "api/rules/attack.h"
#include "base/buffer.h"
#include "base/json_member.h"
#include "command/terminal/table.h"
#include "command/terminal/terminal.h"
#include "rule/correlation.h"

#include <inttypes.h>

/* How many values of a list in a where people are shown. */
#define VALUES_SHOWN_MAX 20

static void join(struct buffer *out, const struct text_list *texts) {
  for (size_t i = 0; i < texts->count; i++) {
    if (i)
      buffer_append_string(out, ", ");
    buffer_append_text(out, texts->items[i]);
  }
}

static void join_techniques(struct buffer *out, const struct rule *rule) {
  struct arena arena = ARENA_NONE;
  struct attack_technique *techniques;
  size_t count = attack_techniques(rule, &arena, &techniques);
  for (size_t i = 0; i < count; i++) {
    bool reported = techniques[i].id.size == 0;
    for (size_t k = 0; k < i && !reported; k++)
      reported = text_equal(techniques[k].id, techniques[i].id);
    if (reported)
      continue;
    buffer_append_string(out, out->size ? ", " : "");
    buffer_append_text(out, techniques[i].id);
  }
  arena_free(&arena);
}

/* "120 minutes"; what is not in whole minutes, as a Sigma timespan may be: "90s". */
static const char *span(int64_t duration, const char *unit, struct time_string *string) {
  if (duration % US_PER_MINUTE)
    return duration_format(duration, string);
  snprintf(string->text, sizeof string->text, "%" PRId64 " %s", duration / US_PER_MINUTE, unit);
  return string->text;
}

/* How it differs from "each match is an alert". */
static void describe_kind(struct buffer *out, const struct rule *rule) {
  const struct {
    bool is;
    const char *word;
  } words[] = {{!rule->enabled, "off"},
               {!rule->create_alert, "signal"},
               {rule->correlation != NULL, "correlation"},
               {rule->stateful || rule->questions.count, "stateful"}};
  struct time_string window;
  if (rule->threshold > 1)
    buffer_printf(out, "%" PRId64 " in %s", rule->threshold,
                  span(rule->dedup_period, "min", &window));
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (words[i].is)
      buffer_printf(out, "%s%s", out->size ? ", " : "", words[i].word);
}

static void add_cell(struct table *table, struct buffer *cell, const char *colour) {
  table_add(table, buffer_text(cell), colour);
  buffer_reset(cell);
}

/* Whether one of them has a pack or says its evidence; most people's own rules do neither. */
static bool any_has_pack(const struct rule_list *rules) {
  for (size_t i = 0; i < rules->count; i++)
    if (rules->items[i]->pack.size || rules->items[i]->evidence)
      return true;
  return false;
}

static void add_rest(struct table *table, const struct rule *rule, bool packs,
                     struct buffer *cell) {
  join_techniques(cell, rule);
  add_cell(table, cell, NULL);
  describe_kind(cell, rule);
  add_cell(table, cell, NULL);
  if (packs) {
    table_add(table, rule->pack, NULL);
    table_add(table, text_from(rule_evidence_names[rule->evidence]), NULL);
  }
  table_add(table, rule->display_name, NULL);
}

void rules_print_table(const struct rule_list *rules, FILE *out) {
  static const char *const headings[] = {"ID", "SEVERITY", "LOG TYPES", "ATT&CK", "KIND", "NAME"};
  static const char *const with_packs[] = {"ID",   "SEVERITY", "LOG TYPES", "ATT&CK",
                                           "KIND", "PACK",     "EVIDENCE",  "NAME"};
  bool packs = any_has_pack(rules);
  struct table *table = packs ? table_new(with_packs, 8) : table_new(headings, 6);
  struct buffer lines = BUFFER_NONE, cell = BUFFER_NONE;
  for (size_t i = 0; i < rules->count; i++) {
    const struct rule *rule = rules->items[i];
    table_add(table, rule->id, NULL);
    table_add(table, text_from(severity_name(rule->severity)), severity_colour(rule->severity));
    join(&cell, &rule->log_types);
    add_cell(table, &cell, NULL);
    add_rest(table, rule, packs, &cell);
  }
  table_write(table, terminal_colours(out), terminal_width(out), &lines);
  buffer_printf(&lines, "\n%zu rule%s\n", rules->count, rules->count == 1 ? "" : "s");
  fwrite(lines.data, 1, lines.size, out);
  buffer_free(&lines);
  buffer_free(&cell);
  table_free(table);
}

/* ---- one rule, for people ---- */

/* Rules are the user's files but may come from anywhere, so nothing in them may control the
 * terminal. Line ends stay. */
static void print_text(struct text text, int indent, FILE *out) {
  struct buffer visible = BUFFER_NONE;
  for (size_t from = 0; from < text.size;) {
    const char *end = memchr(text.data + from, '\n', text.size - from);
    size_t size = end ? (size_t)(end - text.data) - from : text.size - from;
    buffer_printf(&visible, "%*s", from ? indent : 0, "");
    char *shown = (char *)buffer_reserve(&visible, size * TEXT_PRINTABLE_BYTES + 1);
    text_printable((struct text){text.data + from, size}, shown, size * TEXT_PRINTABLE_BYTES + 1);
    visible.size += strlen(shown);
    buffer_append_char(&visible, '\n');
    from += size + 1;
  }
  fwrite(visible.data, 1, visible.size, out);
  buffer_free(&visible);
}

static void print_member(const char *name, struct text text, FILE *out) {
  if (text.size == 0)
    return;
  fprintf(out, "%-14s", name);
  print_text(text, 14, out);
}

static void print_buffer(const char *name, struct buffer *text, FILE *out) {
  print_member(name, buffer_text(text), out);
  buffer_reset(text);
}

static void print_condition(const struct condition *condition, int depth, FILE *out) {
  static const char *const kinds[] = {
      [CONDITION_ALL] = "all of", [CONDITION_ANY] = "any of", [CONDITION_NOT] = "not"};
  struct buffer line = BUFFER_NONE;
  buffer_printf(&line, "%*s", depth * 2, "");
  if (condition->kind == CONDITION_FIELD)
    condition_field_write(condition, VALUES_SHOWN_MAX, &line);
  else
    buffer_append_string(&line, kinds[condition->kind]);
  print_text(buffer_text(&line), 0, out);
  buffer_free(&line);
  for (size_t i = 0; i < condition->child_count; i++)
    print_condition(condition->children[i], depth + 1, out);
}

/* What is measured of the matches of the one step, and what it must be. */
static void print_measure(const struct correlation *correlation, FILE *out) {
  static const char *const kinds[] = {[CORRELATION_COUNT] = "count",
                                      [CORRELATION_VALUES] = "different values",
                                      [CORRELATION_SUM] = "sum",
                                      [CORRELATION_AVERAGE] = "average",
                                      [CORRELATION_PERCENTILE] = "percentile"};
  static const char *const signs[] = {
      [CORRELATION_GT] = ">",   [CORRELATION_GTE] = ">=", [CORRELATION_LT] = "<",
      [CORRELATION_LTE] = "<=", [CORRELATION_EQ] = "=",   [CORRELATION_NEQ] = "!="};
  const struct correlation_measure *measure = correlation->measure;
  struct buffer line = BUFFER_NONE, fields = BUFFER_NONE;
  join(&fields, &correlation->steps[0].sources[0].counted);
  buffer_printf(&line, "  %s", kinds[measure->kind]);
  if (measure->kind == CORRELATION_PERCENTILE)
    buffer_printf(&line, " %g", measure->percentile);
  if (fields.size)
    buffer_printf(&line, " of %s", fields.data);
  for (size_t i = 0; i < measure->bound_count; i++)
    buffer_printf(&line, "%s %s %.15g", i ? " and" : "", signs[measure->bounds[i].comparison],
                  measure->bounds[i].value);
  print_text(buffer_text(&line), 0, out);
  buffer_free(&line);
  buffer_free(&fields);
}

static void print_steps(const struct correlation *correlation, FILE *out) {
  struct time_string within;
  fprintf(out, "\n%s within %s\n",
          correlation->order == CORRELATION_SEQUENCE ? "steps, in this order,"
                                                     : "steps, in any order,",
          span(correlation->within, "minutes", &within));
  if (correlation->measure)
    print_measure(correlation, out);
  for (size_t i = 0; i < correlation->step_count; i++) {
    const struct correlation_step *step = &correlation->steps[i];
    struct buffer line = BUFFER_NONE;
    buffer_append_string(&line, "  ");
    buffer_append_text(&line, step->id);
    if (step->max == 0)
      buffer_append_string(&line, ", none");
    else if (step->min != 1)
      buffer_printf(&line, ", at least %" PRId64, step->min);
    if (step->max > 0 && correlation_step_is_bounded(step))
      buffer_printf(&line, ", at most %" PRId64, step->max);
    bool all = correlation_sums_points(correlation);
    if (all)
      buffer_printf(&line, ": of %zu rules, by their severity", step->source_count);
    for (size_t k = 0; !all && k < step->source_count; k++) {
      buffer_append_string(&line, k ? " or " : ": ");
      buffer_append_text(&line, step->sources[k].rule_id);
    }
    print_text(buffer_text(&line), 0, out);
    buffer_free(&line);
  }
}

/* What metadata says in the place of functions. */
static void print_templates(const struct rule *rule, FILE *out) {
  for (int i = 0; i < RULE_FUNCTION_COUNT; i++)
    if (rule->templates[i])
      print_member(rule_function_names[i], rule->templates[i]->written, out);
}

static void print_patterns(const struct rule *rule, FILE *out) {
  struct buffer text = BUFFER_NONE;
  for (size_t i = 0; i < rule->patterns.count; i++) {
    const struct rule_pattern *pattern = &rule->patterns.items[i];
    buffer_printf(&text, "%.*s = %.*s", TEXT_ARGS(pattern->name), TEXT_ARGS(pattern->written));
    print_buffer("pattern", &text, out);
  }
  buffer_free(&text);
}

static void print_questions(const struct rule *rule, FILE *out) {
  for (size_t i = 0; i < rule->questions.count; i++)
    print_member(question_kind_names[rule->questions.items[i].kind],
                 rule->questions.items[i].written, out);
}

static void print_functions(const struct rule *rule, FILE *out) {
  struct buffer names = BUFFER_NONE;
  for (int i = 0; i < RULE_FUNCTION_COUNT; i++)
    if (rule->functions >> i & 1)
      buffer_printf(&names, "%s%s", names.size ? ", " : "", rule_function_names[i]);
  print_buffer("functions", &names, out);
  buffer_free(&names);
}

static void print_paragraphs(const char *name, struct text text, FILE *out) {
  if (text.size == 0)
    return;
  fprintf(out, "\n%s\n  ", name);
  print_text(text, 2, out);
}

void rules_print_rule(const struct rule *rule, FILE *out) {
  struct buffer text = BUFFER_NONE;
  struct time_string window;
  print_member("id", rule->id, out);
  print_member("name", rule->display_name, out);
  print_member("file", text_from(rule->file), out);
  print_member("base", rule->base, out);
  print_member("severity", text_from(severity_name(rule->severity)), out);
  join(&text, &rule->log_types);
  print_buffer("log types", &text, out);
  describe_kind(&text, rule);
  print_buffer("kind", &text, out);
  print_member("pack", rule->pack, out);
  print_member("evidence", text_from(rule_evidence_names[rule->evidence]), out);
  join_techniques(&text, rule);
  print_buffer("ATT&CK", &text, out);
  join(&text, &rule->tags);
  print_buffer("tags", &text, out);
  join(&text, &rule->summary_attributes);
  print_buffer("summary of", &text, out);
  join(&text, &rule->story);
  print_buffer("story", &text, out);
  if (rule->has_destinations) {
    join(&text, &rule->destinations);
    if (rule->destinations.count == 0)
      buffer_append_string(&text, "none");
    print_buffer("destinations", &text, out);
  }
  fprintf(out, "%-14s%s\n", "window", span(rule->dedup_period, "minutes", &window));
  join(&text, &rule->group_by);
  print_buffer("grouped by", &text, out);
  join(&text, &rule->unique_fields);
  print_buffer("counts", &text, out);
  print_questions(rule, out);
  print_templates(rule, out);
  print_patterns(rule, out);
  print_functions(rule, out);
  fprintf(out, "%-14s%zu\n", "tests", rule->test_count);
  print_member("reference", rule->reference, out);
  rules_print_changes_of(rule, out);
  if (rule->where) {
    fputs("\nwhere\n", out);
    print_condition(rule->where, 1, out);
  }
  if (rule->correlation)
    print_steps(rule->correlation, out);
  print_paragraphs("description", rule->description, out);
  print_paragraphs("runbook", rule->runbook, out);
  buffer_free(&text);
}

/* ---- for programs ---- */

void rules_print_json(const struct rule *rule, const struct suppressed_counts *counts,
                      const struct rules_routes *routes, bool whole, FILE *out) {
  struct buffer lines = BUFFER_NONE, json = BUFFER_NONE, visible = BUFFER_NONE;
  rules_routes_append_rule(routes, rule, &lines);
  rule_json_append_open(&json, rule, counts, whole);
  rule_json_append_attack(&json, "techniques", rule);
  buffer_printf(&json, ",\"tests\":%zu", rule->test_count);
  if (lines.size > 0)
    json_member_text(&json, "sent_to", text_trim(buffer_text(&lines)));
  buffer_append_string(&json, "}\n");
  buffer_append_json_visible(&visible, buffer_text(&json));
  fwrite(visible.data, 1, visible.size, out);
  buffer_free(&lines);
  buffer_free(&json);
  buffer_free(&visible);
}

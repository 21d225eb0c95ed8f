#include "detect/test/rule_test_coverage.h"

#include "rule/condition/condition_operand.h"

/* Bytes of a value that are shown. */
#define VALUE_SHOWN_MAX 80

/* ---- the points ---- */

static size_t count_values(const struct condition *condition) {
  size_t count = condition->kind == CONDITION_FIELD ? condition->value_count : 0;
  for (size_t i = 0; i < condition->child_count; i++)
    count += count_values(condition->children[i]);
  return count;
}

static struct text describe_value(const struct condition *condition, size_t value,
                                  struct arena *arena) {
  char key[120], text[VALUE_SHOWN_MAX];
  struct text as_written = condition->operands[value].text;
  text_printable(condition->key, key, sizeof key);
  if (as_written.size == 0)
    return text_from(arena_printf(arena, "where '%s'", key));
  return text_from(
      arena_printf(arena, "where '%s' \"%s\"", key, text_printable(as_written, text, sizeof text)));
}

static void add_values(struct rule_test_coverage *coverage, const struct condition *condition,
                       struct arena *arena) {
  for (size_t i = 0; condition->kind == CONDITION_FIELD && i < condition->value_count; i++)
    coverage->points[coverage->count++] =
        (struct rule_test_point){.kind = RULE_TEST_POINT_WHERE,
                                 .condition = condition,
                                 .value = i,
                                 .what = describe_value(condition, i, arena),
                                 .two_sided = true};
  for (size_t i = 0; i < condition->child_count; i++)
    add_values(coverage, condition->children[i], arena);
}

struct rule_test_coverage *rule_test_coverage_new(const struct rule *rule, struct arena *arena) {
  struct rule_test_coverage *coverage = arena_alloc(arena, sizeof *coverage);
  size_t values = rule->where ? count_values(rule->where) : 0;
  coverage->points = arena_alloc(arena, (values + RULE_FUNCTION_COUNT) * sizeof *coverage->points);
  if (rule->where)
    add_values(coverage, rule->where, arena);
  for (int i = 0; i < RULE_FUNCTION_COUNT; i++)
    if (rule->functions >> i & 1)
      coverage->points[coverage->count++] = (struct rule_test_point){
          .kind = RULE_TEST_POINT_FUNCTION,
          .function = (enum rule_function)i,
          .what = text_from(arena_printf(arena, "function %s", rule_function_names[i])),
          .two_sided = i == RULE_FUNCTION_RULE};
  return coverage;
}

/* ---- what is seen ---- */

static void see(struct rule_test_point *point, bool answer) {
  *(answer ? &point->seen_true : &point->seen_false) = true;
}

/* Each value is asked by itself, whatever the rest of the where says. */
void rule_test_coverage_add_event(struct rule_test_coverage *coverage, struct field_view *view) {
  for (size_t i = 0; i < coverage->count; i++) {
    struct rule_test_point *point = &coverage->points[i];
    if (point->kind != RULE_TEST_POINT_WHERE || (point->seen_true && point->seen_false))
      continue;
    struct condition alone = *point->condition;
    alone.operands += point->value;
    alone.value_count = 1;
    see(point, condition_match(&alone, view));
  }
}

void rule_test_coverage_add_answer(struct rule_test_coverage *coverage, bool said) {
  for (size_t i = 0; i < coverage->count; i++)
    if (coverage->points[i].kind == RULE_TEST_POINT_FUNCTION &&
        coverage->points[i].function == RULE_FUNCTION_RULE)
      see(&coverage->points[i], said);
}

void rule_test_coverage_add_description(struct rule_test_coverage *coverage) {
  for (size_t i = 0; i < coverage->count; i++)
    if (coverage->points[i].kind == RULE_TEST_POINT_FUNCTION &&
        coverage->points[i].function != RULE_FUNCTION_RULE)
      see(&coverage->points[i], true);
}

/* ---- sums ---- */

size_t rule_test_coverage_wanted(const struct rule_test_coverage *coverage) {
  size_t wanted = 0;
  for (size_t i = 0; i < coverage->count; i++)
    wanted += coverage->points[i].two_sided ? 2 : 1;
  return wanted;
}

size_t rule_test_coverage_seen(const struct rule_test_coverage *coverage) {
  size_t seen = 0;
  for (size_t i = 0; i < coverage->count; i++)
    seen += (size_t)coverage->points[i].seen_true + coverage->points[i].seen_false;
  return seen;
}

const char *rule_test_point_missing(const struct rule_test_point *point) {
  if (point->seen_true)
    return !point->two_sided || point->seen_false ? NULL : "never false";
  if (!point->two_sided)
    return "never called";
  if (point->seen_false)
    return "never true";
  return point->kind == RULE_TEST_POINT_FUNCTION ? "never called" : "never asked";
}

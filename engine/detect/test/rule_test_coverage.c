#include "detect/test/rule_test_coverage.h"

#include "rule/condition/condition_operand.h"

/* Bytes of a value that are shown. */
#define VALUE_SHOWN_MAX 80

/* ---- the points ---- */

/* What of a field test counts by itself: each value, or the list as one. */
static size_t parts_of(const struct condition *condition) {
  if (condition->kind != CONDITION_FIELD)
    return 0;
  return condition->value_count > RULE_TEST_VALUES_MAX ? 1 : condition->value_count;
}

static size_t count_parts(const struct condition *condition) {
  size_t count = parts_of(condition);
  for (size_t i = 0; i < condition->child_count; i++)
    count += count_parts(condition->children[i]);
  return count;
}

static struct text describe(const struct rule_test_point *point, struct arena *arena) {
  char key[120], text[VALUE_SHOWN_MAX];
  text_printable(point->condition->key, key, sizeof key);
  struct text as_written = point->condition->operands[point->value].text;
  if (as_written.size == 0)
    return text_from(arena_printf(arena, "where '%s'", key));
  text_printable(as_written, text, sizeof text);
  if (point->count > 1)
    return text_from(
        arena_printf(arena, "where '%s' \"%s\" and %zu more", key, text, point->count - 1));
  return text_from(arena_printf(arena, "where '%s' \"%s\"", key, text));
}

static bool is_same(const struct rule_test_point *a, const struct rule_test_point *b) {
  const struct condition *one = a->condition, *other = b->condition;
  if (a->count != b->count || !text_equal(one->key, other->key))
    return false;
  for (size_t i = 0; i < a->count; i++) {
    const struct condition_operand *left = &one->operands[a->value + i],
                                   *right = &other->operands[b->value + i];
    if (left->kind != right->kind || !text_equal(left->text, right->text) ||
        !text_equal(left->given, right->given))
      return false;
  }
  return true;
}

/* Each branch of a `where` may ask the same again, which counts once. */
static void add_point(struct rule_test_coverage *coverage, const struct condition *condition,
                      size_t value, size_t count, struct arena *arena) {
  struct rule_test_point point = {.kind = RULE_TEST_POINT_WHERE,
                                  .condition = condition,
                                  .value = value,
                                  .count = count,
                                  .two_sided = true};
  for (size_t i = 0; i < coverage->count; i++)
    if (is_same(&coverage->points[i], &point))
      return;
  point.what = describe(&point, arena);
  coverage->points[coverage->count++] = point;
}

static void add_where(struct rule_test_coverage *coverage, const struct condition *condition,
                      struct arena *arena) {
  size_t parts = parts_of(condition);
  for (size_t i = 0; i < parts; i++)
    add_point(coverage, condition, i, parts == 1 ? condition->value_count : 1, arena);
  for (size_t i = 0; i < condition->child_count; i++)
    add_where(coverage, condition->children[i], arena);
}

struct rule_test_coverage *rule_test_coverage_new(const struct rule *rule, struct arena *arena) {
  struct rule_test_coverage *coverage = arena_alloc(arena, sizeof *coverage);
  size_t parts = rule->where ? count_parts(rule->where) : 0;
  coverage->points = arena_alloc(arena, (parts + RULE_FUNCTION_COUNT) * sizeof *coverage->points);
  if (rule->where)
    add_where(coverage, rule->where, arena);
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

/* Each point is asked by itself, whatever the rest of the where says. */
void rule_test_coverage_add_event(struct rule_test_coverage *coverage, struct field_view *view) {
  for (size_t i = 0; i < coverage->count; i++) {
    struct rule_test_point *point = &coverage->points[i];
    if (point->kind != RULE_TEST_POINT_WHERE || (point->seen_true && point->seen_false))
      continue;
    struct condition alone = *point->condition;
    alone.operands += point->value;
    alone.value_count = point->count;
    alone.shared = CONDITION_ALONE;
    alone.grams = NULL;
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

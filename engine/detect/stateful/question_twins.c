#include "detect/stateful/question_twins.h"

#include "base/memory.h"

#include <stdlib.h>

#define COMPARE(a, b)                                                                              \
  if ((a) != (b))                                                                                  \
  return (a) < (b) ? -1 : 1

static int compare_texts(const struct text *a, size_t a_count, const struct text *b,
                         size_t b_count) {
  COMPARE(a_count, b_count);
  int order = 0;
  for (size_t i = 0; i < a_count && order == 0; i++)
    order = text_compare(a[i], b[i]);
  return order;
}

/* Both are 0 where a rule has no `where` at all, or one that is compared with no other. */
static unsigned test_of(const struct rule *rule) {
  bool is_test = rule->where && rule->where->kind == CONDITION_FIELD;
  return is_test ? rule->where->shared : 0;
}

static bool has_where(const struct rule *rule) {
  return rule->where != NULL;
}

/* Which events they are asked of. */
static int compare_rules(const struct rule *a, const struct rule *b) {
  COMPARE(has_where(a), has_where(b));
  COMPARE(a->where_shared, b->where_shared);
  COMPARE(test_of(a), test_of(b));
  return compare_texts(a->log_types.items, a->log_types.count, b->log_types.items,
                       b->log_types.count);
}

static int compare_spans(const struct question *a, const struct question *b) {
  COMPARE(a->learn, b->learn);
  COMPARE(a->keep, b->keep);
  COMPARE(a->within, b->within);
  COMPARE(a->past, b->past);
  COMPARE(a->quiet, b->quiet);
  return 0;
}

static int compare_judged(const struct question *a, const struct question *b) {
  COMPARE(a->at_least, b->at_least);
  COMPARE(a->near, b->near);
  COMPARE(a->at_most, b->at_most);
  COMPARE(a->times, b->times);
  COMPARE(a->farther_than, b->farther_than);
  COMPARE(a->faster_than, b->faster_than);
  COMPARE(a->shared_by, b->shared_by);
  return compare_texts(a->never_new.items, a->never_new.count, b->never_new.items,
                       b->never_new.count);
}

static int compare_questions(const struct question *a, const struct question *b) {
  COMPARE(a->meaning, b->meaning);
  COMPARE(a->kind, b->kind);
  COMPARE(a->of.count, b->of.count);
  COMPARE(a->per.count, b->per.count);
  COMPARE(a->of.shared, b->of.shared);
  COMPARE(a->per.shared, b->per.shared);
  COMPARE(a->of_any, b->of_any);
  COMPARE(a->learn_together, b->learn_together);
  int order = text_compare(a->zone_name, b->zone_name);
  if (order == 0)
    order = compare_spans(a, b);
  return order ? order : compare_judged(a, b);
}

static int compare(const struct tracked_question *a, const struct tracked_question *b) {
  int order = compare_questions(a->question, b->question);
  return order ? order : compare_rules(a->rule, b->rule);
}

/* Those that are the same stand beside each other, in the order of their rules. */
static int by_meaning(const void *left, const void *right) {
  const struct tracked_question *a = *(struct tracked_question *const *)left,
                                *b = *(struct tracked_question *const *)right;
  int order = compare(a, b);
  if (order)
    return order;
  return (a > b) - (a < b);
}

/* A function may say no to some of the events, or fail. */
static bool may_have_twin(const struct rule *rule) {
  bool is_alone =
      rule->where && (rule->where->kind == CONDITION_FIELD ? rule->where->shared == CONDITION_ALONE
                                                           : rule->where_shared == 0);
  return !is_alone && !rule->stateful && !(rule->functions >> RULE_FUNCTION_RULE & 1);
}

static size_t list(struct question_cache *cache, struct tracked_question **listed) {
  size_t count = 0;
  for (size_t i = 0; i < cache->rules->count; i++) {
    const struct rule *rule = &cache->rules->rules[i];
    for (size_t k = 0; may_have_twin(rule) && k < rule->questions.count; k++)
      listed[count++] = &cache->questions[question_number(rule, k)];
  }
  return count;
}

struct question_twin *question_twins_find(struct question_cache *cache) {
  struct tracked_question **listed =
      memory_alloc_array(cache->rules->count * QUESTIONS_MAX + 1, sizeof *listed);
  size_t count = list(cache, listed), next;
  struct question_twin *twins = memory_alloc_array(count + 1, sizeof *twins);
  qsort(listed, count, sizeof(struct tracked_question *), by_meaning);
  for (size_t i = 0; i < count; i = next) {
    for (next = i + 1; next < count && compare(listed[i], listed[next]) == 0; next++) {
      listed[next]->id = listed[i]->id;
      listed[i]->twin = listed[next]->twin = &twins[i];
    }
  }
  free(listed);
  return twins;
}

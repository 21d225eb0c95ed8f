#include "detect/test/rule_test_subject.h"

#include "rule/correlation.h"

static bool holds(const struct text_list *list, struct text text) {
  for (size_t i = 0; i < list->count; i++)
    if (text_equal(list->items[i], text))
      return true;
  return false;
}

/* Itself is what a rule is made of. */
static void take_rule(struct rule_test_subject *subject, const struct rule *rule,
                      struct arena *arena) {
  const struct rule **self = arena_alloc(arena, sizeof *self);
  *self = rule;
  subject->rule = rule;
  subject->rules = self;
  subject->rule_count = 1;
  subject->log_types = rule->log_types;
}

static void add_source(struct rule_test_subject *subject, const struct rule **rules,
                       struct text *log_types, const struct rule *rule) {
  for (size_t i = 0; i < subject->rule_count; i++)
    if (rules[i] == rule)
      return;
  rules[subject->rule_count++] = rule;
  for (size_t i = 0; i < rule->log_types.count; i++)
    if (!holds(&subject->log_types, rule->log_types.items[i]))
      log_types[subject->log_types.count++] = rule->log_types.items[i];
}

/* A correlation is made of the matches of its steps' rules, of all their log types. */
static void take_correlation(struct rule_test_subject *subject,
                             const struct correlation *correlation, struct arena *arena) {
  size_t rules = 0, log_types = 0;
  for (size_t i = 0; i < correlation->step_count; i++)
    for (size_t k = 0; k < correlation->steps[i].source_count; k++, rules++)
      log_types += correlation->steps[i].sources[k].rule->log_types.count;
  const struct rule **items = arena_alloc(arena, (rules + 1) * sizeof *items);
  struct text *names = arena_alloc(arena, (log_types + 1) * sizeof *names);
  subject->rules = items;
  subject->log_types.items = names;
  for (size_t i = 0; i < correlation->step_count; i++)
    for (size_t k = 0; k < correlation->steps[i].source_count; k++)
      add_source(subject, items, names, correlation->steps[i].sources[k].rule);
}

static void add_rules(const struct rule_set *set, struct rule_test_subjects *subjects) {
  for (size_t i = 0; i < set->count; i++) {
    const struct rule *rule = &set->rules[i];
    struct rule_test_subject *subject = &subjects->items[subjects->count++];
    *subject = (struct rule_test_subject){
        .id = rule->id,
        .file = rule->file,
        .source = rule->source,
        .line = rule->metadata_line,
        .tests_line = rule->tests_line,
        .tests_json = rule->tests_json,
        .test_entries = rule->test_entries,
        .test_count = rule->test_count,
        .tags = rule->tags,
        .severity = rule->severity,
    };
    if (rule->correlation)
      take_correlation(subject, rule->correlation, &subjects->arena);
    else
      take_rule(subject, rule, &subjects->arena);
  }
}

void rule_test_subjects_list(const struct rule_set *set, struct rule_test_subjects *subjects) {
  *subjects = (struct rule_test_subjects){.arena = ARENA_NONE};
  subjects->items = arena_alloc(&subjects->arena, (set->count + 1) * sizeof *subjects->items);
  add_rules(set, subjects);
}

void rule_test_subjects_free(struct rule_test_subjects *subjects) {
  arena_free(&subjects->arena);
}

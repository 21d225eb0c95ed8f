#include "rule/rule_test_subject.h"

static void add_rules(const struct rule_set *set, struct rule_test_subjects *subjects) {
  for (size_t i = 0; i < set->count; i++) {
    const struct rule *rule = &set->rules[i];
    const struct rule **self = arena_alloc(&subjects->arena, sizeof *self);
    *self = rule;
    subjects->items[subjects->count++] = (struct rule_test_subject){
        .id = rule->id,
        .file = rule->file,
        .source = rule->source,
        .line = rule->metadata_line,
        .tests_line = rule->tests_line,
        .tests_json = rule->tests_json,
        .test_count = rule->test_count,
        .tags = rule->tags,
        .log_types = rule->log_types,
        .severity = rule->severity,
        .rule = rule,
        .rules = self,
        .rule_count = 1,
    };
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

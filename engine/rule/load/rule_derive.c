#include "rule/load/rule_derive.h"

/* The base's ancestors and the base itself, when they have functions to inherit. */
static void add_ancestors(struct rule_set *set, const struct rule *base, struct rule *rule) {
  if (base->functions == 0)
    return;
  struct rule_ancestor *ancestors =
      arena_alloc(&set->arena, (base->ancestor_count + 1) * sizeof *ancestors);
  if (base->ancestor_count)
    memcpy(ancestors, base->ancestors, base->ancestor_count * sizeof *ancestors);
  ancestors[base->ancestor_count] =
      (struct rule_ancestor){.file = base->file, .source = base->source};
  rule->ancestors = ancestors;
  rule->ancestor_count = base->ancestor_count + 1;
}

struct rule rule_derive(struct rule_set *set, const struct rule *base, const char *file,
                        struct text source) {
  struct rule rule = *base;
  rule.base = base->id;
  rule.id = TEXT("");
  rule.file = file;
  rule.source = source;
  rule.metadata_line = 0;
  rule.enabled = true;
  if (text_equal(base->display_name, base->id)) /* it has none of its own */
    rule.display_name = TEXT("");
  rule.where = rule.added_where = NULL;
  rule.ancestors = NULL;
  rule.ancestor_count = 0;
  rule.functions = 0;
  memset(rule.templates, 0, sizeof rule.templates);
  rule.test_count = 0;
  rule.test_entries = NULL;
  rule.tests_json = TEXT("[]");
  rule.tests_line = 0;
  add_ancestors(set, base, &rule);
  return rule;
}

void rule_derive_functions(const struct rule *base, struct rule *rule) {
  for (int i = 0; i < RULE_FUNCTION_COUNT; i++) {
    if (rule_says(rule, (enum rule_function)i))
      continue;
    rule->functions |= base->functions & UINT32_C(1) << i;
    rule->templates[i] = base->templates[i];
  }
}

void rule_derive_where(struct rule_set *set, const struct rule *base, struct rule *rule) {
  rule->added_where = rule->where;
  if (base->where && rule->where)
    rule->where =
        condition_all(&set->arena, (const struct condition *const[]){base->where, rule->where}, 2);
  else if (base->where)
    rule->where = base->where;
}

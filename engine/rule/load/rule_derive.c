#include "rule/load/rule_derive.h"

#include "base/memory.h"
#include "rule/sandbox/source_line.h"

#include <stdlib.h>

void rule_waiting_add(struct rule_waiting *waiting, const struct rule *rule) {
  waiting->items = memory_reserve(waiting->items, &waiting->capacity, waiting->count + 1,
                                  sizeof *waiting->items);
  waiting->items[waiting->count++] = *rule;
}

void rule_waiting_free(struct rule_waiting *waiting) {
  free(waiting->items);
}

/* ---- deriving ---- */

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
  rule.test_count = 0;
  rule.tests_json = TEXT("[]");
  rule.tests_line = 0;
  add_ancestors(set, base, &rule);
  return rule;
}

void rule_derive_where(struct rule_set *set, const struct rule *base, struct rule *rule) {
  rule->added_where = rule->where;
  if (base->where && rule->where)
    rule->where =
        condition_all(&set->arena, (const struct condition *const[]){base->where, rule->where}, 2);
  else if (base->where)
    rule->where = base->where;
}

/* ---- what cannot be derived ---- */

static const struct rule *find_waiting(const struct rule_waiting *waiting, struct text id) {
  for (size_t i = 0; i < waiting->count; i++)
    if (text_equal(waiting->items[i].id, id))
      return &waiting->items[i];
  return NULL;
}

static bool is_broken(struct text_list broken, struct text id) {
  for (size_t i = 0; i < broken.count; i++)
    if (text_equal(broken.items[i], id))
      return true;
  return false;
}

static void tell_unknown(const struct rule_waiting *waiting, const struct rule_set *set,
                         const struct rule *rule, unsigned line, struct problems *problems) {
  struct arena arena = ARENA_NONE;
  const char **known = arena_alloc(&arena, (set->count + waiting->count) * sizeof *known);
  size_t count = 0;
  char shown[80];
  for (size_t i = 0; i < set->count; i++)
    known[count++] = arena_copy(&arena, set->rules[i].id).data;
  for (size_t i = 0; i < waiting->count; i++)
    if (&waiting->items[i] != rule)
      known[count++] = arena_copy(&arena, waiting->items[i].id).data;
  const char *near = text_nearest(rule->base, known, count);
  text_printable(rule->base, shown, sizeof shown);
  if (near)
    problems_add(problems, rule->file, line, 0,
                 "base: no rule has the id '%s' (did you mean '%s'?)", shown, near);
  else
    problems_add(problems, rule->file, line, 0, "base: no rule has the id '%s'; load its file, too",
                 shown);
  arena_free(&arena);
}

static void tell_one(const struct rule_waiting *waiting, const struct rule_set *set,
                     const struct rule *rule, struct text_list broken, struct problems *problems) {
  unsigned line = source_line_of_key(rule->source, rule->metadata_line, TEXT("base"));
  const struct rule *at = find_waiting(waiting, rule->base);
  size_t steps = 1;
  if (rule_set_find(set, rule->base)) {
    problems_add(problems, rule->file, line, 0, "base: more than %d rules derive from each other",
                 RULE_DERIVED_MAX);
    return;
  }
  if (!at && !is_broken(broken, rule->base))
    tell_unknown(waiting, set, rule, line, problems);
  for (; at && at != rule && steps <= waiting->count; steps++)
    at = find_waiting(waiting, at->base);
  if (at == rule && steps == 1)
    problems_add(problems, rule->file, line, 0, "base: the rule derives from itself");
  else if (at == rule)
    problems_add(problems, rule->file, line, 0,
                 "base: the rule derives from itself, by way of '%.*s'", TEXT_ARGS(rule->base));
}

void rule_waiting_tell(const struct rule_waiting *waiting, const struct rule_set *set,
                       struct text_list broken, struct problems *problems) {
  for (size_t i = 0; i < waiting->count; i++)
    tell_one(waiting, set, &waiting->items[i], broken, problems);
}

#include "rule/set/rule_set.h"

#include "base/memory.h"
#include "rule/condition/regex.h"
#include "rule/correlation.h"
#include "rule/index/rule_index.h"
#include "rule/rule_tuning.h"

#include <stdlib.h>

struct rule_set *rule_set_new(void) {
  struct rule_set *set = memory_alloc(sizeof *set);
  set->arena = ARENA_NONE;
  set->fields = field_table_new();
  return set;
}

void rule_release(const struct rule *rule) {
  /* The rest of a derived rule's `where` is its base's. */
  const struct condition *own = rule->base.size ? rule->added_where : rule->where;
  if (own)
    condition_release(own);
}

static void release_rules(const struct rule *rules, size_t count) {
  for (size_t i = 0; i < count; i++)
    rule_release(&rules[i]);
}

void rule_set_free(struct rule_set *set) {
  if (!set)
    return;
  release_rules(set->rules, set->count);
  release_rules(set->dropped, set->dropped_count);
  release_rules(set->bases, set->base_count);
  rule_suppressors_release(set->suppressors);
  free(set->dropped);
  free(set->bases);
  rule_index_free(set->index);
  for (size_t i = 0; i < set->pattern_count; i++)
    regex_free(&set->patterns[i]);
  free(set->patterns);
  for (size_t i = 0; i < set->zone_count; i++)
    time_zone_free(set->zones[i].zone);
  free(set->zones);
  free(set->refusals);
  free(set->dependents);
  problems_clear(&set->mistakes);
  problems_clear(&set->warnings);
  field_table_free(set->fields);
  arena_free(&set->arena);
  free(set);
}

void rule_set_add_dependent(struct rule_set *set, const struct rule_dependent *dependent) {
  set->dependents = memory_reserve(set->dependents, &set->dependent_capacity,
                                   set->dependent_count + 1, sizeof *set->dependents);
  set->dependents[set->dependent_count++] = *dependent;
}

size_t rule_set_count_mistaken_files(const struct rule_set *set) {
  const struct problems *mistakes = &set->mistakes;
  size_t count = 0;
  for (size_t i = 0; i < mistakes->count; i++)
    count += i == 0 || strcmp(mistakes->items[i].file, mistakes->items[i - 1].file) != 0;
  return count;
}

const struct time_zone *rule_set_zone(struct rule_set *set, struct text name, struct error *error) {
  for (size_t i = 0; i < set->zone_count; i++)
    if (text_equal(set->zones[i].name, name))
      return set->zones[i].zone;
  struct time_zone *zone = time_zone_open(name, error);
  if (!zone)
    return NULL;
  set->zones =
      memory_reserve(set->zones, &set->zone_capacity, set->zone_count + 1, sizeof *set->zones);
  set->zones[set->zone_count++] =
      (struct rule_zone){.name = arena_copy(&set->arena, name), .zone = zone};
  return zone;
}

const struct rule *rule_set_find(const struct rule_set *set, struct text id) {
  size_t low = 0, high = set->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int order = text_compare(set->rules[middle].id, id);
    if (order == 0)
      return &set->rules[middle];
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return NULL;
}

const struct rule *rule_set_find_same(const struct rule_set *set, const struct rule *rule) {
  const struct rule *same = rule_set_find(set, rule->id);
  return same && same->version == rule->version ? same : NULL;
}

const struct rule *rule_set_find_folded(const struct rule_set *set, struct text id) {
  const struct rule *rule = rule_set_find(set, id);
  for (size_t i = 0; !rule && i < set->count; i++)
    if (text_equal_folded(set->rules[i].id, id))
      rule = &set->rules[i];
  return rule;
}

void rule_set_index(struct rule_set *set) {
  rule_index_free(set->index);
  set->index = rule_index_new(set->rules, set->count, LITERAL_ENGINE_BEST);
}

/* A rule, and those that it needs: a correlation is nothing without the rules of its steps. */
static void select_rule(const struct rule *rule, bool *selected) {
  const struct correlation *correlation = rule->correlation;
  if (selected[rule->index])
    return;
  selected[rule->index] = true;
  for (size_t i = 0; correlation && i < correlation->step_count; i++)
    for (size_t k = 0; k < correlation->steps[i].source_count; k++)
      select_rule(correlation->steps[i].sources[k].rule, selected);
}

void rule_set_select(struct rule_set *set, const struct text *ids, size_t count) {
  bool *selected = memory_alloc_array(set->count + 1, sizeof *selected);
  for (size_t i = 0; i < count; i++) {
    const struct rule *rule = rule_set_find_folded(set, ids[i]);
    if (rule)
      select_rule(rule, selected);
  }
  for (size_t i = 0; i < set->count; i++)
    set->rules[i].enabled = set->rules[i].enabled && selected[i];
  free(selected);
  rule_set_index(set);
}

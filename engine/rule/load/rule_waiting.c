#include "rule/load/rule_waiting.h"

#include "base/memory.h"
#include "base/suggestion.h"
#include "rule/load/rule_derive.h"
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

static void report_unknown(const struct rule_waiting *waiting, const struct rule_set *set,
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
  struct suggestion suggestion;
  const char *suggested = suggestion_find(rule->base, known, count, &suggestion);
  problems_add(problems, rule->file, line, 0, "base: no rule has the id '%s'%s",
               text_printable(rule->base, shown, sizeof shown),
               *suggested ? suggested : "; load its file, too");
  arena_free(&arena);
}

static void report_one(const struct rule_waiting *waiting, const struct rule_set *set,
                       const struct rule *rule, struct text_list broken,
                       struct problems *problems) {
  unsigned line = source_line_of_key(rule->source, rule->metadata_line, TEXT("base"));
  const struct rule *at = find_waiting(waiting, rule->base);
  size_t steps = 1;
  if (rule_set_find(set, rule->base)) {
    problems_add(problems, rule->file, line, 0, "base: more than %d rules derive from each other",
                 RULE_DERIVED_MAX);
    return;
  }
  if (!at && !is_broken(broken, rule->base))
    report_unknown(waiting, set, rule, line, problems);
  for (; at && at != rule && steps <= waiting->count; steps++)
    at = find_waiting(waiting, at->base);
  if (at == rule && steps == 1)
    problems_add(problems, rule->file, line, 0, "base: the rule derives from itself");
  else if (at == rule)
    problems_add(problems, rule->file, line, 0,
                 "base: the rule derives from itself, by way of '%.*s'", TEXT_ARGS(rule->base));
}

/* Whether the chain of bases ends at one that is broken. */
static bool needs_broken(const struct rule_waiting *waiting, const struct rule *rule,
                         struct text_list broken) {
  const struct rule *at = rule;
  for (size_t i = 0; at && i <= waiting->count; i++) {
    if (is_broken(broken, at->base))
      return true;
    at = find_waiting(waiting, at->base);
  }
  return false;
}

void rule_waiting_report(const struct rule_waiting *waiting, struct rule_set *set,
                         struct text_list broken, struct problems *problems) {
  for (size_t i = 0; i < waiting->count; i++) {
    const struct rule *rule = &waiting->items[i];
    size_t mistakes = problems->count;
    report_one(waiting, set, rule, broken, problems);
    if (problems->count == mistakes && needs_broken(waiting, rule, broken))
      rule_set_add_dependent(
          set, &(struct rule_dependent){
                   rule->file, source_line_of_key(rule->source, rule->metadata_line, TEXT("base")),
                   rule->id, rule->base});
  }
}

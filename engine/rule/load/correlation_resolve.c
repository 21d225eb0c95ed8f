#include "rule/load/correlation_resolve.h"

#include "base/memory.h"
#include "base/suggestion.h"
#include "rule/correlation.h"

#include <stdlib.h>

struct id_list {
  struct text *items;
  size_t count, capacity;
};

static void add_id(struct id_list *list, struct text id) {
  list->items = memory_reserve(list->items, &list->capacity, list->count + 1, sizeof *list->items);
  list->items[list->count++] = id;
}

static bool contains(struct text_list list, struct text id) {
  for (size_t i = 0; i < list.count; i++)
    if (text_equal(list.items[i], id))
      return true;
  return false;
}

static void report_unknown(const struct rule_set *set, const struct rule *rule,
                           const struct correlation_step *step, struct text id,
                           struct problems *problems) {
  struct arena arena = ARENA_NONE;
  const char **known = arena_alloc(&arena, (set->count + 1) * sizeof *known);
  for (size_t i = 0; i < set->count; i++)
    known[i] = arena_printf(&arena, "%.*s", TEXT_ARGS(set->rules[i].id));
  struct suggestion suggestion;
  const char *suggested = suggestion_find(id, known, set->count, &suggestion);
  problems_add(problems, rule->file, step->line, 0, "no rule has the id '%.*s'%s", TEXT_ARGS(id),
               *suggested ? suggested : "; load its file, too");
  arena_free(&arena);
}

/* Whether a correlation names the rule, itself or through others; also when that takes too many
 * levels to say. */
static bool reaches(const struct rule_set *set, const struct correlation *correlation,
                    const struct rule *rule, int levels) {
  for (size_t i = 0; i < correlation->step_count; i++)
    for (size_t k = 0; k < correlation->steps[i].source_count; k++) {
      const struct rule *named = rule_set_find(set, correlation->steps[i].sources[k].rule_id);
      if (named == rule || (named && named->correlation &&
                            (levels == 0 || reaches(set, named->correlation, rule, levels - 1))))
        return true;
    }
  return false;
}

/* Whether the source can be a step of the rule; says why not. */
static bool check_source(const struct rule_set *set, const struct rule *rule,
                         const struct correlation_step *step,
                         const struct correlation_source *source, struct text_list broken,
                         struct problems *problems) {
  const struct rule *named = rule_set_find(set, source->rule_id);
  if (!named) {
    if (!contains(broken, source->rule_id))
      report_unknown(set, rule, step, source->rule_id, problems);
    return false;
  }
  if (named->correlation && reaches(set, named->correlation, rule, CORRELATION_DEPTH_MAX))
    return problems_add(problems, rule->file, step->line, 0,
                        "'%.*s' is made of this correlation in its turn, or lies deeper than %d "
                        "correlations",
                        TEXT_ARGS(source->rule_id), CORRELATION_DEPTH_MAX);
  if (rule->enabled && !named->enabled)
    return problems_add(problems, rule->file, step->line, 0,
                        "the rule '%.*s' is switched off (enabled = false), so the step cannot "
                        "hold: switch off the correlation, too",
                        TEXT_ARGS(source->rule_id));
  return true;
}

/* What the correlation names of those that are broken; NULL = nothing. */
static const struct correlation_source *find_broken(const struct correlation *correlation,
                                                    struct text_list broken, unsigned *line) {
  for (size_t i = 0; i < correlation->step_count; i++)
    for (size_t k = 0; k < correlation->steps[i].source_count; k++)
      if (contains(broken, correlation->steps[i].sources[k].rule_id)) {
        *line = correlation->steps[i].line;
        return &correlation->steps[i].sources[k];
      }
  return NULL;
}

static bool check_sources(struct rule_set *set, const struct rule *rule, struct text_list broken,
                          struct problems *problems) {
  bool ok = true;
  size_t mistakes = problems->count;
  for (size_t i = 0; i < rule->correlation->step_count; i++) {
    const struct correlation_step *step = &rule->correlation->steps[i];
    for (size_t k = 0; k < step->source_count; k++)
      ok = check_source(set, rule, step, &step->sources[k], broken, problems) && ok;
  }
  unsigned line;
  const struct correlation_source *needed =
      !ok && problems->count == mistakes ? find_broken(rule->correlation, broken, &line) : NULL;
  if (needed)
    rule_set_add_dependent(set,
                           &(struct rule_dependent){rule->file, line, rule->id, needed->rule_id});
  return ok;
}

static void drop_marked(struct rule_set *set, const bool *drop) {
  size_t kept = 0;
  for (size_t i = 0; i < set->count; i++) {
    if (drop[i])
      continue;
    set->rules[kept] = set->rules[i];
    set->rules[kept].index = (unsigned)kept;
    kept++;
  }
  set->count = kept;
}

static void set_rules(struct rule_set *set, struct correlation *correlation) {
  for (size_t i = 0; i < correlation->step_count; i++)
    for (size_t k = 0; k < correlation->steps[i].source_count; k++) {
      struct correlation_source *source = &correlation->steps[i].sources[k];
      source->rule = rule_set_find(set, source->rule_id);
      set->rules[source->rule->index].correlated = true;
    }
}

/* Those that cannot be leave the set, and are added to `broken`. False when there were none. */
static bool drop_wrong(struct rule_set *set, struct id_list *broken, struct problems *problems) {
  bool *drop = memory_alloc_array(set->count + 1, sizeof *drop), any = false;
  for (size_t i = 0; i < set->count; i++) {
    const struct text_list ids = {broken->items, broken->count};
    drop[i] = set->rules[i].correlation && !check_sources(set, &set->rules[i], ids, problems);
    any = any || drop[i];
  }
  for (size_t i = 0; i < set->count; i++)
    if (drop[i])
      add_id(broken, set->rules[i].id);
  drop_marked(set, drop);
  free(drop);
  return any;
}

void correlations_resolve(struct rule_set *set, struct text_list broken,
                          struct problems *problems) {
  struct id_list gone = {NULL, 0, 0};
  for (size_t i = 0; i < broken.count; i++)
    add_id(&gone, broken.items[i]);
  while (drop_wrong(set, &gone, problems))
    ;
  free(gone.items);
  for (size_t i = 0; i < set->count; i++)
    if (set->rules[i].correlation)
      set_rules(set, set->rules[i].correlation);
}

/* A rule set made from the texts of its files. */
#include "rule/load/rule_load.h"

#include "base/memory.h"
#include "rule/correlation.h"
#include "rule/index/rule_index.h"
#include "rule/load/rule_derive.h"
#include "rule/sigma/sigma.h"
#include "rule/sigma/sigma_line.h"
#include "rule/vm/rule_run.h"

#include <stdlib.h>

/* ---- from texts to a set ---- */

static int compare_rules(const void *left, const void *right) {
  const struct rule *a = left, *b = right;
  int order = text_compare(a->id, b->id);
  return order ? order : strcmp(a->file, b->file);
}

static void add_libraries(struct rule_set *set, const struct rule_file *files, size_t count,
                          struct problems *problems) {
  set->libraries = arena_alloc(&set->arena, count * sizeof *set->libraries);
  for (size_t i = 0; i < count; i++) {
    if (files[i].library.size == 0)
      continue;
    const struct rule_library *same = NULL;
    for (size_t k = 0; k < set->library_count && !same; k++)
      if (text_equal(set->libraries[k].name, files[i].library))
        same = &set->libraries[k];
    if (same) {
      problems_add(problems, files[i].path, 0, 0, "the library '%.*s' is also in %s",
                   TEXT_ARGS(files[i].library), same->file);
      continue;
    }
    set->libraries[set->library_count++] =
        (struct rule_library){.name = arena_copy(&set->arena, files[i].library),
                              .file = arena_copy_string(&set->arena, files[i].path),
                              .source = arena_copy(&set->arena, files[i].source)};
  }
}

static void release_rule(const struct rule *rule) {
  /* The rest of a derived rule's `where` is its base's. */
  const struct condition *own = rule->base.size ? rule->added_where : rule->where;
  if (own)
    condition_release(own);
}

/* Puts the rules in order of id and drops those whose id is taken. */
static void number_rules(struct rule_set *set, struct problems *problems) {
  size_t kept = 0;
  if (set->count)
    qsort(set->rules, set->count, sizeof *set->rules, compare_rules);
  for (size_t i = 0; i < set->count; i++) {
    struct rule *rule = &set->rules[i];
    if (kept && text_equal(set->rules[kept - 1].id, rule->id)) {
      problems_add(problems, rule->file, rule->metadata_line, 0, "the id '%.*s' is taken by %s:%u",
                   TEXT_ARGS(rule->id), set->rules[kept - 1].file,
                   set->rules[kept - 1].metadata_line);
      set->dropped = memory_reserve(set->dropped, &set->dropped_capacity, set->dropped_count + 1,
                                    sizeof *set->dropped);
      set->dropped[set->dropped_count++] = *rule;
      continue;
    }
    set->rules[kept] = *rule;
    set->rules[kept].index = (unsigned)kept;
    kept++;
  }
  set->count = kept;
}

/* Rules while they are read. */
struct building {
  struct rule_set *set;
  struct sandbox *sandbox;
  struct rule_waiting waiting;
  struct text *broken; /* ids of rules with mistakes */
  size_t broken_count, broken_capacity;
  size_t files, files_done; /* without libraries */
  const struct rule_progress *progress;
  struct problems *problems;
};

static void file_done(struct building *building) {
  building->files_done++;
  if (building->progress)
    building->progress->tell(building->progress->context, building->files_done, building->files);
}

/* Loads a file to the end of the set's rules, where there is room for it. */
static void load_rule(struct building *building, const char *file, struct text source,
                      const struct rule *base) {
  struct rule_set *set = building->set;
  struct rule *rule = &set->rules[set->count];
  switch (rule_load(set, building->sandbox, file, source, base, rule, building->problems)) {
  case RULE_LOADED:
    set->count++;
    break;
  case RULE_WAITS:
    rule_waiting_add(&building->waiting, rule);
    break;
  case RULE_BROKEN:
    building->broken = memory_reserve(building->broken, &building->broken_capacity,
                                      building->broken_count + 1, sizeof *building->broken);
    building->broken[building->broken_count++] = rule->id;
    break;
  }
}

static const struct rule *find_base(const struct rule_set *set, struct text id) {
  const struct rule *rule = rule_set_find(set, id);
  for (size_t i = 0; i < set->base_count && !rule; i++)
    if (text_equal(set->bases[i].id, id))
      rule = &set->bases[i];
  return rule;
}

/* Whether a rule waits for one of this id that is not there yet. */
static bool is_wanted(const struct building *building, struct text id) {
  for (size_t i = 0; i < building->waiting.count; i++)
    if (text_equal(building->waiting.items[i].base, id))
      return !find_base(building->set, id);
  return false;
}

/* Whether the file may hold a rule that is waited for: a cheap look before it is run. */
static bool may_be_wanted(const struct building *building, struct text source) {
  for (size_t i = 0; i < building->waiting.count; i++)
    if (text_contains(source, building->waiting.items[i].base) &&
        is_wanted(building, building->waiting.items[i].base))
      return true;
  return false;
}

static void load_base(struct building *building, const struct rule_file *file) {
  struct rule_set *set = building->set;
  struct problems unheard = PROBLEMS_NONE;
  struct rule rule;
  enum rule_loaded loaded =
      rule_load(set, building->sandbox, arena_copy_string(&set->arena, file->path),
                arena_copy(&set->arena, file->source), NULL, &rule, &unheard);
  if (loaded == RULE_LOADED && is_wanted(building, rule.id)) {
    set->bases =
        memory_reserve(set->bases, &set->base_capacity, set->base_count + 1, sizeof *set->bases);
    set->bases[set->base_count++] = rule;
  } else if (loaded == RULE_LOADED) {
    release_rule(&rule);
  }
  problems_clear(&unheard);
}

/* Derives what it can from the rules that are there; false when that was nothing. */
static bool derive_once(struct building *building) {
  struct rule_set *set = building->set;
  struct rule_waiting ready = {NULL, 0, 0}, later = {NULL, 0, 0};
  for (size_t i = 0; i < building->waiting.count; i++) {
    const struct rule *rule = &building->waiting.items[i];
    rule_waiting_add(find_base(set, rule->base) ? &ready : &later, rule);
  }
  rule_waiting_free(&building->waiting);
  building->waiting = later;
  /* Rules are added behind those that are in order by now, and are found among. */
  struct rule_set known = *set;
  for (size_t i = 0; i < ready.count; i++) {
    const struct rule *rule = &ready.items[i], *base = find_base(&known, rule->base);
    if (base->correlation)
      problems_add(building->problems, rule->file,
                   source_line_of_key(rule->source, rule->metadata_line, TEXT("base")), 0,
                   "base: '%.*s' is a correlation; a rule that runs on events can be a base",
                   TEXT_ARGS(rule->base));
    else
      load_rule(building, rule->file, rule->source, base);
  }
  bool any = ready.count > 0;
  rule_waiting_free(&ready);
  number_rules(set, building->problems);
  return any;
}

static void derive_rules(struct building *building) {
  for (int i = 0; i < RULE_DERIVED_MAX && building->waiting.count > 0; i++)
    if (!derive_once(building))
      break;
  struct text_list broken = {building->broken, building->broken_count};
  rule_waiting_tell(&building->waiting, building->set, broken, building->problems);
}

/* Adds the rules of the Sigma files to those that are there. Leaves room for as many as there are
 * files. */
static void add_sigma_rules(struct building *building, const struct rule_file *files, size_t count,
                            const struct sigma_mapping *mapping) {
  struct rule_set *set = building->set;
  struct sigma_loader *loader = sigma_loader_new(set, mapping, building->problems);
  for (size_t i = 0; i < count; i++) {
    if (!sigma_is_file(files[i].path) || files[i].only_base)
      continue;
    sigma_loader_add(loader, arena_copy_string(&set->arena, files[i].path),
                     arena_copy(&set->arena, files[i].source));
    file_done(building);
  }
  size_t added;
  const struct rule *more = sigma_loader_finish(loader, &added);
  if (added > 0) {
    struct rule *rules = arena_alloc(&set->arena, (set->count + added + count) * sizeof *rules);
    memcpy(rules, set->rules, set->count * sizeof *rules);
    memcpy(rules + set->count, more, added * sizeof *rules);
    set->rules = rules;
    set->count += added;
  }
  sigma_loader_free(loader);
}

struct rule_set *rule_set_build(const struct rule_file *files, size_t count,
                                const struct sandbox_limits *limits,
                                const struct sigma_mapping *sigma,
                                const struct rule_progress *progress, struct problems *problems) {
  struct rule_set *set = memory_alloc(sizeof *set);
  set->arena = ARENA_NONE;
  set->fields = field_table_new();
  add_libraries(set, files, count, problems);
  struct event_binding binding = EVENT_BINDING_NONE;
  struct sandbox *sandbox = rule_sandbox_new(set, limits, &binding);
  for (size_t i = 0; i < set->library_count; i++) {
    struct error error = ERROR_NONE;
    if (!rule_run_library(sandbox, &set->libraries[i], &error))
      problems_add_error(problems, &error);
  }
  set->rules = arena_alloc(&set->arena, count * sizeof *set->rules);
  size_t others = 0;
  for (size_t i = 0; i < count; i++)
    others += files[i].library.size > 0 || files[i].only_base;
  struct building building = {.set = set,
                              .sandbox = sandbox,
                              .files = count - others,
                              .progress = progress,
                              .problems = problems};
  for (size_t i = 0; i < count; i++) {
    if (files[i].library.size > 0 || files[i].only_base || sigma_is_file(files[i].path))
      continue;
    load_rule(&building, arena_copy_string(&set->arena, files[i].path),
              arena_copy(&set->arena, files[i].source), NULL);
    file_done(&building);
  }
  add_sigma_rules(&building, files, count, sigma);
  number_rules(set, problems);
  for (size_t i = 0; i < count; i++)
    if (files[i].only_base && !sigma_is_file(files[i].path) &&
        may_be_wanted(&building, files[i].source))
      load_base(&building, &files[i]);
  derive_rules(&building);
  sandbox_free(sandbox);
  event_binding_close(&binding);
  correlations_resolve(set, (struct text_list){building.broken, building.broken_count}, problems);
  rule_waiting_free(&building.waiting);
  free(building.broken);
  set->index = rule_index_new(set->rules, set->count, LITERAL_ENGINE_BEST);
  return set;
}

struct rule_set *rule_set_load_files(const struct rule_file *files, size_t count,
                                     struct problems *problems) {
  return rule_set_build(files, count, &(struct sandbox_limits){0}, NULL, NULL, problems);
}

void rule_set_free(struct rule_set *set) {
  if (!set)
    return;
  for (size_t i = 0; i < set->count; i++)
    release_rule(&set->rules[i]);
  for (size_t i = 0; i < set->dropped_count; i++)
    release_rule(&set->dropped[i]);
  for (size_t i = 0; i < set->base_count; i++)
    release_rule(&set->bases[i]);
  free(set->dropped);
  free(set->bases);
  rule_index_free(set->index);
  free(set->refusals);
  field_table_free(set->fields);
  arena_free(&set->arena);
  free(set);
}

/* A correlation is nothing without the rules of its steps. */
static void select_sources(const struct correlation *correlation, bool *selected) {
  for (size_t i = 0; i < correlation->step_count; i++)
    for (size_t k = 0; k < correlation->steps[i].source_count; k++)
      selected[correlation->steps[i].sources[k].rule->index] = true;
}

void rule_set_select(struct rule_set *set, const struct text *ids, size_t count) {
  bool *selected = memory_alloc_array(set->count + 1, sizeof *selected);
  for (size_t i = 0; i < count; i++) {
    const struct rule *rule = rule_set_find(set, ids[i]);
    if (rule)
      selected[rule->index] = true;
    if (rule && rule->correlation)
      select_sources(rule->correlation, selected);
  }
  for (size_t i = 0; i < set->count; i++)
    set->rules[i].enabled = set->rules[i].enabled && selected[i];
  free(selected);
  rule_index_free(set->index);
  set->index = rule_index_new(set->rules, set->count, LITERAL_ENGINE_BEST);
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

/* A rule set made from the texts of its files. */
#include "base/memory.h"
#include "rule/load/correlation_resolve.h"
#include "rule/load/question_metadata.h"
#include "rule/load/rule_derive.h"
#include "rule/load/rule_load.h"
#include "rule/load/rule_pack_read.h"
#include "rule/load/rule_set_load.h"
#include "rule/load/rule_waiting.h"
#include "rule/load/template_read.h"
#include "rule/load/where_share.h"
#include "rule/sandbox/source_line.h"
#include "rule/sigma/sigma_line.h"
#include "rule/sigma/sigma_load.h"
#include "rule/sigma/sigma_mapping.h"
#include "rule/vm/rule_run.h"

#include <stdlib.h>

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

static void add_packs(struct rule_set *set, const struct rule_file *files, size_t count,
                      struct problems *problems) {
  set->packs = arena_alloc(&set->arena, (count + 1) * sizeof *set->packs);
  for (size_t i = 0; i < count; i++) {
    struct rule_pack pack;
    if (!files[i].pack || !rule_pack_read(&set->arena, &files[i], &pack, problems))
      continue;
    const struct rule_pack *same = NULL;
    for (size_t k = 0; k < set->pack_count && !same; k++)
      if (text_equal(set->packs[k].name, pack.name))
        same = &set->packs[k];
    if (!same)
      set->packs[set->pack_count++] = pack;
    else if (!files[i].only_base)
      problems_add(problems, files[i].path, 0, 0, "the pack '%.*s' is also in %s",
                   TEXT_ARGS(pack.name), same->file);
  }
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
  const struct schema_set *schemas; /* NULL = none are loaded */
  struct problems *problems;
};

static void file_done(struct building *building) {
  building->files_done++;
  if (building->progress)
    building->progress->report(building->progress->context, building->files_done, building->files);
}

static void add_broken(struct building *building, struct text id) {
  building->broken = memory_reserve(building->broken, &building->broken_capacity,
                                    building->broken_count + 1, sizeof *building->broken);
  building->broken[building->broken_count++] = id;
}

/* Both are checked in any case, so that all mistakes are reported at once. */
static bool texts_and_questions_check(const struct building *building, struct rule *rule) {
  bool texts = templates_check(rule, building->schemas, building->problems);
  bool questions = questions_check(building->set, rule, building->schemas, building->problems);
  return texts && questions;
}

/* Loads a file to the end of the set's rules, where there is room for it. */
static void load_rule(struct building *building, const char *file, struct text source,
                      const struct rule *base) {
  struct rule_set *set = building->set;
  struct rule *rule = &set->rules[set->count];
  sandbox_modules_renew(building->sandbox);
  switch (rule_load(set, building->sandbox, file, source, base, rule, building->problems)) {
  case RULE_LOADED:
    if (texts_and_questions_check(building, rule)) {
      set->count++;
    } else {
      rule_release(rule);
      add_broken(building, rule->id);
    }
    break;
  case RULE_WAITS:
    rule_waiting_add(&building->waiting, rule);
    break;
  case RULE_BROKEN:
    add_broken(building, rule->id);
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

/* Whether the file may hold a rule that others wait for: a cheap look before it is run. */
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
  sandbox_modules_renew(building->sandbox);
  enum rule_loaded loaded =
      rule_load(set, building->sandbox, arena_copy_string(&set->arena, file->path),
                arena_copy(&set->arena, file->source), NULL, &rule, &unheard);
  if (loaded == RULE_LOADED && is_wanted(building, rule.id)) {
    set->bases =
        memory_reserve(set->bases, &set->base_capacity, set->base_count + 1, sizeof *set->bases);
    set->bases[set->base_count++] = rule;
  } else if (loaded == RULE_LOADED) {
    rule_release(&rule);
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
  rule_waiting_report(&building->waiting, building->set, broken, building->problems);
  for (size_t i = 0; i < building->waiting.count; i++) /* what correlations may name */
    add_broken(building, building->waiting.items[i].id);
}

/* Adds the rules of the Sigma files to those that are there. Leaves room for as many as there are
 * files. */
static void add_sigma_rules(struct building *building, const struct rule_file *files, size_t count,
                            const struct rule_reading *reading) {
  struct rule_set *set = building->set;
  const struct sigma_logsources logsources = {
      .mapping = reading->sigma, .schemas = reading->schemas, .statuses = reading->statuses};
  struct sigma_loader *loader = sigma_loader_new(set, &logsources, building->problems);
  for (size_t i = 0; i < count; i++) {
    if (!sigma_is_file(files[i].path) || files[i].only_base || files[i].pack)
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

static void run_libraries(struct building *building) {
  const struct rule_set *set = building->set;
  for (size_t i = 0; i < set->library_count; i++) {
    struct error error = ERROR_NONE;
    sandbox_modules_renew(building->sandbox);
    if (!rule_run_library(building->sandbox, &set->libraries[i], &error))
      problems_add_error(building->problems, &error);
  }
}

/* So that other states need not compile them again. */
static void keep_compiled_libraries(struct building *building) {
  struct rule_set *set = building->set;
  struct buffer code = BUFFER_NONE;
  for (size_t i = 0; i < set->library_count; i++) {
    buffer_reset(&code);
    if (sandbox_dump_library(building->sandbox, set->libraries[i].name, &code))
      set->libraries[i].code = arena_copy(&set->arena, buffer_text(&code));
  }
  buffer_free(&code);
}

/* Whether a file is read to become rules of the set. */
static bool holds_rules(const struct rule_file *file) {
  return file->library.size == 0 && !file->only_base && !file->pack;
}

static size_t count_rule_files(const struct rule_file *files, size_t count) {
  size_t rules = 0;
  for (size_t i = 0; i < count; i++)
    rules += holds_rules(&files[i]);
  return rules;
}

/* The files in Lua. */
static void load_rules(struct building *building, const struct rule_file *files, size_t count) {
  struct rule_set *set = building->set;
  set->rules = arena_alloc(&set->arena, count * sizeof *set->rules);
  for (size_t i = 0; i < count; i++) {
    if (!holds_rules(&files[i]) || sigma_is_file(files[i].path))
      continue;
    load_rule(building, arena_copy_string(&set->arena, files[i].path),
              arena_copy(&set->arena, files[i].source), NULL);
    file_done(building);
  }
}

static void load_bases(struct building *building, const struct rule_file *files, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (files[i].only_base && !sigma_is_file(files[i].path) &&
        may_be_wanted(building, files[i].source))
      load_base(building, &files[i]);
}

static uint64_t mix(uint64_t hash, struct text text) {
  return (hash ^ text_hash(text)) * UINT64_C(0x9e3779b97f4a7c15);
}

static void set_versions(struct rule_set *set) {
  uint64_t libraries = 1;
  for (size_t i = 0; i < set->library_count; i++)
    libraries = mix(libraries, set->libraries[i].source);
  for (size_t i = 0; i < set->count; i++) {
    struct rule *rule = &set->rules[i];
    rule->version = mix(rule->functions ? libraries : 0, rule->source);
    for (size_t k = 0; k < rule->ancestor_count; k++)
      rule->version = mix(rule->version, rule->ancestors[k].source);
  }
}

struct rule_set *rule_set_build(const struct rule_file *files, size_t count,
                                const struct rule_reading *reading, struct problems *problems) {
  struct rule_set *set = rule_set_new();
  struct event_binding binding = EVENT_BINDING_NONE;
  add_libraries(set, files, count, problems);
  add_packs(set, files, count, problems);
  struct building building = {.set = set,
                              .sandbox = rule_sandbox_new(set, &reading->limits, &binding),
                              .files = count_rule_files(files, count),
                              .progress = reading->progress,
                              .schemas = reading->schemas,
                              .problems = problems};
  sandbox_share_modules(building.sandbox, true);
  run_libraries(&building);
  keep_compiled_libraries(&building);
  load_rules(&building, files, count);
  add_sigma_rules(&building, files, count, reading);
  number_rules(set, problems);
  load_bases(&building, files, count);
  derive_rules(&building);
  sandbox_free(building.sandbox);
  event_binding_close(&binding);
  correlations_resolve(set, (struct text_list){building.broken, building.broken_count}, problems);
  rule_waiting_free(&building.waiting);
  free(building.broken);
  set_versions(set);
  where_share(set);
  rule_set_index(set);
  return set;
}

struct rule_set *rule_set_load_files(const struct rule_file *files, size_t count,
                                     struct problems *problems) {
  return rule_set_build(files, count, &(struct rule_reading){.progress = NULL}, problems);
}

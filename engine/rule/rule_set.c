/* A rule set made from the texts of its files. */
#include "rule/rule_load.h"

#include "base/memory.h"
#include "rule/correlation.h"
#include "rule/rule_index.h"

#include <stdlib.h>

/* ---- from texts to a set ---- */

static int compare_texts(struct text a, struct text b) {
  size_t size = a.size < b.size ? a.size : b.size;
  int order = size ? memcmp(a.data, b.data, size) : 0;
  return order ? order : (a.size > b.size) - (a.size < b.size);
}

static int compare_rules(const void *left, const void *right) {
  const struct rule *a = left, *b = right;
  int order = compare_texts(a->id, b->id);
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
      if (rule->where)
        condition_release(rule->where);
      continue;
    }
    set->rules[kept] = *rule;
    set->rules[kept].index = (unsigned)kept;
    kept++;
  }
  set->count = kept;
}

struct rule_set *rule_set_build(const struct rule_file *files, size_t count,
                                const struct sandbox_limits *limits, struct problems *problems) {
  struct rule_set *set = memory_alloc(sizeof *set);
  set->arena = ARENA_NONE;
  set->fields = field_table_new();
  add_libraries(set, files, count, problems);
  struct event_binding binding = EVENT_BINDING_NONE;
  struct sandbox *sandbox = rule_sandbox_new(set, limits, &binding);
  for (size_t i = 0; i < set->library_count; i++) {
    struct error error = ERROR_NONE;
    if (!rule_load_library(sandbox, &set->libraries[i], &error))
      problems_add_error(problems, &error);
  }
  set->rules = arena_alloc(&set->arena, count * sizeof *set->rules);
  struct text *broken = memory_alloc_array(count + 1, sizeof *broken);
  size_t broken_count = 0;
  for (size_t i = 0; i < count; i++) {
    if (files[i].library.size)
      continue;
    const char *file = arena_copy_string(&set->arena, files[i].path);
    struct text source = arena_copy(&set->arena, files[i].source);
    if (rule_load(set, sandbox, file, source, &set->rules[set->count], problems))
      set->count++;
    else
      broken[broken_count++] = set->rules[set->count].id;
  }
  sandbox_free(sandbox);
  event_binding_close(&binding);
  number_rules(set, problems);
  correlations_resolve(set, (struct text_list){broken, broken_count}, problems);
  free(broken);
  set->index = rule_index_new(set->rules, set->count, LITERAL_ENGINE_BEST);
  return set;
}

struct rule_set *rule_set_load_files(const struct rule_file *files, size_t count,
                                     struct problems *problems) {
  return rule_set_build(files, count, &(struct sandbox_limits){0}, problems);
}

void rule_set_free(struct rule_set *set) {
  if (!set)
    return;
  for (size_t i = 0; i < set->count; i++)
    if (set->rules[i].where)
      condition_release(set->rules[i].where);
  rule_index_free(set->index);
  field_table_free(set->fields);
  arena_free(&set->arena);
  free(set);
}

void rule_set_select(struct rule_set *set, const struct text *ids, size_t count) {
  bool *selected = memory_alloc_array(set->count + 1, sizeof *selected);
  for (size_t i = 0; i < count; i++) {
    const struct rule *rule = rule_set_find(set, ids[i]);
    if (rule)
      selected[rule->index] = true;
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
    int order = compare_texts(set->rules[middle].id, id);
    if (order == 0)
      return &set->rules[middle];
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return NULL;
}

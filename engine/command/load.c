#include "command/load.h"

#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#ifndef MARGAY_DATA_DIR
#define MARGAY_DATA_DIR "/usr/local/share/margay"
#endif

/* The program may have been moved as a whole, or be in a package's staging folder. NULL where the
 * system has no /proc. */
static const char *beside_program(struct arena *arena, const char *name) {
  char program[PATH_MAX];
  ssize_t size = readlink("/proc/self/exe", program, sizeof program - 1);
  if (size <= 0)
    return NULL;
  program[size] = '\0';
  return arena_printf(arena, "%s/../share/margay/%s", dirname(program), name);
}

const char *load_bundled_path(struct arena *arena, const char *name) {
  const char *const places[] = {name, beside_program(arena, name),
                                arena_printf(arena, "%s/%s", MARGAY_DATA_DIR, name)};
  for (size_t i = 0; i < sizeof places / sizeof *places; i++)
    if (places[i] && access(places[i], F_OK) == 0)
      return places[i];
  return name;
}

struct detection *load_detection(const char *schemas, const char *const *rules, size_t rule_count,
                                 struct problems *problems) {
  struct rule_options options = {.paths = rules, .path_count = rule_count};
  struct schema_set *schema_set = schemas ? schema_set_load(schemas, problems) : NULL;
  return detection_new(schema_set, rule_set_load(&options, problems));
}

struct detection *load_selected(struct arena *arena, const struct load_paths *paths,
                                struct problems *problems) {
  size_t count = paths->rule_count ? paths->rule_count : 1;
  const char **rules = arena_alloc(arena, count * sizeof *rules);
  rules[0] = load_bundled_path(arena, "rules");
  for (size_t i = 0; i < paths->rule_count; i++)
    rules[i] = paths->rules[i].data;
  const char *schemas = paths->schemas ? paths->schemas : load_bundled_path(arena, "schemas");
  if ((paths->rule_count == 0 && access(rules[0], F_OK) != 0) ||
      (!paths->schemas && !paths->unchecked && access(schemas, F_OK) != 0)) {
    problems_add(problems, NULL, 0, 0,
                 "no rules or no schemas: they are neither in this folder nor in %s; name them",
                 MARGAY_DATA_DIR);
    return NULL;
  }
  return load_detection(paths->unchecked ? NULL : schemas, rules, count, problems);
}

bool load_tell_unknown_rule(const struct command_usage *usage, const struct rule_set *rules,
                            struct text id) {
  struct arena arena = ARENA_NONE;
  const char **known = arena_alloc(&arena, (rules->count + 1) * sizeof *known);
  for (size_t i = 0; i < rules->count; i++)
    known[i] = arena_printf(&arena, "%.*s", TEXT_ARGS(rules->rules[i].id));
  const char *near = text_nearest(id, known, rules->count);
  options_wrong(usage, "no rule with the id '%.*s'%s%s%s", TEXT_ARGS(id),
                near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
  arena_free(&arena);
  return false;
}

const char *load_nearest_log_type(const struct schema_set *schemas, struct text log_type,
                                  struct arena *arena) {
  const char **known = arena_alloc(arena, (schemas->count + 1) * sizeof *known);
  for (size_t i = 0; i < schemas->count; i++)
    known[i] = arena_printf(arena, "%.*s", TEXT_ARGS(schemas->schemas[i].name));
  return text_nearest(log_type, known, schemas->count);
}

bool load_report(struct problems *problems) {
  if (problems->count == 0)
    return true;
  problems_print(problems, stderr);
  fprintf(stderr, "%zu mistake%s\n", problems->count, problems->count == 1 ? "" : "s");
  return false;
}

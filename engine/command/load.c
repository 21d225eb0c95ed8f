#include "command/load.h"

#include <unistd.h>

#ifndef MARGAY_DATA_DIR
#define MARGAY_DATA_DIR "/usr/local/share/margay"
#endif

const char *load_bundled_path(struct arena *arena, const char *name) {
  const char *installed = arena_printf(arena, "%s/%s", MARGAY_DATA_DIR, name);
  return access(name, F_OK) != 0 && access(installed, F_OK) == 0 ? installed : name;
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
  return load_detection(paths->unchecked ? NULL : schemas, rules, count, problems);
}

bool load_report(struct problems *problems) {
  if (problems->count == 0)
    return true;
  problems_print(problems, stderr);
  fprintf(stderr, "%zu mistake%s\n", problems->count, problems->count == 1 ? "" : "s");
  return false;
}

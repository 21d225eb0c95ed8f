#include "command/config/load.h"

#include "base/suggestion.h"
#include "command/config/load_progress.h"
#include "rule/load/rule_model.h"
#include "rule/load/rule_set_load.h"

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

static const char *first_there(const char *const *paths, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (paths[i] && access(paths[i], F_OK) == 0)
      return paths[i];
  return NULL;
}

const char *load_bundled_path(struct arena *arena, const char *name) {
  const char *const places[] = {name, beside_program(arena, name),
                                arena_printf(arena, "%s/%s", MARGAY_DATA_DIR, name)};
  const char *path = first_there(places, sizeof places / sizeof *places);
  return path ? path : name;
}

/* The bundled rules, which the user's rules may derive from; NULL when there are none. */
static const char *bundled_rules(struct arena *arena) {
  const char *path = load_bundled_path(arena, "rules");
  return access(path, F_OK) == 0 ? path : NULL;
}

/* The current folder comes last, as its `rules` may be the user's own. NULL when there are none. */
static const char *bundled_libraries(struct arena *arena) {
  static const char name[] = "rules/lib";
  const char *const places[] = {beside_program(arena, name),
                                arena_printf(arena, "%s/%s", MARGAY_DATA_DIR, name), name};
  return first_there(places, sizeof places / sizeof *places);
}

struct detection *load_detection(const char *schemas, const char *const *rules, size_t rule_count,
                                 const struct sigma_mapping *sigma, FILE *terminal,
                                 struct problems *problems) {
  struct arena arena = ARENA_NONE;
  struct load_progress shown = load_progress_start(terminal);
  const struct rule_progress progress = {load_progress_report, &shown};
  struct rule_options options = {.paths = rules,
                                 .path_count = rule_count,
                                 .library_path = bundled_libraries(&arena),
                                 .base_path = bundled_rules(&arena),
                                 .sigma = sigma,
                                 .progress = &progress};
  size_t mistakes = problems->count;
  struct schema_set *schema_set = schemas ? schema_set_load(schemas, problems) : NULL;
  options.schemas = schema_set;
  bool schemas_are_good = schema_set && problems->count == mistakes;
  struct rule_set *rule_set = rule_set_load(&options, problems);
  load_progress_end(&shown);
  if (schemas_are_good) { /* else the models are not all there */
    rule_model_check(rule_set, schema_set, problems);
    rule_model_find_actors(rule_set, schema_set);
  }
  arena_free(&arena);
  return detection_new(schema_set, rule_set);
}

void load_lookups(struct detection *detection, const struct config *config, int64_t interval,
                  struct problems *problems) {
  if (config->lookup_count > 0)
    detection_add_lookups(
        detection, lookup_watch_new(
                       lookup_set_load(config->lookups, config->lookup_count, problems), interval));
}

static bool is_destination(const struct config *config, struct text id) {
  for (size_t i = 0; i < config->destination_count; i++)
    if (text_equal(config->destinations[i].id, id))
      return true;
  return false;
}

static void add_unknown_destination(const struct config *config, const struct rule *rule,
                                    struct text id, struct problems *problems) {
  struct arena arena = ARENA_NONE;
  struct suggestion suggestion;
  char shown[128];
  const char **known = arena_alloc(&arena, (config->destination_count + 1) * sizeof *known);
  for (size_t i = 0; i < config->destination_count; i++)
    known[i] = arena_printf(&arena, "%.*s", TEXT_ARGS(config->destinations[i].id));
  problems_add(problems, rule->file, rule->metadata_line, 0,
               "destinations: no destination '%s' is configured%s",
               text_printable(id, shown, sizeof shown),
               suggestion_find(id, known, config->destination_count, &suggestion));
  arena_free(&arena);
}

void load_check_destinations(const struct detection *detection, const struct config *config,
                             struct problems *problems) {
  for (size_t i = 0; i < detection->rules->count; i++) {
    const struct rule *rule = &detection->rules->rules[i];
    for (size_t k = 0; rule->enabled && k < rule->destinations.count; k++)
      if (!is_destination(config, rule->destinations.items[k]))
        add_unknown_destination(config, rule, rule->destinations.items[k], problems);
  }
}

static bool bundled_is_there(const char *path, const char *name, struct problems *problems) {
  if (access(path, F_OK) == 0)
    return true;
  return problems_add(problems, NULL, 0, 0,
                      "there is no folder '%s' here, nor in %s: name one (--help says how)", name,
                      MARGAY_DATA_DIR);
}

static void add_read(struct arena *arena, struct load_paths *paths, const char *path) {
  if (path) /* a configuration with mistakes may lack some */
    paths->read[paths->read_count++] = arena_copy_string(arena, path);
}

/* Notes what is read; `elsewhere` files were noted already. */
static void note_read(struct arena *arena, struct load_paths *paths, const char *const *rules,
                      size_t rule_count, const char *schemas) {
  for (size_t i = 0; i < rule_count; i++)
    add_read(arena, paths, rules[i]);
  if (!paths->unchecked)
    add_read(arena, paths, schemas);
  add_read(arena, paths, paths->fixtures);
}

/* Room for the configuration, its lookup tables and its Sigma mapping, the rules, the schemas and
 * the fixtures. */
static void start_read(struct arena *arena, struct load_paths *paths, size_t rule_count,
                       size_t lookup_count) {
  paths->read = arena_alloc(arena, (rule_count + lookup_count + 4) * sizeof *paths->read);
  paths->read_count = 0;
  paths->elsewhere_count = 0;
}

static void note_elsewhere(struct arena *arena, struct load_paths *paths, const char *path) {
  add_read(arena, paths, path);
  paths->elsewhere_count = paths->read_count;
}

/* Sigma rules whose logsource only a schema could name are left out. */
static void report_lack_of_schemas(const struct rule_set *rules) {
  const struct rule_refusal *first = NULL;
  size_t count = 0;
  for (size_t i = rules->refusal_count; i-- > 0;)
    if (rules->refusals[i].lacks_schemas) {
      first = &rules->refusals[i];
      count++;
    }
  if (first)
    fprintf(stderr, "--no-schema leaves out %zu Sigma rule%s, the first at %s:%u: %s\n", count,
            count == 1 ? "" : "s", first->file, first->line, first->reason);
}

/* With the mapping that the command line names, or else the given one. */
static struct detection *load_mapped(const struct load_paths *paths, const char *schemas,
                                     const char *const *rules, size_t rule_count,
                                     const struct sigma_mapping *otherwise,
                                     struct problems *problems) {
  struct sigma_mapping *given = paths->sigma ? sigma_mapping_load(paths->sigma, problems) : NULL;
  struct detection *detection = load_detection(paths->unchecked ? NULL : schemas, rules, rule_count,
                                               given ? given : otherwise, stderr, problems);
  if (paths->unchecked)
    report_lack_of_schemas(detection->rules);
  sigma_mapping_free(given);
  return detection;
}

/* What the configuration says, where the command line says nothing. */
static struct detection *load_configured(struct arena *arena, struct load_paths *paths,
                                         struct problems *problems) {
  struct config *config = config_load_detection(paths->config, problems);
  struct detection *detection = NULL;
  start_read(arena, paths, config ? config->rule_path_count + paths->rule_count : 0,
             config ? config->lookup_count : 0);
  note_elsewhere(arena, paths, paths->config);
  if (!config)
    return NULL;
  for (size_t i = 0; i < config->lookup_count; i++)
    note_elsewhere(arena, paths, config->lookups[i].path);
  if (paths->sigma || config->sigma_path)
    note_elsewhere(arena, paths, paths->sigma ? paths->sigma : config->sigma_path);
  const char **rules = arena_alloc(arena, (paths->rule_count + 1) * sizeof *rules);
  for (size_t i = 0; i < paths->rule_count; i++)
    rules[i] = paths->rules[i].data;
  const char *schemas = paths->schemas ? paths->schemas : config->schemas;
  const char *const *read = paths->rule_count ? rules : config->rules;
  size_t count = paths->rule_count ? paths->rule_count : config->rule_path_count;
  if (!paths->fixtures)
    paths->fixtures = arena_copy_string(arena, config->fixtures);
  note_read(arena, paths, read, count, schemas);
  detection = load_mapped(paths, schemas, read, count, config->sigma, problems);
  load_lookups(detection, config, -1, problems);
  config_free(config);
  return detection;
}

struct detection *load_selected(struct arena *arena, struct load_paths *paths,
                                struct problems *problems) {
  if (paths->config)
    return load_configured(arena, paths, problems);
  if (!paths->fixtures)
    paths->fixtures = load_bundled_path(arena, "fixtures");
  size_t count = paths->rule_count ? paths->rule_count : 1;
  const char **rules = arena_alloc(arena, count * sizeof *rules);
  rules[0] = load_bundled_path(arena, "rules");
  for (size_t i = 0; i < paths->rule_count; i++)
    rules[i] = paths->rules[i].data;
  const char *schemas = paths->schemas ? paths->schemas : load_bundled_path(arena, "schemas");
  start_read(arena, paths, count, 0);
  if (paths->sigma)
    note_elsewhere(arena, paths, paths->sigma);
  note_read(arena, paths, rules, count, schemas);
  bool found = paths->rule_count > 0 || bundled_is_there(rules[0], "rules", problems);
  if (!paths->schemas && !paths->unchecked && !bundled_is_there(schemas, "schemas", problems))
    found = false;
  if (!found)
    return NULL;
  return load_mapped(paths, schemas, rules, count, NULL, problems);
}

bool load_report_unknown_rule(const struct command *command, const struct rule_set *rules,
                              struct text id) {
  struct arena arena = ARENA_NONE;
  const char **known = arena_alloc(&arena, (rules->count + 1) * sizeof *known);
  for (size_t i = 0; i < rules->count; i++)
    known[i] = arena_printf(&arena, "%.*s", TEXT_ARGS(rules->rules[i].id));
  struct suggestion suggestion;
  options_wrong(command, "no rule with the id '%.*s'%s", TEXT_ARGS(id),
                suggestion_find(id, known, rules->count, &suggestion));
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

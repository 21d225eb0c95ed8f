#include "command/config/load.h"

#include "base/suggestion.h"
#include "command/config/bundled.h"
#include "command/config/destination_ids.h"
#include "command/config/load_progress.h"
#include "command/terminal/exit_status.h"
#include "rule/load/rule_model.h"
#include "rule/load/rule_set_load.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Warnings of rules that a command prints; there may be one for each rule of a public set. */
#define WARNINGS_SHOWN 20

static const char *only_if_there(const char *path) {
  return access(path, F_OK) == 0 ? path : NULL;
}

/* What is to be read. */
struct load_wanted {
  const char *const *schemas;        /* paths, ends with NULL; NULL: none are wanted */
  const char *const *rules;          /* the same */
  const struct rule_file *given;     /* as in rule_options */
  const struct sigma_mapping *sigma; /* what Sigma's logsources mean, or NULL */
  unsigned statuses;                 /* as in rule_reading */
  FILE *terminal;                    /* as for load_of_config */
};

static struct detection *load_detection(const struct load_wanted *wanted,
                                        struct problems *problems) {
  struct arena arena = ARENA_NONE;
  struct problems rule_mistakes = PROBLEMS_NONE;
  struct load_progress shown = load_progress_start(wanted->terminal);
  const struct rule_progress progress = {load_progress_report, &shown};
  struct rule_options options = {.paths = wanted->rules,
                                 .path_count = bundled_count(wanted->rules),
                                 .given = wanted->given,
                                 .library_path = only_if_there(bundled_path(&arena, "rules/lib")),
                                 .base_path = only_if_there(bundled_path(&arena, "rules")),
                                 .sigma = wanted->sigma,
                                 .statuses = wanted->statuses,
                                 .progress = &progress,
                                 .mistakes = &rule_mistakes};
  size_t mistakes = problems->count;
  struct schema_set *schema_set =
      wanted->schemas
          ? schema_set_load_all(wanted->schemas, bundled_count(wanted->schemas), problems)
          : NULL;
  options.schemas = schema_set;
  bool schemas_are_good = schema_set && problems->count == mistakes;
  struct rule_set *rule_set = rule_set_load(&options, problems);
  rule_set->mistakes = rule_mistakes;
  load_progress_end(&shown);
  if (schemas_are_good) { /* else the models are not all there */
    rule_model_check(rule_set, schema_set, problems);
    rule_model_find_actors(rule_set, schema_set);
  }
  arena_free(&arena);
  return detection_new(schema_set, rule_set);
}

struct detection *load_of_config(const struct config *config, FILE *terminal,
                                 struct problems *problems) {
  const struct load_wanted wanted = {.schemas = config->schemas,
                                     .rules = config->rules,
                                     .sigma = config->sigma,
                                     .terminal = terminal};
  return load_detection(&wanted, problems);
}

void load_add_mistakes(const struct detection *detection, struct problems *problems) {
  for (size_t i = 0; detection && i < detection->rules->mistakes.count; i++)
    problems_add_error(problems, &detection->rules->mistakes.items[i]);
}

struct schema_set *load_schemas(const struct text_list_option *paths, struct problems *problems) {
  struct arena arena = ARENA_NONE;
  const struct text bundled = TEXT(BUNDLED_WORD);
  const char *const *folders = bundled_expand(
      &arena, "schemas", paths->count ? paths->items : &bundled, paths->count ? paths->count : 1);
  struct schema_set *schemas = schema_set_load_all(folders, bundled_count(folders), problems);
  arena_free(&arena);
  return schemas;
}

void load_lookups(struct detection *detection, const struct config *config, int64_t interval,
                  struct problems *problems) {
  if (config->lookup_count > 0)
    detection_add_lookups(
        detection, lookup_watch_new(
                       lookup_set_load(config->lookups, config->lookup_count, problems), interval));
}

static void add_unknown_destination(const struct destination_ids *ids, const struct rule *rule,
                                    struct text id, struct problems *problems) {
  struct suggestion suggestion;
  char shown[128];
  problems_add(problems, rule->file, rule->metadata_line, 0,
               "destinations: no destination '%s' is configured%s",
               text_printable(id, shown, sizeof shown),
               suggestion_find(id, ids->items, ids->count, &suggestion));
}

void load_check_destinations(const struct detection *detection, const struct config *config,
                             struct problems *problems) {
  struct arena arena = ARENA_NONE;
  const struct destination_ids ids = destination_ids_read(config, &arena);
  for (size_t i = 0; i < detection->rules->count; i++) {
    const struct rule *rule = &detection->rules->rules[i];
    bool tuned = rule->tuning && rule->tuning->sends; /* load_check_tuning looks at these */
    for (size_t k = 0; rule->enabled && !tuned && k < rule->destinations.count; k++)
      if (!destination_ids_have(&ids, rule->destinations.items[k]))
        add_unknown_destination(&ids, rule, rule->destinations.items[k], problems);
  }
  arena_free(&arena);
}

static void add_read(struct arena *arena, struct load_paths *paths, const char *path) {
  paths->read[paths->read_count++] = arena_copy_string(arena, path);
}

static void note_read(struct arena *arena, struct load_paths *paths, const char *const *read) {
  for (; *read; read++)
    add_read(arena, paths, *read);
}

/* What is read beside files that were noted already. */
static void note_all_read(struct arena *arena, struct load_paths *paths, const char *const *rules,
                          const char *const *schemas) {
  note_read(arena, paths, rules);
  if (!paths->unchecked)
    note_read(arena, paths, schemas);
  note_read(arena, paths, paths->fixture_folders);
}

/* Room for the configuration, its lookup tables and its Sigma mapping, the rules, the schemas and
 * the fixtures. */
static void start_read(struct arena *arena, struct load_paths *paths, const char *const *rules,
                       const char *const *schemas, size_t lookup_count) {
  size_t count = bundled_count(rules) + bundled_count(schemas) + lookup_count + 2;
  paths->read =
      arena_alloc(arena, (count + bundled_count(paths->fixture_folders)) * sizeof *paths->read);
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

/* With the mapping that the command line names, or else the configuration's. */
static struct detection *load_mapped(const struct load_paths *paths, const char *const *schemas,
                                     const char *const *rules, const struct config *config,
                                     struct problems *problems) {
  struct sigma_mapping *given = paths->sigma ? sigma_mapping_load(paths->sigma, problems) : NULL;
  const struct sigma_mapping *otherwise = config ? config->sigma : NULL;
  sigma_mapping_read_lookups(given, config ? config->lookups : NULL,
                             config ? config->lookup_count : 0, problems);
  const struct load_wanted wanted = {.schemas = paths->unchecked ? NULL : schemas,
                                     .rules = rules,
                                     .given = paths->given,
                                     .sigma = given ? given : otherwise,
                                     .statuses = paths->statuses,
                                     .terminal = stderr};
  struct detection *detection = load_detection(&wanted, problems);
  if (paths->unchecked)
    report_lack_of_schemas(detection->rules);
  sigma_mapping_free(given);
  return detection;
}

/* What the command line names, or else `otherwise`; NULL = nothing. Copied, as that may end. */
static const char *const *choose(struct arena *arena, const char *name, const struct text *given,
                                 size_t count, const char *const *otherwise) {
  size_t size = bundled_count(otherwise);
  if (count > 0)
    return bundled_expand(arena, name, given, count);
  const char **copies = arena_alloc(arena, (size + 1) * sizeof *copies);
  for (size_t i = 0; i < size; i++)
    copies[i] = arena_copy_string(arena, otherwise[i]);
  return copies;
}

/* What the configuration says, where the command line says nothing. */
static struct detection *load_configured(struct arena *arena, struct load_paths *paths,
                                         struct problems *problems) {
  struct config *config = config_load_detection(paths->config, problems);
  if (!config) {
    static const char *const none[] = {NULL};
    start_read(arena, paths, none, none, 0);
    note_elsewhere(arena, paths, paths->config);
    return NULL;
  }
  const char *const *rules = choose(arena, "rules", paths->rules, paths->rule_count, config->rules);
  const char *const *schemas =
      choose(arena, "schemas", paths->schemas.items, paths->schemas.count, config->schemas);
  paths->fixture_folders =
      choose(arena, "fixtures", paths->fixtures.items, paths->fixtures.count, config->fixtures);
  start_read(arena, paths, rules, schemas, config->lookup_count);
  note_elsewhere(arena, paths, paths->config);
  for (size_t i = 0; i < config->lookup_count; i++)
    note_elsewhere(arena, paths, config->lookups[i].path);
  if (paths->sigma || config->sigma_path)
    note_elsewhere(arena, paths, paths->sigma ? paths->sigma : config->sigma_path);
  note_all_read(arena, paths, rules, schemas);
  struct detection *detection = load_mapped(paths, schemas, rules, config, problems);
  load_lookups(detection, config, -1, problems);
  if (!paths->untuned)
    load_tune(detection, config, paths->rule_count > 0 || paths->given, problems, paths->warnings);
  config_free(config);
  return detection;
}

static bool bundled_is_there(const char *const *paths, const char *name,
                             struct problems *problems) {
  if (only_if_there(paths[0]))
    return true;
  return problems_add(problems, NULL, 0, 0,
                      "the %s that ship are not there (%s): install margay whole, or name a folder "
                      "(--help says how)",
                      name, paths[0]);
}

/* Somebody may expect the folder `rules` here to be meant. */
static void say_which_rules(const char *bundled) {
  struct stat status;
  if (strcmp(bundled, "rules") != 0 && stat("rules", &status) == 0 && S_ISDIR(status.st_mode))
    fprintf(stderr, "The rules that ship are taken, not those of the folder 'rules' here: name it "
                    "to take them\n");
}

static struct detection *load_bundled(struct arena *arena, struct load_paths *paths,
                                      struct problems *problems) {
  static const struct text word = TEXT_INIT(BUNDLED_WORD);
  const struct text fixtures[] = {TEXT("fixtures"), word};
  bool here = only_if_there("fixtures") != NULL;
  const char *const *rules = choose(arena, "rules", paths->rules, paths->rule_count,
                                    bundled_expand(arena, "rules", &word, 1));
  const char *const *schemas = choose(arena, "schemas", paths->schemas.items, paths->schemas.count,
                                      bundled_expand(arena, "schemas", &word, 1));
  paths->fixture_folders =
      choose(arena, "fixtures", paths->fixtures.items, paths->fixtures.count,
             bundled_expand(arena, "fixtures", fixtures + !here, here ? 2 : 1));
  start_read(arena, paths, rules, schemas, 0);
  if (paths->sigma)
    note_elsewhere(arena, paths, paths->sigma);
  note_all_read(arena, paths, rules, schemas);
  bool found = paths->rule_count > 0 || bundled_is_there(rules, "rules", problems);
  if (!paths->schemas.count && !paths->unchecked && !bundled_is_there(schemas, "schemas", problems))
    found = false;
  if (found && !paths->rule_count)
    say_which_rules(rules[0]);
  return found ? load_mapped(paths, schemas, rules, NULL, problems) : NULL;
}

struct detection *load_selected(struct arena *arena, struct load_paths *paths,
                                struct problems *problems) {
  return paths->config ? load_configured(arena, paths, problems)
                       : load_bundled(arena, paths, problems);
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

static const char *plural(size_t count) {
  return count == 1 ? "" : "s";
}

static void print_warnings(const struct problems *warnings) {
  struct error_line line;
  for (size_t i = 0; i < warnings->count && i < WARNINGS_SHOWN; i++)
    fprintf(stderr, "warning: %s\n", error_line(&warnings->items[i], &line));
  if (warnings->count > WARNINGS_SHOWN)
    fprintf(stderr, "%zu more warnings about rules ('margay check' prints all)\n",
            warnings->count - WARNINGS_SHOWN);
}

void load_print_dependents(const struct rule_set *rules) {
  for (size_t i = 0; i < rules->dependent_count; i++) {
    const struct rule_dependent *dependent = &rules->dependents[i];
    char id[80], needs[80];
    fprintf(stderr, "%s:%u: '%s' is left out, too: it needs '%s'\n", dependent->file,
            dependent->line, text_printable(dependent->id, id, sizeof id),
            text_printable(dependent->needs, needs, sizeof needs));
  }
}

/* Those that lack schemas are counted where --no-schema was asked for. */
static size_t count_unsupported(const struct rule_set *rules) {
  size_t count = 0;
  for (size_t i = 0; i < rules->refusal_count; i++)
    count += !rules->refusals[i].lacks_schemas;
  return count;
}

int load_report_rules(const struct rule_set *rules, bool strict, bool listed) {
  struct problems mistakes = rules->mistakes;
  size_t unsupported = listed ? 0 : count_unsupported(rules);
  print_warnings(&rules->warnings);
  if (mistakes.count) {
    problems_print(&mistakes, stderr);
    fprintf(stderr, "%zu mistake%s%s\n", mistakes.count, plural(mistakes.count),
            strict ? "" : ": these rules are left out");
    load_print_dependents(rules);
  }
  if (unsupported)
    fprintf(
        stderr,
        "%zu Sigma rule%s %s not supported ('margay rules --unsupported' on the same files says "
        "why)\n",
        unsupported, plural(unsupported), unsupported == 1 ? "is" : "are");
  if (mistakes.count)
    return strict ? EXIT_USAGE : EXIT_FAILURES;
  return rules->count == 0 && rules->refusal_count ? EXIT_FAILURES : EXIT_DONE;
}

bool load_read_statuses(const struct command *command, const struct text_list_option *names,
                        unsigned *statuses) {
  *statuses = 0;
  for (size_t i = 0; i < names->count; i++) {
    if (!sigma_status(names->items[i])) {
      options_wrong(command, "--status '%s' is none of deprecated, unsupported",
                    names->items[i].data);
      return false;
    }
    *statuses |= sigma_status(names->items[i]);
  }
  return true;
}

bool load_report_unknown_log_type(const struct command *command, const struct schema_set *schemas,
                                  struct text log_type, const char *hint) {
  struct arena arena = ARENA_NONE;
  struct suggestion suggestion;
  suggestion_write_within(load_nearest_log_type(schemas, log_type, &arena), &suggestion);
  options_wrong(command, "no schema for the log type '%.*s' (%s%s)", TEXT_ARGS(log_type),
                suggestion.text, *hint ? hint : "'margay schemas' lists them");
  arena_free(&arena);
  return false;
}

static bool has_schema(const struct schema_set *schemas, struct text log_type) {
  for (size_t i = 0; i < schemas->count; i++)
    if (text_equal_folded(schemas->schemas[i].name, log_type))
      return true;
  return false;
}

bool load_log_types_exist(const struct command *command, const struct schema_set *schemas,
                          const struct text_list_option *log_types) {
  for (size_t i = 0; schemas && i < log_types->count; i++)
    if (!has_schema(schemas, log_types->items[i]))
      return load_report_unknown_log_type(command, schemas, log_types->items[i], "");
  return true;
}

bool load_report(struct problems *problems) {
  if (problems->count == 0)
    return true;
  problems_print(problems, stderr);
  fprintf(stderr, "%zu mistake%s\n", problems->count, problems->count == 1 ? "" : "s");
  return false;
}

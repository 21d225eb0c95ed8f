#include "base/suggestion.h"
#include "command/command.h"
#include "command/config/bundled.h"
#include "command/config/config.h"
#include "command/config/config_check.h"
#include "command/config/config_markdown.h"
#include "command/config/config_online.h"
#include "command/config/config_schema.h"
#include "command/config/load.h"
#include "command/state_file.h"
#include "command/terminal/options.h"
#include "rule/load/rule_require.h"
#include "rule/vm/rule_run.h"

#include <assert.h>
#include <ctype.h>
#include <stddef.h>
#include <stdio.h>

struct check_options {
  const char *config;
  bool online, send, json_schema, settings_markdown;
};

static const struct option_row option_rows[] = {
    {"config", 'c', OPTION_TEXT, offsetof(struct check_options, config), "FILE",
     "the configuration (default: margay.yml)", 0, 0, NULL},
    {"online", 0, OPTION_FLAG, offsetof(struct check_options, online), NULL,
     "try Zoom and each destination once, too; sends no message", 0, 0, NULL},
    {"send", 0, OPTION_FLAG, offsetof(struct check_options, send), NULL,
     "with --online: send a test message to each destination", 0, 0, NULL},
    {"json-schema", 0, OPTION_FLAG, offsetof(struct check_options, json_schema), NULL,
     "print a JSON schema of the configuration, for editors", 0, 0, NULL},
    {"settings-markdown", 0, OPTION_FLAG, offsetof(struct check_options, settings_markdown), NULL,
     NULL, 0, 0, NULL}, /* for authors of docs/configuration.md */
};

static int run_command(int argc, char **argv);

const struct command command_check = {
    .name = "check",
    .summary = "report every mistake in the configuration, the schemas, the rules and lookups",
    .arguments = "[OPTION]…",
    .help = "Checks the configuration and the schemas and rules that it names, and reports every\n"
            "mistake in one run. Exits with 2 if there is one. With --online, tries once what a\n"
            "configuration without mistakes names, and exits with 1 if something fails. A new\n"
            "access token may end the one of a running daemon, which then takes another; a login\n"
            "is shared with it.",
    .example = "check -c margay.yml",
    .options = option_rows,
    .option_count = sizeof option_rows / sizeof *option_rows,
    .run = run_command,
};

static int print_json_schema(void) {
  json_t *schema = config_schema();
  json_dumpf(schema, stdout, JSON_INDENT(2) | JSON_SORT_KEYS);
  putchar('\n');
  json_decref(schema);
  return EXIT_DONE; /* main says when it could not be written */
}

static int print_settings_markdown(void) {
  struct buffer out = BUFFER_NONE;
  config_markdown(&out);
  fputs(out.data, stdout);
  buffer_free(&out);
  return EXIT_DONE;
}

static size_t enabled_rules(const struct rule_set *rules) {
  size_t enabled = 0;
  for (size_t i = 0; i < rules->count; i++)
    enabled += rules->rules[i].enabled;
  return enabled;
}

static void add_unknown_log_type(const struct schema_set *schemas, const struct rule *rule,
                                 struct text log_type, struct problems *problems) {
  struct arena arena = ARENA_NONE;
  struct suggestion suggestion;
  problems_add(problems, rule->file, rule->metadata_line, 0, "no schema for the log type '%.*s'%s",
               TEXT_ARGS(log_type),
               suggestion_write(load_nearest_log_type(schemas, log_type, &arena), &suggestion));
  arena_free(&arena);
}

/* A rule for a log type that no schema describes would never see an event. */
static void check_log_types(const struct detection *detection, struct problems *problems) {
  for (size_t i = 0; i < detection->rules->count; i++) {
    const struct rule *rule = &detection->rules->rules[i];
    for (size_t j = 0; j < rule->log_types.count; j++)
      if (!schema_find(detection->schemas, rule->log_types.items[j]))
        add_unknown_log_type(detection->schemas, rule, rule->log_types.items[j], problems);
  }
}

/* A text that is none may hold the word, too. */
static bool is_library_name(struct text name) {
  for (size_t i = 0; i < name.size; i++)
    if (!isalnum((unsigned char)name.data[i]) && !strchr("._-/", name.data[i]))
      return false;
  return name.size > 0;
}

/* A name that is asked for in a function fails only when that function runs. */
static void warn_of_requires(const struct rule_set *rules, const char *file, struct text source,
                             struct problems *warnings) {
  struct rule_require require;
  unsigned line = 1;
  while (rule_require_next(&source, &line, &require)) {
    struct arena arena = ARENA_NONE;
    struct suggestion suggestion;
    char shown[128];
    if (is_library_name(require.name) && !require.is_commented &&
        !rule_library_exists(rules, require.name))
      problems_add(
          warnings, file, require.line, 0, "warning: there is no library '%s'%s",
          text_printable(require.name, shown, sizeof shown),
          suggestion_write(rule_library_nearest(rules, require.name, &arena), &suggestion));
    arena_free(&arena);
  }
}

static void check_requires(const struct rule_set *rules, struct problems *warnings) {
  for (size_t i = 0; i < rules->count; i++)
    warn_of_requires(rules, rules->rules[i].file, rules->rules[i].source, warnings);
  for (size_t i = 0; i < rules->library_count; i++)
    warn_of_requires(rules, rules->libraries[i].file, rules->libraries[i].source, warnings);
}

static struct store *open_state(const char *path, struct error *error) {
  return state_file_open(NULL, path, error);
}

/* What the configuration names can be tried when it has no mistakes. */
static int try_online(const struct check_options *options, const struct config *config) {
  size_t failures =
      options->online ? config_try_online(config, options->send, open_state, stdout) : 0;
  if (failures > 0)
    options_report(&command_check, "%zu of these failed", failures);
  return failures > 0 ? EXIT_FAILURES : EXIT_DONE;
}

static void print_counts(const char *path, const struct config *config,
                         const struct detection *detection) {
  printf("%s: no mistakes (sources: %zu, destinations: %zu, schemas: %zu, rules: %zu, of which "
         "enabled: %zu)\n",
         path, config->source_count, config->destination_count, detection->schemas->count,
         detection->rules->count, enabled_rules(detection->rules));
  if (detection->rules->refusal_count)
    printf(
        "Sigma rules that are not supported: %zu ('margay rules --unsupported -c %s' says why)\n",
        detection->rules->refusal_count, path);
}

static int check(const struct check_options *options) {
  const char *path = options->config;
  struct problems problems = PROBLEMS_NONE;
  struct detection *detection = NULL;
  int status = EXIT_USAGE;
  struct config *config = config_load(path, &problems);
  const size_t before = problems.count;
  if (config)
    detection = load_of_config(config, stderr, &problems);
  /* A schema with a mistake may be the one that a source or a rule names. */
  const bool has_all_schemas = detection && detection->schemas && problems.count == before;
  load_add_mistakes(detection, &problems);
  if (config && detection) {
    load_lookups(detection, config, -1, &problems);
    load_tune(detection, config, false, &problems, &config->warnings);
    load_check_tuning(config, &problems);
    load_check_destinations(detection, config, &problems);
    load_check_routes(detection, config, &problems, &config->warnings);
    if (has_all_schemas)
      load_check_sources(detection, config, &problems);
    config_check(config, &problems);
    if (problems.count == 0) /* else some sources may not be among them */
      load_doubt_sources(config, &config->warnings);
    check_requires(detection->rules, &config->warnings);
  }
  if (has_all_schemas && bundled_count(config->schemas) > 0)
    check_log_types(detection, &problems);
  if (config && detection && detection->schemas)
    schema_set_warn(detection->schemas, &config->warnings);
  if (config)
    problems_print(&config->warnings, stderr);
  if (detection)
    problems_print(&detection->rules->warnings, stderr);
  if (load_report(&problems)) {
    assert(config && detection && detection->schemas); /* else there is a problem */
    print_counts(path, config, detection);
    status = try_online(options, config);
  } else if (detection) {
    load_print_dependents(detection->rules);
  }
  detection_release(detection);
  config_free(config);
  problems_clear(&problems);
  return status;
}

static int run_command(int argc, char **argv) {
  struct arena arena = ARENA_NONE;
  struct check_options options = {.config = CONFIG_DEFAULT_PATH};
  int status;
  if (options_parse(&command_check, argc, argv, &arena, &options, NULL, &status))
    status = options.json_schema         ? print_json_schema()
             : options.settings_markdown ? print_settings_markdown()
             : options.send && !options.online
                 ? options_wrong(&command_check, "--send goes with --online")
                 : check(&options);
  arena_free(&arena);
  return status;
}

/* Schemas and rules from disk, for every command that needs them. */
#ifndef COMMAND_CONFIG_LOAD_H
#define COMMAND_CONFIG_LOAD_H

#include "command/config/config.h"
#include "command/terminal/options.h"
#include "detect/detection.h"
#include "rule/load/rule_set_load.h"

#include <stdio.h>

/* Reads the schemas and rules that the configuration names. Mistakes are added to problems, but
 * those in files of rules to the rule set's mistakes: such a file costs itself. When it takes long
 * and `terminal` is one, it says there how far it is; NULL: nowhere. The detection is the caller's,
 * and is usable whatever happened. */
struct detection *load_of_config(const struct config *config, FILE *terminal,
                                 struct problems *problems);

/* Takes the mistakes in files of rules for problems, too. */
void load_add_mistakes(const struct detection *detection, struct problems *problems);

/* The schemas that a command line names, or else the bundled ones. As schema_set_load_all. */
struct schema_set *load_schemas(const struct text_list_option *paths, struct problems *problems);

/* Reports a log type that no schema has, with the nearest; returns false. `hint` follows in the
 * bracket, or is "". */
bool load_report_unknown_log_type(const struct command *command, const struct schema_set *schemas,
                                  struct text log_type, const char *hint);

/* Whether each of the log types is one of the schemas', in any case of letters; reports one that is
 * not. True when there are no schemas. */
bool load_log_types_exist(const struct command *command, const struct schema_set *schemas,
                          const struct text_list_option *log_types);

/* Adds the configured lookup tables. `interval` as lookup_watch_new's. */
void load_lookups(struct detection *detection, const struct config *config, int64_t interval,
                  struct problems *problems);

/* Applies the configuration's packs and tuning (rule/tuning/tuning.h), before anything runs the
 * rules. `partial`: not the configuration's rules are loaded, or not all of them. `warnings` takes
 * what changes nothing; NULL: nobody asks. */
void load_tune(struct detection *detection, const struct config *config, bool partial,
               struct problems *problems, struct problems *warnings);

/* Adds a problem for each destination in tuning that is not configured. */
void load_check_tuning(const struct config *config, struct problems *problems);

/* Adds a problem for each rule whose metadata names a destination that is not configured. */
void load_check_destinations(const struct detection *detection, const struct config *config,
                             struct problems *problems);

/* Adds a problem for each destination in routes that is not configured, and for each rule, log
 * type, tag, pack and source in them that is none; a warning for each route that never takes an
 * alert. */
void load_check_routes(const struct detection *detection, const struct config *config,
                       struct problems *problems, struct problems *warnings);

/* Adds a problem for each source whose `log_type` no schema has. */
void load_check_sources(const struct detection *detection, const struct config *config,
                        struct problems *problems);

/* Adds a warning for each source that would find nothing to read, as far as this machine shows. For
 * a configuration without mistakes. */
void load_doubt_sources(const struct config *config, struct problems *warnings);

/* The same for a command line: what was not given is the configuration's, or else the bundled one;
 * fixtures are also in the folder of that name here. The word `bundled` may be among all paths
 * (command/config/bundled.h). NULL, and a problem, when there are none. */
struct load_paths {
  const struct text *rules; /* NUL-terminated */
  size_t rule_count;
  struct text_list_option schemas, fixtures;
  const struct rule_file *given; /* a rule to try in the place of the configuration's, which it may
                                    derive from and share libraries with; NULL = none */
  const char *sigma;             /* a mapping for Sigma rules; NULL = the configuration's */
  bool unchecked;                /* no schemas at all */
  bool untuned;              /* the rules as their files say, whatever the configuration changes */
  struct problems *warnings; /* takes what changes nothing in its tuning; NULL: nobody asks */
  unsigned statuses;         /* of Sigma rules that are taken, too (load_read_statuses) */
  const char
      *config; /* a configuration for what is not given, and for lookup tables; NULL = none */
  const char *const *fixture_folders; /* out, in the arena; ends with NULL */
  /* Out, in the arena: the folders and files that were read, without libraries outside of them; the
   * first `elsewhere_count` are files that may concern every rule. */
  const char **read;
  size_t read_count, elsewhere_count;
};
struct detection *load_selected(struct arena *arena, struct load_paths *paths,
                                struct problems *problems);

/* Reports a --rule that is not in the set, with the nearest id; returns false. */
bool load_report_unknown_rule(const struct command *command, const struct rule_set *rules,
                              struct text id);

/* The log type nearest to one that has no schema, for "did you mean", or NULL. */
const char *load_nearest_log_type(const struct schema_set *schemas, struct text log_type,
                                  struct arena *arena);

/* Prints the problems on stderr and says how many; true when there are none. */
bool load_report(struct problems *problems);

/* Prints on stderr the rules that are left out with one that they need. */
void load_print_dependents(const struct rule_set *rules);

/*
 * Prints on stderr what reading the rules left over: warnings, the files with mistakes, and how
 * many Sigma rules are not supported. Returns what the command has to exit with for that alone:
 * EXIT_DONE; EXIT_FAILURES when a file has a mistake, or no rule is left; EXIT_USAGE for a mistake
 * when `strict`: then nothing is to be done with the rules. `listed`: the command lists unsupported
 * rules itself.
 */
int load_report_rules(const struct rule_set *rules, bool strict, bool listed);

/* The statuses that --status names, as bits; false when one is none, which is reported. */
bool load_read_statuses(const struct command *command, const struct text_list_option *names,
                        unsigned *statuses);

#define LOAD_STRICT_HELP "a mistake in a rule ends the command, with status 2"
#define LOAD_STATUS_HELP "take Sigma rules of this status, too; may be repeated"

#endif

/* Schemas and rules from disk, for every command that needs them. */
#ifndef COMMAND_CONFIG_LOAD_H
#define COMMAND_CONFIG_LOAD_H

#include "command/config/config.h"
#include "command/terminal/options.h"
#include "detect/detection.h"

#include <stdio.h>

/* Where a bundled folder ("rules", "schemas", "fixtures") is: below the current folder, else in
 * ../share/margay beside the program's folder, else where `make install` puts it. When it is in
 * none of them, its bare name. The string lives in `arena`. */
const char *load_bundled_path(struct arena *arena, const char *name);

/* Reads both; mistakes are added to problems. schemas NULL: none are wanted. sigma: what Sigma's
 * logsources mean, or NULL. When it takes long and `terminal` is one, it says there how far it is;
 * NULL: nowhere. The detection is the caller's, and is usable whatever happened. */
struct detection *load_detection(const char *schemas, const char *const *rules, size_t rule_count,
                                 const struct sigma_mapping *sigma, FILE *terminal,
                                 struct problems *problems);

/* Adds the configured lookup tables. `interval` as lookup_watch_new's. */
void load_lookups(struct detection *detection, const struct config *config, int64_t interval,
                  struct problems *problems);

/* Adds a problem for each rule whose metadata names a destination that is not configured. */
void load_check_destinations(const struct detection *detection, const struct config *config,
                             struct problems *problems);

/* The same for a command line: what was not given is the configuration's, or else the bundled one.
 * NULL, and a problem, when there are none. */
struct load_paths {
  const struct text *rules; /* NUL-terminated */
  size_t rule_count;
  const char *schemas; /* may be NULL */
  const char *sigma;   /* a mapping for Sigma rules; NULL = the configuration's */
  bool unchecked;      /* no schemas at all */
  const char
      *config; /* a configuration for what is not given, and for lookup tables; NULL = none */
  const char *fixtures; /* in: as given, may be NULL; out: where they are (in the arena) */
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

#endif

/*
 * The room command/config reads margay.yml, and loads the rules and schemas that it names.
 *
 * margay.yml: the configuration of the daemon.
 *
 * Paths in it are relative to the file's folder. Everything read lives until config_free.
 */
#ifndef COMMAND_CONFIG_CONFIG_H
#define COMMAND_CONFIG_CONFIG_H

#include "alert/destination/destination.h"
#include "base/log.h"
#include "event/lookup/lookup.h"
#include "rule/sigma/sigma_mapping.h"
#include "source/source.h"

#define CONFIG_DEFAULT_PATH "margay.yml"

struct config {
  struct arena arena; /* owns everything below */
  char *path;
  struct text file; /* the file's bytes: to see whether it changed */
  struct source *sources;
  size_t source_count;
  struct destination *destinations;
  size_t destination_count;
  struct lookup_options *lookups;
  size_t lookup_count;
  struct sigma_mapping *sigma; /* NULL: Zoom's logsources only */
  const char *sigma_path;      /* the file that it stands in; NULL: none, or this one */
  const char *const *rules;    /* paths of rule folders or files */
  size_t rule_path_count;
  const char *schemas;
  const char *fixtures;
  int64_t workers;
  const char *state_path;
  bool keep_events;
  int64_t retention, alert_retention; /* microseconds; 0: for ever */
  int log_level;                      /* enum log_level */
  int log_format;                     /* enum log_format */
  struct text *secrets;
  size_t secret_count, secret_capacity;
};

/* Reads the file; every mistake adds a problem. NULL only when the file cannot be read as YAML at
 * all; else the caller looks at the problems. */
struct config *config_load(const char *path, struct problems *problems);
/* The same for commands that only detect: what sources and destinations need (secrets, variables)
 * is not asked for. */
struct config *config_load_detection(const char *path, struct problems *problems);
void config_free(struct config *config); /* NULL is fine */

/* True when both were read from the same bytes, with the same secrets in the files that they name.
 * The environment does not change while a program runs. */
bool config_equal(const struct config *a, const struct config *b);

/* The keys that every configuration may have, by the mapping that they stand in ("" is the top; of
 * "sources" and "destinations" what is common to all types). What a type adds is in its own
 * table. */
struct config_table {
  const char *mapping;
  const struct setting *settings;
  size_t count;
};
const struct config_table *config_tables(size_t *count);

/* Registers every secret of the configuration with the log. */
void config_hide_secrets(const struct config *config, struct log *log);

#endif

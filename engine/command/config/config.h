/*
 * The room command/config reads margay.yml, and loads the rules and schemas that it names.
 *
 * margay.yml: the configuration of the daemon.
 *
 * Its keys are rows of tables (command/config/config_settings.h). Paths in it are relative to the
 * file's folder. Everything read lives until config_free. A configuration is loaded and freed by
 * one thread; any thread may read it meanwhile.
 */
#ifndef COMMAND_CONFIG_CONFIG_H
#define COMMAND_CONFIG_CONFIG_H

#include "alert/routing/routing.h"
#include "base/log/log.h"
#include "daemon/health/alarm_kind.h"
#include "event/lookup/lookup.h"
#include "rule/sigma/sigma_mapping.h"
#include "rule/tuning/risk.h"
#include "rule/tuning/tuning.h"
#include "source/source.h"

#define CONFIG_DEFAULT_PATH "margay.yml"

struct config_settings;
struct http_settings;

struct config {
  struct arena arena; /* owns everything below */
  char *path;
  struct text file;                 /* the file's bytes */
  struct yaml *yaml;                /* as a tree, to which tuning points */
  struct config_settings *settings; /* as they were read; the rest is made of them */
  struct source *sources;
  size_t source_count;
  struct destination *destinations;
  size_t destination_count;
  struct route *routes; /* in their order */
  size_t route_count;
  struct alert_display *display; /* that all destinations have, but for their templates */
  struct lookup_options *lookups;
  size_t lookup_count;
  struct tuning tuning;
  const struct risk *risk;     /* NULL: none */
  struct sigma_mapping *sigma; /* NULL: only the schemas say what logsources mean */
  const char *sigma_path;      /* the file that it stands in; NULL: none, or this one */
  /* Paths, none of them the word `bundled`; they end with NULL (command/config/bundled.h). */
  const char *const *rules, *const *schemas, *const *fixtures;
  int64_t workers;
  const char *state_path;
  struct text state_key; /* the bytes; empty: none */
  bool keep_events, index_events, compress_events;
  int64_t retention, alert_retention;                   /* microseconds; 0: for ever */
  const struct log_type_retention *log_type_retentions; /* daemon/retention.h */
  size_t log_type_retention_count;
  int64_t max_size;                 /* bytes; 0: any */
  int log_level;                    /* enum log_level */
  int log_format;                   /* enum log_format */
  struct health_limits health;      /* when alarms are on */
  const struct http_settings *http; /* command/config/http_settings.h; NULL: nothing is served */
  struct {
    bool named;            /* there are some, perhaps with mistakes */
    unsigned line, column; /* 0: there is no such key */
  } sources_at;
  struct problems warnings; /* not mistakes, but worth knowing */
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

/* Calls `each` (may be NULL) for every setting that differs, and returns how many there are
 * (settings_compare). What stands in the files that a configuration names is not compared, but for
 * secrets. */
size_t config_compare(const struct config *old, const struct config *new,
                      void (*each)(void *context, const struct settings_difference *difference),
                      void *context);

/* Registers every secret of the configuration with the log. */
void config_hide_secrets(const struct config *config, struct log *log);

#endif

/*
 * What margay.yml may hold: the structs that it is read into, and the tables that read it.
 * command/config/config.h is what the program uses of it.
 *
 * Tables are constant; any thread may read them.
 */
#ifndef COMMAND_CONFIG_CONFIG_SETTINGS_H
#define COMMAND_CONFIG_CONFIG_SETTINGS_H

#include "base/settings/kind.h"
#include "command/config/alert_settings.h"
#include "command/config/health_settings.h"
#include "command/config/hold_settings.h"
#include "command/config/hours_settings.h"
#include "command/config/http_settings.h"
#include "command/config/risk_settings.h"
#include "command/config/route_settings.h"
#include "command/config/tuning_settings.h"

struct state_settings {
  struct text path;
  struct text key; /* base64; empty: none */
  bool keep_events, index_events, compress_events;
  int64_t retention, alert_retention;        /* microseconds; 0: for ever */
  struct setting_entries log_type_retention; /* of struct log_type_retention_settings */
  int64_t max_size;                          /* bytes; 0: any */
};

struct log_type_retention_settings {
  struct text log_type;
  int64_t retention; /* microseconds; 0: for ever */
};

struct log_settings {
  int level, format; /* the enums of base/log/log.h */
};

struct sigma_settings {
  struct text mapping; /* the file; empty: none */
  /* Or what would be in it (SETTING_TREE); empty: not here. */
  struct text logsources, fields, fields_below, placeholders, status;
};

static inline bool sigma_settings_hold_mapping(const struct sigma_settings *sigma) {
  return sigma->logsources.size || sigma->fields.size || sigma->fields_below.size ||
         sigma->placeholders.size || sigma->status.size;
}

struct lookup_settings {
  struct text name, path, key;
  int match; /* enum lookup_match */
  bool optional;
  unsigned line; /* where it begins in the configuration */
};

struct source_settings {
  struct kind_entry entry; /* its kind is the first member of a struct source_type */
  struct text id, type, label;
  int64_t quiet_after; /* microseconds; 0: it may be quiet */
  int history_alerts;
};

struct destination_settings {
  struct kind_entry entry; /* its kind is the first member of a struct destination_type */
  struct text id, type;
  struct setting_list severities, alert_types;
  struct setting_list updates; /* without items: those of the kind */
  int64_t max_per_second;
  int64_t retry_for; /* microseconds */
  bool allow_private;
  struct text proxy;    /* empty: the environment's */
  struct text template; /* the file; empty: none */
  struct hold_settings hold;
};

struct config_settings {
  struct setting_list rules, schemas, fixtures; /* paths, or the word `bundled` */
  int64_t workers;
  struct state_settings state;
  struct log_settings log;
  struct health_limits health;
  struct sigma_settings sigma;
  struct text packs;              /* SETTING_TREE: read from the node */
  struct setting_entries tuning;  /* of struct tuning_settings */
  struct risk_settings *risk;     /* NULL: there is none */
  struct http_settings *http;     /* NULL: nothing is served */
  struct setting_entries lookups; /* of struct lookup_settings */
  struct alert_settings alerts;
  bool allow_exec;                     /* destinations may run programs */
  struct setting_entries sources;      /* of struct source_settings */
  struct setting_entries destinations; /* of struct destination_settings */
  struct setting_entries routes;       /* of struct route_settings */
};

/* Of struct config_settings. */
extern const struct settings_table config_table;

#endif

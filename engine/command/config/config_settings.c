#include "command/config/config_settings.h"

#include "alert/destination/destination_kinds.h"
#include "base/digest.h"
#include "base/log/log.h"
#include "base/severity.h"
#include "command/config/bundled.h"
#include "daemon/token_seal.h"
#include "event/lookup/lookup.h"
#include "source/source.h"
#include "source/source_kinds.h"

#include <errno.h>
#include <libgen.h>
#include <stddef.h>
#include <sys/stat.h>

/* ---- state, log -------------------------------------------------------------------------- */

#define AT(member) offsetof(struct log_type_retention_settings, member)
static const struct setting log_type_retention_rows[] = {
    {.key = "log_type",
     .kind = SETTING_TEXT,
     .offset = AT(log_type),
     .required = true,
     .help = "whose events are meant, such as `Zoom.Activity`"},
    {.key = "retention",
     .kind = SETTING_DURATION,
     .offset = AT(retention),
     .required = true,
     .help = "how long they are kept; `0`: for ever"},
};
static const struct settings_table log_type_retention_table = {
    .rows = log_type_retention_rows,
    .count = sizeof log_type_retention_rows / sizeof *log_type_retention_rows,
    .size = sizeof(struct log_type_retention_settings),
    .what = "retention",
    .name = "log_type",
};
#undef AT

#define AT(member) offsetof(struct state_settings, member)
static const struct setting state_rows[] = {
    {.key = "path",
     .kind = SETTING_PATH,
     .offset = AT(path),
     .fallback = "margay.db",
     .restart = true,
     .help = "the state file; margay creates it if it does not exist, readable only by its owner"},
    {.key = "key",
     .kind = SETTING_SECRET,
     .offset = AT(key),
     .restart = true,
     .help =
         "seals the access tokens in the state file: 32 random bytes in base64, as `openssl rand "
         "-base64 32` makes them; without it they are kept as they are"},
    {.key = "keep_events",
     .kind = SETTING_BOOL,
     .offset = AT(keep_events),
     .fallback = "true",
     .help = "keep every event, not only those that alerts need"},
    {.key = "index_events",
     .kind = SETTING_BOOL,
     .offset = AT(index_events),
     .fallback = "true",
     .help = "index the kept events by their indicators, so that `margay search` finds those of a "
             "person or an address at once; without it, it reads all of them"},
    {.key = "compress_events",
     .kind = SETTING_BOOL,
     .offset = AT(compress_events),
     .fallback = "true",
     .help = "compress the kept events, with a dictionary for each log type that has 500 of them"},
    {.key = "retention",
     .kind = SETTING_DURATION,
     .offset = AT(retention),
     .fallback = "30d",
     .help = "how long events, dead letters and matches are kept; `0`: for ever"},
    {.key = "log_type_retention",
     .kind = SETTING_MAPPINGS,
     .offset = AT(log_type_retention),
     .table = &log_type_retention_table,
     .alone = true,
     .max = 256,
     .help = "how long the events of some log types are kept, in the place of `retention`"},
    {.key = "max_size",
     .kind = SETTING_SIZE,
     .offset = AT(max_size),
     .fallback = "0",
     .min = 0,
     .max = INT64_C(64) << 40,
     .help = "how large the state file may be, without what is free in it: then the oldest events "
             "are deleted, whatever their log type and retention; `0`: as large as it gets"},
    {.key = "alert_retention",
     .kind = SETTING_DURATION,
     .offset = AT(alert_retention),
     .fallback = "365d",
     .help = "how long alerts and their deliveries are kept; `0`: for ever"},
};

/* The file may be missing, its folder may not. */
static bool check_state_path(const struct settings_reader *reader, const struct yaml_node *mapping,
                             struct text path) {
  const struct yaml_node *node = yaml_get(mapping, "path");
  char *folder = dirname(arena_copy_string(reader->arena, path.data)), shown[256];
  struct stat status;
  if (stat(path.data, &status) == 0 && S_ISDIR(status.st_mode))
    return yaml_problem(&reader->context, node ? node : mapping,
                        "path: '%s' is a folder: name a file in it, such as margay.db",
                        text_printable(path, shown, sizeof shown));
  errno = ENOTDIR;
  if ((stat(folder, &status) == 0 && S_ISDIR(status.st_mode)) || errno == EACCES)
    return true; /* whoever runs the daemon may see more */
  return yaml_problem(&reader->context, node ? node : mapping,
                      "path: the state file's folder '%s' cannot be used: %s; make it, or name "
                      "another",
                      text_printable(text_from(folder), shown, sizeof shown), strerror(errno));
}

static bool check_state(const struct settings_reader *reader, const struct yaml_node *mapping,
                        const char *where, void *options) {
  const struct state_settings *state = options;
  struct buffer key = BUFFER_NONE;
  bool ok = !state->key.size ||
            (base64_decode(state->key, &key) && key.size == TOKEN_SEAL_KEY_SIZE) ||
            yaml_problem(&reader->context, yaml_get(mapping, "key"),
                         "%s: key is not 32 bytes in base64: make one with openssl rand -base64 32",
                         where);
  buffer_free(&key);
  return check_state_path(reader, mapping, state->path) && ok;
}

static const struct settings_table state_table = {
    .rows = state_rows,
    .count = sizeof state_rows / sizeof *state_rows,
    .size = sizeof(struct state_settings),
    .check = check_state,
};
#undef AT

#define AT(member) offsetof(struct log_settings, member)
static const struct setting log_rows[] = {
    {.key = "level",
     .kind = SETTING_CHOICE,
     .offset = AT(level),
     .choices = log_level_names,
     .fallback = "info",
     .help = "the lowest level that is printed"},
    {.key = "format",
     .kind = SETTING_CHOICE,
     .offset = AT(format),
     .choices = log_format_names,
     .fallback = "logfmt",
     .help = "`logfmt`, or `json`: one object per line"},
};
static const struct settings_table log_table = SETTINGS(log_rows, struct log_settings);
#undef AT

/* ---- sigma ------------------------------------------------------------------------------- */

/* The keys but `mapping` are what its file would hold (rule/sigma/sigma_mapping.h). */
#define AT(member) offsetof(struct sigma_settings, member)
static const struct setting sigma_rows[] = {
    {.key = "mapping",
     .kind = SETTING_PATH,
     .offset = AT(mapping),
     .help = "the file with the keys below; they may also be written here"},
    {.key = "logsources",
     .kind = SETTING_TREE,
     .offset = AT(logsources),
     .help = "what each logsource means, as that file would say it"},
    {.key = "fields",
     .kind = SETTING_TREE,
     .offset = AT(fields),
     .help = "what the fields are called, as that file would say it"},
    {.key = "fields_below",
     .kind = SETTING_TREE,
     .offset = AT(fields_below),
     .help = "the path of the object that holds all other fields"},
    {.key = "placeholders",
     .kind = SETTING_TREE,
     .offset = AT(placeholders),
     .help = "the values of placeholders in rules with `expand`"},
    {.key = "status",
     .kind = SETTING_TREE,
     .offset = AT(status),
     .help = "rules of which status are loaded, too: `deprecated`, `unsupported`"},
};
#undef AT

static bool check_sigma(const struct settings_reader *reader, const struct yaml_node *mapping,
                        const char *where, void *options) {
  const struct sigma_settings *sigma = options;
  bool is_here = sigma_settings_hold_mapping(sigma);
  return !is_here || !sigma->mapping.size ||
         yaml_problem(&reader->context, mapping,
                      "%s: the mapping stands in a file or here, not both", where);
}

static const struct settings_table sigma_table = {
    .rows = sigma_rows,
    .count = sizeof sigma_rows / sizeof *sigma_rows,
    .size = sizeof(struct sigma_settings),
    .check = check_sigma,
};

/* ---- lookups ----------------------------------------------------------------------------- */

#define AT(member) offsetof(struct lookup_settings, member)
static const struct setting lookup_rows[] = {
    {.key = "name",
     .kind = SETTING_TEXT,
     .offset = AT(name),
     .required = true,
     .help = "the name of the table in rules"},
    {.key = "path",
     .kind = SETTING_PATH,
     .offset = AT(path),
     .required = true,
     .help =
         "the file; its extension gives the format: `.csv`, `.json`, `.yml`, `.yaml` or `.mmdb`"},
    {.key = "key",
     .kind = SETTING_TEXT,
     .offset = AT(key),
     .fallback = "",
     .help =
         "the column by which rows are found; the default in a CSV file is the first column; a "
         "JSON or YAML list of rows needs this key; a mapping from keys to rows does not have it"},
    {.key = "match",
     .kind = SETTING_CHOICE,
     .offset = AT(match),
     .choices = lookup_match_names,
     .fallback = "exact",
     .help = "how keys compare: `exact`, `ignore_case` (of any letters), or `cidr`: keys are "
             "networks or addresses, and the smallest network that contains the address wins"},
    {.key = "optional",
     .kind = SETTING_BOOL,
     .offset = AT(optional),
     .fallback = "false",
     .help = "the file may be missing; lookups in the table then find nothing"},
};
#undef AT

static bool check_lookup(const struct settings_reader *reader, const struct yaml_node *mapping,
                         const char *where, void *options) {
  struct lookup_settings *lookup = options;
  const char *path = lookup->path.data;
  char shown[80];
  (void)where;
  lookup->line = mapping->line;
  if (!lookup_format_known(path))
    return yaml_problem(&reader->context, yaml_get(mapping, "path"),
                        "path: '%s' ends in none of .csv, .json, .yml, .yaml, .mmdb",
                        text_printable(lookup->path, shown, sizeof shown));
  if (lookup_is_mmdb(path) && (yaml_get(mapping, "key") || yaml_get(mapping, "match")))
    return yaml_problem(&reader->context, mapping,
                        "an MMDB file is always looked up by address: leave key and match out");
  return true;
}

static const struct settings_table lookup_table = {
    .rows = lookup_rows,
    .count = sizeof lookup_rows / sizeof *lookup_rows,
    .size = sizeof(struct lookup_settings),
    .what = "lookup",
    .name = "name",
    .check = check_lookup,
};

/* ---- sources and destinations: what every one has, whatever its kind --------------------- */

#define AT(member) offsetof(struct source_settings, member)
static const struct setting source_rows[] = {
    {.key = "id",
     .kind = SETTING_TEXT,
     .offset = AT(id),
     .required = true,
     .help =
         "a short name; checkpoints are kept under it, so a source with a new name starts afresh"},
    {.key = "type",
     .kind = SETTING_TEXT,
     .offset = AT(type),
     .required = true,
     .help = "the kind of source"},
    {.key = "label",
     .kind = SETTING_TEXT,
     .offset = AT(label),
     .fallback = "",
     .help = "a name for people; `p_source_label` in its events"},
    {.key = "quiet_after",
     .kind = SETTING_DURATION,
     .offset = AT(quiet_after),
     .fallback = QUIET_AFTER_USUAL,
     .help = "how long nothing may come before that is an alarm; `0`: never"},
    {.key = "history_alerts",
     .kind = SETTING_CHOICE,
     .offset = AT(history_alerts),
     .choices = history_alerts_names,
     .fallback = "auto",
     .help =
         "what becomes of alerts of events from before the source was there: one `summary` for "
         "each rule, `all` of them, or `none`; `auto` is `summary` for Zoom's reports and `all` "
         "for files"},
};
#undef AT

static const struct settings_table source_table = {
    .rows = source_rows,
    .count = sizeof source_rows / sizeof *source_rows,
    .size = sizeof(struct source_settings),
    .what = "source",
    .name = "id",
};

/* Of an alert's opening nobody is asked. */
static const char *const update_choices[] = {"grew",     "rose",     "acknowledged", "resolved",
                                             "reopened", "assigned", "noted",        NULL};

#define AT(member) offsetof(struct destination_settings, member)
static const struct setting destination_rows[] = {
    {.key = "id",
     .kind = SETTING_TEXT,
     .offset = AT(id),
     .required = true,
     .help = "a short name; rules may name it in `destinations`"},
    {.key = "type",
     .kind = SETTING_TEXT,
     .offset = AT(type),
     .required = true,
     .help = "the kind of destination"},
    {.key = "severities",
     .kind = SETTING_LIST,
     .offset = AT(severities),
     .choices = severity_words,
     .fallback = "info, low, medium, high, critical",
     .help = "alerts with these severities are routed here, if their rule names no destination"},
    {.key = "alert_types",
     .kind = SETTING_LIST,
     .offset = AT(alert_types),
     .choices = alert_type_names,
     .fallback = "rule, rule_error, system",
     .help = "alerts of these types are routed here: matches of rules, failures of rules, and what "
             "is wrong with margay's own work"},
    {.key = "updates",
     .kind = SETTING_LIST,
     .offset = AT(updates),
     .choices = update_choices,
     .usual = "those that its kind can show without disturbing",
     .help = "what of an alert's life is sent here after its opening; an empty list: nothing"},
    {.key = "max_per_second",
     .kind = SETTING_INT,
     .offset = AT(max_per_second),
     .min = 0,
     .max = 1000,
     .fallback = "0",
     .help = "messages per second; `0`: as many as the service allows"},
    {.key = "retry_for",
     .kind = SETTING_DURATION,
     .offset = AT(retry_for),
     .fallback = "24h",
     .help = "how long an alert is tried again before it is parked; `0`: for ever"},
    {.key = "allow_private",
     .kind = SETTING_BOOL,
     .offset = AT(allow_private),
     .fallback = "false",
     .help = "its host may be at a private address, which is refused otherwise; loopback that is "
             "written in the URL is not"},
    {.key = "proxy",
     .kind = SETTING_SECRET_URL,
     .offset = AT(proxy),
     .help = "the HTTP proxy that it is reached by; without it, that of the environment"},
    {.key = "template",
     .kind = SETTING_PATH,
     .offset = AT(template),
     .help = "a Lua file with functions `title(alert)` and `fields(alert)`, which give messages "
             "another title and other fields"},
    {.key = "quiet_hours",
     .kind = SETTING_MAPPINGS,
     .offset = AT(hold.quiet_hours),
     .table = &hours_table,
     .alone = true,
     .max = 64,
     .help = "hours of the week, one span or a list, in which what is less severe than "
             "`quiet_below` waits until they are over"},
    {.key = "quiet_below",
     .kind = SETTING_CHOICE,
     .offset = AT(hold.quiet_below),
     .choices = severity_words,
     .fallback = "critical",
     .help = "the severity from which on alerts are sent in quiet hours, too"},
    {.key = "digest",
     .kind = SETTING_LIST,
     .offset = AT(hold.digest),
     .alone = true,
     .help = "alerts that are less severe than `digest_below` are sent as one message: every `1h` "
             "(from 1m to 7d), or at times of the day, such as `[\"08:00\", \"16:00\"]`, in the "
             "`time_zone` of the section `alerts`"},
    {.key = "digest_below",
     .kind = SETTING_CHOICE,
     .offset = AT(hold.digest_below),
     .choices = severity_words,
     .fallback = "medium",
     .help = "the severity from which on alerts are sent one by one in spite of `digest`"},
    {.key = "storm_limit",
     .kind = SETTING_INT,
     .offset = AT(hold.storm_limit),
     .min = 0,
     .max = 100000,
     .usual = "as its kind says",
     .help = "messages a minute; more of them are a storm, in which all but CRITICAL ones are held "
             "back and counted; `0`: there is no limit"},
};
#undef AT

static bool check_destination(const struct settings_reader *reader, const struct yaml_node *mapping,
                              const char *where, void *options) {
  struct destination_settings *settings = options;
  const struct kind *kind = settings->entry.kind;
  (void)where;
  if (settings->template.size > 0 && kind && !destination_type_of(kind)->takes_template)
    return yaml_problem(&reader->context, yaml_get(mapping, "template"),
                        "template: destinations of the type %s send alerts as data, not as "
                        "messages: leave it out",
                        kind->name);
  return hold_settings_check(reader, mapping, &settings->hold);
}

static const struct settings_table destination_table = {
    .rows = destination_rows,
    .count = sizeof destination_rows / sizeof *destination_rows,
    .size = sizeof(struct destination_settings),
    .what = "destination",
    .name = "id",
    .check = check_destination,
};

/* ---- the whole --------------------------------------------------------------------------- */

#define AT(member) offsetof(struct config_settings, member)
static const struct setting config_rows[] = {
    {.key = "rules",
     .kind = SETTING_PATHS,
     .offset = AT(rules),
     .word = BUNDLED_WORD,
     .usual = "`rules` beside this file if it is there, else `bundled`",
     .help = "folders or files of rules, in Lua and in Sigma; `bundled`: those that ship"},
    {.key = "schemas",
     .kind = SETTING_PATHS,
     .offset = AT(schemas),
     .word = BUNDLED_WORD,
     .usual = "`schemas` beside this file if it is there, else `bundled`",
     .help = "folders or files of schemas; `bundled`: those that ship"},
    {.key = "fixtures",
     .kind = SETTING_PATHS,
     .offset = AT(fixtures),
     .word = BUNDLED_WORD,
     .usual = "`fixtures` beside this file if it is there, then `bundled`",
     .help = "folders from which rule tests take their fixtures; the first that has the file"},
    {.key = "workers",
     .kind = SETTING_INT,
     .offset = AT(workers),
     .min = 1,
     .max = 64,
     .fallback = "2",
     .restart = true,
     .help = "the number of threads that check records and run rules"},
    {.key = "lookups",
     .kind = SETTING_MAPPINGS,
     .offset = AT(lookups),
     .table = &lookup_table,
     .max = LOOKUP_TABLES_MAX,
     .help = "files in which rules look values up"},
    {.key = "sigma",
     .kind = SETTING_MAPPING,
     .offset = AT(sigma),
     .table = &sigma_table,
     .help = "the log types that the logsources of Sigma rules mean"},
    {.key = "packs",
     .kind = SETTING_TREE,
     .offset = AT(packs),
     .choices = rule_mode_names,
     .usual = "what the packs say",
     .help = "the mode of each pack of rules by its name: `alert`, `signal` or `off`"},
    {.key = "tuning",
     .kind = SETTING_MAPPINGS,
     .offset = AT(tuning),
     .table = &tuning_table,
     .max = 10000,
     .help = "what is changed in rules without touching their files"},
    {.key = "risk",
     .kind = SETTING_OPTIONAL,
     .offset = AT(risk),
     .table = &risk_table,
     .help = "one alert for many matches of one actor; off unless this key is there"},
    {.key = "state",
     .kind = SETTING_MAPPING,
     .offset = AT(state),
     .table = &state_table,
     .help = "the state file, and how long it keeps things"},
    {.key = "log",
     .kind = SETTING_MAPPING,
     .offset = AT(log),
     .table = &log_table,
     .help = "what is logged, and how"},
    {.key = "health",
     .kind = SETTING_MAPPING,
     .offset = AT(health),
     .table = &health_table,
     .help = "when alarms about margay's own work begin"},
    {.key = "http",
     .kind = SETTING_OPTIONAL,
     .offset = AT(http),
     .table = &http_table,
     .restart = true,
     .help = "the HTTP listener; off unless this key is there"},
    {.key = "sources",
     .kind = SETTING_KINDS,
     .offset = AT(sources),
     .table = &source_table,
     .kinds = &source_kinds,
     .help = "where records come from"},
    {.key = "alerts",
     .kind = SETTING_MAPPING,
     .offset = AT(alerts),
     .table = &alert_table,
     .help = "how alerts are shown, whatever the destination"},
    {.key = "allow_exec",
     .kind = SETTING_BOOL,
     .offset = AT(allow_exec),
     .fallback = "false",
     .help = "destinations of the type `exec` may run programs, as margay's user"},
    {.key = "destinations",
     .kind = SETTING_KINDS,
     .offset = AT(destinations),
     .table = &destination_table,
     .kinds = &destination_kinds,
     .help = "where alerts go"},
    {.key = "routes",
     .kind = SETTING_MAPPINGS,
     .offset = AT(routes),
     .table = &route_table,
     .max = 1000,
     .help = "which alerts go to which destinations; the first route that takes one counts"},
};
#undef AT

const struct settings_table config_table = {
    .rows = config_rows,
    .count = sizeof config_rows / sizeof *config_rows,
    .size = sizeof(struct config_settings),
};

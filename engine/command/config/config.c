#include "command/config/config.h"

#include "alert/destination/destination_kinds.h"
#include "base/memory.h"
#include "base/suggestion.h"
#include "source/source_kinds.h"

#include <errno.h>
#include <libgen.h>
#include <stddef.h>
#include <stdlib.h>

#define FILE_SIZE_MAX (4u << 20)

/* The top level and its small mappings, each read by a table into one struct. */
struct top_options {
  struct setting_list rules;
  struct text schemas, fixtures;
  int64_t workers;
};

static const struct setting top_settings[] = {
    {.key = "rules",
     .kind = SETTING_LIST,
     .offset = offsetof(struct top_options, rules),
     .fallback = "rules",
     .help = "folders or files of rules, in Lua and in Sigma"},
    {.key = "schemas",
     .kind = SETTING_PATH,
     .offset = offsetof(struct top_options, schemas),
     .fallback = "schemas",
     .help = "folder of schemas"},
    {.key = "fixtures",
     .kind = SETTING_PATH,
     .offset = offsetof(struct top_options, fixtures),
     .fallback = "fixtures",
     .help = "folder that rule tests take their fixtures from"},
    {.key = "workers",
     .kind = SETTING_INT,
     .offset = offsetof(struct top_options, workers),
     .min = 1,
     .max = 64,
     .fallback = "2",
     .help = "threads that check records and run rules"},
};
static const char *const top_mappings[] = {"state",   "log",   "sources", "destinations",
                                           "lookups", "sigma", NULL};

struct state_options {
  struct text path;
  bool keep_events;
  int64_t retention, alert_retention;
};

static const struct setting state_settings[] = {
    {.key = "path",
     .kind = SETTING_PATH,
     .offset = offsetof(struct state_options, path),
     .fallback = "margay.db",
     .help = "the file that holds everything margay remembers"},
    {.key = "keep_events",
     .kind = SETTING_BOOL,
     .offset = offsetof(struct state_options, keep_events),
     .fallback = "true",
     .help = "keep every event, not only what alerts need"},
    {.key = "retention",
     .kind = SETTING_DURATION,
     .offset = offsetof(struct state_options, retention),
     .fallback = "30d",
     .help = "how long events, dead letters and matches are kept; 0: for ever"},
    {.key = "alert_retention",
     .kind = SETTING_DURATION,
     .offset = offsetof(struct state_options, alert_retention),
     .fallback = "365d",
     .help = "how long alerts and their deliveries are kept; 0: for ever"},
};

struct log_options {
  int level, format;
};

struct sigma_options {
  struct text mapping;
};

static const struct setting sigma_settings[] = {
    {.key = "mapping",
     .kind = SETTING_PATH,
     .offset = offsetof(struct sigma_options, mapping),
     .help = "a file that says what the logsources of Sigma rules mean"},
};
/* What the mapping's file would hold (rule/sigma/sigma_mapping.h). */
static const char *const sigma_mapping_keys[] = {"logsources", "fields", NULL};

static const struct setting log_settings[] = {
    {.key = "level",
     .kind = SETTING_CHOICE,
     .offset = offsetof(struct log_options, level),
     .choices = log_level_names,
     .fallback = "info",
     .help = "the least level that is printed"},
    {.key = "format",
     .kind = SETTING_CHOICE,
     .offset = offsetof(struct log_options, format),
     .choices = log_format_names,
     .fallback = "logfmt",
     .help = "logfmt or json"},
};

struct source_common {
  struct text id, label, type;
};

static const struct setting source_settings[] = {
    {.key = "id",
     .kind = SETTING_TEXT,
     .offset = offsetof(struct source_common, id),
     .required = true,
     .help = "a short name; checkpoints are kept under it"},
    {.key = "type",
     .kind = SETTING_TEXT,
     .offset = offsetof(struct source_common, type),
     .required = true,
     .help = "zoom_reports or file"},
    {.key = "label",
     .kind = SETTING_TEXT,
     .offset = offsetof(struct source_common, label),
     .fallback = "",
     .help = "a name for people, in p_source_label"},
};

struct destination_common {
  struct text id, type;
  struct setting_list severities, alert_types;
  int64_t max_per_second;
};

static const char *const severity_choices[] = {"info", "low", "medium", "high", "critical", NULL};
static const char *const alert_type_choices[] = {"rule", "rule_error", NULL};
static const struct setting destination_settings[] = {
    {.key = "id",
     .kind = SETTING_TEXT,
     .offset = offsetof(struct destination_common, id),
     .required = true,
     .help = "a short name; rules may name it in `destinations`"},
    {.key = "type",
     .kind = SETTING_TEXT,
     .offset = offsetof(struct destination_common, type),
     .required = true,
     .help = "slack, webhook or console"},
    {.key = "severities",
     .kind = SETTING_LIST,
     .offset = offsetof(struct destination_common, severities),
     .choices = severity_choices,
     .fallback = "info, low, medium, high, critical",
     .help = "alerts of these are routed here"},
    {.key = "alert_types",
     .kind = SETTING_LIST,
     .offset = offsetof(struct destination_common, alert_types),
     .choices = alert_type_choices,
     .fallback = "rule, rule_error",
     .help = "alerts of these types are routed here"},
    {.key = "max_per_second",
     .kind = SETTING_INT,
     .offset = offsetof(struct destination_common, max_per_second),
     .min = 0,
     .max = 1000,
     .fallback = "0",
     .help = "messages a second; 0: what the service allows"},
};

struct lookup_common {
  struct text name, path, key;
  int match;
  bool optional;
};

static const struct setting lookup_settings[] = {
    {.key = "name",
     .kind = SETTING_TEXT,
     .offset = offsetof(struct lookup_common, name),
     .required = true,
     .help = "what rules call the table"},
    {.key = "path",
     .kind = SETTING_PATH,
     .offset = offsetof(struct lookup_common, path),
     .required = true,
     .help = "the file: .csv, .json, .yml, .yaml or .mmdb"},
    {.key = "key",
     .kind = SETTING_TEXT,
     .offset = offsetof(struct lookup_common, key),
     .fallback = "",
     .help = "the column that rows are found by"},
    {.key = "match",
     .kind = SETTING_CHOICE,
     .offset = offsetof(struct lookup_common, match),
     .choices = lookup_match_names,
     .fallback = "exact",
     .help = "exact, ignore_case or cidr"},
    {.key = "optional",
     .kind = SETTING_BOOL,
     .offset = offsetof(struct lookup_common, optional),
     .fallback = "false",
     .help = "the file may be missing: the table is empty then"},
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

const struct config_table *config_tables(size_t *count) {
  static const struct config_table tables[] = {
      {"", top_settings, COUNT(top_settings)},
      {"state", state_settings, COUNT(state_settings)},
      {"log", log_settings, COUNT(log_settings)},
      {"sources", source_settings, COUNT(source_settings)},
      {"destinations", destination_settings, COUNT(destination_settings)},
      {"lookups", lookup_settings, COUNT(lookup_settings)},
      {"sigma", sigma_settings, COUNT(sigma_settings)},
  };
  *count = COUNT(tables);
  return tables;
}

static void remember_secret(void *context, struct text secret) {
  struct config *config = context;
  config->secrets = memory_reserve(config->secrets, &config->secret_capacity,
                                   config->secret_count + 1, sizeof *config->secrets);
  config->secrets[config->secret_count++] = secret;
}

void config_hide_secrets(const struct config *config, struct log *log) {
  for (size_t i = 0; i < config->secret_count; i++)
    log_hide(log, config->secrets[i]);
}

static void read_top(struct config *config, const struct settings_reader *reader,
                     const struct yaml_node *root) {
  struct top_options top = {0};
  struct state_options state = {0};
  struct log_options log = {0};
  settings_read(reader, root, "margay.yml", top_settings, COUNT(top_settings), top_mappings, &top);
  settings_read(reader, yaml_get(root, "state"), "state", state_settings, COUNT(state_settings),
                NULL, &state);
  settings_read(reader, yaml_get(root, "log"), "log", log_settings, COUNT(log_settings), NULL,
                &log);
  const char **rules = arena_alloc(&config->arena, (top.rules.count + 1) * sizeof *rules);
  for (size_t i = 0; i < top.rules.count; i++)
    rules[i] = settings_path(reader, top.rules.items[i]);
  config->rules = rules;
  config->rule_path_count = top.rules.count;
  config->schemas = top.schemas.data;
  config->fixtures = top.fixtures.data;
  config->workers = top.workers;
  config->state_path = state.path.data;
  config->keep_events = state.keep_events;
  config->retention = state.retention;
  config->alert_retention = state.alert_retention;
  config->log_level = log.level;
  config->log_format = log.format;
}

/* The mapping in a file of its own, or here. */
static void read_sigma(struct config *config, const struct settings_reader *reader,
                       const struct yaml_node *node) {
  struct sigma_options options = {.mapping = TEXT("")};
  if (!node || yaml_is_null(node) ||
      !settings_read(reader, node, "sigma", sigma_settings, COUNT(sigma_settings),
                     sigma_mapping_keys, &options))
    return;
  bool here = yaml_get(node, "logsources") || yaml_get(node, "fields");
  if (here && options.mapping.size)
    yaml_problem(&reader->context, node, "sigma: the mapping stands in a file or here, not both");
  else if (here)
    config->sigma =
        sigma_mapping_read(config->file, config->path, "sigma", reader->context.problems);
  else if (options.mapping.size)
    config->sigma =
        sigma_mapping_load(config->sigma_path = options.mapping.data, reader->context.problems);
}

static bool id_is_taken(const struct settings_reader *reader, const struct yaml_node *item,
                        const char *what, struct text id, const struct text *taken, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (text_equal(taken[i], id)) {
      yaml_problem(&reader->context, yaml_get(item, "id"), "a second %s with the id '%.*s'", what,
                   TEXT_ARGS(id));
      return true;
    }
  return false;
}

/* "slack, webhook, console" */
static void list_names(struct buffer *known, const char *const *names, size_t count) {
  for (size_t i = 0; i < count; i++)
    buffer_printf(known, "%s%s", i ? ", " : "", names[i]);
}

static void unknown_type(const struct settings_reader *reader, const struct yaml_node *item,
                         const char *what, struct text type, const char *const *names,
                         size_t count) {
  struct buffer known = BUFFER_NONE;
  list_names(&known, names, count);
  struct suggestion suggestion;
  char shown[64];
  yaml_problem(&reader->context, yaml_get(item, "type"), "unknown %s type '%s' (%sknown: %s)", what,
               text_printable(type, shown, sizeof shown),
               suggestion_write_within(text_nearest(type, names, count), &suggestion), known.data);
  buffer_free(&known);
}

/* The keys of one table, so that another table's reader leaves them alone. */
static const char *const *keys_of(struct arena *arena, const struct setting *settings,
                                  size_t count) {
  const char **keys = arena_alloc(arena, (count + 1) * sizeof *keys);
  for (size_t i = 0; i < count; i++)
    keys[i] = settings[i].key;
  return keys;
}

/* "source 'zoom'", for messages. */
static const char *name_of(struct config *config, const char *what, struct text id) {
  char shown[64];
  return id.size == 0 ? arena_printf(&config->arena, "a %s", what)
                      : arena_printf(&config->arena, "%s '%s'", what,
                                     text_printable(id, shown, sizeof shown));
}

static bool find_type_text(const struct settings_reader *reader, const struct yaml_node *item,
                           const char *what, const char *const *names, size_t count,
                           struct text *type) {
  const struct yaml_node *node = yaml_get(item, "type");
  if (!yaml_expect(&reader->context, item, YAML_MAPPING, what))
    return false;
  if (!node) {
    struct buffer known = BUFFER_NONE;
    list_names(&known, names, count);
    yaml_problem(&reader->context, item, "%s needs 'type' (known: %s)", what, known.data);
    buffer_free(&known);
    return false;
  }
  return yaml_string(&reader->context, node, "type", type);
}

static void read_source(struct config *config, const struct settings_reader *reader,
                        const struct yaml_node *item, struct text *ids) {
  struct text type_name;
  size_t count;
  const char *const *names = source_type_names(&count);
  if (!find_type_text(reader, item, "a source", names, count, &type_name))
    return;
  const struct source_type *type = source_type_find(type_name);
  if (!type) {
    unknown_type(reader, item, "source", type_name, names, count);
    return;
  }
  struct source_common common = {0};
  const char *const *common_keys = keys_of(&config->arena, source_settings, COUNT(source_settings));
  void *options = arena_alloc(&config->arena, type->options_size);
  bool ok = settings_read(reader, item, "a source", source_settings, COUNT(source_settings),
                          settings_any_key, &common);
  const char *where = name_of(config, "source", common.id);
  ok = settings_read(reader, item, where, type->settings, type->setting_count, common_keys,
                     options) &&
       ok;
  struct error error = ERROR_NONE;
  if (ok && type->check && !type->check(options, &error))
    ok = yaml_problem(&reader->context, item, "%s: %s", where, error.text);
  if (!ok || id_is_taken(reader, item, "source", common.id, ids, config->source_count))
    return;
  ids[config->source_count] = common.id;
  config->sources[config->source_count] =
      (struct source){.type = type, .id = common.id, .label = common.label, .options = options};
  config->source_count++;
}

static uint32_t severity_bits(struct setting_list list) {
  uint32_t bits = 0;
  enum severity severity;
  for (size_t i = 0; i < list.count; i++)
    if (severity_parse(list.items[i], &severity))
      bits |= 1u << severity;
  return bits;
}

static uint32_t alert_type_bits(struct setting_list list) {
  uint32_t bits = 0;
  enum alert_type type;
  for (size_t i = 0; i < list.count; i++)
    if (alert_type_parse(list.items[i], &type))
      bits |= 1u << type;
  return bits;
}

static void read_destination(struct config *config, const struct settings_reader *reader,
                             const struct yaml_node *item, struct text *ids) {
  struct text type_name;
  size_t count;
  const char *const *names = destination_type_names(&count);
  if (!find_type_text(reader, item, "a destination", names, count, &type_name))
    return;
  const struct destination_type *type = destination_type_find(type_name);
  if (!type) {
    unknown_type(reader, item, "destination", type_name, names, count);
    return;
  }
  struct destination_common common = {0};
  const char *const *common_keys =
      keys_of(&config->arena, destination_settings, COUNT(destination_settings));
  void *options = arena_alloc(&config->arena, type->options_size);
  bool ok = settings_read(reader, item, "a destination", destination_settings,
                          COUNT(destination_settings), settings_any_key, &common);
  const char *where = name_of(config, "destination", common.id);
  ok = settings_read(reader, item, where, type->settings, type->setting_count, common_keys,
                     options) &&
       ok;
  struct error error = ERROR_NONE;
  if (ok && type->check && !type->check(options, &error))
    ok = yaml_problem(&reader->context, item, "%s: %s", where, error.text);
  if (!ok || id_is_taken(reader, item, "destination", common.id, ids, config->destination_count))
    return;
  ids[config->destination_count] = common.id;
  config->destinations[config->destination_count++] = (struct destination){
      .type = type,
      .id = common.id,
      .options = options,
      .severities = severity_bits(common.severities),
      .alert_types = alert_type_bits(common.alert_types),
      .max_per_second = common.max_per_second ? common.max_per_second : type->max_per_second};
}

/* What no setting can tell by itself. */
static bool check_lookup(struct config *config, const struct settings_reader *reader,
                         const struct yaml_node *item, const struct lookup_common *common) {
  bool is_mmdb = lookup_is_mmdb(common->path.data);
  char shown[80];
  text_printable(common->path, shown, sizeof shown);
  if (!lookup_format_known(common->path.data))
    return yaml_problem(&reader->context, yaml_get(item, "path"),
                        "path: '%s' ends in none of .csv, .json, .yml, .yaml, .mmdb", shown);
  if (is_mmdb && (yaml_get(item, "key") || yaml_get(item, "match")))
    return yaml_problem(&reader->context, item,
                        "an MMDB file is always looked up by address: leave key and match out");
  if (config->lookup_count >= LOOKUP_TABLES_MAX)
    return yaml_problem(&reader->context, item, "more than %d lookups", LOOKUP_TABLES_MAX);
  for (size_t i = 0; i < config->lookup_count; i++)
    if (text_equal(config->lookups[i].name, common->name))
      return yaml_problem(&reader->context, yaml_get(item, "name"),
                          "a second lookup with the name '%.*s'", TEXT_ARGS(common->name));
  return true;
}

static void read_lookup(struct config *config, const struct settings_reader *reader,
                        const struct yaml_node *item, struct text *unused) {
  struct lookup_common common = {0};
  (void)unused;
  if (!yaml_expect(&reader->context, item, YAML_MAPPING, "a lookup") ||
      !settings_read(reader, item, "a lookup", lookup_settings, COUNT(lookup_settings), NULL,
                     &common) ||
      !check_lookup(config, reader, item, &common))
    return;
  config->lookups[config->lookup_count++] =
      (struct lookup_options){.name = common.name,
                              .path = common.path.data,
                              .key = common.key,
                              .match = (enum lookup_match)common.match,
                              .optional = common.optional,
                              .file = config->path,
                              .line = item->line};
}

static void read_each(struct config *config, const struct settings_reader *reader,
                      const struct yaml_node *list, const char *what,
                      void (*read)(struct config *, const struct settings_reader *,
                                   const struct yaml_node *, struct text *)) {
  if (!list || yaml_is_null(list) || !yaml_expect(&reader->context, list, YAML_SEQUENCE, what))
    return;
  struct text *ids = arena_alloc(&config->arena, (list->count + 1) * sizeof *ids);
  for (size_t i = 0; i < list->count; i++)
    read(config, reader, list->items[i], ids);
}

static size_t count_of(const struct yaml_node *list) {
  return list ? list->count : 0;
}

bool config_equal(const struct config *a, const struct config *b) {
  bool equal = text_equal(a->file, b->file) && a->secret_count == b->secret_count;
  for (size_t i = 0; equal && i < a->secret_count; i++)
    equal = text_equal(a->secrets[i], b->secrets[i]);
  return equal;
}

/* The bytes are kept beside the tree: a reload compares them. */
static bool read_bytes(struct config *config, struct error *error) {
  FILE *file = fopen(config->path, "re");
  if (!file)
    return error_set_at(error, config->path, 0, 0, "cannot read the configuration: %s%s",
                        strerror(errno), errno == ENOENT ? " (-c FILE names another)" : "");
  struct buffer bytes = BUFFER_NONE;
  size_t got;
  errno = 0;
  do {
    got = fread(buffer_reserve(&bytes, 65536), 1, 65536, file);
    bytes.size += got;
  } while (got > 0 && bytes.size <= FILE_SIZE_MAX);
  if (ferror(file))
    error_set_at(error, config->path, 0, 0, "cannot read the configuration: %s", strerror(errno));
  else if (bytes.size > FILE_SIZE_MAX)
    error_set_at(error, config->path, 0, 0, "larger than 4 MiB: this is no configuration");
  fclose(file);
  config->file = arena_copy(&config->arena, buffer_text(&bytes));
  buffer_free(&bytes);
  return !error->set;
}

static struct config *load(const char *path, bool only_detection, struct problems *problems) {
  struct error error = ERROR_NONE;
  struct config *config = memory_alloc(sizeof *config);
  config->path = arena_copy_string(&config->arena, path);
  struct yaml *yaml =
      read_bytes(config, &error) ? yaml_load_text(config->file, config->path, &error) : NULL;
  if (!yaml) {
    problems_add_error(problems, &error);
    config_free(config);
    return NULL;
  }
  const struct yaml_node *root = yaml_root(yaml);
  char *folder = arena_copy_string(&config->arena, config->path);
  const struct settings_reader reader = {.context = {yaml, problems},
                                         .arena = &config->arena,
                                         .folder = dirname(folder),
                                         .on_secret = remember_secret,
                                         .on_secret_context = config};
  const struct yaml_node *sources = yaml_get(root, "sources");
  const struct yaml_node *destinations = yaml_get(root, "destinations");
  const struct yaml_node *lookups = yaml_get(root, "lookups");
  config->lookups = arena_alloc(&config->arena, (count_of(lookups) + 1) * sizeof *config->lookups);
  config->sources = arena_alloc(&config->arena, (count_of(sources) + 1) * sizeof *config->sources);
  config->destinations =
      arena_alloc(&config->arena, (count_of(destinations) + 1) * sizeof *config->destinations);
  if (yaml_expect(&reader.context, root, YAML_MAPPING, "the configuration")) {
    read_top(config, &reader, root);
    read_sigma(config, &reader, yaml_get(root, "sigma"));
    read_each(config, &reader, lookups, "lookups", read_lookup);
    if (!only_detection) {
      read_each(config, &reader, sources, "sources", read_source);
      read_each(config, &reader, destinations, "destinations", read_destination);
    }
  }
  yaml_free(yaml);
  return config;
}

struct config *config_load(const char *path, struct problems *problems) {
  return load(path, false, problems);
}

struct config *config_load_detection(const char *path, struct problems *problems) {
  return load(path, true, problems);
}

void config_free(struct config *config) {
  if (!config)
    return;
  free(config->secrets);
  sigma_mapping_free(config->sigma);
  struct arena arena = config->arena;
  free(config);
  arena_free(&arena);
}

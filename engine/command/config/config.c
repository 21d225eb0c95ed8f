#include "command/config/config.h"

#include "base/digest.h"
#include "base/file_text.h"
#include "base/memory.h"
#include "base/zone/time_zone.h"
#include "command/config/bundled.h"
#include "command/config/config_check.h"
#include "command/config/config_settings.h"
#include "command/config/destination_template.h"
#include "daemon/retention.h"

#include <libgen.h>
#include <stdlib.h>
#include <unistd.h>

#define FILE_SIZE_MAX (4u << 20)

/* What only a daemon needs. */
static const char *const daemon_keys[] = {
    "state", "health", "http", "sources", "alerts", "allow_exec", "destinations", "routes", NULL};

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

static void take_state_key(struct config *config, struct text base64) {
  struct buffer key = BUFFER_NONE;
  if (base64_decode(base64, &key)) /* what is none was reported */
    config->state_key = arena_copy(&config->arena, buffer_text(&key));
  buffer_free(&key);
}

/* ---- from what was read to what is used -------------------------------------------------- */

/* Where nothing is said: the folder of that name beside the configuration, or else what ships;
 * `both`: that as well. */
static const char *const *take_paths(struct config *config, const char *name,
                                     const struct setting_list *list, bool both) {
  char *folder = dirname(arena_copy_string(&config->arena, config->path));
  const char *beside =
      strcmp(folder, ".") == 0 ? name : arena_printf(&config->arena, "%s/%s", folder, name);
  bool is_there = access(beside, F_OK) == 0;
  const struct text usual[] = {text_from(beside), TEXT(BUNDLED_WORD)};
  if (list->items)
    return bundled_expand(&config->arena, name, list->items, list->count);
  return bundled_expand(&config->arena, name, usual + !is_there, is_there && both ? 2 : 1);
}

static void take_log_type_retentions(struct config *config, const struct setting_entries *entries) {
  const struct log_type_retention_settings *settings = entries->items;
  struct log_type_retention *kept =
      arena_alloc(&config->arena, (entries->count + 1) * sizeof *kept);
  for (size_t i = 0; i < entries->count; i++)
    kept[i] = (struct log_type_retention){settings[i].log_type, settings[i].retention};
  config->log_type_retentions = kept;
  config->log_type_retention_count = entries->count;
}

static void take_simple(struct config *config, const struct config_settings *settings) {
  config->rules = take_paths(config, "rules", &settings->rules, false);
  config->schemas = take_paths(config, "schemas", &settings->schemas, false);
  config->fixtures = take_paths(config, "fixtures", &settings->fixtures, true);
  config->workers = settings->workers;
  config->state_path = settings->state.path.data;
  take_state_key(config, settings->state.key);
  config->keep_events = settings->state.keep_events;
  config->index_events = settings->state.index_events;
  config->compress_events = settings->state.compress_events;
  config->retention = settings->state.retention;
  config->alert_retention = settings->state.alert_retention;
  take_log_type_retentions(config, &settings->state.log_type_retention);
  config->max_size = settings->state.max_size;
  config->log_level = settings->log.level;
  config->log_format = settings->log.format;
  config->http = settings->http;
  config->health = settings->health;
}

static void take_lookups(struct config *config, const struct setting_entries *entries) {
  const struct lookup_settings *settings = entries->items;
  config->lookup_count = entries->count;
  config->lookups = arena_alloc(&config->arena, (entries->count + 1) * sizeof *config->lookups);
  for (size_t i = 0; i < entries->count; i++)
    config->lookups[i] = (struct lookup_options){.name = settings[i].name,
                                                 .path = settings[i].path.data,
                                                 .key = settings[i].key,
                                                 .match = (enum lookup_match)settings[i].match,
                                                 .optional = settings[i].optional,
                                                 .file = config->path,
                                                 .line = settings[i].line};
}

static int history_of(const struct source_settings *settings) {
  const struct source_type *type = source_type_of(settings->entry.kind);
  return settings->history_alerts == HISTORY_AUTO ? (int)type->usual_history
                                                  : settings->history_alerts;
}

static void take_sources(struct config *config, const struct setting_entries *entries) {
  const struct source_settings *settings = entries->items;
  config->source_count = entries->count;
  config->sources = arena_alloc(&config->arena, (entries->count + 1) * sizeof *config->sources);
  for (size_t i = 0; i < entries->count; i++)
    config->sources[i] = (struct source){.type = source_type_of(settings[i].entry.kind),
                                         .id = settings[i].id,
                                         .label = settings[i].label,
                                         .options = settings[i].entry.options,
                                         .quiet_after = settings[i].quiet_after,
                                         .history_alerts = history_of(&settings[i])};
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

static uint32_t update_bits(struct setting_list list, const struct destination *destination) {
  uint32_t bits = list.items ? 0 : destination_occasions(destination) | ALERT_WHEN_OVER;
  enum alert_occasion occasion;
  for (size_t i = 0; list.items && i < list.count; i++)
    if (alert_occasion_parse(list.items[i], &occasion))
      bits |= ALERT_WHEN(occasion);
  if (bits & ALERT_WHEN(OCCASION_RESOLVED))
    bits |= ALERT_WHEN_OVER;
  return bits;
}

/* That of all destinations, with a template of its own where there is one. */
static const struct alert_display *take_display(struct config *config,
                                                const struct destination_settings *settings,
                                                struct problems *problems) {
  struct error error = ERROR_NONE;
  if (settings->template.size == 0)
    return config->display;
  struct alert_display *display = arena_alloc(&config->arena, sizeof *display);
  *display = *config->display;
  display->template = destination_template_open(settings->template.data, &error);
  if (!display->template) {
    error_prefix(&error, "template of the destination '%.*s'", TEXT_ARGS(settings->id));
    problems_add_error(problems, &error);
  }
  return display;
}

static void take_destinations(struct config *config, const struct setting_entries *entries,
                              struct problems *problems) {
  const struct destination_settings *settings = entries->items;
  config->display = alert_settings_take(&config->settings->alerts, &config->arena);
  config->destination_count = entries->count;
  config->destinations =
      arena_alloc(&config->arena, (entries->count + 1) * sizeof *config->destinations);
  for (size_t i = 0; i < entries->count; i++) {
    const struct destination_type *type = destination_type_of(settings[i].entry.kind);
    int64_t rate = settings[i].max_per_second;
    config->destinations[i] =
        (struct destination){.type = type,
                             .id = settings[i].id,
                             .options = settings[i].entry.options,
                             .severities = severity_bits(settings[i].severities),
                             .alert_types = alert_type_bits(settings[i].alert_types),
                             .max_per_second = rate ? rate : type->max_per_second,
                             .retry_for = settings[i].retry_for,
                             .allow_private = settings[i].allow_private,
                             .proxy = settings[i].proxy.size ? settings[i].proxy.data : NULL,
                             .display = take_display(config, &settings[i], problems)};
    config->destinations[i].occasions = update_bits(settings[i].updates, &config->destinations[i]);
    hold_settings_take(&settings[i].hold, config->settings->alerts.time_zone, &config->arena,
                       &config->destinations[i]);
  }
}

static void take_routes(struct config *config, const struct setting_entries *entries) {
  config->routes = route_settings_take(entries, &config->arena);
  config->route_count = entries->count;
}

/* The mapping in its own file, or here. Both at once is a mistake, which is reported elsewhere. */
static void take_sigma(struct config *config, const struct sigma_settings *sigma,
                       struct problems *problems) {
  bool is_here = sigma_settings_hold_mapping(sigma);
  if (is_here && !sigma->mapping.size)
    config->sigma = sigma_mapping_read(config->file, config->path, "sigma", problems);
  else if (sigma->mapping.size && !is_here)
    config->sigma = sigma_mapping_load(config->sigma_path = sigma->mapping.data, problems);
  sigma_mapping_read_lookups(config->sigma, config->lookups, config->lookup_count, problems);
}

static void take(struct config *config, struct problems *problems) {
  const struct config_settings *settings = config->settings;
  take_simple(config, settings);
  config->risk = risk_settings_take(settings->risk, config->path, &config->arena);
  take_lookups(config, &settings->lookups);
  take_sources(config, &settings->sources);
  take_destinations(config, &settings->destinations, problems);
  take_routes(config, &settings->routes);
  take_sigma(config, &settings->sigma, problems);
}

static void note_sources(struct config *config, const struct yaml_node *root) {
  const struct yaml_node *node = yaml_get(root, "sources");
  config->sources_at.named = false;
  if (!node)
    return;
  bool is_empty = yaml_is_null(node) || (node->type == YAML_SEQUENCE && node->count == 0);
  config->sources_at.named = !is_empty;
  config->sources_at.line = node->line;
  config->sources_at.column = node->column;
}

/* ---- reading ----------------------------------------------------------------------------- */

/* The bytes are kept beside the tree: Sigma's mapping may be among them. */
static bool read_bytes(struct config *config, struct error *error) {
  struct buffer bytes = BUFFER_NONE;
  enum file_result result =
      file_read(config->path, FILE_HANDED_OVER, FILE_SIZE_MAX, &bytes, NULL, error);
  if (result == FILE_MISSING)
    error_append(error, " (-c FILE names another)");
  error_prefix(error, "cannot read the configuration");
  config->file = arena_copy(&config->arena, buffer_text(&bytes));
  buffer_free(&bytes);
  return result == FILE_READ;
}

static struct config *load(const char *path, const char *const *skipped,
                           struct problems *problems) {
  struct error error = ERROR_NONE;
  struct config *config = memory_alloc(sizeof *config);
  config->path = arena_copy_string(&config->arena, path);
  config->sources_at.named = true; /* unless the file can be read, and has none */
  struct yaml *yaml =
      read_bytes(config, &error) ? yaml_load_text(config->file, config->path, &error) : NULL;
  if (!yaml) {
    problems_add_error(problems, &error);
    config_free(config);
    return NULL;
  }
  char *folder = arena_copy_string(&config->arena, config->path);
  const struct settings_reader reader = {.context = {yaml, problems},
                                         .arena = &config->arena,
                                         .folder = dirname(folder),
                                         .skipped = skipped,
                                         .warnings = &config->warnings,
                                         .on_secret = remember_secret,
                                         .on_secret_context = config};
  config->settings = arena_alloc(&config->arena, sizeof *config->settings);
  if (yaml_expect(&reader.context, yaml_root(yaml), YAML_MAPPING, "the configuration")) {
    settings_read(&reader, yaml_root(yaml), "margay.yml", &config_table, config->settings);
    config_check_read(&reader, yaml_root(yaml), config->settings);
    note_sources(config, yaml_root(yaml));
    take(config, problems);
    config->tuning = tuning_settings_take(&reader, yaml_root(yaml), &config->settings->tuning);
  }
  config->tuning.yaml = yaml;
  config->yaml = yaml;
  return config;
}

struct config *config_load(const char *path, struct problems *problems) {
  return load(path, NULL, problems);
}

struct config *config_load_detection(const char *path, struct problems *problems) {
  return load(path, daemon_keys, problems);
}

size_t config_compare(const struct config *old, const struct config *new,
                      void (*each)(void *context, const struct settings_difference *difference),
                      void *context) {
  return settings_compare(&config_table, old->settings, new->settings, each, context);
}

void config_free(struct config *config) {
  if (!config)
    return;
  free(config->secrets);
  problems_clear(&config->warnings);
  sigma_mapping_free(config->sigma);
  for (size_t i = 0; i < config->destination_count; i++) {
    hold_settings_release(&config->destinations[i]);
    destination_template_close(config->destinations[i].display->template);
  }
  if (config->yaml)
    yaml_free(config->yaml);
  if (config->display)
    time_zone_free(config->display->zone);
  struct arena arena = config->arena;
  free(config);
  arena_free(&arena);
}

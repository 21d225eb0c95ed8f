#include "command/config/config_check.h"

#include "base/buffer.h"
#include "base/severity.h"
#include "base/web/http_guard.h"
#include "command/config/bundled.h"
#include "command/config/config_settings.h"
#include "daemon/service.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- what no destination takes ----------------------------------------------------------- */

static bool holds(const struct setting_list *list, const char *word) {
  for (size_t i = 0; i < list->count; i++)
    if (text_equal_folded(list->items[i], text_from(word)))
      return true;
  return false;
}

/* The severities of this type of alerts that routing gives to no destination; a bit each. */
static unsigned untaken(const struct setting_entries *destinations, const char *type) {
  const struct destination_settings *items = destinations->items;
  unsigned severities = 0;
  for (unsigned k = 0; severity_words[k]; k++) {
    bool taken = false;
    for (size_t i = 0; i < destinations->count && !taken; i++)
      taken = holds(&items[i].alert_types, type) && holds(&items[i].severities, severity_words[k]);
    severities |= taken ? 0 : 1u << k;
  }
  return severities;
}

static void append_severities(struct buffer *out, unsigned severities) {
  size_t count = 0;
  for (unsigned k = 0; severity_words[k]; k++)
    if (severities >> k & 1)
      buffer_printf(out, "%s%s", count++ ? ", " : "", severity_words[k]);
}

/* One warning for all types from the `first` on that lack the same severities. */
static void warn_untaken(const struct settings_reader *reader, const struct yaml_node *node,
                         const struct setting_entries *destinations, size_t first) {
  unsigned severities = untaken(destinations, alert_type_names[first]);
  struct buffer words = BUFFER_NONE;
  if (severities == 0)
    return;
  append_severities(&words, severities);
  buffer_append_string(&words, " of the type ");
  for (size_t i = 0; alert_type_names[i]; i++) {
    if (untaken(destinations, alert_type_names[i]) != severities)
      continue;
    if (i < first) {
      buffer_free(&words); /* said already */
      return;
    }
    buffer_printf(&words, "%s%s", i > first ? ", " : "", alert_type_names[i]);
  }
  settings_warn(reader, node,
                "no destination takes alerts with the severity %s: they are kept, and sent nowhere "
                "unless their rule names a destination; see 'severities' and 'alert_types'",
                words.data);
  buffer_free(&words);
}

static void warn_idle(const struct settings_reader *reader, const struct yaml_node *node,
                      const struct setting_entries *destinations) {
  const struct destination_settings *items = destinations->items;
  for (size_t i = 0; i < destinations->count; i++) {
    const char *key = items[i].severities.count == 0    ? "severities"
                      : items[i].alert_types.count == 0 ? "alert_types"
                                                        : NULL;
    if (key)
      settings_warn(reader, yaml_get(node->items[i], key),
                    "destination '%.*s': %s is empty, so only rules that name it send anything "
                    "there; leave the key out to send everything",
                    TEXT_ARGS(items[i].id), key);
  }
}

static void warn_destinations(const struct settings_reader *reader, const struct yaml_node *root,
                              const struct setting_entries *destinations) {
  const struct yaml_node *node = yaml_get(root, "destinations");
  if (!node || node->count == 0) {
    settings_warn(
        reader, node ? node : root,
        "no destinations: alerts are kept in the state file ('margay alerts' shows them), "
        "and sent nowhere");
    return;
  }
  if (destinations->count < node->count)
    return; /* the mistakes of the others were reported, and what they would take is not known */
  for (size_t i = 0; alert_type_names[i]; i++)
    warn_untaken(reader, node, destinations, i);
  warn_idle(reader, node, destinations);
}

static void check_programs(const struct settings_reader *reader, const struct yaml_node *root,
                           const struct config_settings *settings) {
  const struct destination_settings *items = settings->destinations.items;
  const struct yaml_node *node = yaml_get(root, "destinations");
  bool all = node && node->count == settings->destinations.count; /* or their places are unknown */
  for (size_t i = 0; i < settings->destinations.count && !settings->allow_exec; i++)
    if (destination_type_of(items[i].entry.kind)->runs_programs)
      yaml_problem(&reader->context, all ? node->items[i] : node,
                   "destination '%.*s' runs a program: say `allow_exec: true` at the top of the "
                   "configuration if that is meant",
                   TEXT_ARGS(items[i].id));
}

/* ---- private addresses ------------------------------------------------------------------- */

/* The address that a setting is written with, where a destination would be refused it. */
static bool is_private(const struct setting *row, const void *options, struct ip_string *address) {
  bool is_url = row->kind == SETTING_URL || row->kind == SETTING_SECRET_URL;
  bool is_server = row->kind == SETTING_TEXT && strcmp(row->key, "server") == 0;
  struct buffer url = BUFFER_NONE;
  if (!is_url && !is_server)
    return false;
  buffer_append_string(&url, is_server ? "smtp://" : "");
  buffer_append_text(&url, *(const struct text *)((const char *)options + row->offset));
  bool refused = url.size > 0 && http_guard_refuses(url.data, address);
  buffer_free(&url);
  return refused;
}

static void check_addresses(const struct settings_reader *reader, const struct yaml_node *root,
                            const struct config_settings *settings) {
  const struct destination_settings *items = settings->destinations.items;
  const struct yaml_node *node = yaml_get(root, "destinations");
  bool all = node && node->count == settings->destinations.count; /* or their places are unknown */
  for (size_t i = 0; i < settings->destinations.count; i++) {
    const struct settings_table *table = &items[i].entry.kind->settings;
    for (size_t k = 0; k < table->count && !items[i].allow_private; k++) {
      struct ip_string address;
      if (is_private(&table->rows[k], items[i].entry.options, &address))
        yaml_problem(&reader->context, all ? yaml_get(node->items[i], table->rows[k].key) : node,
                     "destination '%.*s': %s is the private address %s: say `allow_private: true` "
                     "there if that is meant",
                     TEXT_ARGS(items[i].id), table->rows[k].key, address.text);
    }
  }
}

/* ---- paths ------------------------------------------------------------------------------- */

/* The place of an item; a path may stand alone. */
static const struct yaml_node *item_node(const struct yaml_node *list, size_t i) {
  return list->type == YAML_SEQUENCE ? list->items[i] : list;
}

/* Leaves out what is not there, after adding a problem. */
static void check_paths(const struct settings_reader *reader, const struct yaml_node *root,
                        const char *key, struct setting_list *list) {
  const struct yaml_node *node = yaml_get(root, key);
  struct text *kept = arena_alloc(reader->arena, (list->count + 1) * sizeof *kept);
  size_t count = 0;
  char shown[256];
  for (size_t i = 0; i < list->count; i++) {
    if (bundled_is_meant(list->items[i]) || access(list->items[i].data, F_OK) == 0)
      kept[count++] = list->items[i];
    else
      yaml_problem(
          &reader->context, item_node(node, i), "%s: %s: %s; name a folder or a file, or '%s'", key,
          text_printable(list->items[i], shown, sizeof shown), strerror(errno), BUNDLED_WORD);
  }
  if (list->count > 0)
    *list = (struct setting_list){kept, count};
}

static void warn_fixtures(const struct settings_reader *reader, const struct yaml_node *root,
                          const struct setting_list *list) {
  const struct yaml_node *node = yaml_get(root, "fixtures");
  struct stat status;
  char shown[256];
  for (size_t i = 0; i < list->count; i++)
    if (!bundled_is_meant(list->items[i]) &&
        (stat(list->items[i].data, &status) != 0 || !S_ISDIR(status.st_mode)))
      settings_warn(reader, item_node(node, i),
                    "fixtures: there is no folder '%s', so tests find nothing there: make it, or "
                    "name another",
                    text_printable(list->items[i], shown, sizeof shown));
}

/* ---- what sources take over HTTP --------------------------------------------------------- */

static size_t routes_of(const struct source_settings *source,
                        struct intake_route routes[INTAKE_ROUTES_MAX]) {
  const struct source_type *type = source_type_of(source->entry.kind);
  return type->takes ? type->takes(source->entry.options, routes) : 0;
}

/* Who has the path already, before route `before` of source `index`; NULL: nobody. */
static const char *holder_of(const struct source_settings *sources, size_t index, size_t before,
                             struct text path) {
  for (size_t i = 0; service_paths[i]; i++)
    if (text_is(path, service_paths[i]))
      return "margay itself";
  if (text_starts_folded(path, TEXT(INTERACTION_PATH)))
    return "margay itself";
  for (size_t i = 0; i <= index; i++) {
    struct intake_route routes[INTAKE_ROUTES_MAX];
    size_t count = routes_of(&sources[i], routes);
    for (size_t k = 0; k < (i < index ? count : before); k++)
      if (text_equal(path, routes[k].path))
        return sources[i].id.data;
  }
  return NULL;
}

static void check_routes(const struct settings_reader *reader, const struct yaml_node *node,
                         const struct config_settings *settings, size_t index) {
  const struct source_settings *sources = settings->sources.items;
  struct intake_route routes[INTAKE_ROUTES_MAX];
  size_t count = routes_of(&sources[index], routes);
  if (count > 0 && !settings->http)
    yaml_problem(&reader->context, node,
                 "source '%.*s' takes requests over HTTP, and margay listens nowhere: add a "
                 "section `http`, such as `http: {listen: \"127.0.0.1:8440\"}`",
                 TEXT_ARGS(sources[index].id));
  for (size_t i = 0; i < count; i++) {
    const char *holder = holder_of(sources, index, i, routes[i].path);
    if (holder)
      yaml_problem(&reader->context, node,
                   "source '%.*s': the path '%.*s' is taken by %s: choose another one",
                   TEXT_ARGS(sources[index].id), TEXT_ARGS(routes[i].path), holder);
  }
}

static void check_paths_of_sources(const struct settings_reader *reader,
                                   const struct yaml_node *root,
                                   const struct config_settings *settings) {
  const struct yaml_node *node = yaml_get(root, "sources");
  if (!node || node->type != YAML_SEQUENCE || settings->sources.count < node->count)
    return; /* the mistakes of the others were reported */
  for (size_t i = 0; i < node->count; i++)
    check_routes(reader, node->items[i], settings, i);
}

/* ---- the whole --------------------------------------------------------------------------- */

void config_check_read(const struct settings_reader *reader, const struct yaml_node *root,
                       struct config_settings *settings) {
  const struct yaml_node *rules = yaml_get(root, "rules");
  if (rules && rules->type == YAML_SEQUENCE && rules->count == 0)
    settings_warn(reader, rules,
                  "rules: the list is empty, so no rule runs; 'bundled' names those that ship");
  if (reader->skipped)
    return;
  check_paths(reader, root, "rules", &settings->rules);
  check_paths(reader, root, "schemas", &settings->schemas);
  warn_fixtures(reader, root, &settings->fixtures);
  warn_destinations(reader, root, &settings->destinations);
  check_programs(reader, root, settings);
  check_addresses(reader, root, settings);
  check_paths_of_sources(reader, root, settings);
}

void config_check(const struct config *config, struct problems *problems) {
  if (!config->sources_at.named)
    problems_add(problems, config->path, config->sources_at.line, config->sources_at.column,
                 "no sources: there is nothing to read: add one below 'sources'");
}

/* What the configuration says of its sources, and of the time for which their events are kept, and
 * only the schemas can confirm. */
#include "base/suggestion.h"
#include "command/config/load.h"
#include "daemon/retention.h"

/* The log type that a source gives its records, where its kind has such a setting; else empty. */
static struct text log_type_of(const struct source *source) {
  const struct settings_table *table = &source->type->kind.settings;
  for (size_t i = 0; i < table->count; i++)
    if (table->rows[i].kind == SETTING_TEXT && strcmp(table->rows[i].key, "log_type") == 0)
      return *(const struct text *)((const char *)source->options + table->rows[i].offset);
  return (struct text){NULL, 0};
}

/* A key of a source in the file, or the source itself; NULL: nobody knows. */
static const struct yaml_node *place_of(const struct config *config, size_t index,
                                        const char *key) {
  const struct yaml_node *sources = yaml_get(yaml_root(config->yaml), "sources");
  if (!sources || sources->type != YAML_SEQUENCE || index >= sources->count)
    return NULL;
  const struct yaml_node *at = yaml_get(sources->items[index], key);
  return at ? at : sources->items[index];
}

static void add_unknown(const struct detection *detection, const struct config *config,
                        size_t index, struct text log_type, struct problems *problems) {
  struct arena arena = ARENA_NONE;
  struct suggestion suggestion;
  char shown[128];
  const struct yaml_node *at = place_of(config, index, "log_type");
  problems_add(
      problems, config->path, at ? at->line : 0, at ? at->column : 0,
      "log_type: no schema for the log type '%s', so every record would be refused%s",
      text_printable(log_type, shown, sizeof shown),
      suggestion_write(load_nearest_log_type(detection->schemas, log_type, &arena), &suggestion));
  arena_free(&arena);
}

/* An entry of log_type_retention, one of which may stand without a list; NULL: nobody knows. */
static const struct yaml_node *retention_place(const struct config *config, size_t index) {
  const struct yaml_node *state = yaml_get(yaml_root(config->yaml), "state");
  const struct yaml_node *entries = state ? yaml_get(state, "log_type_retention") : NULL;
  const struct yaml_node *entry = entries;
  if (entries && entries->type == YAML_SEQUENCE)
    entry = index < entries->count ? entries->items[index] : NULL;
  const struct yaml_node *at = entry ? yaml_get(entry, "log_type") : NULL;
  return at ? at : entry;
}

static void check_retentions(const struct detection *detection, const struct config *config,
                             struct problems *problems) {
  struct arena arena = ARENA_NONE;
  for (size_t i = 0; i < config->log_type_retention_count; i++) {
    struct text log_type = config->log_type_retentions[i].log_type;
    struct suggestion suggestion;
    char shown[128];
    if (schema_find(detection->schemas, log_type))
      continue;
    const struct yaml_node *at = retention_place(config, i);
    problems_add(
        problems, config->path, at ? at->line : 0, at ? at->column : 0,
        "log_type_retention: no schema for the log type '%s'%s",
        text_printable(log_type, shown, sizeof shown),
        suggestion_write(load_nearest_log_type(detection->schemas, log_type, &arena), &suggestion));
  }
  arena_free(&arena);
}

void load_check_sources(const struct detection *detection, const struct config *config,
                        struct problems *problems) {
  if (detection && detection->schemas)
    check_retentions(detection, config, problems);
  for (size_t i = 0; detection && detection->schemas && i < config->source_count; i++) {
    struct text log_type = log_type_of(&config->sources[i]);
    if (log_type.size > 0 && !schema_find(detection->schemas, log_type))
      add_unknown(detection, config, i, log_type, problems);
  }
}

void load_doubt_sources(const struct config *config, struct problems *warnings) {
  for (size_t i = 0; i < config->source_count; i++) {
    const struct source *source = &config->sources[i];
    struct error reason = ERROR_NONE;
    if (!source->type->doubt || !source->type->doubt(source->options, &reason))
      continue;
    const struct yaml_node *at = place_of(config, i, "path");
    problems_add(warnings, config->path, at ? at->line : 0, at ? at->column : 0,
                 "warning: source '%.*s': %s", TEXT_ARGS(source->id), reason.text);
  }
}

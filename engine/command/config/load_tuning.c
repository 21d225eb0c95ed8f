/* Packs and tuning of a configuration, put into the rules that were loaded. */
#include "base/suggestion.h"
#include "command/config/destination_ids.h"
#include "command/config/load.h"

static struct text *table_names(struct arena *arena, const struct config *config) {
  struct text *names = arena_alloc(arena, (config->lookup_count + 1) * sizeof *names);
  for (size_t i = 0; i < config->lookup_count; i++)
    names[i] = config->lookups[i].name;
  return names;
}

void load_tune(struct detection *detection, const struct config *config, bool partial,
               struct problems *problems, struct problems *warnings) {
  struct arena arena = ARENA_NONE;
  struct clock clock = clock_system();
  const struct tuning_world world = {.schemas = detection->schemas,
                                     .tables = table_names(&arena, config),
                                     .table_count = config->lookup_count,
                                     .partial = partial,
                                     .now = warnings ? clock_now(&clock) : TIME_NONE,
                                     .problems = problems,
                                     .warnings = warnings};
  tuning_apply(detection->rules, &config->tuning, &world);
  if (config->risk)
    risk_add(detection->rules, config->risk, problems);
  arena_free(&arena);
}

/* The item of the list, or the list that is one. */
static const struct yaml_node *item_node(const struct tuning_entry *entry, size_t index) {
  const struct yaml_node *list = yaml_get(entry->node, "destinations");
  return list->type == YAML_SEQUENCE ? list->items[index] : list;
}

static void check_destination(const struct config *config, const struct destination_ids *ids,
                              const struct tuning_entry *entry, size_t index,
                              struct problems *problems) {
  struct text id = entry->destinations.items[index];
  const struct yaml_context context = {config->yaml, problems};
  struct suggestion suggestion;
  char shown[128];
  if (!destination_ids_have(ids, id))
    yaml_problem(&context, item_node(entry, index), "tuning: no destination '%s' is configured%s",
                 text_printable(id, shown, sizeof shown),
                 suggestion_find(id, ids->items, ids->count, &suggestion));
}

void load_check_tuning(const struct config *config, struct problems *problems) {
  struct arena arena = ARENA_NONE;
  const struct destination_ids ids = destination_ids_read(config, &arena);
  for (size_t i = 0; i < config->tuning.entry_count; i++)
    for (size_t k = 0; k < config->tuning.entries[i].destinations.count; k++)
      check_destination(config, &ids, &config->tuning.entries[i], k, problems);
  arena_free(&arena);
}

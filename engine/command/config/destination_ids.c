#include "command/config/destination_ids.h"

/* The `id` of an entry of the list as it is written; NULL when it has none. */
static const struct yaml_node *written_id(const struct yaml_node *entry) {
  const struct yaml_node *id = entry->type == YAML_MAPPING ? yaml_get(entry, "id") : NULL;
  return id && id->type == YAML_SCALAR ? id : NULL;
}

struct destination_ids destination_ids_read(const struct config *config, struct arena *arena) {
  const struct yaml_node *root = yaml_root(config->yaml);
  const struct yaml_node *list = root->type == YAML_MAPPING ? yaml_get(root, "destinations") : NULL;
  size_t written = list && list->type == YAML_SEQUENCE ? list->count : 0;
  struct destination_ids ids = {
      arena_alloc(arena, (config->destination_count + written + 1) * sizeof *ids.items), 0, false};
  for (size_t i = 0; i < config->destination_count; i++)
    ids.items[ids.count++] = arena_copy(arena, config->destinations[i].id).data;
  if (written <= config->destination_count)
    return ids;
  for (size_t i = 0; i < written; i++) {
    const struct yaml_node *id = written_id(list->items[i]);
    if (id && memchr(id->value.data, '$', id->value.size))
      ids.open = true;
    else if (id)
      ids.items[ids.count++] = arena_copy(arena, id->value).data;
  }
  return ids;
}

bool destination_ids_have(const struct destination_ids *ids, struct text id) {
  bool found = ids->open;
  for (size_t i = 0; i < ids->count; i++)
    found = found || text_is(id, ids->items[i]);
  return found;
}

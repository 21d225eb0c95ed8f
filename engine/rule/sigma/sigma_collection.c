#include "rule/sigma/sigma_collection.h"

#include <string.h>

static size_t find(const struct yaml_node *map, struct text key) {
  for (size_t i = 0; i < map->count; i++)
    if (text_equal(map->keys[i]->value, key))
      return i;
  return map->count;
}

/* What both say, within each other; where they differ, what the second says. */
static struct yaml_node *merge(struct arena *arena, const struct yaml_node *base,
                               const struct yaml_node *over) {
  struct yaml_node *merged = arena_alloc(arena, sizeof *merged);
  size_t room = base->count + over->count + 1;
  *merged = *over;
  merged->keys = arena_alloc(arena, room * sizeof(struct yaml_node *));
  merged->items = arena_alloc(arena, room * sizeof(struct yaml_node *));
  merged->count = base->count;
  if (base->count) {
    memcpy(merged->keys, base->keys, base->count * sizeof(struct yaml_node *));
    memcpy(merged->items, base->items, base->count * sizeof(struct yaml_node *));
  }
  for (size_t i = 0; i < over->count; i++) {
    size_t at = find(merged, over->keys[i]->value);
    struct yaml_node *item = over->items[i];
    if (at < merged->count && merged->items[at]->type == YAML_MAPPING && item->type == YAML_MAPPING)
      item = merge(arena, merged->items[at], item);
    merged->keys[at] = over->keys[i];
    merged->items[at] = item;
    merged->count += at == merged->count;
  }
  return merged;
}

static const struct yaml_node *with(struct arena *arena, const struct yaml_node *base,
                                    const struct yaml_node *document) {
  return base ? merge(arena, base, document) : document;
}

const struct yaml_node *sigma_collection_take(struct sigma_collection *collection,
                                              const struct yaml_node *document) {
  const struct yaml_node *action = yaml_get(document, "action");
  struct text word = action && action->type == YAML_SCALAR ? action->value : TEXT("");
  if (document->type != YAML_MAPPING)
    return document;
  if (text_is(word, "global")) {
    collection->global = with(collection->arena, collection->global, document);
    return NULL;
  }
  if (text_is(word, "reset")) {
    collection->global = NULL;
    return NULL;
  }
  const struct yaml_node *base =
      text_is(word, "repeat") ? collection->previous : collection->global;
  collection->previous = with(collection->arena, base, document);
  return collection->previous;
}

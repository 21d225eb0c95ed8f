#include "base/settings/kind.h"

const struct kind *kind_find(const struct kind_list *list, struct text name) {
  for (size_t i = 0; i < list->count; i++)
    if (text_is(name, list->items[i]->name))
      return list->items[i];
  return NULL;
}

void kind_append_names(struct buffer *out, const struct kind_list *list) {
  for (size_t i = 0; i < list->count; i++)
    buffer_printf(out, "%s%s", i ? ", " : "", list->items[i]->name);
}

const struct kind *kind_nearest(const struct kind_list *list, struct text name) {
  struct arena arena = ARENA_NONE;
  const char **names = arena_alloc(&arena, (list->count + 1) * sizeof *names);
  for (size_t i = 0; i < list->count; i++)
    names[i] = list->items[i]->name;
  const char *nearest = text_nearest(name, names, list->count);
  const struct kind *kind = nearest ? kind_find(list, text_from(nearest)) : NULL;
  arena_free(&arena);
  return kind;
}

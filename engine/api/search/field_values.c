#include "api/search/field_values.h"

#include "api/search/value_counts.h"
#include "base/json_member.h"

#include <stdlib.h>

#define DEPTH_MAX 4 /* of objects within each other whose fields are listed */

struct field_values {
  struct text path;
  struct value_counts values;
};

struct fields {
  struct arena arena;
  struct field_values items[FIELD_VALUES_FIELDS_MAX];
  size_t count;
  bool given; /* others are not looked at */
  size_t sampled;
};

static struct field_values *field_of(struct fields *fields, struct text path) {
  for (size_t i = 0; i < fields->count; i++)
    if (text_equal(fields->items[i].path, path))
      return &fields->items[i];
  if (fields->count == FIELD_VALUES_FIELDS_MAX)
    return NULL;
  struct field_values *field = &fields->items[fields->count++];
  *field = (struct field_values){.path = arena_copy(&fields->arena, path)};
  return field;
}

/* A value under its path; what is in an object, under longer ones. */
static void take_value(struct fields *fields, struct buffer *path, const struct json_node *node,
                       unsigned depth) {
  if (node->type != JSON_TYPE_OBJECT) {
    struct field_values *field = field_of(fields, buffer_text(path));
    if (field)
      value_counts_add_node(&field->values, node);
    return;
  }
  const size_t size = path->size;
  for (JSON_EACH(member, node)) {
    if (depth == DEPTH_MAX)
      return;
    buffer_append_char(path, '.');
    buffer_append_text(path, json_key(member));
    take_value(fields, path, member, depth + 1);
    path->size = size;
  }
}

static void take_all(struct fields *fields, const struct event *event) {
  struct event_cursor cursor = EVENT_CURSOR_START;
  struct buffer path = BUFFER_NONE;
  struct text key;
  const struct json_node *value;
  while (event_next(event, &cursor, &key, &value)) {
    if (!value || text_starts_folded(key, TEXT("p_")))
      continue;
    buffer_reset(&path);
    buffer_append_text(&path, key);
    take_value(fields, &path, value, 1);
  }
  buffer_free(&path);
}

static bool take_event(void *context, const struct store_event *stored, const struct event *event) {
  struct fields *fields = context;
  (void)stored;
  fields->sampled += event != NULL;
  if (event && !fields->given)
    take_all(fields, event);
  for (size_t i = 0; event && fields->given && i < fields->count; i++)
    value_counts_add_node(&fields->items[i].values, event_path(event, fields->items[i].path));
  return true;
}

bool field_values_append(struct search *search, const struct search_run *run,
                         const struct text *fields, size_t field_count, size_t most,
                         struct buffer *json, struct error *error) {
  struct fields all = {.given = field_count > 0};
  struct search_counts counts;
  for (size_t i = 0; i < field_count; i++)
    field_of(&all, fields[i]);
  bool ok = search_page(search, run, take_event, &all, &counts, error);
  if (ok) {
    json_member_name(json, TEXT("sampled"));
    buffer_printf(json, "%zu,\"complete\":%s,\"fields\":{", all.sampled,
                  counts.late || counts.more ? "false" : "true");
    for (size_t i = 0; i < all.count; i++) {
      json_member_name(json, all.items[i].path);
      value_counts_append(&all.items[i].values, most, json);
    }
    buffer_append_char(json, '}');
  }
  for (size_t i = 0; i < all.count; i++)
    value_counts_clear(&all.items[i].values);
  arena_free(&all.arena);
  return ok;
}

#include "event/schema/schema_path.h"

#include "event/json/json.h"

static const char *nearest_field(const struct field *object, struct text name,
                                 struct arena *arena) {
  const char **names = arena_alloc(arena, (object->field_count + 1) * sizeof *names);
  for (size_t i = 0; i < object->field_count; i++)
    names[i] = arena_copy(arena, object->fields[i].name).data;
  return text_nearest(name, names, object->field_count);
}

/* Any field, also one that no check looks for by its name. */
static const struct field *find_field(const struct field *object, struct text name) {
  for (size_t i = 0; i < object->field_count; i++)
    if (text_equal(object->fields[i].name, name))
      return &object->fields[i];
  return NULL;
}

/* Whether the texts differ in two characters beside each other, or less. */
static bool is_slip(struct text a, struct text b) {
  size_t least = a.size < b.size ? a.size : b.size, most = a.size + b.size - least;
  size_t begin = 0, end = 0;
  while (begin < least && a.data[begin] == b.data[begin])
    begin++;
  while (end < least - begin && a.data[a.size - 1 - end] == b.data[b.size - 1 - end])
    end++;
  return most - begin - end <= 2 && least > 3;
}

static bool has_slip(const struct field *object, struct text name) {
  for (size_t i = 0; i < object->field_count; i++)
    if (is_slip(object->fields[i].name, name))
      return true;
  return false;
}

static bool is_place(struct text part) {
  for (size_t i = 0; i < part.size; i++)
    if (part.data[i] < '0' || part.data[i] > '9')
      return false;
  return part.size > 0;
}

static struct text take_part(struct text *rest) {
  const char *dot = memchr(rest->data, '.', rest->size);
  struct text part = {rest->data, dot ? (size_t)(dot - rest->data) : rest->size};
  *rest = dot ? (struct text){dot + 1, rest->size - part.size - 1} : TEXT("");
  return part;
}

/* What a path goes on in: the elements of lists. */
static const struct field *inside(const struct field *field) {
  while (field && field->type == FIELD_ARRAY)
    field = field->element;
  return field;
}

bool schema_path_find(const struct schema *schema, struct text path, struct arena *arena,
                      struct schema_path_end *end) {
  const struct field level = {
      .type = FIELD_OBJECT, .fields = schema->fields, .field_count = schema->field_count};
  const struct field *at = &level;
  if (text_starts_folded(path, TEXT("p_")) || schema_slot(schema, path) >= 0)
    return true;
  struct text rest = json_path_dotted(path, arena_alloc(arena, path.size + 1));
  while (rest.size > 0 && at && at->type == FIELD_OBJECT && at->field_count > 0) {
    struct text part = take_part(&rest);
    const struct field *next = find_field(at, part);
    if (!next && at != &level && is_place(part))
      continue;
    if (!next && at != &level && !has_slip(at, part))
      return true;
    if (!next) {
      *end = (struct schema_path_end){part, nearest_field(at, part, arena)};
      return false;
    }
    at = inside(next);
  }
  return true;
}

#include "event/schema/data_model_check.h"

#include "base/suggestion.h"
#include "event/json/json.h"

static const char *nearest_field(const struct field *fields, size_t count, struct text name,
                                 struct arena *arena) {
  const char **names = arena_alloc(arena, (count + 1) * sizeof *names);
  for (size_t i = 0; i < count; i++)
    names[i] = arena_copy(arena, fields[i].name).data;
  return text_nearest(name, names, count);
}

/* Any field, also one that no check looks for by its name. */
static int find_field(const struct field *object, struct text name) {
  for (size_t i = 0; i < object->field_count; i++)
    if (text_equal(object->fields[i].name, name))
      return (int)i;
  return -1;
}

static void check_path(const struct data_model *model, const struct schema *schema,
                       const struct data_model_source *source, struct problems *problems) {
  struct field level = {
      .type = FIELD_OBJECT, .fields = schema->fields, .field_count = schema->field_count};
  const struct field *at = &level;
  struct text rest = source->path;
  bool own = text_starts_folded(rest, TEXT("p_")) || schema_slot(schema, rest) >= 0;
  char plain[256];
  if (rest.size <= sizeof plain)
    rest = json_path_dotted(rest, plain);
  while (!own && rest.size > 0 && at->type == FIELD_OBJECT && at->field_count > 0) {
    const char *dot = memchr(rest.data, '.', rest.size);
    struct text part = {rest.data, dot ? (size_t)(dot - rest.data) : rest.size};
    int index = find_field(at, part);
    if (index < 0) {
      struct arena arena = ARENA_NONE;
      struct suggestion suggestion;
      char shown[80];
      const char *near = nearest_field(at->fields, at->field_count, part, &arena);
      if (near || at == &level)
        problems_add(problems, model->file, source->line, 0, "the schema %.*s has no field '%s'%s",
                     TEXT_ARGS(schema->name), text_printable(part, shown, sizeof shown),
                     suggestion_write(near, &suggestion));
      arena_free(&arena);
      return;
    }
    at = &at->fields[index];
    rest = dot ? (struct text){dot + 1, rest.size - part.size - 1} : TEXT("");
  }
}

void data_model_check(const struct data_model *model, const struct schema *schema,
                      struct problems *problems) {
  for (size_t i = 0; i < model->count; i++)
    for (size_t k = 0; k < model->fields[i].count; k++)
      if (model->fields[i].sources[k].path.size)
        check_path(model, schema, &model->fields[i].sources[k], problems);
}

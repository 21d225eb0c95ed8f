#include "event/schema/data_model_check.h"

#include "base/suggestion.h"
#include "event/schema/schema_path.h"

static void check_path(const struct data_model *model, const struct schema *schema,
                       const struct data_model_source *source, struct problems *problems) {
  struct arena arena = ARENA_NONE;
  struct schema_path_end end;
  struct suggestion suggestion;
  char shown[80];
  if (!schema_path_find(schema, source->path, &arena, &end))
    problems_add(problems, model->file, source->line, 0, "the schema %.*s has no field '%s'%s",
                 TEXT_ARGS(schema->name), text_printable(end.part, shown, sizeof shown),
                 suggestion_write(end.nearest, &suggestion));
  arena_free(&arena);
}

void data_model_check(const struct data_model *model, const struct schema *schema,
                      struct problems *problems) {
  for (size_t i = 0; i < model->count; i++)
    for (size_t k = 0; k < model->fields[i].count; k++)
      if (model->fields[i].sources[k].path.size)
        check_path(model, schema, &model->fields[i].sources[k], problems);
}

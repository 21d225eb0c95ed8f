#include "event/schema/data_model.h"

#include <stdlib.h>

#define SOURCES_MAX 32 /* of one field */

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

bool data_model_is(const struct yaml_node *root) {
  return yaml_get(root, "model") != NULL;
}

static bool read_function(const struct yaml_context *context, struct arena *arena,
                          const struct yaml_node *node, struct data_model_source *source) {
  static const char *const known[] = {"function"};
  struct text name;
  char shown[80];
  const struct yaml_node *value = yaml_get(node, "function");
  if (!yaml_known_keys(context, node, "a field's source", known, COUNT(known)))
    return false;
  if (!value)
    return yaml_problem(context, node, "a path, or { function: library.name } is expected");
  if (!yaml_string(context, value, "function", &name))
    return false;
  const char *dot = memrchr(name.data, '.', name.size);
  if (!dot || dot == name.data || dot + 1 == name.data + name.size)
    return yaml_problem(context, value,
                        "function: '%s' is to name a library and its function, as in names.user_of",
                        text_printable(name, shown, sizeof shown));
  size_t size = (size_t)(dot - name.data);
  source->library = arena_copy(arena, (struct text){name.data, size});
  source->function = arena_copy(arena, (struct text){dot + 1, name.size - size - 1});
  return true;
}

static bool read_source(const struct yaml_context *context, struct arena *arena,
                        const struct yaml_node *node, struct data_model_source *source) {
  struct text path;
  source->line = node->line;
  if (node->type == YAML_MAPPING)
    return read_function(context, arena, node, source);
  if (!yaml_string(context, node, "a path", &path))
    return false;
  if (path.size == 0 || path.data[0] == '.' || path.data[path.size - 1] == '.')
    return yaml_problem(context, node, "a path is names with dots between them");
  if (path.data[0] == '$')
    return yaml_problem(context, node,
                        "a path begins with a field's name, without '$': payload.object.email");
  source->path = arena_copy(arena, path);
  return true;
}

static bool read_field(const struct yaml_context *context, struct arena *arena,
                       const struct yaml_node *key, const struct yaml_node *value,
                       struct data_model_field *field) {
  bool is_list = value->type == YAML_SEQUENCE, good = true;
  size_t count = is_list ? value->count : 1;
  char shown[80];
  text_printable(key->value, shown, sizeof shown);
  if (key->value.size == 0)
    return yaml_problem(context, key, "a field needs a name");
  if (count == 0 || count > SOURCES_MAX)
    return yaml_problem(context, value, "%s: 1 to %d paths are expected", shown, SOURCES_MAX);
  struct data_model_source *sources = arena_alloc(arena, count * sizeof *sources);
  for (size_t i = 0; i < count; i++)
    good &= read_source(context, arena, is_list ? value->items[i] : value, &sources[i]);
  *field = (struct data_model_field){
      .name = arena_copy(arena, key->value), .sources = sources, .count = count};
  return good;
}

bool data_model_read(const struct yaml_context *context, struct arena *arena,
                     struct data_model *model) {
  static const char *const known[] = {"model", "description", "fields"};
  const struct yaml_node *root = yaml_root(context->yaml), *name = yaml_get(root, "model"),
                         *list = yaml_get(root, "fields");
  bool good = yaml_known_keys(context, root, "a data model", known, COUNT(known));
  good &= yaml_string(context, name, "model", &model->log_type);
  if (!list)
    return yaml_problem(context, root, "the key 'fields' is missing");
  if (!yaml_expect(context, list, YAML_MAPPING, "fields") || !good)
    return false;
  if (list->count > DATA_MODEL_FIELDS_MAX)
    return yaml_problem(context, list, "more than %d fields", DATA_MODEL_FIELDS_MAX);
  struct data_model_field *fields = arena_alloc(arena, (list->count + 1) * sizeof *fields);
  for (size_t i = 0; i < list->count; i++)
    good &= read_field(context, arena, list->keys[i], list->items[i], &fields[i]);
  model->log_type = arena_copy(arena, model->log_type);
  model->file = arena_copy_string(arena, yaml_name(context->yaml));
  model->line = name->line;
  model->fields = fields;
  model->count = list->count;
  return good;
}

const struct data_model_field *data_model_find(const struct data_model *model, struct text name) {
  for (size_t i = 0; i < model->count; i++)
    if (text_equal(model->fields[i].name, name))
      return &model->fields[i];
  return NULL;
}

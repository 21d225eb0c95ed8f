/* Schema sets: finding the files, keeping the schemas in order, looking them up. */
#include "event/schema/schema.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "base/suggestion.h"
#include "event/schema/data_model_check.h"
#include "event/schema/schema_read.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#define DIRECTORY_DEPTH_MAX 16 /* also ends a loop of symbolic links */

static int schema_order(const void *left, const void *right) {
  const struct schema *a = left, *b = right;
  return text_compare(a->name, b->name);
}

/* A set while it is loaded. */
struct loading {
  struct schema_set *set;
  size_t capacity, model_capacity;
  struct problems *problems;
  size_t problems_before;
};

static void load_model(struct loading *loading, const struct yaml *yaml) {
  struct schema_set *set = loading->set;
  struct yaml_context context = {.yaml = yaml, .problems = loading->problems};
  struct data_model *model = arena_alloc(&set->arena, sizeof *model);
  if (!data_model_read(&context, &set->arena, model))
    return;
  for (size_t i = 0; i < set->model_count; i++)
    if (text_equal(set->models[i]->log_type, model->log_type)) {
      yaml_problem(&context, yaml_get(yaml_root(yaml), "model"),
                   "the model of '%s' is in %s already", model->log_type.data,
                   set->models[i]->file);
      return;
    }
  set->models = memory_reserve(set->models, &loading->model_capacity, set->model_count + 1,
                               sizeof *set->models);
  set->models[set->model_count++] = model;
}

static void load_yaml(struct loading *loading, const struct yaml *yaml) {
  struct arena *arena = &loading->set->arena;
  struct schema_reader reader = {
      .context = {.yaml = yaml, .problems = loading->problems},
      .arena = arena,
  };
  struct schema schema = {.file = arena_copy_string(arena, yaml_name(yaml))};
  const struct yaml_node *root = yaml_root(yaml);
  if (data_model_is(root)) {
    load_model(loading, yaml);
    return;
  }
  if (!schema_read(&reader, root, &schema))
    return;

  struct schema_set *set = loading->set;
  for (size_t i = 0; i < set->count; i++) {
    if (text_equal(set->schemas[i].name, schema.name)) {
      yaml_problem(&reader.context, yaml_get(root, "schema"), "schema '%s' is in %s already",
                   schema.name.data, set->schemas[i].file);
      return;
    }
  }
  set->schemas =
      memory_reserve(set->schemas, &loading->capacity, set->count + 1, sizeof *set->schemas);
  set->schemas[set->count++] = schema;
}

static void load_file(struct loading *loading, const char *path, enum file_kinds kinds) {
  struct error error = ERROR_NONE;
  struct yaml *yaml = yaml_load_file(path, kinds, &error);
  if (!yaml) {
    problems_add_error(loading->problems, &error);
    return;
  }
  load_yaml(loading, yaml);
  yaml_free(yaml);
}

static int visible(const struct dirent *entry) {
  return entry->d_name[0] != '.';
}

static bool is_schema_file(const char *name) {
  return text_ends_folded(text_from(name), TEXT(".yml")) ||
         text_ends_folded(text_from(name), TEXT(".yaml"));
}

static bool load_directory(struct loading *loading, const char *path,
                           const struct folder_place *above, unsigned depth);

/* What is neither a folder nor called like a schema is passed over. */
static void load_entry(struct loading *loading, const char *path, const struct folder_place *place,
                       unsigned depth) {
  struct stat status;
  bool is_folder = stat(path, &status) == 0 && S_ISDIR(status.st_mode);
  if (is_folder && depth >= DIRECTORY_DEPTH_MAX)
    problems_add(loading->problems, path, 0, 0, "folders nested too deep");
  else if (is_folder)
    load_directory(loading, path, place, depth + 1);
  else if (is_schema_file(path))
    load_file(loading, path, FILE_REGULAR);
}

static bool load_directory(struct loading *loading, const char *path,
                           const struct folder_place *above, unsigned depth) {
  struct folder_place place;
  if (!folder_enter(path, above, &place))
    return true;
  struct dirent **entries = NULL;
  int count = scandir(path, &entries, visible, alphasort);
  if (count < 0)
    return problems_add(loading->problems, path, 0, 0, "cannot read the directory: %s",
                        strerror(errno));
  for (int i = 0; i < count; i++) {
    struct buffer child = BUFFER_NONE;
    buffer_printf(&child, "%s/%s", path, entries[i]->d_name);
    load_entry(loading, child.data, &place, depth);
    buffer_free(&child);
    free(entries[i]);
  }
  free(entries);
  return true;
}

static void report_unknown_log_type(const struct loading *loading, const struct data_model *model) {
  const struct schema_set *set = loading->set;
  const char **names = memory_alloc_array(set->count + 1, sizeof *names);
  char shown[80];
  for (size_t i = 0; i < set->count; i++)
    names[i] = set->schemas[i].name.data;
  struct suggestion suggestion;
  problems_add(loading->problems, model->file, model->line, 0, "model: there is no schema '%s'%s",
               text_printable(model->log_type, shown, sizeof shown),
               suggestion_find(model->log_type, names, set->count, &suggestion));
  free(names);
}

/* Gives each schema its model. `whole`: every schema could be read. */
static void add_models(struct loading *loading, bool whole) {
  struct schema_set *set = loading->set;
  for (size_t i = 0; i < set->model_count; i++) {
    const struct data_model *model = set->models[i];
    struct schema *schema = NULL;
    for (size_t k = 0; k < set->count && !schema; k++)
      if (text_equal(set->schemas[k].name, model->log_type))
        schema = &set->schemas[k];
    if (schema) {
      schema->model = model;
      data_model_check(model, schema, loading->problems);
    } else if (whole) {
      report_unknown_log_type(loading, model);
    }
  }
}

static struct schema_set *finish(struct loading *loading) {
  struct schema_set *set = loading->set;
  if (set->count > 1)
    qsort(set->schemas, set->count, sizeof *set->schemas, schema_order);
  add_models(loading, loading->problems->count == loading->problems_before);
  return set;
}

static bool load_path(struct loading *loading, const char *path) {
  struct stat status;
  bool readable = stat(path, &status) == 0;
  if (readable && S_ISDIR(status.st_mode))
    return load_directory(loading, path, NULL, 0);
  load_file(loading, path, FILE_HANDED_OVER);
  return readable;
}

struct schema_set *schema_set_load(const char *path, struct problems *problems) {
  return schema_set_load_all(&path, 1, problems);
}

struct schema_set *schema_set_load_all(const char *const *paths, size_t count,
                                       struct problems *problems) {
  struct loading loading = {.set = memory_alloc(sizeof *loading.set),
                            .problems = problems,
                            .problems_before = problems->count};
  bool readable = true;
  for (size_t i = 0; i < count; i++)
    readable = load_path(&loading, paths[i]) && readable;
  if (!readable) {
    schema_set_free(loading.set);
    return NULL;
  }
  return finish(&loading);
}

struct schema_set *schema_set_load_text(struct text text, const char *name,
                                        struct problems *problems) {
  struct loading loading = {.set = memory_alloc(sizeof *loading.set),
                            .problems = problems,
                            .problems_before = problems->count};
  struct error error = ERROR_NONE;
  struct yaml *yaml = yaml_load_text(text, name, &error);
  if (yaml)
    load_yaml(&loading, yaml);
  else
    problems_add_error(problems, &error);
  yaml_free(yaml);
  return finish(&loading);
}

void schema_set_warn(const struct schema_set *set, struct problems *warnings) {
  for (size_t i = 0; i < set->count; i++)
    for (size_t k = 0; k < set->schemas[i].unused_count; k++) {
      const struct schema_unused *unused = &set->schemas[i].unused[k];
      problems_add(warnings, set->schemas[i].file, unused->line, 0,
                   "warning: the key '%s' is not used: %s", unused->key, unused->reason);
    }
}

void schema_set_free(struct schema_set *set) {
  if (!set)
    return;
  arena_free(&set->arena);
  free(set->schemas);
  free(set->models);
  free(set);
}

const struct schema *schema_find(const struct schema_set *set, struct text name) {
  size_t low = 0, high = set->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int order = text_compare(name, set->schemas[middle].name);
    if (order == 0)
      return &set->schemas[middle];
    if (order < 0)
      high = middle;
    else
      low = middle + 1;
  }
  return NULL;
}

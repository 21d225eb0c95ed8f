#include "rule/load/rule_pack_read.h"

#include "base/suggestion.h"
#include "base/yaml/yaml.h"

static bool read_name(const struct yaml_context *context, const struct yaml_node *root,
                      struct text *name) {
  const struct yaml_node *node = yaml_get(root, "name");
  if (!node)
    return yaml_problem(context, root, "a pack needs 'name', as in zoom-core");
  return yaml_string(context, node, "name", name) &&
         (rule_pack_is_name(*name) ||
          yaml_problem(context, node, "name must have 1 to %d of a-z, 0-9 and '-', as in zoom-core",
                       RULE_PACK_MAX));
}

static bool read_mode(const struct yaml_context *context, const struct yaml_node *root,
                      struct rule_pack *pack) {
  const struct yaml_node *node = yaml_get(root, "mode");
  struct text mode;
  char shown[40];
  struct suggestion suggestion;
  if (!node)
    return yaml_problem(context, root, "a pack needs 'mode': alert, signal or off");
  if (!yaml_string(context, node, "mode", &mode))
    return false;
  pack->line = node->line;
  for (int i = 0; i < RULE_MODE_COUNT; i++)
    if (text_is(mode, rule_mode_names[i])) {
      pack->mode = (enum rule_mode)i;
      return true;
    }
  return yaml_problem(context, node, "mode '%s' is none of alert, signal, off%s",
                      text_printable(mode, shown, sizeof shown),
                      suggestion_find(mode, rule_mode_names, RULE_MODE_COUNT, &suggestion));
}

static bool read(const struct yaml_context *context, const struct yaml_node *root,
                 struct rule_pack *pack) {
  static const char *const keys[] = {"name", "mode", "description"};
  const struct yaml_node *description = yaml_get(root, "description");
  return yaml_expect(context, root, YAML_MAPPING, "a pack") &&
         yaml_known_keys(context, root, "a pack", keys, sizeof keys / sizeof *keys) &&
         read_name(context, root, &pack->name) && read_mode(context, root, pack) &&
         (!description || yaml_string(context, description, "description", &pack->description));
}

bool rule_pack_read(struct arena *arena, const struct rule_file *file, struct rule_pack *pack,
                    struct problems *problems) {
  struct error error = ERROR_NONE;
  *pack = (struct rule_pack){.description = TEXT("")};
  struct yaml *yaml = yaml_load_text(file->source, file->path, &error);
  if (!yaml)
    return problems_add_error(problems, &error);
  const struct yaml_context context = {yaml, problems};
  bool ok = read(&context, yaml_root(yaml), pack);
  pack->name = arena_copy(arena, pack->name);
  pack->description = arena_copy(arena, pack->description);
  pack->file = arena_copy_string(arena, file->path);
  yaml_free(yaml);
  return ok;
}

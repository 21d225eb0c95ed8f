#include "rule/vm/rule_model_text.h"

#include "event/schema/data_model.h"
#include "rule/binding/event_own_field.h"
#include "rule/binding/event_view.h"
#include "rule/vm/rule_vm_internal.h"

#include <stdio.h>

/* Whether the source is a field of the record: what most models say, and costs no Lua. */
static bool is_plain_path(const struct rule_vm *vm, const struct data_model_source *source) {
  return source->path.size && !event_hides_field(vm->binding.event, source->path);
}

static struct text text_of(struct rule_vm *vm, const struct json_node *node) {
  if (!node)
    return TEXT("");
  switch (node->type) {
  case JSON_TYPE_STRING:
    return json_text(node);
  case JSON_TYPE_INT:
  case JSON_TYPE_UINT:
  case JSON_TYPE_LARGE:
  case JSON_TYPE_DOUBLE:
    buffer_reset(&vm->buffer);
    json_write(&vm->buffer, node);
    return arena_copy(&vm->arena, buffer_text(&vm->buffer));
  default:
    return TEXT("");
  }
}

/* As event:udm(name) in a rule. */
static struct text ask_model(struct rule_vm *vm, const struct rule *rule,
                             const struct data_model *model, struct text name,
                             struct problems *notes) {
  lua_State *lua = sandbox_lua(vm->sandbox);
  struct error error = ERROR_NONE;
  struct text text = TEXT("");
  if (!rule_vm_call_model(vm, rule, name.data, &error)) {
    error_prefix(&error, "%s", name.data);
    if (!error.file[0])
      snprintf(error.file, sizeof error.file, "%s", model->file);
    problems_add_error(notes, &error);
    return text;
  }
  int type = lua_type(lua, -1);
  if (type == LUA_TSTRING || type == LUA_TNUMBER) {
    text.data = lua_tolstring(lua, -1, &text.size);
    text = arena_copy(&vm->arena, text);
  }
  lua_pop(lua, 1);
  return text;
}

struct text rule_vm_model_text(struct rule_vm *vm, const struct rule *rule, struct text name,
                               struct problems *notes) {
  const struct schema *schema = vm->binding.event->schema;
  const struct data_model *model = schema ? schema->model : NULL;
  const struct data_model_field *field = model ? data_model_find(model, name) : NULL;
  for (size_t i = 0; field && i < field->count; i++) {
    if (!is_plain_path(vm, &field->sources[i]))
      return ask_model(vm, rule, model, name, notes);
    struct text text = text_of(vm, event_path(vm->binding.event, field->sources[i].path));
    if (text.size)
      return text;
  }
  return TEXT("");
}

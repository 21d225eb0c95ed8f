#include "rule/binding/event_model.h"

#include "rule/binding/event_own_field.h"
#include "rule/binding/event_view.h"
#include "rule/sandbox/sandbox_limit.h"
#include "rule/sandbox/sandbox_module.h"

#include <lauxlib.h>

/* Children that a path passes over for the price of one VM instruction. */
#define NODES_PER_WORK 64

/* Some records have "" for what is not known. */
static bool has_value(lua_State *lua) {
  return lua_type(lua, -1) == LUA_TSTRING ? lua_rawlen(lua, -1) > 0 : !lua_isnil(lua, -1);
}

static void push_path(lua_State *lua, struct event_binding *binding, struct text path) {
  const struct event *event = binding->event;
  sandbox_charge(lua, 1 + event->root->skip / NODES_PER_WORK);
  if (!event_push_own_field(lua, binding, path))
    view_push_node(lua, binding, event_hides_field(event, path) ? NULL : event_path(event, path));
}

/* Calls the library's function with the event, which is argument 1. */
static void push_result(lua_State *lua, const struct data_model_source *source) {
  sandbox_require(lua, source->library);
  if (lua_istable(lua, -1))
    lua_getfield(lua, -1, source->function.data);
  else
    lua_pushnil(lua);
  if (!lua_isfunction(lua, -1))
    luaL_error(lua, "the data model asks for %s.%s, which is no function", source->library.data,
               source->function.data);
  lua_remove(lua, -2);
  lua_pushvalue(lua, 1);
  lua_call(lua, 1, 1);
}

int view_udm(lua_State *lua) {
  struct view *view = view_check(lua, 1);
  struct event_binding *binding = view->binding;
  struct text name;
  name.data = luaL_checklstring(lua, 2, &name.size);
  if (view->node)
    return luaL_error(lua, "udm asks the whole event: event:udm(\"%s\")", name.data);
  const struct schema *schema = binding->event->schema;
  const struct data_model *model = schema ? schema->model : NULL;
  const struct data_model_field *field = model ? data_model_find(model, name) : NULL;
  lua_settop(lua, 2);
  for (size_t i = 0; field && i < field->count; i++) {
    const struct data_model_source *source = &field->sources[i];
    if (source->path.size)
      push_path(lua, binding, source->path);
    else
      push_result(lua, source);
    if (has_value(lua))
      return 1;
    lua_settop(lua, 2);
  }
  lua_pushnil(lua);
  return 1;
}

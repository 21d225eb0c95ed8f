#include "rule/binding/event_view.h"

#include "rule/binding/event_own_field.h"
#include "rule/binding/lua_json_push.h"
#include "rule/sandbox/sandbox_limit.h"

#include <lauxlib.h>

/* Children that a C loop passes over for the price of one VM instruction. */
#define NODES_PER_WORK 4

/* Its address marks the metatables of views. */
static const char view_key;

void view_mark_metatable(lua_State *lua) {
  lua_pushboolean(lua, true);
  lua_rawsetp(lua, -2, &view_key);
}

void view_refuse_stale(lua_State *lua) {
  luaL_error(lua, "this event is gone: a rule must not keep it, use event:to_table()");
}

struct view *view_test(lua_State *lua, int index) {
  if (!lua_isuserdata(lua, index) || !lua_getmetatable(lua, index))
    return NULL;
  bool is_view = lua_rawgetp(lua, -1, &view_key) != LUA_TNIL;
  lua_pop(lua, 2);
  return is_view ? lua_touserdata(lua, index) : NULL;
}

struct view *view_check(lua_State *lua, int index) {
  struct view *view = view_test(lua, index);
  if (!view) {
    /* event.get("x") is what the hand writes that knows other languages. */
    luaL_error(lua, "a method is called with a colon, as in event:get(\"field\")");
    return NULL;
  }
  if (!view_is_current(view))
    view_refuse_stale(lua);
  return view;
}

static void push_view(lua_State *lua, struct event_binding *binding, const struct json_node *node) {
  struct view *view = lua_newuserdatauv(lua, sizeof *view, 0);
  *view = (struct view){.binding = binding, .generation = binding->generation, .node = node};
  lua_rawgeti(lua, LUA_REGISTRYINDEX, binding->references.view);
  lua_setmetatable(lua, -2);
}

void view_push_node(lua_State *lua, struct event_binding *binding, const struct json_node *node) {
  if (!lua_json_push_scalar(lua, node))
    push_view(lua, binding, node);
}

static const struct json_node *element(lua_State *lua, struct view *view, lua_Integer position) {
  const struct json_node *array = view->node;
  if (position < 1 || position > array->size)
    return NULL;
  uint32_t index = (uint32_t)(position - 1), at = 0;
  const struct json_node *node = array + 1;
  if (view->cursor && view->cursor_index <= index) {
    node = view->cursor;
    at = view->cursor_index;
  }
  sandbox_charge(lua, (index - at) / NODES_PER_WORK);
  for (; at < index; at++)
    node = json_next(node);
  view->cursor = node;
  view->cursor_index = index;
  return node;
}

static struct text key_at(lua_State *lua, int index) {
  struct text key = {NULL, 0};
  if (lua_type(lua, index) == LUA_TSTRING)
    key.data = lua_tolstring(lua, index, &key.size);
  return key;
}

const struct json_node *view_member(lua_State *lua, struct view *view, int key_index) {
  const struct event *event = view->binding->event;
  if (view->node && view->node->type == JSON_TYPE_ARRAY) {
    int is_integer = false;
    lua_Integer position =
        lua_type(lua, key_index) == LUA_TNUMBER ? lua_tointegerx(lua, key_index, &is_integer) : 0;
    return is_integer ? element(lua, view, position) : NULL;
  }
  struct text key = key_at(lua, key_index);
  if (!key.data)
    return NULL;
  if (!view->node)
    return event_hides_field(event, key) ? NULL : event_get(event, key);
  sandbox_charge(lua, view->node->size / NODES_PER_WORK);
  return json_get(view->node, key);
}

/* The key stays. */
void view_push_member(lua_State *lua, struct view *view, int key_index) {
  struct text key = view->node ? (struct text){NULL, 0} : key_at(lua, key_index);
  if (!key.data || !event_push_own_field(lua, view->binding, key))
    view_push_node(lua, view->binding, view_member(lua, view, key_index));
}

uint32_t view_node_count(const struct view *view) {
  return view->node ? view->node->skip : view->binding->event->root->skip;
}

void view_write(const struct view *view, struct buffer *buffer) {
  if (view->node)
    json_write(buffer, view->node);
  else
    event_write(view->binding->event, buffer);
}

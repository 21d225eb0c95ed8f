#include "rule/event_binding.h"

#include "rule/event_view.h"
#include "rule/sandbox.h"

#include <lauxlib.h>

/* Children that a C loop passes over for the price of one VM instruction. */
#define NODES_PER_WORK 4
#define NODE_BYTES_PER_WORK 16
/* Fields that rules ask for, usually. */
#define FIELDS_EXPECTED 8

/*
 * How `event.field` is found. Rules ask for the same few fields of an event again and again, so the
 * current event's value has a metatable of its own (at root_key), whose __index is a table of the
 * fields that were asked for: Lua finds those by itself, without a call. Only what the table does
 * not have yet comes to read_missing_field. With the next event the value gets the metatable of all
 * other views (at view_key), whose __index is a function and knows what is gone.
 *
 * Registry keys: their addresses. event_key: the current event's value; fields_key: the metatable
 * of that table; methods_key: the methods. view_key also marks the metatables of views.
 */
static const char binding_key, event_key, root_key, fields_key, view_key, methods_key;

/* Upvalues of the functions that read fields. */
enum { METHODS = 1, BINDING };

static bool is_current(const struct view *view) {
  return view->generation == view->binding->generation && view->binding->event;
}

static void refuse_stale(lua_State *lua) {
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
  if (!is_current(view))
    refuse_stale(lua);
  return view;
}

static void push_view(lua_State *lua, struct event_binding *binding, const struct json_node *node) {
  struct view *view = lua_newuserdatauv(lua, sizeof *view, 0);
  *view = (struct view){.binding = binding, .generation = binding->generation, .node = node};
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &view_key);
  lua_setmetatable(lua, -2);
}

void event_binding_set(struct event_binding *binding, const struct event *event) {
  binding->event = event;
  binding->generation++;
}

void event_binding_push(lua_State *lua) {
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &binding_key);
  struct event_binding *binding = lua_touserdata(lua, -1);
  lua_pop(lua, 1);
  if (lua_rawgetp(lua, LUA_REGISTRYINDEX, &event_key) != LUA_TNIL) {
    lua_rawgetp(lua, LUA_REGISTRYINDEX, &view_key);
    lua_setmetatable(lua, -2);
  }
  lua_pop(lua, 1);
  push_view(lua, binding, NULL);
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &root_key);
  lua_createtable(lua, 0, FIELDS_EXPECTED);
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &fields_key);
  lua_setmetatable(lua, -2);
  lua_setfield(lua, -2, "__index");
  lua_setmetatable(lua, -2);
  lua_pushvalue(lua, -1);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &event_key);
}

void view_push_node(lua_State *lua, struct event_binding *binding, const struct json_node *node) {
  switch (node ? node->type : JSON_TYPE_NULL) {
  case JSON_TYPE_NULL:
    lua_pushnil(lua);
    break;
  case JSON_TYPE_FALSE:
  case JSON_TYPE_TRUE:
    lua_pushboolean(lua, node->type == JSON_TYPE_TRUE);
    break;
  case JSON_TYPE_INT:
    lua_pushinteger(lua, node->value.integer);
    break;
  case JSON_TYPE_UINT: /* beyond Lua's integers */
    lua_pushnumber(lua, (lua_Number)node->value.unsigned_integer);
    break;
  case JSON_TYPE_DOUBLE:
    lua_pushnumber(lua, node->value.real);
    break;
  case JSON_TYPE_STRING:
    lua_pushlstring(lua, node->value.string, node->size);
    break;
  default:
    push_view(lua, binding, node);
  }
}

/* ---- reading ---- */

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

/* Pushes the value under the key at the top of the stack, which stays. */
void view_push_member(lua_State *lua, struct view *view, int key_index) {
  const struct event *event = view->binding->event;
  int type = lua_type(lua, key_index);
  if (type == LUA_TNUMBER && view->node && view->node->type == JSON_TYPE_ARRAY) {
    int is_integer;
    lua_Integer position = lua_tointegerx(lua, key_index, &is_integer);
    view_push_node(lua, view->binding, is_integer ? element(lua, view, position) : NULL);
    return;
  }
  struct text key = {NULL, 0};
  if (type == LUA_TSTRING)
    key.data = lua_tolstring(lua, key_index, &key.size);
  if (!key.data) {
    lua_pushnil(lua);
  } else if (view->node) {
    sandbox_charge(lua, view->node->size / NODES_PER_WORK);
    view_push_node(lua, view->binding, json_get(view->node, key));
  } else if (!event_push_own_field(lua, view->binding, key)) {
    view_push_node(lua, view->binding,
                   event_hides_field(event, key) ? NULL : event_get(event, key));
  }
}

/* Pushes a method, or the value under the key at `key_index`. */
static void push_field(lua_State *lua, struct view *view, int key_index) {
  if (lua_type(lua, key_index) == LUA_TSTRING) {
    lua_pushvalue(lua, key_index);
    if (lua_rawget(lua, lua_upvalueindex(METHODS)) != LUA_TNIL)
      return;
    lua_pop(lua, 1);
  }
  view_push_member(lua, view, key_index);
}

/* __index of views. No rule can reach this function, only Lua calls it, with a view. */
static int view_index(lua_State *lua) {
  struct view *view = lua_touserdata(lua, 1);
  if (!is_current(view))
    refuse_stale(lua);
  push_field(lua, view, 2);
  return 1;
}

/* __index of the table of the current event's fields: reads one more into it. */
static int read_missing_field(lua_State *lua) {
  struct event_binding *binding = lua_touserdata(lua, lua_upvalueindex(BINDING));
  struct view view = {.binding = binding, .generation = binding->generation};
  if (!is_current(&view))
    refuse_stale(lua);
  push_field(lua, &view, 2);
  if (lua_type(lua, 2) == LUA_TSTRING && !lua_isnil(lua, -1)) {
    lua_pushvalue(lua, 2);
    lua_pushvalue(lua, -2);
    lua_rawset(lua, 1);
  }
  return 1;
}

static int view_refuse(lua_State *lua) {
  return luaL_error(lua, "event is read-only");
}

static int view_length(lua_State *lua) {
  struct view *view = view_check(lua, 1);
  lua_pushinteger(lua, view->node ? view->node->size : view->binding->event->root->size);
  return 1;
}

static void write_view(const struct view *view, struct buffer *buffer) {
  if (view->node)
    json_write(buffer, view->node);
  else
    event_write(view->binding->event, buffer);
}

enum event_binding_written event_binding_write(lua_State *lua, int index, struct buffer *buffer) {
  const struct view *view = view_test(lua, index);
  if (!view)
    return EVENT_BINDING_NO_VIEW;
  if (!is_current(view))
    return EVENT_BINDING_STALE;
  write_view(view, buffer);
  return EVENT_BINDING_WRITTEN;
}

uint32_t view_node_count(const struct view *view) {
  return view->node ? view->node->skip : view->binding->event->root->skip;
}

static size_t view_bytes(const struct view *view) {
  return view->binding->event->record.size + view_node_count(view);
}

static int view_tostring(lua_State *lua) {
  struct view *view = view_check(lua, 1);
  struct buffer *scratch = &view->binding->scratch;
  sandbox_charge(lua, view_bytes(view) / NODE_BYTES_PER_WORK);
  buffer_reset(scratch);
  write_view(view, scratch);
  lua_pushlstring(lua, buffer_text(scratch).data, scratch->size);
  return 1;
}

/* Views are equal when their JSON is, whatever the order of members. */
static int view_equal(lua_State *lua) {
  if (!view_test(lua, 1) || !view_test(lua, 2)) {
    lua_pushboolean(lua, false);
    return 1;
  }
  struct view *left = view_check(lua, 1), *right = view_check(lua, 2);
  bool equal = left->node == right->node;
  if (!equal && left->node && right->node && left->node->type == right->node->type &&
      left->node->size == right->node->size) {
    struct buffer *scratch = &left->binding->scratch;
    sandbox_charge(lua, view_bytes(left) / NODE_BYTES_PER_WORK * 4);
    buffer_reset(scratch);
    json_write_canonical(scratch, left->node);
    size_t size = scratch->size;
    json_write_canonical(scratch, right->node);
    equal = scratch->size == 2 * size && memcmp(scratch->data, scratch->data + size, size) == 0;
  }
  lua_pushboolean(lua, equal);
  return 1;
}

static const luaL_Reg methods[] = {
    {"get", view_get},
    {"deep_get", view_deep_get},
    {"deep_walk", view_deep_walk},
    {"event_time", view_event_time},
    {"lookup", view_lookup},
    {"udm", view_udm},
    {"to_table", view_to_table},
    {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__newindex", view_refuse}, {"__len", view_length},        {"__pairs", view_pairs},
    {"__eq", view_equal},        {"__tostring", view_tostring}, {NULL, NULL},
};

/* Pushes a metatable of views without its __index. */
static void push_metatable(lua_State *lua) {
  luaL_newlib(lua, metamethods);
  lua_pushliteral(lua, "event");
  lua_setfield(lua, -2, "__name");
  lua_pushboolean(lua, false);
  lua_setfield(lua, -2, "__metatable");
  lua_pushboolean(lua, true);
  lua_rawsetp(lua, -2, &view_key);
}

void event_binding_push_methods(lua_State *lua) {
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &methods_key);
}

static void set_index(lua_State *lua, struct event_binding *binding, lua_CFunction function) {
  event_binding_push_methods(lua);
  lua_pushlightuserdata(lua, binding);
  lua_pushcclosure(lua, function, 2);
  lua_setfield(lua, -2, "__index");
}

void event_binding_open(lua_State *lua, struct event_binding *binding) {
  lua_pushlightuserdata(lua, binding);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &binding_key);
  luaL_newlib(lua, methods);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &methods_key);
  push_metatable(lua);
  set_index(lua, binding, view_index);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &view_key);
  push_metatable(lua);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &root_key);
  lua_newtable(lua);
  set_index(lua, binding, read_missing_field);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &fields_key);
}

void event_binding_close(struct event_binding *binding) {
  buffer_free(&binding->scratch);
}

#include "rule/binding/event_binding.h"

#include "rule/binding/event_answer.h"
#include "rule/binding/event_lookup.h"
#include "rule/binding/event_model.h"
#include "rule/binding/event_view.h"
#include "rule/binding/event_walk.h"
#include "rule/sandbox/sandbox_freeze.h"
#include "rule/sandbox/sandbox_limit.h"

#include <lauxlib.h>

/* Bytes of JSON that are written for the price of one VM instruction. */
#define NODE_BYTES_PER_WORK 16
/* More fields than rules usually ask for: a table that held more of one event is not used again. */
#define FIELDS_KEPT_MAX 64
/* Places in that table: twice what rules ask for, so that few names share one. */
#define FIELDS_EXPECTED 32

/*
 * How `event.field` is found. Rules ask for the same few fields of an event again and again, so the
 * current event's value has a metatable of its own (root), whose __index is a table of the fields
 * that were asked for: Lua finds those by itself, without a call. Only what the table does not have
 * yet comes to read_missing_field. With the next event the value gets the metatable of all other
 * views (view), whose __index is a function and knows what is gone. Then no rule can reach the
 * table any more, and it is emptied for that next event, name by name: to make one costs as much as
 * a rule.
 *
 * Registry key: its address.
 */
static const char methods_key;

/* Upvalues of the functions that read fields. */
enum { METHODS = 1, BINDING };

void event_binding_set(struct event_binding *binding, const struct event *event) {
  binding->event = event;
  binding->answers = NULL;
  binding->generation++;
}

static void get_reference(lua_State *lua, int reference) {
  lua_rawgeti(lua, LUA_REGISTRYINDEX, reference);
}

/* Puts the value at the top of the stack into the place of the referenced one, and pops it. */
static void set_reference(lua_State *lua, int reference) {
  lua_rawseti(lua, LUA_REGISTRYINDEX, reference);
}

/* A new table of fields, behind the metatable of the current event's value. */
static void make_fields(lua_State *lua, struct event_binding *binding) {
  lua_newtable(lua);
  set_reference(lua, binding->references.names);
  get_reference(lua, binding->references.root);
  lua_createtable(lua, 0, FIELDS_EXPECTED);
  get_reference(lua, binding->references.missing);
  lua_setmetatable(lua, -2);
  lua_pushvalue(lua, -1);
  set_reference(lua, binding->references.fields);
  lua_setfield(lua, -2, "__index");
  lua_pop(lua, 1);
  binding->field_count = 0;
}

static void forget_fields(lua_State *lua, struct event_binding *binding) {
  if (binding->field_count == 0)
    return;
  if (binding->field_count > FIELDS_KEPT_MAX) {
    make_fields(lua, binding);
    return;
  }
  get_reference(lua, binding->references.fields);
  get_reference(lua, binding->references.names);
  for (; binding->field_count > 0; binding->field_count--) {
    lua_rawgeti(lua, -1, binding->field_count);
    lua_pushnil(lua);
    lua_rawset(lua, -4);
  }
  lua_pop(lua, 2);
}

void event_binding_push(lua_State *lua, struct event_binding *binding) {
  const struct event_binding_references *references = &binding->references;
  get_reference(lua, references->event);
  if (lua_isuserdata(lua, -1)) {
    get_reference(lua, references->view);
    lua_setmetatable(lua, -2);
  }
  lua_pop(lua, 1);
  forget_fields(lua, binding);
  struct view *view = lua_newuserdatauv(lua, sizeof *view, 0);
  *view = (struct view){.binding = binding, .generation = binding->generation};
  get_reference(lua, references->root);
  lua_setmetatable(lua, -2);
  lua_pushvalue(lua, -1);
  set_reference(lua, references->event);
}

/* ---- reading ---- */

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
  if (!view_is_current(view))
    view_refuse_stale(lua);
  push_field(lua, view, 2);
  return 1;
}

/* Puts the value at the top of the stack into the table at 1 under the name at 2, which is noted
 * first: want of memory may end this anywhere. */
static void keep_field(lua_State *lua, struct event_binding *binding) {
  get_reference(lua, binding->references.names);
  lua_pushvalue(lua, 2);
  lua_rawseti(lua, -2, binding->field_count + 1);
  binding->field_count++;
  lua_pushvalue(lua, 2);
  lua_pushvalue(lua, -3);
  lua_rawset(lua, 1);
  lua_pop(lua, 1);
}

/* __index of the table of the current event's fields: reads one more into it. */
static int read_missing_field(lua_State *lua) {
  struct event_binding *binding = lua_touserdata(lua, lua_upvalueindex(BINDING));
  struct view view = {.binding = binding, .generation = binding->generation};
  if (!view_is_current(&view))
    view_refuse_stale(lua);
  push_field(lua, &view, 2);
  if (lua_type(lua, 2) == LUA_TSTRING && !lua_isnil(lua, -1))
    keep_field(lua, binding);
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

static size_t view_bytes(const struct view *view) {
  return view->binding->event->record.size + view_node_count(view);
}

static int view_tostring(lua_State *lua) {
  struct view *view = view_check(lua, 1);
  struct buffer *scratch = &view->binding->scratch;
  sandbox_charge(lua, view_bytes(view) / NODE_BYTES_PER_WORK);
  buffer_reset(scratch);
  view_write(view, scratch);
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
    {"answer", view_answer},         {"get", view_get},
    {"deep_get", view_deep_get},     {"deep_walk", view_deep_walk},
    {"event_time", view_event_time}, {"has_lookup", view_has_lookup},
    {"lookup", view_lookup},         {"udm", view_udm},
    {"to_table", view_to_table},     {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__newindex", view_refuse}, {"__len", view_length},        {"__pairs", view_pairs},
    {"__eq", view_equal},        {"__tostring", view_tostring}, {NULL, NULL},
};

void event_binding_push_methods(lua_State *lua) {
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &methods_key);
}

static void set_index(lua_State *lua, struct event_binding *binding, lua_CFunction function) {
  event_binding_push_methods(lua);
  lua_pushlightuserdata(lua, binding);
  lua_pushcclosure(lua, function, 2);
  lua_setfield(lua, -2, "__index");
}

/* Pushes a metatable of views. Its __index, or a place for it, comes first
 * (SANDBOX_METATABLE_SIZE).
 */
static void push_metatable(lua_State *lua, struct event_binding *binding, lua_CFunction index) {
  lua_createtable(lua, 0, SANDBOX_METATABLE_SIZE);
  if (index) {
    set_index(lua, binding, index);
  } else {
    lua_pushboolean(lua, false);
    lua_setfield(lua, -2, "__index");
  }
  luaL_setfuncs(lua, metamethods, 0);
  lua_pushliteral(lua, "event");
  lua_setfield(lua, -2, "__name");
  lua_pushboolean(lua, false);
  lua_setfield(lua, -2, "__metatable");
  view_mark_metatable(lua);
}

/* A place for a value, which is set later. */
static int new_reference(lua_State *lua) {
  lua_pushboolean(lua, false);
  return luaL_ref(lua, LUA_REGISTRYINDEX);
}

void event_binding_open(lua_State *lua, struct event_binding *binding) {
  struct event_binding_references *references = &binding->references;
  luaL_newlib(lua, methods);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &methods_key);
  push_metatable(lua, binding, view_index);
  references->view = luaL_ref(lua, LUA_REGISTRYINDEX);
  push_metatable(lua, binding, NULL);
  references->root = luaL_ref(lua, LUA_REGISTRYINDEX);
  lua_newtable(lua);
  set_index(lua, binding, read_missing_field);
  references->missing = luaL_ref(lua, LUA_REGISTRYINDEX);
  references->event = new_reference(lua);
  references->fields = new_reference(lua);
  references->names = new_reference(lua);
  make_fields(lua, binding);
}

void event_binding_close(struct event_binding *binding) {
  lookup_rows_free(binding->rows);
  binding->rows = NULL;
  buffer_free(&binding->scratch);
}

#include "rule/binding/lua_json_push.h"

#include "rule/sandbox/weak_table.h"

#include <lauxlib.h>

bool lua_json_push_scalar(lua_State *lua, const struct json_node *node) {
  double number;
  switch (node ? node->type : JSON_TYPE_NULL) {
  case JSON_TYPE_NULL:
    lua_pushnil(lua);
    return true;
  case JSON_TYPE_FALSE:
  case JSON_TYPE_TRUE:
    lua_pushboolean(lua, node->type == JSON_TYPE_TRUE);
    return true;
  case JSON_TYPE_INT:
    lua_pushinteger(lua, node->value.integer);
    return true;
  case JSON_TYPE_UINT: /* beyond Lua's integers */
  case JSON_TYPE_LARGE:
  case JSON_TYPE_DOUBLE:
    lua_pushnumber(lua, json_number(node, &number) ? number : 0);
    return true;
  case JSON_TYPE_STRING:
    lua_pushlstring(lua, node->value.string, node->size);
    return true;
  default:
    return false;
  }
}

/*
 * Lua has one kind of table, so an empty array would be written as {} and nulls at the end would be
 * lost. Which tables were arrays stands in a table of its own, where no rule sees it: from a table
 * to the size that it had if it ended in null, else 0. Its keys are weak.
 *
 * Registry key: its address.
 */
static const char arrays_key;

/* The table is at the top of the stack. */
static void mark_array(lua_State *lua, lua_Integer size) {
  weak_table_push(lua, &arrays_key);
  lua_pushvalue(lua, -2);
  lua_pushinteger(lua, size);
  lua_rawset(lua, -3);
  lua_pop(lua, 1);
}

lua_Integer lua_json_array_size(lua_State *lua, int table) {
  lua_Integer size = -1;
  table = lua_absindex(lua, table);
  if (lua_rawgetp(lua, LUA_REGISTRYINDEX, &arrays_key) == LUA_TTABLE) {
    lua_pushvalue(lua, table);
    if (lua_rawget(lua, -2) == LUA_TNUMBER)
      size = lua_tointeger(lua, -1);
    lua_pop(lua, 1);
  }
  lua_pop(lua, 1);
  return size;
}

static void push_array(lua_State *lua, const struct json_node *array) {
  lua_Integer place = 0;
  bool ends_in_null = false;
  for (JSON_EACH(element, array)) {
    lua_json_push(lua, element);
    lua_rawseti(lua, -2, ++place);
    ends_in_null = element->type == JSON_TYPE_NULL;
  }
  mark_array(lua, ends_in_null ? place : 0);
}

static void push_object(lua_State *lua, const struct json_node *object) {
  for (JSON_EACH(member, object)) {
    struct text key = json_key(member);
    lua_pushlstring(lua, key.data, key.size);
    lua_json_push(lua, member);
    lua_rawset(lua, -3);
  }
}

void lua_json_push(lua_State *lua, const struct json_node *node) {
  if (lua_json_push_scalar(lua, node))
    return;
  luaL_checkstack(lua, 6, NULL);
  lua_newtable(lua);
  if (node->type == JSON_TYPE_ARRAY)
    push_array(lua, node);
  else
    push_object(lua, node);
}

#include "rule/binding/lua_json_push.h"

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

static void push_array(lua_State *lua, const struct json_node *array) {
  lua_Integer place = 0;
  for (JSON_EACH(element, array)) {
    lua_json_push(lua, element);
    lua_rawseti(lua, -2, ++place);
  }
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
  luaL_checkstack(lua, 4, NULL);
  lua_newtable(lua);
  if (node->type == JSON_TYPE_ARRAY)
    push_array(lua, node);
  else
    push_object(lua, node);
}

/* JSON as Lua values. (The other way is lua_json.h.) */
#ifndef RULE_BINDING_LUA_JSON_PUSH_H
#define RULE_BINDING_LUA_JSON_PUSH_H

#include "event/json/json.h"

#include <lua.h>

/* Both are for the thread of the state and may raise an error for want of memory. NULL and null
 * become nil; a number beyond Lua's integers becomes a float. */

/* Pushes what is no array and no object. False when it is one of these: nothing is pushed. */
bool lua_json_push_scalar(lua_State *lua, const struct json_node *node);

/* Pushes a value; arrays and objects become new tables. An array stays one when it is written as
 * JSON again, even when it is empty or ends in null. What is null is not in them, but keeps its
 * place in an array. */
void lua_json_push(lua_State *lua, const struct json_node *node);

/* How many elements the array had that this table was made of, if it ended in null, else 0; -1 when
 * it was made of none. Raises no error. */
lua_Integer lua_json_array_size(lua_State *lua, int table);

#endif

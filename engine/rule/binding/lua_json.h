/* Lua values as JSON. */
#ifndef RULE_BINDING_LUA_JSON_H
#define RULE_BINDING_LUA_JSON_H

#include "base/buffer.h"
#include "base/error.h"

#include <lua.h>

#define LUA_JSON_DEPTH_MAX 64 /* tables within tables */

/*
 * Appends the value at the index. A table whose keys are all positive whole numbers without large
 * gaps is an array (gaps are null), any other an object with its keys sorted; an empty one is {},
 * or [] when it was made of an array (lua_json_push.h). Malformed UTF-8 becomes U+FFFD, NaN and
 * infinities null. Parts of the event are written as they came. No metamethod runs and no Lua error
 * is raised; to be called outside of sandbox_call.
 *
 * False when something cannot become JSON (a function, a key that is no text or number, a table
 * that holds itself, too deep), the JSON grows beyond `max` bytes, or it takes more than a second
 * of CPU time; what was appended is then of no use.
 */
bool lua_json_write(lua_State *lua, int index, size_t max, struct buffer *buffer,
                    struct error *error);

#endif

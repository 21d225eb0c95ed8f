/* Tables in Lua's registry that say something of other tables and do not keep these alive. The
 * state's thread only. */
#ifndef RULE_SANDBOX_WEAK_TABLE_H
#define RULE_SANDBOX_WEAK_TABLE_H

#include <lua.h>

/* Pushes the table whose registry key is the address `key`: made at the first call, with weak keys.
 * Raises an error when there is no memory for it. */
void weak_table_push(lua_State *lua, const void *key);

#endif

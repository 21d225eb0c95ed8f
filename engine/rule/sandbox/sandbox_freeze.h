/*
 * Read-only tables. A frozen table is empty itself; what it held stands in a table behind it, which
 * its metatable leads to. So Lua reads it as before, and every write is an error.
 *
 * For the thread of the state. All may raise an error for want of memory.
 */
#ifndef RULE_SANDBOX_SANDBOX_FREEZE_H
#define RULE_SANDBOX_SANDBOX_FREEZE_H

#include <lua.h>
#include <stdbool.h>

/*
 * Places for the names of a metatable in which Lua looks all the time, and where its __index is set
 * first: no later name can take the first place from it then, nor does the table grow, which would
 * shuffle them. So Lua finds it without going through others.
 */
#define SANDBOX_METATABLE_SIZE 16

/* Makes the table at the index and every table in it read-only, in place. Raises an error when they
 * are nested too deep. */
void sandbox_freeze(lua_State *lua, int index);

/* Pushes the writable table behind a read-only one; pushes nothing when it is none. */
bool sandbox_thaw(lua_State *lua, int index);

/* Replaces a table at the top of the stack that is behind a read-only one by that one. */
void sandbox_use_front(lua_State *lua);

#endif

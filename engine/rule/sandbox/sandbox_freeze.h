/*
 * Read-only tables, and the metatables that files set.
 *
 * A frozen table is empty itself; what it held stands in a table behind it, which its metatable
 * leads to. So Lua reads it as before, and every write is an error. Nothing that a file can call
 * gives it the table behind.
 *
 * A table that a file uses as a metatable is frozen by that. So what Lua finds in a metatable was
 * checked when it was set and stays so: no file has a finalizer (Lua calls those whenever its
 * collector likes, with every limit off), and none has a weak table (whose contents depend on the
 * collector, and so on what other rules did).
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

/* Whether a frozen value is a table that holds, at any depth, only booleans, numbers, texts and
 * such tables, none of which had a metatable: nothing that could keep what a file does to it. */
bool sandbox_is_data(lua_State *lua, int index);

/* What setmetatable does for files: gives the table at the index the metatable at the top of the
 * stack, a table or nil, which is popped. Raises an error when the table has a protected one, or
 * when the new one holds what no file may have. */
void sandbox_set_metatable(lua_State *lua, int index);

/* Pushes the writable table behind a read-only one; pushes nothing when it is none. */
bool sandbox_thaw(lua_State *lua, int index);

/* Replaces a table at the top of the stack that is behind a read-only one by that one. */
void sandbox_use_front(lua_State *lua);

#endif

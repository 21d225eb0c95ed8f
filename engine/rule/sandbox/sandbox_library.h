/* The functions of Lua that files can call: a whitelist, with charged or safe ones in the place of
 * those that could break out of the limits. The sandbox's thread only. */
#ifndef RULE_SANDBOX_SANDBOX_LIBRARY_H
#define RULE_SANDBOX_SANDBOX_LIBRARY_H

#include <lua.h>

/* Fills the table at the top of the stack, which every file sees. Once for each state, before a
 * file runs. */
void sandbox_open_libraries(lua_State *lua);

#endif

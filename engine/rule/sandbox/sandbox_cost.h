/* What Lua's own C functions cost. They run as one VM instruction whatever they are given, so those
 * that can work long are charged to the budget. (Patterns have lua_pattern.h.) The sandbox's thread
 * only. */
#ifndef RULE_SANDBOX_SANDBOX_COST_H
#define RULE_SANDBOX_SANDBOX_COST_H

#include <lua.h>

/* Wraps the functions of the library ("string", "table", "utf8", "_G") at the top of the stack;
 * "text" is the metatable of texts. */
void sandbox_add_costs(lua_State *lua, const char *library);

#endif

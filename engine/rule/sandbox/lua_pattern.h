/*
 * Lua's string patterns (reference manual, 6.4.1), matched by code of our own.
 *
 * Lua's matcher cannot be interrupted, and a pattern with several repeated items can run for ages
 * on a text that somebody else wrote. This one means the same and charges each step to the budget
 * of the running call (sandbox_charge).
 *
 * The sandbox's thread only.
 */
#ifndef RULE_SANDBOX_LUA_PATTERN_H
#define RULE_SANDBOX_LUA_PATTERN_H

#include <lua.h>

/* Replaces find, match, gmatch and gsub in the table at the top of the stack. */
void lua_pattern_add_functions(lua_State *lua);

#endif

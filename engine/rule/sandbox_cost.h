/* What Lua's own C functions cost. They run as one VM instruction whatever they are given, so those
 * that can work long are charged to the budget, and patterns that could run away are refused. */
#ifndef RULE_SANDBOX_COST_H
#define RULE_SANDBOX_COST_H

#include <lua.h>

/* Wraps the functions of the library ("string", "table", "utf8") at the top of the stack. */
void sandbox_add_costs(lua_State *lua, const char *library);

/* Steps that Lua's pattern matcher may take in one search. */
#define SANDBOX_PATTERN_STEPS_MAX 5e8

/* The worst case of a search: the ways to choose where each repeated item ends (and where the match
 * starts, unless it is anchored) in a text of `size` bytes. */
double sandbox_pattern_steps(const char *pattern, size_t pattern_size, size_t size, int anchors);

#endif

/*
 * The modules that every rule can call, one file each: rule_library_re.c, rule_library_ip.c and
 * rule_library_time.c; each describes its functions in its head. (The module kv needs what it works
 * on: rule_kv.h.)
 *
 * For sandbox_add_module. Each pushes its table; it is called by the thread of the state.
 */
#ifndef RULE_BINDING_RULE_LIBRARY_H
#define RULE_BINDING_RULE_LIBRARY_H

#include <lua.h>

int rule_open_re(lua_State *lua);
int rule_open_ip(lua_State *lua);
int rule_open_time(lua_State *lua);

#endif

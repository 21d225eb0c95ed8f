/* What walks an event's values: __pairs and the methods of views that need nothing but the event
 * (event_binding.h says what they do). C functions for Lua; the first argument is a view. */
#ifndef RULE_BINDING_EVENT_WALK_H
#define RULE_BINDING_EVENT_WALK_H

#include <lua.h>

int view_pairs(lua_State *lua);
int view_to_table(lua_State *lua);
int view_get(lua_State *lua);
int view_deep_get(lua_State *lua);
int view_deep_walk(lua_State *lua);
int view_event_time(lua_State *lua);

#endif

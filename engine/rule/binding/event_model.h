/* event:udm(name): a field by the name that its log type's data model gives it. */
#ifndef RULE_BINDING_EVENT_MODEL_H
#define RULE_BINDING_EVENT_MODEL_H

#include <lua.h>

/* The method: a C function for Lua. */
int view_udm(lua_State *lua);

#endif

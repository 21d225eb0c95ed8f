/* event:lookup(table, key [, column, …]): rows of lookup tables as Lua values; and
 * event:has_lookup(table): whether there is such a table, for rules that also run without it. */
#ifndef RULE_BINDING_EVENT_LOOKUP_H
#define RULE_BINDING_EVENT_LOOKUP_H

#include <lua.h>

struct lookup_rows;

/* The methods: C functions for Lua. */
int view_lookup(lua_State *lua);
int view_has_lookup(lua_State *lua); /* true for tables that are configured, or mocked */

/*
 * From now on event:lookup asks the table at the index first (nil: nothing does). It maps names of
 * lookup tables to functions, which are called with the key, or to tables of rows by key. What they
 * give is the answer, nil too; a lookup table that it does not name is looked up as ever. For the
 * thread of the state.
 */
void event_binding_mock_lookups(lua_State *lua, int index);

/* Releases what binding->rows holds beside the state; NULL is fine. */
void lookup_rows_free(struct lookup_rows *rows);

#endif

/*
 * The room rule/binding shows events and libraries of functions to Lua.
 *
 * The `event` of a rule: a read-only view of the event that is looked at. Values become Lua values
 * when a rule asks for them.
 *
 *   event.operator, event["a key"]     a top-level value; nil when absent or null
 *   event.payload.object.id            nested objects and arrays are views too, 1-based
 *   #list, ipairs(list), pairs(object), tostring(view), view == view
 *   event:get(key[, default])
 *   event:deep_get(key, … [, { default = value }])   keys, or 1-based positions
 *   event:deep_walk(key, … [, { default = value, return_val = "all" | "first" | "last" }])
 *   event:udm(name)                    what the log type's data model calls so; nil when nothing
 *   event:lookup(table, key [, column, …])   the row of a lookup table, or a value in it; read-only
 *   event:has_lookup(table)            whether the lookup table is configured
 *   event:answer([n])                  what came of the rule's question (the nth); nil without one
 *   event:event_time()                 RFC 3339 text
 *   event:to_table()                   a plain copy
 *   event.p_log_type, p_event_time, p_parse_time, p_row_id, p_source_id, p_source_label,
 * p_schema_errors
 *
 * Views have get, deep_get, deep_walk and to_table as well. A method wins over a field of its
 * name: event:get("get") reaches the field. A view that a rule kept becomes stale with the next
 * event: using it is an error.
 *
 * Threads: everything in this room is for the thread of the Lua state that it is given, and
 * whatever pushes a value may raise an error in that state for want of memory.
 */
#ifndef RULE_BINDING_EVENT_BINDING_H
#define RULE_BINDING_EVENT_BINDING_H

#include "event/event.h"
#include "event/lookup/lookup.h"
#include "rule/question.h"

#include <lua.h>

/* What stands in the state's registry, by number. */
struct event_binding_references {
  int event;               /* the current event's value */
  int view, root, missing; /* metatables: of views, of the event's value, of the table of fields */
  int fields, names;       /* the fields that were asked for, and a list of their names */
};

struct event_binding {
  const struct event *event; /* NULL = none */
  uint64_t generation;       /* counts events */
  struct event_binding_references references;
  int field_count; /* names in the list that are the current event's */
  struct buffer scratch;
  const struct lookup_set *lookups;       /* NULL = no tables. Whoever sets it keeps it held */
  struct lookup_rows *rows;               /* of the tables, as Lua values; NULL = none yet */
  const struct question_answers *answers; /* about the current event; NULL = none */
};

#define EVENT_BINDING_NONE ((struct event_binding){.event = NULL})

/* Prepares a state. The binding must live as long as the state. */
void event_binding_open(lua_State *lua, struct event_binding *binding);
void event_binding_close(struct event_binding *binding); /* after the state */

/* Every view of the event before becomes stale, and there are no answers. */
void event_binding_set(struct event_binding *binding, const struct event *event);

/* Pushes the view of the current event: once per event, at its beginning. May raise an error for
 * want of memory. */
void event_binding_push(lua_State *lua, struct event_binding *binding);

/* Pushes the table of the methods that every event and view has. */
void event_binding_push_methods(lua_State *lua);

#endif

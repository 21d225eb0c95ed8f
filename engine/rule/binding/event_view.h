/*
 * Views: the whole event, an object or an array of it, as a Lua value that reads the event when it
 * is asked. What a view can do is in event_binding.h.
 *
 * For the thread of the state. What pushes may raise an error for want of memory.
 */
#ifndef RULE_BINDING_EVENT_VIEW_H
#define RULE_BINDING_EVENT_VIEW_H

#include "rule/binding/event_binding.h"

#include <lua.h>

/* A value of the event. The whole event has no node of its own: its fields come from slots. */
struct view {
  struct event_binding *binding;
  uint64_t generation;
  const struct json_node *node; /* NULL = the event itself */
  /* Where an array was read last, so that a loop over it costs one step an element. */
  const struct json_node *cursor;
  uint32_t cursor_index;
};

/* Whether the event that the view is a part of is still the current one. */
static inline bool view_is_current(const struct view *view) {
  return view->generation == view->binding->generation && view->binding->event;
}

/* Raises the error that a view is stale. */
void view_refuse_stale(lua_State *lua);

/* Makes the metatable at the top of the stack one of views. */
void view_mark_metatable(lua_State *lua);

/* The value at the index when it is a view, stale or not; else NULL. */
struct view *view_test(lua_State *lua, int index);

/* The argument at the index; an error when it is no view, or a stale one. */
struct view *view_check(lua_State *lua, int index);

/* Pushes a value of the event, a container as a view; NULL as nil. */
void view_push_node(lua_State *lua, struct event_binding *binding, const struct json_node *node);

/* The value under the key at the index; NULL: there is none, or it is one of the engine's fields,
 * which have no values below. */
const struct json_node *view_member(lua_State *lua, struct view *view, int key_index);

/* Pushes the value under the key at the index. */
void view_push_member(lua_State *lua, struct view *view, int key_index);

/* How many nodes the view's value has, itself included. */
uint32_t view_node_count(const struct view *view);

/* Appends the JSON of a view that is current. */
void view_write(const struct view *view, struct buffer *buffer);

#endif

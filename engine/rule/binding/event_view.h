/* What the files of the event binding share. */
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

/* The value at the index when it is a view, stale or not; else NULL. */
struct view *view_test(lua_State *lua, int index);

/* The argument at the index; an error when it is no view, or a stale one. */
struct view *view_check(lua_State *lua, int index);

/* Pushes a value of the event, a container as a view; NULL as nil. */
void view_push_node(lua_State *lua, struct event_binding *binding, const struct json_node *node);

/* Pushes the value under the key at the index. */
void view_push_member(lua_State *lua, struct view *view, int key_index);

uint32_t view_node_count(const struct view *view);

/* Pushes the next key and value that is not null; false at the end. Start with *position 1 and
 * *place 0, which counts an array's elements. */
bool view_next(lua_State *lua, const struct view *view, uint32_t *position, lua_Integer *place);

/* C functions: __pairs and the methods. */
int view_pairs(lua_State *lua);
int view_to_table(lua_State *lua);
int view_get(lua_State *lua);
int view_deep_get(lua_State *lua);
int view_deep_walk(lua_State *lua);
int view_event_time(lua_State *lua);
int view_lookup(lua_State *lua);
int view_udm(lua_State *lua);

/* The p_ fields, which are the engine's, not the record's. */
enum { EVENT_OWN_FIELD_COUNT = 6 };
extern const char *const event_own_fields[EVENT_OWN_FIELD_COUNT];

/* Whether a record's own field of that name is hidden by the engine's. */
bool event_hides_field(const struct event *event, struct text key);

/* Pushes the field; pushes nothing when the event has no such p_ field. */
bool event_push_own_field(lua_State *lua, struct event_binding *binding, struct text key);

#endif

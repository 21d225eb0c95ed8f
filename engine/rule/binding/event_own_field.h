/* The p_ fields, which are the engine's, not the record's. For the thread of the state. */
#ifndef RULE_BINDING_EVENT_OWN_FIELD_H
#define RULE_BINDING_EVENT_OWN_FIELD_H

#include "rule/binding/event_binding.h"

#include <lua.h>

enum { EVENT_OWN_FIELD_COUNT = 7 };
extern const char *const event_own_fields[EVENT_OWN_FIELD_COUNT];

/* Whether a record's own field of that name is hidden by the engine's. */
bool event_hides_field(const struct event *event, struct text key);

/* Pushes the field; pushes nothing when the event has no such p_ field. */
bool event_push_own_field(lua_State *lua, struct event_binding *binding, struct text key);

#endif

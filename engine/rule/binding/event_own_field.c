#include "rule/binding/event_own_field.h"

#include "rule/sandbox/sandbox_freeze.h"
#include "rule/sandbox/sandbox_limit.h"

#include <lauxlib.h>

/* Bytes of a record whose indicators are looked for, for the price of one VM instruction. */
#define RECORD_BYTES_PER_WORK 16

static bool push_text(lua_State *lua, struct text text) {
  if (text.size == 0)
    return false;
  lua_pushlstring(lua, text.data, text.size);
  return true;
}

static bool push_time(lua_State *lua, time_us time) {
  struct time_string string;
  if (time == TIME_NONE)
    return false;
  lua_pushstring(lua, time_format(time, &string));
  return true;
}

static bool push_log_type(lua_State *lua, const struct event *event) {
  return push_text(lua, event->log_type);
}
static bool push_event_time(lua_State *lua, const struct event *event) {
  return push_time(lua, event->event_time);
}
static bool push_parse_time(lua_State *lua, const struct event *event) {
  return push_time(lua, event->parse_time);
}
static bool push_row_id(lua_State *lua, const struct event *event) {
  return push_text(lua, text_from(event_row_id(event)));
}
static bool push_source_id(lua_State *lua, const struct event *event) {
  return push_text(lua, event->source_id);
}
static bool push_source_label(lua_State *lua, const struct event *event) {
  return push_text(lua, event->source_label);
}

/* A read-only list: other rules get the same one. */
static bool push_schema_errors(lua_State *lua, const struct event *event) {
  const struct schema_errors *errors = event->schema_errors;
  if (errors->count == 0)
    return false;
  sandbox_charge(lua, errors->count);
  lua_createtable(lua, (int)errors->count, 0);
  for (size_t i = 0; i < errors->count; i++) {
    lua_pushlstring(lua, errors->items[i].path.data, errors->items[i].path.size);
    lua_rawseti(lua, -2, (lua_Integer)i + 1);
  }
  sandbox_freeze(lua, -1);
  return true;
}

const char *const event_own_fields[EVENT_OWN_FIELD_COUNT] = {
    "p_log_type",  "p_event_time",   "p_parse_time",   "p_row_id",
    "p_source_id", "p_source_label", "p_schema_errors"};

static bool (*const pushes[EVENT_OWN_FIELD_COUNT])(lua_State *lua, const struct event *event) = {
    push_log_type,  push_event_time,   push_parse_time,   push_row_id,
    push_source_id, push_source_label, push_schema_errors};

static bool has_prefix(struct text key, struct text prefix) {
  return key.size > prefix.size && memcmp(key.data, prefix.data, prefix.size) == 0;
}

/* Its place in event_own_fields, or -1. */
static int find_own_field(struct text key) {
  for (int i = 0; has_prefix(key, TEXT("p_")) && i < EVENT_OWN_FIELD_COUNT; i++)
    if (text_is(key, event_own_fields[i]))
      return i;
  return -1;
}

bool event_hides_field(const struct event *event, struct text key) {
  return event->schema && (has_prefix(key, TEXT("p_any_")) || find_own_field(key) >= 0);
}

/* ---- p_any_ fields ---- */

struct collection {
  struct text name;
  struct buffer *values; /* each value behind its size */
};

static void collect(void *context, const char *name, struct text value) {
  const struct collection *collection = context;
  if (!text_is(collection->name, name))
    return;
  buffer_append(collection->values, &value.size, sizeof value.size);
  buffer_append_text(collection->values, value);
}

/* A read-only list of the distinct values of one kind of indicator. */
static bool push_indicators(lua_State *lua, struct event_binding *binding, struct text name) {
  struct buffer *values = &binding->scratch;
  struct collection collection = {.name = name, .values = values};
  sandbox_charge(lua, binding->event->record.size / RECORD_BYTES_PER_WORK);
  buffer_reset(values);
  event_indicators(binding->event, collect, &collection);
  if (values->size == 0)
    return false;
  lua_newtable(lua);
  lua_newtable(lua); /* the values that are in the list already */
  lua_Integer count = 0;
  for (size_t at = 0, size; at < values->size; at += size) {
    memcpy(&size, values->data + at, sizeof size);
    at += sizeof size;
    lua_pushlstring(lua, values->data + at, size);
    lua_pushvalue(lua, -1);
    if (lua_rawget(lua, -3) == LUA_TNIL) {
      lua_pushvalue(lua, -2);
      lua_rawseti(lua, -5, ++count);
      lua_pushvalue(lua, -2);
      lua_pushboolean(lua, true);
      lua_rawset(lua, -5);
    }
    lua_pop(lua, 2);
  }
  lua_pop(lua, 1);
  sandbox_freeze(lua, -1); /* other rules get the same list */
  return true;
}

bool event_push_own_field(lua_State *lua, struct event_binding *binding, struct text key) {
  const struct event *event = binding->event;
  if (!has_prefix(key, TEXT("p_")))
    return false;
  /* An unchecked event's own p_ fields win: they were set when it was checked, elsewhere. */
  if (!event->schema && event_get(event, key))
    return false;
  if (event->schema && has_prefix(key, TEXT("p_any_")))
    return push_indicators(lua, binding, key);
  int field = find_own_field(key);
  return field >= 0 && pushes[field](lua, event);
}

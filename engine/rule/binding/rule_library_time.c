/*
 * The module `time`. Points in time are seconds since 1970 (UTC) with a fraction.
 *
 *   time.parse(text)       RFC 3339 and the variants of audit logs (base/clock.h), else nil
 *   time.format(seconds)   RFC 3339, UTC
 *
 * There is no clock: a rule judges an event by the event's own time.
 */
#include "base/clock.h"
#include "rule/binding/rule_library.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

#define SECONDS_MIN (-62135596800.0) /* 0001-01-01T00:00:00Z */
#define SECONDS_MAX 253402300799.0   /* 9999-12-31T23:59:59Z */

/* The text that was parsed last. Several rules parse the time of the same event, which costs more
 * than the rest of their work. */
struct parsed {
  char text[64];
  size_t size; /* 0 = none */
  lua_Number seconds;
};

/* Upvalue: a struct parsed. */
static int module_parse(lua_State *lua) {
  struct parsed *last = lua_touserdata(lua, lua_upvalueindex(1));
  struct text text;
  time_us time;
  text.data = luaL_checklstring(lua, 1, &text.size);
  if (text.size > 0 && text.size == last->size && memcmp(text.data, last->text, text.size) == 0) {
    lua_pushnumber(lua, last->seconds);
    return 1;
  }
  if (!time_parse(text, &time)) {
    lua_pushnil(lua);
    return 1;
  }
  lua_Number seconds = (lua_Number)time / (lua_Number)US_PER_SECOND;
  if (text.size <= sizeof last->text) {
    memcpy(last->text, text.data, text.size);
    last->size = text.size;
    last->seconds = seconds;
  }
  lua_pushnumber(lua, seconds);
  return 1;
}

static int module_format(lua_State *lua) {
  struct time_string string;
  lua_Number seconds = luaL_checknumber(lua, 1);
  luaL_argcheck(lua, seconds >= SECONDS_MIN && seconds <= SECONDS_MAX, 1,
                "a time of the years 1 to 9999 expected");
  lua_pushstring(lua, time_format((time_us)round(seconds * (lua_Number)US_PER_SECOND), &string));
  return 1;
}

int rule_open_time(lua_State *lua) {
  lua_createtable(lua, 0, 2);
  struct parsed *last = lua_newuserdatauv(lua, sizeof *last, 0);
  last->size = 0;
  lua_pushcclosure(lua, module_parse, 1);
  lua_setfield(lua, -2, "parse");
  lua_pushcfunction(lua, module_format);
  lua_setfield(lua, -2, "format");
  return 1;
}

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

/* 9999-12-31T23:59:59Z */
#define SECONDS_MAX 253402300799.0

static int module_parse(lua_State *lua) {
  struct text text;
  time_us time;
  text.data = luaL_checklstring(lua, 1, &text.size);
  if (time_parse(text, &time))
    lua_pushnumber(lua, (lua_Number)time / (lua_Number)US_PER_SECOND);
  else
    lua_pushnil(lua);
  return 1;
}

static int module_format(lua_State *lua) {
  struct time_string string;
  lua_Number seconds = luaL_checknumber(lua, 1);
  luaL_argcheck(lua, seconds >= 0 && seconds <= SECONDS_MAX, 1,
                "a time from 1970 to 9999 expected");
  lua_pushstring(lua, time_format((time_us)round(seconds * (lua_Number)US_PER_SECOND), &string));
  return 1;
}

int rule_open_time(lua_State *lua) {
  static const luaL_Reg functions[] = {
      {"parse", module_parse}, {"format", module_format}, {NULL, NULL}};
  luaL_newlib(lua, functions);
  return 1;
}

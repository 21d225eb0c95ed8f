#include "rule/sandbox/sandbox_freeze.h"

#include <lauxlib.h>

/* Under its address a read-only table's metatable keeps the table behind it, and the registry the
 * table that leads from those behind to those in front. */
static const char frozen_key;

/* Freezing goes down into tables by calls of itself. */
#define FREEZE_DEPTH_MAX 100

bool sandbox_thaw(lua_State *lua, int index) {
  index = lua_absindex(lua, index);
  if (!lua_istable(lua, index) || !lua_getmetatable(lua, index))
    return false;
  bool frozen = lua_rawgetp(lua, -1, &frozen_key) == LUA_TTABLE;
  if (frozen)
    lua_remove(lua, -2);
  else
    lua_pop(lua, 2);
  return frozen;
}

static int refuse_to_write(lua_State *lua) {
  if (lua_type(lua, 2) == LUA_TSTRING)
    return luaL_error(lua, "cannot set '%s': this table is read-only", lua_tostring(lua, 2));
  return luaL_error(lua, "this table is read-only");
}

static int step(lua_State *lua) {
  lua_settop(lua, 2);
  if (lua_next(lua, lua_upvalueindex(1)))
    return 2;
  lua_pushnil(lua);
  return 1;
}

static int frozen_pairs(lua_State *lua) {
  lua_pushvalue(lua, lua_upvalueindex(1));
  lua_pushcclosure(lua, step, 1);
  lua_pushnil(lua);
  lua_pushnil(lua);
  return 3;
}

static int frozen_length(lua_State *lua) {
  lua_pushinteger(lua, (lua_Integer)lua_rawlen(lua, lua_upvalueindex(1)));
  return 1;
}

/* Moves the contents of the table at `index` to a new one, which is left at the top. */
static void move_contents(lua_State *lua, int index) {
  lua_newtable(lua);
  int contents = lua_gettop(lua);
  lua_pushnil(lua);
  while (lua_next(lua, index)) {
    lua_pushvalue(lua, -2);
    lua_insert(lua, -2);
    lua_rawset(lua, contents);
  }
  lua_pushnil(lua);
  while (lua_next(lua, contents)) {
    lua_pop(lua, 1);
    lua_pushvalue(lua, -1);
    lua_pushnil(lua);
    lua_rawset(lua, index);
  }
}

static void set_closure(lua_State *lua, int metatable, int contents, const char *name,
                        lua_CFunction function) {
  lua_pushvalue(lua, contents);
  lua_pushcclosure(lua, function, 1);
  lua_setfield(lua, metatable, name);
}

/* Remembers that the table at `contents` is behind the one at `front`. */
static void note_front(lua_State *lua, int contents, int front) {
  if (lua_rawgetp(lua, LUA_REGISTRYINDEX, &frozen_key) != LUA_TTABLE) {
    lua_pop(lua, 1);
    lua_newtable(lua);
    lua_newtable(lua);
    lua_pushliteral(lua, "k");
    lua_setfield(lua, -2, "__mode");
    lua_setmetatable(lua, -2);
    lua_pushvalue(lua, -1);
    lua_rawsetp(lua, LUA_REGISTRYINDEX, &frozen_key);
  }
  lua_pushvalue(lua, contents);
  lua_pushvalue(lua, front);
  lua_rawset(lua, -3);
  lua_pop(lua, 1);
}

void sandbox_use_front(lua_State *lua) {
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &frozen_key);
  lua_pushvalue(lua, -2);
  if (lua_rawget(lua, -2) == LUA_TNIL) {
    lua_pop(lua, 2);
    return;
  }
  lua_replace(lua, -3);
  lua_pop(lua, 1);
}

/* A table may have a metatable of its own: that becomes the metatable of its contents, and what it
 * does is done for the table in front, too. */
static void adopt_metatable(lua_State *lua, int index, int contents, int metatable) {
  if (!lua_getmetatable(lua, index))
    return;
  lua_pushnil(lua);
  while (lua_next(lua, -2)) {
    lua_pushvalue(lua, -2);
    lua_insert(lua, -2);
    lua_rawset(lua, metatable);
  }
  lua_setmetatable(lua, contents);
}

static void freeze(lua_State *lua, int index, int depth) {
  if (depth > FREEZE_DEPTH_MAX)
    luaL_error(lua, "a library's tables may be nested %d levels deep", FREEZE_DEPTH_MAX);
  luaL_checkstack(lua, 10, NULL);
  if (sandbox_thaw(lua, index)) {
    lua_pop(lua, 1);
    return;
  }
  int top = lua_gettop(lua);
  move_contents(lua, index);
  int contents = top + 1, metatable = top + 2;
  lua_createtable(lua, 0, SANDBOX_METATABLE_SIZE);
  lua_pushvalue(lua, contents);
  lua_setfield(lua, metatable, "__index");
  adopt_metatable(lua, index, contents, metatable);
  lua_pushvalue(lua, contents); /* ours, whatever that had */
  lua_setfield(lua, metatable, "__index");
  lua_pushcfunction(lua, refuse_to_write);
  lua_setfield(lua, metatable, "__newindex");
  set_closure(lua, metatable, contents, "__pairs", frozen_pairs);
  set_closure(lua, metatable, contents, "__len", frozen_length);
  lua_pushboolean(lua, false);
  lua_setfield(lua, metatable, "__metatable");
  lua_pushvalue(lua, contents);
  lua_rawsetp(lua, metatable, &frozen_key);
  note_front(lua, contents, index);
  lua_setmetatable(lua, index);
  lua_pushnil(lua);
  while (lua_next(lua, contents)) {
    if (lua_istable(lua, -1))
      freeze(lua, lua_gettop(lua), depth + 1);
    lua_pop(lua, 1);
  }
  lua_settop(lua, top);
}

void sandbox_freeze(lua_State *lua, int index) {
  freeze(lua, lua_absindex(lua, index), 1);
}

#include "rule/sandbox/sandbox_freeze.h"

#include "base/text.h"
#include "rule/sandbox/weak_table.h"

#include <lauxlib.h>

/* Under its address a read-only table's metatable keeps the table behind it, and the registry the
 * table that leads from those behind to those in front. */
static const char frozen_key;

/* Under its address the same metatable notes that the tables in its table are read-only, too. */
static const char deep_key;

/* Under its address the same metatable notes that its table had no metatable of its own. */
static const char plain_key;

/* Freezing goes down into tables by calls of itself. */
#define FREEZE_DEPTH_MAX 100

/* The values of a larger table are not counted before it is copied. */
#define COUNTED_MAX 1024

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

static int refuse_to_change_metatable(lua_State *lua) {
  char shown[64];
  struct text name = TEXT("a field");
  if (lua_type(lua, 2) == LUA_TSTRING)
    name.data = lua_tolstring(lua, 2, &name.size);
  return luaL_error(lua,
                    "cannot set '%s': a table is read-only from the moment that it is a metatable",
                    text_printable(name, shown, sizeof shown));
}

static int step(lua_State *lua) {
  lua_settop(lua, 2);
  if (lua_next(lua, lua_upvalueindex(1)))
    return 2;
  lua_pushnil(lua);
  return 1;
}

/* The argument is a frozen table: nothing else has this function in its metatable. */
static int frozen_pairs(lua_State *lua) {
  if (!sandbox_thaw(lua, 1))
    lua_pushvalue(lua, 1);
  lua_pushcclosure(lua, step, 1);
  lua_pushnil(lua);
  lua_pushnil(lua);
  return 3;
}

static int frozen_length(lua_State *lua) {
  if (!sandbox_thaw(lua, 1))
    lua_pushvalue(lua, 1);
  lua_pushinteger(lua, (lua_Integer)lua_rawlen(lua, -1));
  return 1;
}

/* How many values the table has, up to COUNTED_MAX. */
static int count_values(lua_State *lua, int index) {
  int count = 0;
  lua_pushnil(lua);
  while (lua_next(lua, index)) {
    lua_pop(lua, 1);
    if (++count == COUNTED_MAX) {
      lua_pop(lua, 1);
      break;
    }
  }
  return count;
}

/* Moves the contents of the table at `index` to a new one, which is left at the top. It is made
 * large enough for most at once, as a table that grows is filled anew each time. A value may be
 * taken out of a table that lua_next goes through. */
static void move_contents(lua_State *lua, int index) {
  size_t length = lua_rawlen(lua, index);
  int values = count_values(lua, index);
  int items = length < COUNTED_MAX ? (int)length : COUNTED_MAX;
  lua_createtable(lua, items, values > items ? values - items : 0);
  int contents = lua_gettop(lua);
  lua_pushnil(lua);
  while (lua_next(lua, index)) {
    lua_pushvalue(lua, -2);
    lua_insert(lua, -2);
    lua_rawset(lua, contents);
    lua_pushvalue(lua, -1);
    lua_pushnil(lua);
    lua_rawset(lua, index);
  }
}

static void set_function(lua_State *lua, int metatable, const char *name, lua_CFunction function) {
  lua_pushcfunction(lua, function);
  lua_setfield(lua, metatable, name);
}

/* Remembers that the table at `contents` is behind the one at `front`. */
static void note_front(lua_State *lua, int contents, int front) {
  weak_table_push(lua, &frozen_key);
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

/* ---- a frozen table's own metatable ---- */

/* What the own metatable of a frozen table may go on doing. Reading, writing, `pairs` and `#` are
 * what freezing is about; __gc and __mode no file has. */
static const char *const adopted[] = {
    "__add",  "__sub",  "__mul",   "__div",  "__mod",    "__pow",     "__unm", "__idiv",
    "__band", "__bor",  "__bxor",  "__shl",  "__shr",    "__bnot",    "__eq",  "__lt",
    "__le",   "__call", "__close", "__name", "__concat", "__tostring"};

/* __index of a frozen table that has a function as its own __index: that gets the table in front.
 * Upvalues: the contents, the function. */
static int read_behind(lua_State *lua) {
  lua_settop(lua, 2);
  lua_pushvalue(lua, 2);
  if (lua_rawget(lua, lua_upvalueindex(1)) != LUA_TNIL)
    return 1;
  lua_pop(lua, 1);
  lua_pushvalue(lua, lua_upvalueindex(2));
  lua_insert(lua, 1);
  lua_call(lua, 2, 1);
  return 1;
}

/* Sets __index of the new metatable, so that it leads to the contents and from there to `__index`
 * of the own metatable at `own`, which may be nil. Comes first (SANDBOX_METATABLE_SIZE). */
static void set_index(lua_State *lua, int metatable, int contents, int own) {
  lua_pushvalue(lua, contents);
  lua_pushnil(lua);
  if (lua_istable(lua, own)) {
    lua_pushliteral(lua, "__index");
    lua_rawget(lua, own);
    lua_replace(lua, -2);
  }
  if (lua_isfunction(lua, -1)) {
    lua_pushcclosure(lua, read_behind, 2);
  } else if (lua_isnil(lua, -1)) {
    lua_pop(lua, 1);
  } else {
    lua_createtable(lua, 0, 1);
    lua_insert(lua, -2);
    lua_setfield(lua, -2, "__index");
    lua_setmetatable(lua, -2);
  }
  lua_setfield(lua, metatable, "__index");
}

/* The own metatable's fields cannot change any more: it is frozen, too. */
static void adopt_metatable(lua_State *lua, int metatable, int own) {
  if (!lua_istable(lua, own))
    return;
  for (size_t i = 0; i < sizeof adopted / sizeof *adopted; i++) {
    lua_pushstring(lua, adopted[i]);
    lua_rawget(lua, own);
    lua_setfield(lua, metatable, adopted[i]);
  }
}

/* ---- freezing ---- */

/* Freezes the one table; `refuse` is what a write calls. Pushes its contents. */
static void freeze_one(lua_State *lua, int index, lua_CFunction refuse) {
  int own = lua_gettop(lua) + 1, contents = own + 1, metatable = own + 2;
  if (!lua_getmetatable(lua, index))
    lua_pushnil(lua);
  move_contents(lua, index);
  lua_createtable(lua, 0, SANDBOX_METATABLE_SIZE);
  set_index(lua, metatable, contents, own);
  adopt_metatable(lua, metatable, own);
  set_function(lua, metatable, "__newindex", refuse);
  set_function(lua, metatable, "__pairs", frozen_pairs);
  set_function(lua, metatable, "__len", frozen_length);
  lua_pushboolean(lua, false);
  lua_setfield(lua, metatable, "__metatable");
  lua_pushvalue(lua, contents);
  lua_rawsetp(lua, metatable, &frozen_key);
  if (lua_isnil(lua, own)) {
    lua_pushboolean(lua, true);
    lua_rawsetp(lua, metatable, &plain_key);
  }
  note_front(lua, contents, index);
  lua_setmetatable(lua, index);
  lua_remove(lua, own);
}

/* Whether this is the first time that the frozen table at the index is asked about. */
static bool goes_deeper(lua_State *lua, int index) {
  lua_getmetatable(lua, index);
  bool first = lua_rawgetp(lua, -1, &deep_key) == LUA_TNIL;
  lua_pushboolean(lua, true);
  lua_rawsetp(lua, -3, &deep_key);
  lua_pop(lua, 2);
  return first;
}

static void freeze(lua_State *lua, int index, int depth) {
  if (depth > FREEZE_DEPTH_MAX)
    luaL_error(lua, "a library's tables may be nested %d levels deep", FREEZE_DEPTH_MAX);
  luaL_checkstack(lua, 10, NULL);
  if (!sandbox_thaw(lua, index))
    freeze_one(lua, index, refuse_to_write);
  int contents = lua_gettop(lua);
  if (goes_deeper(lua, index)) {
    lua_pushnil(lua);
    while (lua_next(lua, contents)) {
      if (lua_istable(lua, -1))
        freeze(lua, lua_gettop(lua), depth + 1);
      lua_pop(lua, 1);
    }
  }
  lua_settop(lua, contents - 1);
}

void sandbox_freeze(lua_State *lua, int index) {
  freeze(lua, lua_absindex(lua, index), 1);
}

/* ---- data ---- */

static bool is_scalar(int type) {
  return type == LUA_TBOOLEAN || type == LUA_TNUMBER || type == LUA_TSTRING;
}

/* The same for one table; `seen` is the place of the set of those that were looked into. */
static bool holds_data(lua_State *lua, int index, int seen) {
  luaL_checkstack(lua, 8, NULL);
  if (!lua_getmetatable(lua, index))
    return false;
  bool plain = lua_rawgetp(lua, -1, &plain_key) != LUA_TNIL;
  bool frozen = lua_rawgetp(lua, -2, &frozen_key) == LUA_TTABLE;
  lua_replace(lua, -3);
  lua_pop(lua, 1);
  int contents = lua_gettop(lua);
  bool data = plain && frozen,
       first = data && lua_rawgetp(lua, seen, lua_topointer(lua, contents)) == LUA_TNIL;
  lua_settop(lua, contents);
  if (first) {
    lua_pushboolean(lua, true);
    lua_rawsetp(lua, seen, lua_topointer(lua, contents));
    lua_pushnil(lua);
    while (data && lua_next(lua, contents)) {
      data = is_scalar(lua_type(lua, -2)) &&
             (is_scalar(lua_type(lua, -1)) ||
              (lua_istable(lua, -1) && holds_data(lua, lua_gettop(lua), seen)));
      lua_pop(lua, 1);
    }
  }
  lua_settop(lua, contents - 1);
  return data;
}

bool sandbox_is_data(lua_State *lua, int index) {
  index = lua_absindex(lua, index);
  lua_newtable(lua);
  bool data = lua_istable(lua, index) && holds_data(lua, index, lua_gettop(lua));
  lua_pop(lua, 1);
  return data;
}

/* ---- setmetatable ---- */

/* Lua acts upon these names in a metatable whatever the limits say. */
static const char *const refused[] = {"__gc", "__mode"};

_Static_assert(LUA_VERSION_NUM == 504, "see which names another Lua looks for in a metatable");

static void check_metatable(lua_State *lua, int index) {
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    lua_pushstring(lua, refused[i]);
    if (lua_rawget(lua, index) != LUA_TNIL)
      luaL_error(lua, "%s is not allowed", refused[i]);
    lua_pop(lua, 1);
  }
}

void sandbox_set_metatable(lua_State *lua, int index) {
  int given = lua_gettop(lua);
  index = lua_absindex(lua, index);
  luaL_checkstack(lua, 10, NULL);
  if (luaL_getmetafield(lua, index, "__metatable") != LUA_TNIL)
    luaL_error(lua, "cannot change a protected metatable");
  if (lua_istable(lua, given)) {
    if (lua_rawequal(lua, index, given))
      luaL_error(lua, "a table cannot be its own metatable");
    if (!sandbox_thaw(lua, given)) {
      check_metatable(lua, given);
      freeze_one(lua, given, refuse_to_change_metatable);
    }
    check_metatable(lua, lua_gettop(lua));
  } else {
    lua_pushnil(lua);
  }
  lua_setmetatable(lua, index);
  lua_settop(lua, given - 1);
}

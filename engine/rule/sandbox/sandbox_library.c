#include "rule/sandbox/sandbox_library.h"

#include "rule/sandbox/lua_pattern.h"
#include "rule/sandbox/sandbox_cost.h"
#include "rule/sandbox/sandbox_freeze.h"
#include "rule/sandbox/sandbox_internal.h"

#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

/* ---- functions in the place of Lua's ---- */

static int safe_next(lua_State *lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  lua_settop(lua, 2);
  if (sandbox_thaw(lua, 1))
    lua_replace(lua, 1);
  if (lua_next(lua, 1))
    return 2;
  lua_pushnil(lua);
  return 1;
}

static int safe_rawget(lua_State *lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  luaL_checkany(lua, 2);
  lua_settop(lua, 2);
  if (sandbox_thaw(lua, 1))
    lua_replace(lua, 1);
  lua_rawget(lua, 1);
  return 1;
}

static int safe_rawlen(lua_State *lua) {
  int type = lua_type(lua, 1);
  luaL_argexpected(lua, type == LUA_TTABLE || type == LUA_TSTRING, 1, "table or string");
  if (sandbox_thaw(lua, 1))
    lua_replace(lua, 1);
  lua_pushinteger(lua, (lua_Integer)lua_rawlen(lua, 1));
  return 1;
}

static int safe_rawset(lua_State *lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  luaL_checkany(lua, 2);
  luaL_checkany(lua, 3);
  lua_settop(lua, 3);
  if (luaL_getmetafield(lua, 1, "__metatable") != LUA_TNIL)
    return luaL_error(lua, "this table is read-only");
  lua_rawset(lua, 1);
  return 1;
}

static int safe_setmetatable(lua_State *lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  int type = lua_type(lua, 2);
  luaL_argexpected(lua, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table");
  lua_settop(lua, 2);
  sandbox_set_metatable(lua, 1);
  return 1;
}

static int safe_getmetatable(lua_State *lua) {
  luaL_checkany(lua, 1);
  if (!lua_getmetatable(lua, 1)) {
    lua_pushnil(lua);
    return 1;
  }
  if (luaL_getmetafield(lua, 1, "__metatable") == LUA_TNIL)
    sandbox_use_front(lua);
  return 1;
}

/* What is left when pcall and xpcall come back: true and the results, or false and the error. A
 * call that has come to its end goes on ending. */
static int after_protected_call(lua_State *lua, int status, int first) {
  if (status == LUA_ERRMEM)
    sandbox_out_of_memory(lua);
  if (sandbox_ended(lua) != SANDBOX_RUNS)
    return lua_error(lua);
  lua_pushboolean(lua, status == LUA_OK);
  lua_insert(lua, first);
  return lua_gettop(lua) - first + 1;
}

static int safe_pcall(lua_State *lua) {
  luaL_checkany(lua, 1);
  int status = lua_pcall(lua, lua_gettop(lua) - 1, LUA_MULTRET, 0);
  luaL_checkstack(lua, 1, NULL);
  return after_protected_call(lua, status, 1);
}

/* A message handler runs where the error was raised. For the end of a call that is within Lua's
 * hook, where no further hook is called and nothing would stop the handler. Upvalue: the handler.
 */
static int handle_error(lua_State *lua) {
  lua_settop(lua, 1);
  if (sandbox_ended(lua) == SANDBOX_RUNS) {
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, 1, 1);
  }
  return 1;
}

static int safe_xpcall(lua_State *lua) {
  luaL_checktype(lua, 2, LUA_TFUNCTION);
  lua_pushvalue(lua, 2);
  lua_pushcclosure(lua, handle_error, 1);
  lua_replace(lua, 2);
  lua_pushvalue(lua, 1); /* handler first, then the function and its arguments */
  lua_copy(lua, 2, 1);
  lua_replace(lua, 2);
  int status = lua_pcall(lua, lua_gettop(lua) - 2, LUA_MULTRET, 1);
  luaL_checkstack(lua, 1, NULL);
  return after_protected_call(lua, status, 2);
}

static int safe_require(lua_State *lua) {
  struct text name;
  name.data = luaL_checklstring(lua, 1, &name.size);
  sandbox_require(lua, name);
  return 1;
}

/* Costs nothing where nobody listens, so that a print that was forgotten does no harm. */
static int safe_print(lua_State *lua) {
  const struct sandbox_printer *printer = &sandbox_of(lua)->printer;
  int count = printer->print ? lua_gettop(lua) : 0;
  struct text line;
  if (count == 0)
    return 0;
  luaL_checkstack(lua, 2 * count, NULL);
  for (int i = 1; i <= count; i++) {
    if (i > 1)
      lua_pushliteral(lua, " ");
    luaL_tolstring(lua, i, NULL);
  }
  lua_concat(lua, 2 * count - 1);
  line.data = lua_tolstring(lua, -1, &line.size);
  printer->print(printer->context, line);
  return 0;
}

/* ---- the whitelist ---- */

static const char *const base_names[] = {"assert", "error",    "ipairs",   "pairs",   "select",
                                         "type",   "tonumber", "tostring", "rawequal"};

static const luaL_Reg base_functions[] = {
    {"next", safe_next},
    {"rawget", safe_rawget},
    {"rawlen", safe_rawlen},
    {"rawset", safe_rawset},
    {"setmetatable", safe_setmetatable},
    {"getmetatable", safe_getmetatable},
    {"pcall", safe_pcall},
    {"xpcall", safe_xpcall},
    {"require", safe_require},
    {"print", safe_print},
    {NULL, NULL},
};

/* Bytecode, and numbers that would differ from run to run. */
static const char *const dropped[] = {"dump", "random", "randomseed"};

static const struct {
  const char *name;
  lua_CFunction open;
} libraries[] = {
    {"string", luaopen_string},
    {"table", luaopen_table},
    {"math", luaopen_math},
    {"utf8", luaopen_utf8},
};

static void drop_names(lua_State *lua, int library) {
  for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++) {
    lua_pushnil(lua);
    lua_setfield(lua, library, dropped[i]);
  }
}

/* Counting with a text makes a number of it. */
static void add_arithmetic_costs(lua_State *lua) {
  lua_pushliteral(lua, "");
  lua_getmetatable(lua, -1);
  sandbox_add_costs(lua, "text");
  lua_pop(lua, 2);
}

/* s:upper() finds the functions through the metatable of all strings, numbers as texts what counts
 * with them. */
static void replace_string_metatable(lua_State *lua, int shared) {
  int top = lua_gettop(lua);
  lua_pushliteral(lua, "");
  lua_createtable(lua, 0, 2 * SANDBOX_METATABLE_SIZE);
  lua_getfield(lua, shared, "string");
  sandbox_thaw(lua, -1);
  lua_setfield(lua, top + 2, "__index");
  lua_settop(lua, top + 2);
  lua_pushboolean(lua, false);
  lua_setfield(lua, top + 2, "__metatable");
  lua_getmetatable(lua, top + 1);
  lua_pushnil(lua);
  while (lua_next(lua, -2)) {
    lua_pushvalue(lua, -2);
    if (lua_rawget(lua, top + 2) != LUA_TNIL) {
      lua_pop(lua, 2);
      continue;
    }
    lua_pop(lua, 1);
    lua_pushvalue(lua, -2);
    lua_insert(lua, -2);
    lua_rawset(lua, top + 2);
  }
  lua_settop(lua, top + 2);
  lua_setmetatable(lua, top + 1);
  lua_settop(lua, top);
}

void sandbox_open_libraries(lua_State *lua) {
  int shared = lua_gettop(lua);
  lua_pushcfunction(lua, luaopen_base);
  lua_call(lua, 0, 1);
  for (size_t i = 0; i < sizeof base_names / sizeof *base_names; i++) {
    lua_getfield(lua, -1, base_names[i]);
    lua_setfield(lua, shared, base_names[i]);
  }
  lua_pop(lua, 1);
  lua_newtable(lua); /* what luaopen_base filled goes */
  lua_rawseti(lua, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  luaL_setfuncs(lua, base_functions, 0);
  sandbox_add_costs(lua, "_G");
  for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
    lua_pushcfunction(lua, libraries[i].open);
    lua_call(lua, 0, 1);
    drop_names(lua, lua_gettop(lua));
    if (strcmp(libraries[i].name, "string") == 0) {
      lua_pattern_add_functions(lua);
      add_arithmetic_costs(lua);
    }
    sandbox_add_costs(lua, libraries[i].name);
    sandbox_freeze(lua, -1);
    lua_setfield(lua, shared, libraries[i].name);
  }
  replace_string_metatable(lua, shared);
}

#include "rule/sandbox/sandbox_module.h"

#include "base/suggestion.h"
#include "rule/sandbox/sandbox_freeze.h"
#include "rule/sandbox/sandbox_internal.h"

#include <lauxlib.h>

/* Registry keys: their addresses. The metatable of every environment, whose __index is what all
 * files see; the modules in C by name; the values of shared libraries by name; and the compiled
 * libraries by name. */
static const char environment_key, modules_key, shared_key, compiled_key;

void sandbox_open_modules(lua_State *lua) {
  lua_createtable(lua, 0, SANDBOX_METATABLE_SIZE);
  lua_insert(lua, -2);
  lua_setfield(lua, -2, "__index");
  lua_pushboolean(lua, false);
  lua_setfield(lua, -2, "__metatable");
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &environment_key);
  lua_newtable(lua);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &modules_key);
  lua_newtable(lua);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &shared_key);
  lua_newtable(lua);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &compiled_key);
  struct sandbox *sandbox = sandbox_of(lua);
  sandbox->modules = sandbox->modules_first = sandbox_modules_new(sandbox);
}

/* ---- sets of modules ---- */

int sandbox_modules_new(struct sandbox *sandbox) {
  lua_newtable(sandbox->lua);
  return luaL_ref(sandbox->lua, LUA_REGISTRYINDEX);
}

void sandbox_modules_free(struct sandbox *sandbox, int modules) {
  luaL_unref(sandbox->lua, LUA_REGISTRYINDEX, modules);
  if (sandbox->modules == modules)
    sandbox->modules = sandbox->modules_first;
}

void sandbox_modules_use(struct sandbox *sandbox, int modules) {
  sandbox->modules = modules;
}

void sandbox_modules_renew(struct sandbox *sandbox) {
  lua_newtable(sandbox->lua);
  lua_rawseti(sandbox->lua, LUA_REGISTRYINDEX, sandbox->modules);
}

void sandbox_share_modules(struct sandbox *sandbox, bool share) {
  sandbox->shares_modules = share;
}

void sandbox_add_module(struct sandbox *sandbox, const char *name, lua_CFunction open) {
  lua_State *lua = sandbox->lua;
  lua_pushcfunction(lua, open);
  lua_call(lua, 0, 1);
  sandbox_freeze(lua, -1);
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &modules_key);
  lua_pushvalue(lua, -2);
  lua_setfield(lua, -2, name);
  lua_pop(lua, 1);
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &environment_key);
  lua_getfield(lua, -1, "__index");
  lua_pushvalue(lua, -3);
  lua_setfield(lua, -2, name);
  lua_pop(lua, 3);
}

/* ---- compiling ---- */

static struct text without_byte_order_mark(struct text source) {
  static const char mark[] = "\xef\xbb\xbf";
  if (source.size >= 3 && memcmp(source.data, mark, 3) == 0)
    return (struct text){source.data + 3, source.size - 3};
  return source;
}

void sandbox_push_environment_metatable(lua_State *lua) {
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &environment_key);
}

static void push_environment(lua_State *lua) {
  lua_newtable(lua);
  sandbox_push_environment_metatable(lua);
  lua_setmetatable(lua, -2);
}

int sandbox_compile(lua_State *lua, const char *file, struct text source) {
  push_environment(lua);
  source = without_byte_order_mark(source);
  lua_pushfstring(lua, "@%s", file);
  int status = LUA_ERRSYNTAX;
  if (source.size && source.data[0] == LUA_SIGNATURE[0])
    lua_pushfstring(lua, "%s:1: compiled Lua is not accepted", file);
  else
    status = luaL_loadbufferx(lua, source.data, source.size, lua_tostring(lua, -1), "t");
  lua_remove(lua, -2);
  if (status != LUA_OK) {
    lua_remove(lua, -2);
    return status;
  }
  lua_pushvalue(lua, -2);
  lua_setupvalue(lua, -2, 1);
  return LUA_OK;
}

/* ---- require ---- */

/* Raises the error at the top of the stack. */
static void raise_error(lua_State *lua, int status) {
  if (status == LUA_ERRMEM)
    sandbox_out_of_memory(lua);
  lua_error(lua);
}

/* Raises the error for a name that no library has; it is at the top of the stack. */
static void refuse_library(lua_State *lua, struct text name) {
  const struct sandbox_resolver *resolver = &sandbox_of(lua)->resolver;
  struct arena arena = ARENA_NONE;
  struct suggestion suggestion;
  const char *nearest =
      resolver->nearest ? resolver->nearest(resolver->context, name, &arena) : NULL;
  suggestion_write(nearest, &suggestion);
  arena_free(&arena);
  luaL_error(lua, "there is no library '%s'%s", lua_tostring(lua, -1), suggestion.text);
}

/* As sandbox_compile, from what sandbox_dump_library wrote. */
static int load_compiled(lua_State *lua, struct text code) {
  push_environment(lua);
  int status = luaL_loadbufferx(lua, code.data, code.size, "=", "b"); /* it has its name */
  if (status != LUA_OK) {
    lua_remove(lua, -2);
    return status;
  }
  lua_pushvalue(lua, -2);
  lua_setupvalue(lua, -2, 1);
  return LUA_OK;
}

/* Compiles the library whose name is also at the top of the stack, and pushes its function with an
 * environment. */
static void compile_library(lua_State *lua, struct text name) {
  const struct sandbox_resolver *resolver = &sandbox_of(lua)->resolver;
  const char *file = NULL;
  struct text source = {NULL, 0}, code = {NULL, 0};
  if (!resolver->find || !resolver->find(resolver->context, name, &file, &source))
    refuse_library(lua, name);
  if (resolver->compiled)
    code = resolver->compiled(resolver->context, name);
  int status = code.size ? load_compiled(lua, code) : sandbox_compile(lua, file, source);
  if (status != LUA_OK)
    raise_error(lua, status);
  lua_remove(lua, -2);
}

/* Gives the compiled library at the top of the stack a fresh environment. Functions that it made
 * when it ran before keep the one that they have: their upvalue stays, the library's is another. */
static void renew_environment(lua_State *lua) {
  int status = luaL_loadbufferx(lua, "", 0, "=", "t");
  if (status != LUA_OK)
    raise_error(lua, status);
  push_environment(lua);
  lua_setupvalue(lua, -2, 1);
  lua_upvaluejoin(lua, -2, 1, -1, 1);
  lua_pop(lua, 1);
}

/* Pushes the function of the library whose name is also at the top of the stack. */
static void push_library(lua_State *lua, struct text name) {
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &compiled_key);
  lua_pushvalue(lua, -2);
  if (lua_rawget(lua, -2) == LUA_TFUNCTION) {
    lua_remove(lua, -2);
    renew_environment(lua);
    return;
  }
  lua_pop(lua, 2);
  compile_library(lua, name);
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &compiled_key);
  lua_pushvalue(lua, -3);
  lua_pushvalue(lua, -3);
  lua_rawset(lua, -3);
  lua_pop(lua, 1);
}

static int append_code(lua_State *lua, const void *bytes, size_t size, void *context) {
  (void)lua;
  buffer_append(context, bytes, size);
  return 0;
}

bool sandbox_dump_library(struct sandbox *sandbox, struct text name, struct buffer *code) {
  lua_State *lua = sandbox->lua;
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &compiled_key);
  lua_pushlstring(lua, name.data, name.size);
  bool found = lua_rawget(lua, -2) == LUA_TFUNCTION;
  found = found && lua_dump(lua, append_code, code, 0) == 0;
  lua_pop(lua, 2);
  return found;
}

/* Sets the module whose name is above `modules` to the value at the top of the stack, which is
 * popped. */
static void set_module(lua_State *lua, int modules) {
  lua_pushvalue(lua, modules + 1);
  lua_insert(lua, -2);
  lua_rawset(lua, modules);
}

/* Runs the library at the top of the stack, and leaves its value: true when its file gives nothing.
 * True when it required only what is shared itself. */
static bool run_alone(lua_State *lua, int modules) {
  struct sandbox *sandbox = sandbox_of(lua);
  bool outer = sandbox->required_shared_only;
  sandbox->required_shared_only = true;
  int status = lua_pcall(lua, 0, 1, 0);
  bool alone = sandbox->required_shared_only;
  sandbox->required_shared_only = outer;
  if (status != LUA_OK) {
    lua_pushnil(lua);
    set_module(lua, modules);
    raise_error(lua, status);
  }
  if (lua_isnil(lua, -1)) {
    lua_pop(lua, 1);
    lua_pushboolean(lua, true);
  }
  return alone;
}

/* Makes the value at the top of the stack that of the library for all sets of modules. */
static void share_module(lua_State *lua, int modules) {
  lua_pushnil(lua);
  set_module(lua, modules);
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &shared_key);
  lua_pushvalue(lua, modules + 1);
  lua_pushvalue(lua, -3);
  lua_rawset(lua, -3);
  lua_pop(lua, 1);
}

/* Pushes the value of the library whose name is above `modules`. A failed one is as if it had never
 * been asked for. */
static void run_module(lua_State *lua, struct text name, int modules) {
  struct sandbox *sandbox = sandbox_of(lua);
  push_library(lua, name);
  lua_pushlightuserdata(lua, sandbox); /* marks it as being loaded */
  set_module(lua, modules);
  bool alone = run_alone(lua, modules);
  if (lua_istable(lua, -1))
    sandbox_freeze(lua, -1);
  if (alone && sandbox->shares_modules && sandbox_is_data(lua, -1)) {
    share_module(lua, modules);
    return;
  }
  sandbox->required_shared_only = false;
  lua_pushvalue(lua, -1);
  set_module(lua, modules);
}

/* Pushes what the table under the registry's key has under the name above `modules`, or nil. Gives
 * its type. */
static int push_registered(lua_State *lua, const char *key, int modules) {
  lua_rawgetp(lua, LUA_REGISTRYINDEX, key);
  lua_pushvalue(lua, modules + 1);
  int type = lua_rawget(lua, -2);
  lua_remove(lua, -2);
  if (type == LUA_TNIL)
    lua_pop(lua, 1);
  return type;
}

/* Pushes the value that the set in use has under the name above `modules`; false when it has none
 * yet. */
static bool push_own(lua_State *lua, int modules) {
  lua_pushvalue(lua, modules + 1);
  int type = lua_rawget(lua, modules);
  if (type == LUA_TLIGHTUSERDATA)
    luaL_error(lua, "the library '%s' requires itself", lua_tostring(lua, modules + 1));
  if (type == LUA_TNIL)
    lua_pop(lua, 1);
  else
    sandbox_of(lua)->required_shared_only = false;
  return type != LUA_TNIL;
}

void sandbox_require(lua_State *lua, struct text name) {
  luaL_checkstack(lua, 12, NULL);
  lua_rawgeti(lua, LUA_REGISTRYINDEX, sandbox_of(lua)->modules);
  int modules = lua_gettop(lua);
  lua_pushlstring(lua, name.data, name.size);
  if (push_registered(lua, &modules_key, modules) == LUA_TNIL && !push_own(lua, modules) &&
      push_registered(lua, &shared_key, modules) == LUA_TNIL)
    run_module(lua, name, modules);
  lua_replace(lua, modules);
  lua_settop(lua, modules);
}

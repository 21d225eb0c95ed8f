#include "rule/vm/rule_run.h"

#include "rule/binding/rule_kv.h"
#include "rule/binding/rule_library.h"

#include <lauxlib.h>

static bool find_library(void *context, struct text name, const char **file, struct text *source) {
  const struct rule_set *set = context;
  for (size_t i = 0; i < set->library_count; i++)
    if (text_equal(set->libraries[i].name, name)) {
      *file = set->libraries[i].file;
      *source = set->libraries[i].source;
      return true;
    }
  return false;
}

static struct text find_compiled(void *context, struct text name) {
  const struct rule_set *set = context;
  for (size_t i = 0; i < set->library_count; i++)
    if (text_equal(set->libraries[i].name, name))
      return set->libraries[i].code;
  return TEXT("");
}

/* Modules in C. */
static const struct {
  const char *name;
  lua_CFunction open;
} modules[] = {
    {"re", rule_open_re}, {"ip", rule_open_ip}, {"time", rule_open_time}, {"kv", rule_open_kv}};
enum { MODULE_COUNT = sizeof modules / sizeof *modules };

bool rule_library_exists(const struct rule_set *set, struct text name) {
  for (size_t i = 0; i < MODULE_COUNT; i++)
    if (text_is(name, modules[i].name))
      return true;
  for (size_t i = 0; i < set->library_count; i++)
    if (text_equal(set->libraries[i].name, name))
      return true;
  return false;
}

const char *rule_library_nearest(const struct rule_set *set, struct text name,
                                 struct arena *arena) {
  size_t count = 0;
  const char **names = arena_alloc(arena, (MODULE_COUNT + set->library_count) * sizeof *names);
  for (size_t i = 0; i < MODULE_COUNT; i++)
    names[count++] = modules[i].name;
  for (size_t i = 0; i < set->library_count; i++)
    names[count++] = arena_printf(arena, "%.*s", TEXT_ARGS(set->libraries[i].name));
  return text_nearest(name, names, count);
}

static const char *find_nearest(void *context, struct text name, struct arena *arena) {
  return rule_library_nearest(context, name, arena);
}

struct sandbox *rule_sandbox_new(const struct rule_set *set, const struct sandbox_limits *limits,
                                 struct event_binding *binding) {
  union {
    const struct rule_set *set;
    void *context;
  } context = {.set = set};
  struct sandbox_resolver resolver = {.find = find_library,
                                      .compiled = find_compiled,
                                      .nearest = find_nearest,
                                      .context = context.context};
  struct sandbox *sandbox = sandbox_new(limits, &resolver);
  event_binding_open(sandbox_lua(sandbox), binding);
  for (size_t i = 0; i < MODULE_COUNT; i++)
    sandbox_add_module(sandbox, modules[i].name, modules[i].open);
  return sandbox;
}

static int require_library(lua_State *lua) {
  struct text name;
  name.data = luaL_checklstring(lua, 1, &name.size);
  sandbox_require(lua, name);
  return 0;
}

bool rule_run_library(struct sandbox *sandbox, const struct rule_library *library,
                      struct error *error) {
  lua_State *lua = sandbox_lua(sandbox);
  lua_pushcfunction(lua, require_library);
  lua_pushlstring(lua, library->name.data, library->name.size);
  return sandbox_call(sandbox, 1, 0, error);
}

static int pass_over(lua_State *lua) {
  (void)lua;
  return 0;
}

/* Upvalue: a table that keeps the argument. */
static int keep(lua_State *lua) {
  lua_settop(lua, 1);
  lua_rawseti(lua, lua_upvalueindex(1), 1);
  return 0;
}

/* Runs the file, with the function at `tests` for its tests and nothing for its other declarations,
 * and pushes its environment. */
static bool run(struct sandbox *sandbox, const char *file, struct text source, int tests,
                struct error *error) {
  static const char *const declarations[] = {"metadata", "correlation", "tests"};
  enum { COUNT = sizeof declarations / sizeof *declarations };
  lua_State *lua = sandbox_lua(sandbox);
  if (!sandbox_load(sandbox, file, source, error))
    return false;
  int environment = lua_gettop(lua) - 1;
  for (int i = 0; i < COUNT; i++) {
    if (i == COUNT - 1)
      lua_pushvalue(lua, tests);
    else
      lua_pushcfunction(lua, pass_over);
    lua_setfield(lua, environment, declarations[i]);
  }
  if (!sandbox_call(sandbox, 0, 0, error)) {
    lua_settop(lua, environment - 1);
    return false;
  }
  for (int i = 0; i < COUNT; i++) {
    lua_pushstring(lua, declarations[i]);
    lua_pushnil(lua);
    lua_rawset(lua, environment);
  }
  return true;
}

bool rule_run(struct sandbox *sandbox, const char *file, struct text source, struct error *error) {
  lua_State *lua = sandbox_lua(sandbox);
  int base = lua_gettop(lua);
  lua_pushcfunction(lua, pass_over);
  bool ok = run(sandbox, file, source, base + 1, error);
  lua_remove(lua, base + 1);
  return ok;
}

bool rule_run_for_tests(struct sandbox *sandbox, const char *file, struct text source,
                        struct error *error) {
  lua_State *lua = sandbox_lua(sandbox);
  int base = lua_gettop(lua);
  lua_newtable(lua);
  lua_pushvalue(lua, base + 1);
  lua_pushcclosure(lua, keep, 1);
  bool ok = run(sandbox, file, source, base + 2, error);
  lua_settop(lua, base + 1);
  if (ok)
    lua_rawgeti(lua, base + 1, 1);
  lua_remove(lua, base + 1);
  return ok;
}

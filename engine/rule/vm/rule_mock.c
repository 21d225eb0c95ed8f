/* Mocks of unit tests: what a rule calls, replaced for one test. */
#include "base/suggestion.h"
#include "rule/binding/event_lookup.h"
#include "rule/binding/lua_tests.h"
#include "rule/sandbox/sandbox_freeze.h"
#include "rule/vm/rule_instance.h"
#include "rule/vm/rule_run.h"
#include "rule/vm/rule_vm_internal.h"

#include <lauxlib.h>
#include <stdio.h>

#define EVENT_PREFIX "event:"
/* Names that are compared with one that is not there. */
#define NAMES_MAX 1000

/* Registry key: its address. A list of what was replaced, three entries each: the table, the name,
 * what stood there. */
static const char replaced_key;

/* ---- giving back ---- */

/* Backwards, so that what was replaced twice is as it was first. */
static void give_back(lua_State *lua) {
  if (lua_rawgetp(lua, LUA_REGISTRYINDEX, &replaced_key) == LUA_TTABLE) {
    int list = lua_gettop(lua);
    for (lua_Integer i = (lua_Integer)lua_rawlen(lua, list); i >= 3; i -= 3) {
      lua_rawgeti(lua, list, i - 2);
      lua_rawgeti(lua, list, i - 1);
      lua_rawgeti(lua, list, i);
      lua_rawset(lua, -3);
      lua_pop(lua, 1);
    }
  }
  lua_pop(lua, 1);
  lua_pushnil(lua);
  event_binding_mock_lookups(lua, -1);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &replaced_key);
}

void rule_vm_unmock(struct rule_vm *vm, const struct rule *rule) {
  give_back(sandbox_lua(vm->sandbox));
  field_view_mock_lookups(vm->view, NULL, NULL);
  rule_instance_forget(vm, rule);
  vm->mocked = NULL;
}

/* ---- what stands in the place ---- */

/* As event:lookup does, for a condition. */
static bool has_mocked_row(void *context, struct text table, struct text key) {
  struct rule_vm *vm = context;
  lua_State *lua = sandbox_lua(vm->sandbox);
  struct error ignored = ERROR_NONE;
  if (!rule_vm_call_lookup(vm, vm->mocked, table, key, TEXT(""), &ignored))
    return false;
  bool found = !lua_isnil(lua, -1);
  lua_pop(lua, 1);
  return found;
}

static int give_value(lua_State *lua) {
  lua_pushvalue(lua, lua_upvalueindex(1));
  return 1;
}

/* A method's arguments after the event lead into the table. */
static int look_up(lua_State *lua) {
  int count = lua_gettop(lua);
  lua_pushvalue(lua, lua_upvalueindex(1));
  for (int i = 2; i <= count && lua_istable(lua, -1); i++) {
    if (lua_isnil(lua, i)) {
      lua_pushnil(lua);
    } else {
      lua_pushvalue(lua, i);
      lua_rawget(lua, -2);
    }
    lua_replace(lua, count + 1);
  }
  return 1;
}

/* Replaces `name` in the table at the top of the stack by the mock at `value`. */
static void replace(lua_State *lua, struct text name, int value, bool is_method) {
  int table = lua_gettop(lua);
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &replaced_key);
  lua_Integer next = (lua_Integer)lua_rawlen(lua, -1) + 1;
  lua_pushvalue(lua, table);
  lua_rawseti(lua, -2, next);
  lua_pushlstring(lua, name.data, name.size);
  lua_pushvalue(lua, -1);
  lua_rawseti(lua, -3, next + 1);
  int type = lua_rawget(lua, table);
  lua_rawseti(lua, -2, next + 2);
  lua_pushlstring(lua, name.data, name.size);
  lua_pushvalue(lua, value);
  if (type == LUA_TFUNCTION && !lua_isfunction(lua, value))
    lua_pushcclosure(lua, is_method && lua_istable(lua, value) ? look_up : give_value, 1);
  lua_rawset(lua, table);
  lua_settop(lua, table);
}

/* ---- finding what is meant ---- */

/* Raises the error that `name` is not in the table at the top of the stack. */
static void refuse_name(lua_State *lua, const char *what, struct text name) {
  const char *names[NAMES_MAX];
  char shown[80];
  size_t count = 0;
  lua_pushnil(lua);
  for (; lua_next(lua, -2) && count < NAMES_MAX; lua_pop(lua, 1))
    if (lua_type(lua, -2) == LUA_TSTRING)
      names[count++] = lua_tostring(lua, -2);
  struct suggestion suggestion;
  luaL_error(lua, "there is no %s '%s'%s", what, text_printable(name, shown, sizeof shown),
             suggestion_find(name, names, count, &suggestion));
}

static bool is_there(lua_State *lua, struct text name) {
  lua_pushlstring(lua, name.data, name.size);
  bool there = lua_rawget(lua, -2) != LUA_TNIL;
  lua_pop(lua, 1);
  return there;
}

/* A table of lookup tables leaves those as they are that it does not name. */
static void mock_method(lua_State *lua, struct text name, int value) {
  if (text_is(name, "lookup") && lua_istable(lua, value)) {
    event_binding_mock_lookups(lua, value);
    return;
  }
  event_binding_push_methods(lua);
  if (!is_there(lua, name))
    refuse_name(lua, "event method", name);
  replace(lua, name, value, true);
}

static const char *last_dot(struct text name) {
  for (size_t i = name.size; i-- > 0;)
    if (name.data[i] == '.')
      return name.data + i;
  return NULL;
}

static void mock_library(lua_State *lua, struct text name, int value) {
  const char *dot = last_dot(name);
  if (!dot) {
    luaL_error(lua, "a mock is named \"library.function\" or \"event:method\", not '%s'",
               name.data);
    return;
  }
  struct text library = {name.data, (size_t)(dot - name.data)};
  struct text member = {dot + 1, name.size - library.size - 1};
  sandbox_require(lua, library);
  if (!lua_istable(lua, -1))
    luaL_error(lua, "the library of '%s' is no table", name.data);
  if (sandbox_thaw(lua, -1))
    lua_remove(lua, -2);
  if (!is_there(lua, member))
    refuse_name(lua, "library function", member);
  replace(lua, member, value, false);
}

/* Arguments: the table of mocks, and where the name of the one in hand goes. */
static int apply(lua_State *lua) {
  struct text *name = lua_touserdata(lua, 2);
  static const size_t prefix = sizeof EVENT_PREFIX - 1;
  luaL_checkstack(lua, 20, NULL);
  lua_newtable(lua);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &replaced_key);
  lua_pushnil(lua);
  while (lua_next(lua, 1)) {
    if (lua_type(lua, -2) != LUA_TSTRING)
      return luaL_error(lua, "mocks must have names as keys, not a %s", luaL_typename(lua, -2));
    int value = lua_gettop(lua);
    name->data = lua_tolstring(lua, value - 1, &name->size);
    if (name->size > prefix && memcmp(name->data, EVENT_PREFIX, prefix) == 0)
      mock_method(lua, (struct text){name->data + prefix, name->size - prefix}, value);
    else
      mock_library(lua, *name, value);
    lua_settop(lua, value - 1);
  }
  return 0;
}

/* Pushes the mocks of the test; nil when it has none. */
static void push_mocks(lua_State *lua, size_t test) {
  if (!lua_istable(lua, -1)) {
    lua_pushnil(lua);
    return;
  }
  int tests = lua_gettop(lua);
  struct lua_tests_cursor cursor = {0, 0};
  bool found = lua_tests_next(lua, tests, &cursor);
  for (; found && test > 0; test--) {
    lua_pop(lua, 1);
    found = lua_tests_next(lua, tests, &cursor);
  }
  if (!found) {
    lua_pushnil(lua);
  } else if (lua_istable(lua, -1)) {
    lua_pushliteral(lua, "mocks");
    lua_rawget(lua, -2);
  }
}

bool rule_vm_mock(struct rule_vm *vm, const struct rule *rule, size_t test, struct text *name,
                  struct error *error) {
  lua_State *lua = sandbox_lua(vm->sandbox);
  int base = lua_gettop(lua);
  struct text current = TEXT("");
  arena_reset(&vm->arena);
  rule_vm_unmock(vm, rule);
  *name = current;
  rule_instance_use_modules(vm, rule);
  if (!rule_run_for_tests(vm->sandbox, rule->file, rule->source, error))
    return false;
  push_mocks(lua, test);
  bool ok = true;
  if (lua_istable(lua, -1)) {
    lua_pushcfunction(lua, apply);
    lua_pushvalue(lua, -2);
    lua_pushlightuserdata(lua, &current);
    ok = sandbox_call(vm->sandbox, 2, 0, error);
    *name = arena_copy(&vm->arena, current);
    vm->mocked = rule;
    field_view_mock_lookups(vm->view, has_mocked_row, vm);
  }
  lua_settop(lua, base);
  if (!ok)
    rule_vm_unmock(vm, rule);
  return ok;
}

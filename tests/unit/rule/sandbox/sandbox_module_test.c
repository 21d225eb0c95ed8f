#include "rule/sandbox/sandbox.h"

#include <lauxlib.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))

static const struct {
  const char *name, *source;
  bool shared;
} libraries[] = {
    {"names", "return { 'a', { b = { 1, 2.5, true } }, x = 'y' }", true},
    {"empty", "return {}", true},
    {"round", "local t = { 1 } t.me = t t.twice = { t, t } return t", true},
    {"computed", "local t = {} for w in ('a b c'):gmatch('%a') do t[w] = #t end return t", true},
    {"built on data", "local names = require 'names' return { names = names, more = names[1] }",
     true},
    {"function", "return { f = function() end }", false},
    {"deep function", "return { { { { f = print } } } }", false},
    {"function as a key", "return { [print] = 1 }", false},
    {"table as a key", "return { [{}] = 1 }", false},
    {"metatable", "return setmetatable({}, { __index = { 1 } })", false},
    {"deep metatable", "return { a = setmetatable({}, { __name = 'x' }) }", false},
    {"read-only before", "local t = { 1 } setmetatable({}, t) return { t = t }", true},
    {"metatable that was read-only before",
     "local t = setmetatable({}, { __name = 'x' }) setmetatable({}, t) return { t = t }", false},
    {"another function", "return { f = require('names') and print }", false},
    {"built on what is not shared", "local f = require 'function' return { f.x }", false},
    {"required before", "pcall(require, 'unknown') local f = require 'function' return { 1 }",
     false},
    {"behind another", "local f = require 'built on what is not shared' return { 1 }", false},
    {"library",
     "local sum = 0\nx = 1\nreturn { add = function(n) sum = sum + n * x return sum end,\n"
     "  fail = function() error('here') end }",
     false},
    {"number", "return 5", false},
    {"nothing", "local x = 1", false},
};

static bool find_library(void *context, struct text name, const char **file, struct text *source) {
  (void)context;
  for (size_t i = 0; i < COUNT(libraries); i++)
    if (text_is(name, libraries[i].name)) {
      *file = libraries[i].name;
      *source = text_from(libraries[i].source);
      return true;
    }
  return false;
}

static int start(void **state) {
  struct sandbox_resolver resolver = {.find = find_library};
  *state = sandbox_new(&(struct sandbox_limits){0}, &resolver);
  return 0;
}

static int stop(void **state) {
  sandbox_free(*state);
  return 0;
}

static int require_it(lua_State *lua) {
  sandbox_require(lua, text_from(lua_tostring(lua, 1)));
  return 1;
}

/* Leaves the library's value on the stack. */
static void require(struct sandbox *sandbox, int modules, const char *name) {
  lua_State *lua = sandbox_lua(sandbox);
  struct error error = ERROR_NONE;
  sandbox_modules_use(sandbox, modules);
  lua_pushcfunction(lua, require_it);
  lua_pushstring(lua, name);
  if (!sandbox_call(sandbox, 1, 1, &error))
    fail_msg("%s: %s", name, error.text);
}

/* Whether two sets of modules have the same value. */
static bool is_shared(struct sandbox *sandbox, const char *name) {
  lua_State *lua = sandbox_lua(sandbox);
  int sets[2] = {sandbox_modules_new(sandbox), sandbox_modules_new(sandbox)};
  for (int i = 0; i < 2; i++)
    require(sandbox, sets[i], name);
  bool shared = lua_istable(lua, -1) && lua_rawequal(lua, -1, -2);
  lua_pop(lua, 2);
  for (int i = 0; i < 2; i++)
    sandbox_modules_free(sandbox, sets[i]);
  return shared;
}

static void libraries_of_data_are_run_once(void **state) {
  sandbox_share_modules(*state, true);
  for (size_t i = 0; i < COUNT(libraries); i++)
    if (is_shared(*state, libraries[i].name) != libraries[i].shared)
      fail_msg("%s is %sshared", libraries[i].name, libraries[i].shared ? "not " : "");
}

/* The order in which they are asked for makes no difference. */
static void libraries_are_shared_in_any_order(void **state) {
  sandbox_share_modules(*state, true);
  for (size_t i = COUNT(libraries); i-- > 0;)
    if (is_shared(*state, libraries[i].name) != libraries[i].shared)
      fail_msg("%s is %sshared", libraries[i].name, libraries[i].shared ? "not " : "");
}

static void nothing_is_shared_that_runs_while_rules_are_called(void **state) {
  for (size_t i = 0; i < COUNT(libraries); i++)
    if (is_shared(*state, libraries[i].name))
      fail_msg("%s is shared", libraries[i].name);
}

static void a_shared_library_cannot_be_written_to(void **state) {
  lua_State *lua = sandbox_lua(*state);
  static const char *const writes[] = {
      "require('names').x = 1",
      "require('names')[2].b[1] = 2",
      "rawset(require('names'), 'x', 1)",
      "setmetatable(require('names')[2], {})",
      "table.insert(require('names'), 1)",
      "table.sort(require('names')[2].b, function(a, b) return tostring(a) > tostring(b) end)",
      "local t = require('names') for k, v in pairs(t) do if type(v) == 'table' then v.z = 1 end "
      "end",
  };
  sandbox_share_modules(*state, true);
  for (size_t i = 0; i < COUNT(writes); i++) {
    struct error error = ERROR_NONE;
    assert_true(sandbox_load(*state, "rules/x.lua", text_from(writes[i]), &error));
    if (sandbox_call(*state, 0, 0, &error))
      fail_msg("%s is no error", writes[i]);
    lua_settop(lua, 0);
  }
}

/* The compiled form of the library that every name finds; it has no text. */
static struct text find_compiled(void *context, struct text name) {
  (void)name;
  return *(struct text *)context;
}

static bool find_no_text(void *context, struct text name, const char **file, struct text *source) {
  (void)context;
  (void)name;
  *file = "lost.lua";
  *source = TEXT("");
  return true;
}

static void a_compiled_library_is_like_its_text(void **state) {
  static const char use[] = "local lib = require 'library'\n"
                            "assert(lib.add(2) == 2 and lib.add(3) == 5 and x == nil)\n"
                            "lib.fail()";
  struct text compiled = TEXT("");
  struct sandbox_resolver resolver = {
      .find = find_no_text, .compiled = find_compiled, .context = &compiled};
  struct buffer code = BUFFER_NONE;
  struct error error = ERROR_NONE;
  assert_false(sandbox_dump_library(*state, TEXT("library"), &code));
  require(*state, sandbox_modules_new(*state), "library");
  assert_true(sandbox_dump_library(*state, TEXT("library"), &code));
  compiled = buffer_text(&code);
  struct sandbox *other = sandbox_new(&(struct sandbox_limits){0}, &resolver);
  for (int i = 0; i < 2; i++) { /* each set of modules has its own */
    sandbox_modules_use(other, sandbox_modules_new(other));
    assert_true(sandbox_load(other, "rules/x.lua", TEXT(use), &error));
    assert_false(sandbox_call(other, 0, 0, &error));
    assert_non_null(strstr(error.text, "here"));
    assert_string_equal(error.file, "library");
    assert_int_equal(error.line, 4);
    error_clear(&error);
    lua_settop(sandbox_lua(other), 2);
  }
  sandbox_free(other);
  buffer_free(&code);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
  const struct CMUnitTest tests[] = {
      TEST(libraries_of_data_are_run_once),
      TEST(libraries_are_shared_in_any_order),
      TEST(nothing_is_shared_that_runs_while_rules_are_called),
      TEST(a_shared_library_cannot_be_written_to),
      TEST(a_compiled_library_is_like_its_text),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "base/buffer.h"
#include "base/memory.h"
#include "rule/sandbox/sandbox.h"

#include <lauxlib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static bool find_library(void *context, struct text name, const char **file, struct text *source) {
  static const struct {
    const char *name, *file, *source;
  } libraries[] = {
      {"list", "lib/list.lua",
       "local M = { items = { 'a', 'b' } } function M.count() return #M.items end "
       "function M.grow() M.items[3] = 'c' end return M"},
      {"class", "lib/class.lua",
       "local C = setmetatable({ kind = 'own' }, { __index = { kind = 'base', hum = 'm' }, "
       "__call = function(_, x) return x + 1 end }) return C"},
      {"point", "lib/point.lua",
       "local P = {} P.__index = P P.__eq = function(a, b) return a.x == b.x end "
       "function P.new(x) return setmetatable({ x = x }, P) end "
       "function P:twice() return self.x * 2 end return P"},
      {"round", "lib/round.lua", "return require 'trip'"},
      {"trip", "lib/trip.lua", "return require 'round'"},
      {"broken", "lib/broken.lua", "local x = = 1"},
      {"failing", "lib/failing.lua", "\nerror('not today')"},
      {"silent", "lib/silent.lua", "hidden = 1"},
      {"compiled", "lib/compiled.lua", "\x1bLua"},
      {"deep", "lib/deep.lua", "local t = {} for i = 1, 10000 do t = { t } end return t"},
  };
  (void)context;
  for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++)
    if (text_is(name, libraries[i].name)) {
      *file = libraries[i].file;
      *source = text_from(libraries[i].source);
      return true;
    }
  return false;
}

static int start_with(void **state, int64_t instructions, size_t memory) {
  struct sandbox_limits limits = {.instruction_max = instructions, .memory_max = memory};
  struct sandbox_resolver resolver = {.find = find_library};
  *state = sandbox_new(&limits, &resolver);
  return 0;
}

static int start(void **state) {
  return start_with(state, 200000, (size_t)8 << 20);
}

static int stop(void **state) {
  sandbox_free(*state);
  return 0;
}

/* Runs a text; its first result, turned into text by Lua, is put in `result`. */
static bool run(struct sandbox *sandbox, struct text source, char *result, size_t size,
                struct error *error) {
  lua_State *lua = sandbox_lua(sandbox);
  int top = lua_gettop(lua);
  bool ok = false;
  *error = ERROR_NONE;
  if (sandbox_load(sandbox, "rules/x.lua", source, error)) {
    ok = sandbox_call(sandbox, 0, 1, error);
    if (ok) {
      snprintf(result, size, "%s", luaL_tolstring(lua, -1, NULL));
      lua_pop(lua, 2);
    }
    lua_pop(lua, 1);
  }
  assert_int_equal(lua_gettop(lua), top);
  assert_int_equal(ok, !error->set);
  return ok;
}

static void expect_error(struct sandbox *sandbox, const char *source, const char *expected) {
  char result[256];
  struct error error;
  struct error_line line;
  if (run(sandbox, text_from(source), result, sizeof result, &error))
    fail_msg("%s\n  gave %s", source, result);
  if (strcmp(error_line(&error, &line), expected) != 0)
    fail_msg("%s\n  got:      %s\n  expected: %s", source, line.text, expected);
}

static void expect_result(struct sandbox *sandbox, const char *source, const char *expected) {
  char result[256];
  struct error error;
  struct error_line line;
  if (!run(sandbox, text_from(source), result, sizeof result, &error))
    fail_msg("%s\n  failed: %s", source, error_line(&error, &line));
  if (strcmp(result, expected) != 0)
    fail_msg("%s\n  got:      %s\n  expected: %s", source, result, expected);
}

struct row {
  const char *source, *expected;
};
/* NOLINTBEGIN(bugprone-macro-parentheses): `row` is declared here */
#define EACH(row, rows)                                                                            \
  const struct row *row = (rows);                                                                  \
  row < (rows) + sizeof(rows) / sizeof *(rows);                                                    \
  row++
/* NOLINTEND(bugprone-macro-parentheses) */

static void deep_recursion_is_an_error(void **state) {
  static const char *const rows[] = {
      "local function f() return 1 + f() end return f()",
      "local function f() pcall(f) return 1 + f() end f() error('through')",
      "local t = {} for i = 1, 300 do t = setmetatable({}, { __index = t }) end return t.x.y",
      "local f = function() end for i = 1, 300 do local g = f f = function() return pcall(g) end "
      "end f() error('through')",
      "local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k] end "
      "return t.x",
      "local t = setmetatable({}, {}) getmetatable(t).__tostring = function(t) return tostring(t) "
      "end return tostring(t)",
      "local function f(s) return s:gsub('.', f) end return f('x')",
      "xpcall(function() error('x') end, function(e) error(e) end) error('through')",
      "return ('('):rep(300):find(('('):rep(300))",
      "local s = ('x'):rep(1000) return s:match(('x?'):rep(1000))",
  };
  char result[64];
  struct error error;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    assert_false(run(*state, text_from(rows[i]), result, sizeof result, &error));
    expect_result(*state, "return 'well'", "well");
  }
  /* nesting in the text itself */
  struct buffer source = BUFFER_NONE;
  for (int i = 0; i < 100000; i++)
    buffer_append_string(&source, i % 2 ? "(" : "{");
  assert_false(run(*state, buffer_text(&source), result, sizeof result, &error));
  buffer_reset(&source);
  buffer_append_string(&source, "return ");
  for (int i = 0; i < 100000; i++)
    buffer_append_string(&source, "not ");
  assert_false(run(*state, buffer_text(&source), result, sizeof result, &error));
  buffer_free(&source);
}

static void what_is_allowed_works_as_in_lua(void **state) {
  static const struct row rows[] = {
      {"return pcall(table.sort, require('list').items, function() return true end)", "false"},
      {"local t = {} rawset(t, 'x', 1) return t.x", "1"},
      {"local t = { 3, 1, 2 } table.sort(t) return table.concat(t)", "123"},
      {"local t = { 3, 1, 2 } table.sort(t, function(a, b) return a > b end) "
       "return table.concat(t)",
       "321"},
      {"return pcall(table.sort, { 1, 'x' })", "false"},
      {"return select(2, pcall(table.sort, { 1, 2 }, 1)):match('function expected')",
       "function expected"},
      {"local t = { 1, 2, 3 } table.insert(t, 2, 9) table.insert(t, 8) "
       "return table.remove(t, 1) .. table.remove(t) .. table.concat(t, '')",
       "18923"},
      {"return table.concat({ 1, 2, 3 }, '-', 2) .. table.concat({ 1, 2, 3 }, '-', 2, 2)", "2-32"},
      {"return select('#', table.unpack({ 1, nil, 3 }, 1, 3))", "3"},
      {"return select('#', table.unpack({}))", "0"},
      {"return select('#', table.unpack(require('list').items))", "2"},
      {"return rawget(string, 'upper') == string.upper", "true"},
      {"return (select(2, pairs(string)))", "nil"},
      {"for k, v in pairs(string) do if k == 'upper' then return v == string.upper end end",
       "true"},
      {"return next(require('list').items)", "1"},
      {"return ('x'):upper()", "X"},
      {"return #require('list').items", "2"},
      {"return rawlen(require('list').items)", "2"},
      {"return table.concat(require('list').items, '+')", "a+b"},
      {"return require('list').count()", "2"},
      {"return pcall(require('list').grow)", "false"},
      {"return require('list') == require('list')", "true"},
      {"return require('class')(1)", "2"},
      {"return require('class').kind .. require('class').hum", "ownm"},
      {"return require('point').new(2):twice()", "4"},
      {"local P = require('point') return P.new(2) == P.new(2)", "true"},
      {"local P = require('point') return getmetatable(P.new(2)) == P", "true"},
      {"local P = require('point') return pcall(rawset, getmetatable(P.new(2)), 'x', 1)", "false"},
      {"return pcall(function() getmetatable(require('point').new(2)).twice = nil end)", "false"},
      {"local P = require('point') P.new(2).own = 1 return P.new(2).own", "nil"},
      {"return require('silent')", "true"},
      {"require('silent') return hidden", "nil"},
  };
  for (EACH(row, rows))
    expect_result(*state, row->source, row->expected);
}

static void wrong_doings_are_reported_with_their_place(void **state) {
  static const struct row rows[] = {
      {"\nstring.foo = 1", "rules/x.lua:2: cannot set 'foo': this table is read-only"},
      {"require('list').items[1] = 'c'", "rules/x.lua:1: this table is read-only"},
      {"require('list').more = 1", "rules/x.lua:1: cannot set 'more': this table is read-only"},
      {"require 'nothing'", "rules/x.lua:1: there is no library 'nothing'"},
      {"require '../../etc/passwd'", "rules/x.lua:1: there is no library '../../etc/passwd'"},
      {"require 'round'", "lib/trip.lua:1: the library 'round' requires itself"},
      {"require 'broken'", "lib/broken.lua:1: unexpected symbol near '='"},
      {"\nrequire 'failing'", "lib/failing.lua:2: not today"},
      {"require 'compiled'", "lib/compiled.lua:1: compiled Lua is not accepted"},
      {"\x1bLua", "rules/x.lua:1: compiled Lua is not accepted"},
      {"local x = = 1", "rules/x.lua:1: unexpected symbol near '='"},
      {"x = 'open", "rules/x.lua:1: unfinished string near <eof>"},
      {"\n\nreturn nothing.x", "rules/x.lua:3: attempt to index a nil value (global 'nothing')"},
      {"error { code = 1 }", "rules/x.lua:1: raised an error that is no text but a table"},
      {"error('plain', 0)", "rules/x.lua:1: plain"},
      {"table.insert(setmetatable({}, { __len = function() return 1 << 60 end }), 1, 1)",
       "rules/x.lua:1: a table with __len is no list here"},
      {"table.remove(setmetatable({}, { __len = function() return 1 << 60 end }), 1)",
       "rules/x.lua:1: a table with __len is no list here"},
      {"require 'deep'", "rules/x.lua:1: a library's tables may be nested 100 levels deep"},
      {"return ('('):find('(')", "rules/x.lua:1: unfinished capture"},
  };
  for (EACH(row, rows))
    expect_error(*state, row->source, row->expected);
}

static void an_error_from_a_file_with_a_long_name_names_it_whole(void **state) {
  static const char name[] = "rules/a/very/long/path/that/lua/would/shorten/in/its/messages/x.lua";
  struct error error = ERROR_NONE;
  lua_State *lua = sandbox_lua(*state);
  assert_true(sandbox_load(*state, name, TEXT("\nerror('no')"), &error));
  assert_false(sandbox_call(*state, 0, 0, &error));
  lua_pop(lua, 1);
  assert_string_equal(error.file, name);
  assert_int_equal(error.line, 2);
  assert_string_equal(error.text, "no");
  error = ERROR_NONE;
  assert_false(sandbox_load(*state, name, TEXT("\n\n="), &error));
  assert_string_equal(error.file, name);
  assert_int_equal(error.line, 3);
}

static void a_text_may_begin_with_a_byte_order_mark(void **state) {
  expect_result(*state, "\xef\xbb\xbfreturn 1", "1");
}

static void files_do_not_see_each_others_globals(void **state) {
  expect_result(*state, "shared = 1 return shared", "1");
  expect_result(*state, "return shared", "nil");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
  const struct CMUnitTest tests[] = {
      TEST(deep_recursion_is_an_error),
      TEST(what_is_allowed_works_as_in_lua),
      TEST(wrong_doings_are_reported_with_their_place),
      TEST(an_error_from_a_file_with_a_long_name_names_it_whole),
      TEST(a_text_may_begin_with_a_byte_order_mark),
      TEST(files_do_not_see_each_others_globals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

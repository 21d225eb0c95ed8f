/*
 * What hostile code tries in a sandbox. Each attack is made from every place in which code of a
 * file runs: in a rule, in a library while it is loaded, and in a library's function that a rule
 * calls. It must fare the same in all of them.
 */
#include "base/buffer.h"
#include "rule/sandbox/sandbox.h"

#include <lauxlib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define MEMORY_MAX ((size_t)8 << 20)

enum seat { IN_RULE, IN_LIBRARY, IN_FUNCTION, SEAT_COUNT };

static const struct {
  const char *name, *rule, *before, *after, *file;
} seats[SEAT_COUNT] = {
    [IN_RULE] = {"a rule", NULL, "", "", "rules/x.lua"},
    [IN_LIBRARY] = {"a library", "return require 'attack'", "", "", "lib/attack.lua"},
    [IN_FUNCTION] = {"a library's function", "return require('attack').run()",
                     "local M = {} function M.run() ", " end return M", "lib/attack.lua"},
};

/* One attack from one seat. */
struct attack {
  struct sandbox *sandbox;
  struct buffer source;
  unsigned printed;
  char result[256];
  struct error error;
};

static bool find_library(void *context, struct text name, const char **file, struct text *source) {
  struct attack *attack = context;
  if (!text_is(name, "attack"))
    return false;
  *file = "lib/attack.lua";
  *source = buffer_text(&attack->source);
  return true;
}

static void count_line(void *context, struct text line) {
  (void)line;
  ((struct attack *)context)->printed++;
}

static bool run(struct attack *attack, struct text source) {
  lua_State *lua = sandbox_lua(attack->sandbox);
  int top = lua_gettop(lua);
  attack->error = ERROR_NONE;
  bool ok = sandbox_load(attack->sandbox, "rules/x.lua", source, &attack->error) &&
            sandbox_call(attack->sandbox, 0, 1, &attack->error);
  if (ok)
    snprintf(attack->result, sizeof attack->result, "%s", luaL_tolstring(lua, -1, NULL));
  lua_settop(lua, top);
  return ok;
}

static bool counts_late;

/* False when the attack ended with an error. */
static bool make(struct attack *attack, enum seat seat, const char *body) {
  struct sandbox_limits limits = {
      .instruction_max = 200000, .memory_max = MEMORY_MAX, .counts_late = counts_late};
  struct sandbox_resolver resolver = {.find = find_library, .context = attack};
  *attack = (struct attack){.sandbox = sandbox_new(&limits, &resolver)};
  sandbox_set_printer(attack->sandbox, (struct sandbox_printer){count_line, attack});
  buffer_append_string(&attack->source, seats[seat].before);
  buffer_append_string(&attack->source, body);
  buffer_append_string(&attack->source, seats[seat].after);
  return run(attack, seats[seat].rule ? text_from(seats[seat].rule) : buffer_text(&attack->source));
}

/* The state must go on working after the attack, and end. */
static void end(struct attack *attack) {
  if (!run(attack, TEXT("return ('x'):rep(3)")))
    fail_msg("after the attack: %s", attack->error.text);
  assert_string_equal(attack->result, "xxx");
  lua_gc(sandbox_lua(attack->sandbox), LUA_GCCOLLECT);
  sandbox_free(attack->sandbox);
  buffer_free(&attack->source);
}

/* NOLINTBEGIN(bugprone-macro-parentheses): both are declared here */
#define EACH_SEAT(i, seat, rows)                                                                   \
  size_t i = 0, seat = 0;                                                                          \
  i < sizeof(rows) / sizeof *(rows);                                                               \
  i += ++seat == SEAT_COUNT, seat %= SEAT_COUNT
/* NOLINTEND(bugprone-macro-parentheses) */

static void nothing_outlives_the_instruction_budget(void **state) {
  static const char *const rows[] = {
      "while true do end",
      "for i = 1, math.huge do end",
      "repeat until false",
      "::again:: goto again",
      "pcall(function() while true do end end) return 1",
      "while true do pcall(function() while true do end end) end",
      "local function f() pcall(f) while true do end end f()",
      "local function f() return f() end f()",
      "xpcall(function() while true do end end, function() while true do end end)",
      "xpcall(error, function() while true do end end)",
      "while true do xpcall(function() while true do end end, tostring) end",
      "local t = setmetatable({}, { __index = function() while true do end end }) return t.x",
      ("local t = setmetatable({}, { __eq = function() while true do end end }) "
       "return t == setmetatable({}, getmetatable(t))"),
      "local t <close> = setmetatable({}, { __close = function() while true do end end })",
      ("local t <close> = setmetatable({}, { __close = function() while true do end end }) "
       "while true do end"),
      "return tostring(setmetatable({}, { __tostring = function() while true do end end }))",
      ("local t = {} for i = 1, 100 do t[i] = i end "
       "table.sort(t, function() while true do end end)"),
      "return ('x'):gsub('x', function() while true do end end)",
      ("for _ in pairs(setmetatable({}, { __pairs = function() return function() return 1 end "
       "end })) do end"),
      "while true do local s = ('x'):rep(100000) .. 'y' end",
      "while true do local s = ('x'):rep(100000):upper() end",
      "string.rep('', 1e15)",
      "local t = {} for i = 1, 50000 do t[i] = '' end while true do table.concat(t) end",
      "local t = {} for i = 1, 50000 do t[i] = i end while true do table.sort(t) end",
      "local t = {} for i = 1, 50000 do t[i] = i end while true do table.insert(t, 1, 0) end",
      "local t = {} for i = 1, 50000 do t[i] = i end while true do table.remove(t, 1) end",
      "table.move({}, 1, 1e15, 2)",
      "local s = ('x'):rep(1000000) while true do s:find('y', 1, true) end",
      "return (('a'):rep(1000)):gsub('a(b-)', ('%1'):rep(100000))",
      "return (('a'):rep(100000)):gsub('', ('x'):rep(64):rep(0) .. ('%%'):rep(100))",
      "local s = ('x'):rep(100000) while true do ('y'):find(s) end",
      "local s = ('x'):rep(100000) while true do s:find('[' .. ('y'):rep(100) .. ']') end",
      "local s = ('x'):rep(100000) while true do s:match('[' .. ('y'):rep(30) .. ']*z') end",
      "local s = ('x'):rep(1000000) while true do ('%.3s'):format(s) end",
      "local s = ('x'):rep(100000) while true do s:byte(1, 10000) end",
      ("local t = {} for i = 1, 1000 do t = setmetatable({}, { __index = t }) end "
       "table.move(t, 1, 10000, 1, {})"),
      ("local t = {} for i = 1, 1000 do t = setmetatable({}, { __newindex = t }) end "
       "table.move({}, 1, 10000, 1, t)"),
      ("local t = {} for i = 1, 1000 do t = setmetatable({}, { __index = t }) end "
       "table.unpack(t, 1, 10000)"),
      "local s = ('x'):rep(1000000) while true do utf8.len(s) end",
      "return ('x'):rep(200):find(('.*'):rep(8) .. 'y')",
      "return ('x'):rep(5000):match('x-x-x-y')",
      "return ('x'):rep(5000):gsub('.-.-.-y', '')",
      "return ('x'):rep(5000):gmatch('.-.-.-y')()",
      "return ('a'):rep(50):find(('a?'):rep(50) .. ('a'):rep(50))",
      "local s = ('('):rep(2000) for i = 1, 1e9 do s:find('%b()') end",
      "pcall(string.find, ('x'):rep(5000), 'x-x-x-y')",
      "local s = ('1'):rep(1000000) while true do tonumber(s) end",
      /* C loops over C functions, where no instruction runs */
      "table.concat(setmetatable({}, { __index = table.concat }), '', 1, 1 << 60)",
      "table.sort(setmetatable({}, { __len = function() return 1 << 30 end, __index = rawequal, "
      "__newindex = rawequal }), rawequal)",
      "local s = ('x'):rep(100000) local t = {} for i = 1, 10000 do t[i] = s end table.sort(t)",
      "local p = '[' .. ('a'):rep(100000) .. ']*' return ('b'):rep(100000):gsub(p, '')",
      "local p = '%f[' .. ('a'):rep(100000) .. ']' return ('b'):rep(100000):gsub(p, '')",
      "local p = '[' .. ('a'):rep(100000) .. ']?c' return ('b'):rep(100000):find(p)",
      "local f = ('<'):rep(1000000) while true do string.packsize(f) end",
  };
  (void)state;
  for (EACH_SEAT(i, seat, rows)) {
    struct attack attack;
    if (make(&attack, seat, rows[i]))
      fail_msg("%s: %s\n  gave %s", seats[seat].name, rows[i], attack.result);
    assert_string_equal(attack.error.text, "used up its 200,000 instructions");
    assert_string_equal(attack.error.file, seats[seat].file);
    assert_int_equal(attack.error.line, 1);
    end(&attack);
  }
}

static void nothing_outlives_it_where_calls_are_counted_late(void **state) {
  counts_late = true;
  nothing_outlives_the_instruction_budget(state);
  counts_late = false;
}

static void nothing_outlives_the_memory_cap(void **state) {
  static const char *const rows[] = {
      "return ('x'):rep(1e9)",
      "return ('x'):rep(1e7, ('y'):rep(100))",
      "pcall(string.rep, 'x', 1e9) return 1",
      "while true do pcall(string.rep, 'x', 1e9) end",
      "local s = 'x' while true do s = s .. s end",
      "local t = {} for i = 1, 1e6 do t[i] = { i } end",
      "local t = {} for i = 1, 1e9 do t[i] = i end",
      "local t = {} while true do t = { t } end",
      "local t = {} for i = 1, 200 do t[i] = ('x'):rep(100000) .. i end return #table.concat(t)",
      "kept = {} for i = 1, 1e6 do kept[i] = { i } end",
      "local function f(...) return f(1, 2, 3, 4, 5, 6, 7, 8, ...) end f()",
  };
  (void)state;
  for (EACH_SEAT(i, seat, rows)) {
    struct attack attack;
    if (make(&attack, seat, rows[i]))
      fail_msg("%s: %s\n  gave %s", seats[seat].name, rows[i], attack.result);
    if (strcmp(attack.error.text, "used more than 8 MiB of memory") != 0 &&
        strcmp(attack.error.text, "used up its 200,000 instructions") != 0)
      fail_msg("%s: %s\n  got: %s", seats[seat].name, rows[i], attack.error.text);
    assert_string_equal(attack.error.file, seats[seat].file);
    end(&attack);
  }
}

/* Each prints when a finalizer runs, and may fail. */
static void no_finalizer_of_a_file_ever_runs(void **state) {
  static const char *const rows[] = {
      "setmetatable({}, { __gc = function() print('ran') end })",
      "pcall(setmetatable, {}, { __gc = function() print('ran') end })",
      "local mt = {} local t = setmetatable({ x = 1 }, mt) "
      "mt.__gc = function() print('ran') end return t",
      "local mt = {} local t = setmetatable({ x = 1 }, mt) "
      "pcall(function() mt.__gc = function() print('ran') end end) return t",
      "local mt = {} local t = setmetatable({ x = 1 }, mt) "
      "pcall(rawset, mt, '__gc', function() print('ran') end) return t",
      "local t = setmetatable({ x = 1 }, {}) "
      "pcall(function() getmetatable(t).__gc = function() print('ran') end end) return t",
      "local mt = { __index = function(t, k) rawset(t, k, 1) end } local t = setmetatable({}, mt) "
      "pcall(function() return t.x end) mt.__gc = function() print('ran') end return t",
      /* whoever gets the table behind a read-only one could change it after the check */
      "local behind local mt = setmetatable({}, { __index = function(t) behind = t end }) "
      "local t = setmetatable({}, mt) local _ = mt.x "
      "pcall(rawset, behind, '__gc', function() print('ran') end) "
      "pcall(function() behind.__gc = function() print('ran') end end) "
      "setmetatable({}, mt) return { t, setmetatable({ t }, mt) }",
      "local mt = setmetatable({}, { __newindex = function(t, k, v) rawset(t, k, v) end }) "
      "local t = setmetatable({}, mt) mt.__gc = function() print('ran') end return t",
      "local base = { __gc = function() print('ran') end } "
      "return setmetatable({}, setmetatable({ __index = base }, { __index = base }))",
      "local mt = setmetatable({}, { __index = { __gc = function() print('ran') end } }) "
      "return setmetatable({}, mt)",
      "local mt = setmetatable({}, { __index = function() return function() print('ran') end "
      "end }) return setmetatable({}, mt)",
      "local t = { __gc = function() print('ran') end } t.__index = t return setmetatable(t, t)",
      "local mt = {} local list = {} for i = 1, 10 do list[i] = setmetatable({}, mt) end "
      "pcall(table.move, { function() print('ran') end }, 1, 1, 1, mt) "
      "for i = 1, 10 do list[i] = nil end "
      "mt.__gc = function() print('ran') end return list",
      "local t <close> = setmetatable({}, { __close = function() print('closed') error('x') end, "
      "__gc = function() print('ran') end })",
      "getmetatable('').__gc = function() print('ran') end",
      "local mt = { __metatable = 'mine' } local t = setmetatable({}, mt) "
      "mt.__gc = function() print('ran') end return { t }",
  };
  (void)state;
  for (EACH_SEAT(i, seat, rows)) {
    struct attack attack;
    make(&attack, seat, rows[i]);
    struct error ignored = ERROR_NONE;
    lua_State *lua = sandbox_lua(attack.sandbox);
    if (sandbox_load(attack.sandbox, "rules/y.lua",
                     TEXT("local ok, it = pcall(require, 'attack') if ok and type(it) == 'table' "
                          "then setmetatable({}, it) pcall(setmetatable, {}, getmetatable(it)) "
                          "end"),
                     &ignored))
      sandbox_call(attack.sandbox, 0, 0, &ignored);
    lua_settop(lua, 1);
    end(&attack);
    if (attack.printed)
      fail_msg("%s: %s\n  ran a finalizer", seats[seat].name, rows[i]);
  }
}

/* What is left of a weak table depends on the collector, and so on what other rules did. */
static void no_table_of_a_file_is_weak(void **state) {
  static const char *const rows[] = {
      "return setmetatable({}, { __mode = 'v' })",
      "local mt = {} local t = setmetatable({}, mt) mt.__mode = 'v' return t",
      "local mt = {} local t = setmetatable({}, mt) rawset(mt, '__mode', 'v') return t",
      "local t = setmetatable({}, {}) getmetatable(t).__mode = 'v' return t",
  };
  (void)state;
  for (EACH_SEAT(i, seat, rows)) {
    struct attack attack;
    if (make(&attack, seat, rows[i]))
      fail_msg("%s: %s\n  gave %s", seats[seat].name, rows[i], attack.result);
    end(&attack);
  }
}

struct row {
  const char *source, *expected;
};

static void there_is_no_way_out(void **state) {
  static const struct row rows[] = {
      {"return io", "nil"},
      {"return os", "nil"},
      {"return debug", "nil"},
      {"return package", "nil"},
      {"return coroutine", "nil"},
      {"return load", "nil"},
      {"return loadstring", "nil"},
      {"return loadfile", "nil"},
      {"return dofile", "nil"},
      {"return collectgarbage", "nil"},
      {"return warn", "nil"},
      {"return _G", "nil"},
      {"return string.dump", "nil"},
      {"return ('').dump", "nil"},
      {"return math.random", "nil"},
      {"return getmetatable('')", "false"},
      {"return getmetatable(string)", "false"},
      {"return getmetatable(_ENV)", "false"},
      {"return (pcall(setmetatable, '', {}))", "false"},
      {"return (pcall(setmetatable, string, {}))", "false"},
      {"return (pcall(setmetatable, _ENV, {}))", "false"},
      {"return (pcall(rawset, string, 'x', 1))", "false"},
      {"return (pcall(rawset, _ENV, 'x', 1))", "false"},
      {"return (pcall(table.insert, string, 1))", "false"},
      {"return (pcall(table.move, { 1 }, 1, 1, 1, table))", "false"},
      {"return (pcall(function() string.x = 1 end))", "false"},
      {"return (pcall(next, string, {}))", "false"},
      {"for k, v in pairs(string) do if k == 'rep' then return v == string.rep end end", "true"},
      {"return (pcall(pairs(string), string))", "true"},
      {"return (pcall(pairs(string), nil, 'x'))", "false"},
      {"string = nil return string == nil", "false"},
      {"local mt = {} setmetatable({}, mt) return (pcall(setmetatable, mt, {}))", "false"},
      {"local mt = {} setmetatable({}, mt) return (pcall(table.insert, mt, 1))", "false"},
      {"local t = {} return (pcall(setmetatable, t, t))", "false"},
      {"local mt = { x = 1 } local t = setmetatable({}, mt) return getmetatable(t) == mt", "true"},
      {"local mt = { x = 1 } setmetatable({}, mt) local n = 0 for k in pairs(mt) do n = n + 1 end "
       "return n .. mt.x .. rawget(mt, 'x') .. next(mt)",
       "111x"},
      {"local n = 0 do local t <close> = setmetatable({}, { __close = function() n = n + 1 end }) "
       "end return n",
       "1"},
      {"local t = setmetatable({}, { __metatable = 'mine' }) return getmetatable(t)", "mine"},
      {"local mt = { __index = function(t, k) return k .. 'x' end } mt = setmetatable({}, mt) "
       "setmetatable({}, mt) return mt.y .. tostring(rawget(mt, 'y'))",
       "yxnil"},
      {"local base = { hum = 'm' } local P = setmetatable({}, { __index = base }) P.__index = P "
       "local p = setmetatable({}, P) base.hum = 'n' return p.hum",
       "n"},
  };
  (void)state;
  for (EACH_SEAT(i, seat, rows)) {
    struct attack attack;
    /* a library that gives nil counts as one that gives true */
    const char *nil = seat == IN_LIBRARY ? "true" : "nil";
    const char *expected = strcmp(rows[i].expected, "nil") == 0 ? nil : rows[i].expected;
    if (!make(&attack, seat, rows[i].source))
      fail_msg("%s: %s\n  failed: %s", seats[seat].name, rows[i].source, attack.error.text);
    if (strcmp(attack.result, expected) != 0)
      fail_msg("%s: %s\n  got %s", seats[seat].name, rows[i].source, attack.result);
    end(&attack);
  }
}

static void wrong_doings_are_named(void **state) {
  static const struct row rows[] = {
      {"setmetatable({}, { __gc = function() end })", "__gc is not allowed"},
      {"setmetatable({}, { __mode = 'k' })", "__mode is not allowed"},
      {"setmetatable(string, {})", "cannot change a protected metatable"},
      {"local t = {} setmetatable(t, t)", "a table cannot be its own metatable"},
      {"string.upper = nil", "cannot set 'upper': this table is read-only"},
      {"local mt = {} setmetatable({}, mt) mt.__gc = print",
       "cannot set '__gc': a table is read-only from the moment that it is a metatable"},
      {"local mt = {} setmetatable({}, mt) mt[1] = print",
       "cannot set 'a field': a table is read-only from the moment that it is a metatable"},
  };
  (void)state;
  for (EACH_SEAT(i, seat, rows)) {
    struct attack attack;
    if (make(&attack, seat, rows[i].source))
      fail_msg("%s: %s\n  gave %s", seats[seat].name, rows[i].source, attack.result);
    assert_string_equal(attack.error.text, rows[i].expected);
    assert_string_equal(attack.error.file, seats[seat].file);
    end(&attack);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_outlives_the_instruction_budget),
      cmocka_unit_test(nothing_outlives_it_where_calls_are_counted_late),
      cmocka_unit_test(nothing_outlives_the_memory_cap),
      cmocka_unit_test(no_finalizer_of_a_file_ever_runs),
      cmocka_unit_test(no_table_of_a_file_is_weak),
      cmocka_unit_test(there_is_no_way_out),
      cmocka_unit_test(wrong_doings_are_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

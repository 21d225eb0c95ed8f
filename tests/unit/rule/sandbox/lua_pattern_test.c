#include "base/memory.h"
#include "rule/sandbox/sandbox.h"

#include <lauxlib.h>
#include <lualib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static int start(void **state) {
  struct sandbox_limits limits = {.instruction_max = INT64_C(4000000000)};
  *state = sandbox_new(&limits, NULL);
  return 0;
}

static int stop(void **state) {
  sandbox_free(*state);
  return 0;
}

/* Runs a text that sees Lua's own string library as `stock` and raises an error for a difference.
 */
static void run(struct sandbox *sandbox, const char *source) {
  lua_State *lua = sandbox_lua(sandbox);
  struct error error = ERROR_NONE;
  struct error_line line;
  assert_true(sandbox_load(sandbox, "test.lua", text_from(source), &error));
  lua_pushcfunction(lua, luaopen_string);
  lua_call(lua, 0, 1);
  lua_setfield(lua, -3, "stock");
  if (!sandbox_call(sandbox, 0, 0, &error))
    fail_msg("%s", error_line(&error, &line));
  lua_pop(lua, 1);
}

/* compare(name, ...) calls both; results must be the same, errors must come together. */
static const char compare[] =
    "local function show(...)\n"
    "  local out = table.pack(...)\n"
    "  for i = 1, out.n do out[i] = math.type(out[i]) == 'float' and 'float' or tostring(out[i]) "
    "end\n"
    "  return table.concat(out, ' | ')\n"
    "end\n"
    "local function clean(ok, ...)\n"
    "  if ok then return show(true, ...) end\n"
    "  return 'error'\n"
    "end\n"
    "local function check(name, mine, theirs, ...)\n"
    "  if mine ~= theirs then error(name .. '(' .. show(...) .. '): ' .. mine .. ' <> ' .. theirs, "
    "0) end\n"
    "end\n"
    "local function compare(name, ...)\n"
    "  check(name, clean(pcall(string[name], ...)), clean(pcall(stock[name], ...)), ...)\n"
    "end\n"
    "local function walk(gmatch, ...)\n"
    "  local out = {}\n"
    "  for a, b, c in gmatch(...) do\n"
    "    out[#out + 1] = show(a, b, c)\n"
    "    if #out > 50 then break end\n"
    "  end\n"
    "  return table.concat(out, ';')\n"
    "end\n"
    "local function compare_walk(...)\n"
    "  check('gmatch', clean(pcall(walk, string.gmatch, ...)), clean(pcall(walk, stock.gmatch, "
    "...)), ...)\n"
    "end\n";

static void run_comparison(struct sandbox *sandbox, const char *body) {
  size_t size = sizeof compare + strlen(body);
  char *source = memory_alloc(size);
  snprintf(source, size, "%s%s", compare, body);
  run(sandbox, source);
  free(source);
}

/* The same with a part of the work in each call, since a call may take 2 s, with sanitizers, too.
 */
static void run_slices(struct sandbox *sandbox, const char *body) {
  enum { SLICES = 30 };
  size_t size = strlen(body) + 64;
  char *source = memory_alloc(size);
  for (int slice = 1; slice <= SLICES; slice++) {
    snprintf(source, size, "local slice, slices = %d, %d\n%s", slice, SLICES, body);
    run_comparison(sandbox, source);
  }
  free(source);
}

static void known_patterns_do_what_they_do_in_lua(void **state) {
  static const char body[] =
      "local patterns = { '', '^', '$', '^$', '.', '%', '%%', '[', '[]', '[^]', '[]]', '[^]]', "
      "'[a', '[%', '[%]', '[%]]', '[a-', '[a-]', '[-a]', '[a-c]', '[^a-c]', '[%a-c]', '[a-%c]', "
      "'[%w_]+', '%a+', '%A+', '%d', '%s*', '%l%u', '%p', '%c', '%x+', '%g', '%z', '%Z', '%W', "
      "'a*', 'a+', 'a-', 'a?', 'a-b', 'a*b', '.-b', '^.-$', '(a)', '(a*)', '()', '()a()', '(a', "
      "'a)', ')', '((a)(b))', '(a)%1', '%1', '(a*)%1', '(%1)', '()%1', '%0', '%b()', '%b', '%b(', "
      "'%bxx', '%f[%w]', '%f', '%fa', '%f[%w', '%f[^%w]%W*', '*', '+a', '-', '?', '^*', '$a', "
      "'a$b', '^^', 'a^', '(.)(.)(.)', '[[]', '[%-]', '\\0', '[\\0]', '%\\0', '[^\\0]+', "
      "('(a)'):rep(32), ('(a)'):rep(33), ('a?'):rep(210), ('()'):rep(32) }\n"
      "local subjects = { '', 'a', 'b', 'aaa', 'abab', 'hello World_9', '(a(b)c)', 'x(y', 'a]b', "
      "'-', '^a$', 'a\\0b', '\\0', '%', 'THE (quick) fox', ('ab'):rep(20), '\\xff\\xe9', 'a-b', "
      "('a'):rep(40) }\n"
      "local replacements = { '', 'x', '%0', '%1', '%2', '%%', '%', '%x', 'a%0b', '%\\0', 7, 1.5, "
      "{ a = 'b', [1] = 'c' }, { a = false }, { a = {} }, function(a, b) return b end, "
      "function(a) return a end, function() return {} end, true }\n"
      "for i = slice, #patterns, slices do local p = patterns[i] for _, s in ipairs(subjects) do\n"
      "  for init = -3, 4 do\n"
      "    compare('find', s, p, init) compare('match', s, p, init) compare('find', s, p, init, "
      "true) compare_walk(s, p, init)\n"
      "  end\n"
      "  compare('find', s, p) compare('match', s, p) compare_walk(s, p)\n"
      "  for _, r in ipairs(replacements) do\n"
      "    compare('gsub', s, p, r) compare('gsub', s, p, r, 1) compare('gsub', s, p, r, 0)\n"
      "  end\n"
      "end end\n"
      "local long = ('ab'):rep(400) .. 'xyz'\n"
      "for _, p in ipairs { 'xyz', 'xyza', 'z', 'a', '', 'b+x', 'ba' } do\n"
      "  compare('find', long, p) compare('find', long, p, 700, true) compare('gsub', long, p, "
      "'-') "
      "compare('find', p, p) compare('find', 'aab', p) end\n"
      "compare('find', 12345, 3) compare('gsub', 121, 1, 2) compare('find') compare('find', 'a') "
      "compare('gsub', 'a', 'a') compare('find', {}, 'a') compare('match', 'a', 'a', 'x')\n"
      "compare('find', 'a', 'a', math.maxinteger) compare('find', 'a', 'a', math.mininteger)\n"
      "compare('gsub', 'abc', '%w', '%0%0', -1) compare('gsub', 'abc', '^%w', 'x', 5)\n";
  run_slices(*state, body);
}

static void random_patterns_do_what_they_do_in_lua(void **state) {
  static const char body[] =
      "local seed = slice\n"
      "local function random(n) seed = (seed * 1103515245 + 12345) % 2147483648 return seed // "
      "65536 % n + 1 end\n"
      "local pieces = { 'a', 'b', '.', '%a', '%d', '%W', '[ab]', '[^a]', '[a-c]', '(', ')', '()', "
      "'*', '+', '-', '?', '%1', '%2', '%b()', '%bab', '%f[a]', '%f[^%w]', '^', '$', '%', '[', "
      "']', ' ', '%(', '%.' }\n"
      "local letters = { 'a', 'b', 'c', '(', ')', ' ', '1', '.', 'A', '\\0' }\n"
      "local function build(from, most)\n"
      "  local out = {}\n"
      "  for i = 1, random(most + 1) - 1 do out[i] = from[random(#from)] end\n"
      "  return table.concat(out)\n"
      "end\n"
      "for i = 1, 1000 do\n"
      "  local s, p = build(letters, 12), build(pieces, 7)\n"
      "  compare('find', s, p) compare('match', s, p, random(9) - 5) compare_walk(s, p)\n"
      "  compare('gsub', s, p, '<%0%1>') compare('gsub', s, p, { a = 'x' }, random(4))\n"
      "end\n";
  run_slices(*state, body);
}

static void errors_say_what_lua_says(void **state) {
  run_comparison(
      *state,
      "local function message(f, ...) return select(2, pcall(f, ...)) end\n"
      "for _, row in ipairs { { 'find', 'a', '%' }, { 'find', 'a', '[a' }, { 'find', 'a', '%b' }, "
      "{ 'find', 'a', '%fa' }, { 'find', 'a', '(a' }, { 'find', 'a', 'a)' }, { 'find', 'a', '%1' "
      "}, "
      "{ 'find', ('a'):rep(300), ('a?'):rep(300) }, { 'gsub', 'a', 'a', '%2' }, "
      "{ 'gsub', 'a', 'a', '%x' }, { 'gsub', 'a', 'a', function() return {} end }, "
      "{ 'gsub', 'a', 'a' }, { 'find', ('a'):rep(33), ('(a)'):rep(33) } } do\n"
      "  local mine = message(string[row[1]], table.unpack(row, 2))\n"
      "  local theirs = message(stock[row[1]], table.unpack(row, 2))\n"
      "  if mine ~= theirs then error(mine .. ' <> ' .. theirs, 0) end\n"
      "end\n");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
  const struct CMUnitTest tests[] = {
      TEST(known_patterns_do_what_they_do_in_lua),
      TEST(random_patterns_do_what_they_do_in_lua),
      TEST(errors_say_what_lua_says),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* `where` tables: what they compile to, and how mistakes in them are reported. */
#include "rule/load/where.h"

#include "base/buffer.h"

#include <lauxlib.h>
#include <lualib.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct fixture {
  lua_State *lua;
  struct arena arena;
  struct field_table *fields;
  struct problems problems;
};

static void start(struct fixture *fixture) {
  *fixture = (struct fixture){.lua = luaL_newstate(), .fields = field_table_new()};
}

static void stop(struct fixture *fixture) {
  lua_close(fixture->lua);
  field_table_free(fixture->fields);
  problems_clear(&fixture->problems);
  arena_free(&fixture->arena);
}

/* Runs "where = …" and compiles the global. */
static const struct condition *compile(struct fixture *fixture, const char *source) {
  if (luaL_loadbuffer(fixture->lua, source, strlen(source), "=x") ||
      lua_pcall(fixture->lua, 0, 0, 0))
    fail_msg("%s: %s", source, lua_tostring(fixture->lua, -1));
  lua_getglobal(fixture->lua, "where");
  int top = lua_gettop(fixture->lua);
  /* The finder wants a table's entry. */
  struct buffer file = BUFFER_NONE;
  buffer_printf(&file, "metadata {\n  id = 'x',\n  %s\n}\n", source);
  const struct where_place place = {"rules/x.lua", buffer_text(&file), 1};
  const struct condition *condition =
      where_compile(fixture->lua, -1, &fixture->arena, fixture->fields, &place, &fixture->problems);
  buffer_free(&file);
  assert_int_equal(lua_gettop(fixture->lua), top);
  lua_pop(fixture->lua, 1);
  assert_int_equal(condition == NULL, fixture->problems.count > 0);
  return condition;
}

/* AND as (a b), OR as [a b], a test as its key. */
static void describe(const struct condition *condition, struct buffer *out) {
  if (condition->kind == CONDITION_FIELD) {
    buffer_append_text(out, condition->key);
    if (condition->value_count > 1)
      buffer_printf(out, "#%zu", condition->value_count);
    return;
  }
  buffer_append_char(out, condition->kind == CONDITION_ALL ? '(' : '[');
  for (size_t i = 0; i < condition->child_count; i++) {
    if (i)
      buffer_append_char(out, ' ');
    describe(condition->children[i], out);
  }
  buffer_append_char(out, condition->kind == CONDITION_ALL ? ')' : ']');
}

static const struct {
  const char *source, *expected;
} shape_cases[] = {
    {"where = { a = 1 }", "a"},
    {"where = { b = 1, a = true, c = 'x' }", "(a b c)"},
    {"where = { a = { 'x', 'y', 3 } }", "a#3"},
    {"where = { { a = 1 }, { b = 2 } }", "[a b]"},
    {"where = { { a = 1, c = 1 }, { b = 2 } }", "[b (a c)]"},
    {"where = { ['x|contains|all'] = { 'p', 'q' }, y = 1 }", "(y x|contains|all#2)"},
    {"where = { object = { id = 1, name = 'n' } }", "(object.id object.name)"},
    {"where = { object = { ['id|gt'] = 1, host = { name = 'n' } } }",
     "(object.host.name object.id|gt)"},
    {"where = { object = { { id = 1 }, { id = 2 } }, a = 1 }", "(a [object.id object.id])"},
    {"where = { ['a.b'] = 'x' }", "a.b"},
    {"where = { ['a|exists'] = false }", "a|exists"},
    /* what is cheap and seldom true goes first */
    {"where = { ['a|re'] = 'x', ['b|contains'] = 'x', c = 'x', d = 'x*', ['e|gt'] = 1 }",
     "(c e|gt b|contains d a|re)"},
    {"where = { { ['a|re'] = 'x' }, { b = 1 } }", "[b a|re]"},
};

static void a_table_compiles_to_ands_and_ors(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof shape_cases / sizeof shape_cases[0]; i++) {
    struct fixture fixture;
    struct buffer out = BUFFER_NONE;
    start(&fixture);
    const struct condition *condition = compile(&fixture, shape_cases[i].source);
    if (!condition)
      fail_msg("%s: %s", shape_cases[i].source, fixture.problems.items[0].text);
    describe(condition, &out);
    assert_string_equal(out.data, shape_cases[i].expected);
    condition_release(condition);
    buffer_free(&out);
    stop(&fixture);
  }
}

static const struct {
  const char *source;
  unsigned line; /* in the file whose third line is the source's first */
  const char *text;
} mistake_cases[] = {
    {"where = {\n ['action|contain'] = 'x' }", 4,
     "unknown modifier 'contain' in where key 'action|contain' (did you mean 'contains'?)"},
    {"where = { ['a|frobnicate'] = 'x' }", 3,
     "unknown modifier 'frobnicate' in where key 'a|frobnicate'"},
    {"where = { ['a|'] = 'x' }", 3, "an empty modifier in where key 'a|'"},
    {"where = { ['|gt'] = 1 }", 3, "no field name in where key '|gt'"},
    {"where = { ['|neq'] = 'x' }", 3, "no field name in where key '|neq'"},
    {"where = { [''] = 'x' }", 3, "no field name in where key ''"},
    {"where = { ['a..b'] = 'x' }", 3, "an empty part of a field's path in where key 'a..b'"},
    {"where = { ['.a'] = 'x' }", 3, "an empty part of a field's path in where key '.a'"},
    {"where = { ['a.'] = 'x' }", 3, "an empty part of a field's path in where key 'a.'"},
    {"where = { ['a|contains|startswith'] = 'x' }", 3,
     "modifiers 'contains' and 'startswith' exclude each other in where key "
     "'a|contains|startswith'"},
    {"where = { ['a|all|all'] = 'x' }", 3, "modifier 'all' twice in where key 'a|all|all'"},
    {"where = { ['a|contains|contains'] = 'x' }", 3,
     "modifier 'contains' twice in where key 'a|contains|contains'"},
    {"where = { ['a|i'] = 'x' }", 3, "modifier 'i' without 're' before it in where key 'a|i'"},
    {"where = { ['a|i|re'] = 'x' }", 3,
     "modifier 'i' without 're' before it in where key 'a|i|re'"},
    {"where = { ['a|re|cased'] = 'x' }", 3,
     "'cased' does not go with 're' in where key 'a|re|cased' (regexes keep to case unless "
     "'re|i')"},
    {"where = { ['a|gt|cased'] = 1 }", 3,
     "'cased' does not go with 'gt' in where key 'a|gt|cased'"},
    {"where = { ['a|gt|all'] = 1 }", 3, "'all' does not go with 'gt' in where key 'a|gt|all'"},
    {"where = { ['a|exists|all'] = true }", 3,
     "'all' does not go with 'exists' in where key 'a|exists|all'"},
    {"where = { ['a|gt'] = 'x' }", 3, "'gt' takes a number, not text, in where key 'a|gt'"},
    {"where = { ['a|exists'] = 'yes' }", 3,
     "'exists' takes true or false, not text, in where key 'a|exists'"},
    {"where = { ['a|re'] = 1 }", 3, "'re' takes text, not a number, in where key 'a|re'"},
    {"where = { ['a|contains'] = true }", 3,
     "'contains' takes text, not true or false, in where key 'a|contains'"},
    {"where = { ['a|lte'] = { 1, 2 } }", 3,
     "'lte' takes one value, not a list, in where key 'a|lte'"},
    {"where = { ['a|re'] = 'x(' }", 3,
     "bad regex in where key 'a|re': missing closing parenthesis at offset 2"},
    {"where = { ['a|re'] = { 'good', '[' } }", 3,
     "bad regex in where key 'a|re': missing terminating ] for character class at offset 1"},
    {"where = { ['a|lookup'] = '' }", 3, "no lookup table as the value in where key 'a|lookup'"},
    {"where = { ['a|lookup'] = 5 }", 3,
     "'lookup' takes text, not a number, in where key 'a|lookup'"},
    {"where = { ['a|contains|lookup'] = 't' }", 3,
     "modifiers 'contains' and 'lookup' exclude each other in where key 'a|contains|lookup'"},
    {"where = { ['|lookup'] = 't' }", 3, "no field name in where key '|lookup'"},
    {"where = { ['a|cidr'] = '10.0.0.0/33' }", 3,
     "'10.0.0.0/33' is not a network (such as 10.0.0.0/8) in where key 'a|cidr'"},
    {"where = { ['a|fieldref'] = '' }", 3, "no field name as the value in where key 'a|fieldref'"},
    {"where = { a = '\\xff' }", 3, "a text that is not valid UTF-8 in where key 'a'"},
    {"where = { a = 0/0 }", 3, "a number that is not finite in where key 'a'"},
    {"where = { ['a|gt'] = 1/0 }", 3, "a number that is not finite in where key 'a|gt'"},
    {"where = {}", 3, "an empty table (give it values, or leave it out) in where"},
    {"where = 'x'", 3, "a string instead of a table of fields in where"},
    {"where = { a = {} }", 3, "an empty table (give it values, or leave it out) in where key 'a'"},
    {"where = { {} }", 3, "an empty table (give it values, or leave it out) in where"},
    {"where = { { a = 1 }, 'x' }", 3,
     "a list entry that is no map of fields (a list here holds maps only) in where"},
    {"where = { { { a = 1 } } }", 3, "a list within a list in where"},
    {"where = { a = 1, { b = 2 } }", 3,
     "a table with both names and list entries (write a list of maps instead) in where"},
    {"where = { [true] = 1 }", 3,
     "a table key that is no field name and no place in a list (1, 2, …) in where"},
    {"where = { [5] = { a = 1 } }", 3,
     "a table key that is no field name and no place in a list (1, 2, …) in where"},
    {"where = { a = print or function() end }", 3,
     "a value that is no text, number, true, false or table in where key 'a'"},
    {"where = { a = { 'x', function() end } }", 3,
     "a list entry that is no text, number, true or false (nor are all maps) in where key 'a'"},
    {"where = { a = { 'x', { b = 1 } } }", 3,
     "a list entry that is no text, number, true or false (nor are all maps) in where key 'a'"},
    {"where = { ['a|contains'] = { b = 1 } }", 3,
     "a map of fields under a modifier or an empty name in where key 'a|contains'"},
    {"where = {\n object = {\n  ['id|geht'] = 1 } }", 5,
     "unknown modifier 'geht' in where key 'object.id|geht'"},
    {"where = {\n id = 1,\n object = {\n  id = {} } }", 6,
     "an empty table (give it values, or leave it out) in where key 'id'"},
};

static void a_mistake_is_reported_with_its_line_and_key(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof mistake_cases / sizeof mistake_cases[0]; i++) {
    struct fixture fixture;
    start(&fixture);
    if (compile(&fixture, mistake_cases[i].source))
      fail_msg("%s: no mistake found", mistake_cases[i].source);
    const struct error *first = &fixture.problems.items[0];
    assert_string_equal(first->text, mistake_cases[i].text);
    assert_string_equal(first->file, "rules/x.lua");
    if (first->line != mistake_cases[i].line)
      fail_msg("%s: line %u", mistake_cases[i].source, first->line);
    assert_int_equal(fixture.problems.count, 1);
    stop(&fixture);
  }
}

static void every_mistake_is_reported_at_once(void **state) {
  (void)state;
  struct fixture fixture;
  start(&fixture);
  assert_null(compile(&fixture, "where = { { ['a|re'] = '[', b = {}, ok = 1, ['ok2|re'] = 'x' },"
                                " { ['c|x'] = 1 }, 7, { ok = 1 } }"));
  assert_int_equal(fixture.problems.count, 4);
  stop(&fixture);
}

static void a_key_is_shown_safely_in_a_mistake(void **state) {
  (void)state;
  struct fixture fixture;
  start(&fixture);
  assert_null(compile(&fixture, "where = { ['a\\27[31m\\0|\\7x'] = 1 }"));
  assert_string_equal(fixture.problems.items[0].text,
                      "unknown modifier '\\u{7}x' in where key 'a\\u{1B}[31m\\u{0}|\\u{7}x'");
  stop(&fixture);
}

static void tables_without_end_are_refused(void **state) {
  (void)state;
  static const char *const sources[] = {
      "where = { a = 1 }  where.b = where",
      "where = { { a = 1 } }  where[1].b = where",
      "local t = { a = 1 }  for i = 1, 31 do t = { l = t, r = t } end  where = t",
      "local l = {}  for i = 1, 200000 do l[i] = i end  where = { a = l }",
  };
  for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
    struct fixture fixture;
    start(&fixture);
    assert_null(compile(&fixture, sources[i]));
    assert_true(fixture.problems.count > 0);
    stop(&fixture);
  }
}

static void metamethods_are_not_called(void **state) {
  (void)state;
  struct fixture fixture;
  start(&fixture);
  luaL_requiref(fixture.lua, "_G", luaopen_base, 1);
  lua_pop(fixture.lua, 1);
  const struct condition *condition =
      compile(&fixture, "where = setmetatable({ a = 1 }, { __index = error, __len = error,"
                        " __pairs = error, __tostring = error, __metatable = false })");
  assert_non_null(condition);
  condition_release(condition);
  stop(&fixture);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_table_compiles_to_ands_and_ors),
      cmocka_unit_test(a_mistake_is_reported_with_its_line_and_key),
      cmocka_unit_test(every_mistake_is_reported_at_once),
      cmocka_unit_test(a_key_is_shown_safely_in_a_mistake),
      cmocka_unit_test(tables_without_end_are_refused),
      cmocka_unit_test(metamethods_are_not_called),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Finding the line of a table key in Lua source. */
#include "rule/sandbox/source_line.h"

#include "base/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const struct line_case {
  const char *source, *key;
  unsigned from_line, line;
} line_cases[] = {
    /* names and quoted keys */
    {"metadata {\n  id = 'x',\n  severity = 'low',\n}", "severity", 1, 3},
    {"metadata {\n  [\"action|contains\"] = 'x' }", "action|contains", 1, 2},
    {"metadata {\n  ['action|contains'] = 'x' }", "action|contains", 1, 2},
    {"metadata {\n  [ [[action]] ] = 'x' }", "action", 1, 2},
    {"metadata {\n  [ [==[a]]b]==] ] = 'x' }", "a]]b", 1, 2},
    {"metadata { a = 1;\n b\n = 2 }", "b", 1, 2},
    {"metadata { a = 1,\n [\n'b' ] = 2 }", "b", 1, 3},
    /* escapes say the same key */
    {"m {\n ['a\\x62\\099\\u{64}\\z  \n e'] = 1 }", "abcde", 1, 2},
    {"m {\n ['\\u{e9}\\u{20ac}\\u{1F600}'] = 1 }", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", 1, 2},
    {"m {\n ['tab\\t\\\\\\''] = 1 }", "tab\t\\'", 1, 2},
    /* not in comments and other strings */
    {"-- action = 1\nmetadata {\n -- , action = 2\n action = 3 }", "action", 1, 4},
    {"--[[ { action = 1 ]] metadata {\n --[==[ ]] , action = 2 \n]==] action = 3 }", "action", 1,
     3},
    {"m { x = '{ action = 1',\n y = [[{ action = 1\n]],\n action = 1 }", "action", 1, 4},
    {"m { x = \"it\\\" { action = 1\",\n action = 1 }", "action", 1, 2},
    /* neither values, nor other variables, nor comparisons */
    {"m { x = action,\n y = action == 1,\n action = 1 }", "action", 1, 3},
    {"m { x = t.action,\n t['action'],\n 'action',\n ['action'] = 1 }", "action", 1, 4},
    {"m { f(x, action == 1),\n action = 1 }", "action", 1, 2},
    {"local action = 1\nm { action = 1 }", "action", 1, 2},
    /* from a line on */
    {"m { action = 1 }\nm {\n action = 2 }", "action", 2, 3},
    {"m { action = 1 }\nm {\n action = 2 }", "action", 1, 1},
    /* nowhere */
    {"m { a = 1 }", "b", 7, 7},
    {"", "b", 3, 3},
    {"m { reaction = 1, actions = 2, ['action '] = 3 }", "action", 5, 5},
    /* line ends of all systems; a first line with # */
    {"m {\r\n a = 1,\r\n b = 1 }", "b", 1, 3},
    {"m {\r a = 1,\r b = 1 }", "b", 1, 3},
    {"#!/usr/bin/lua it's { b = 1\nm { b = 1 }", "b", 1, 2},
    {"m { x = 'a\\\r\nb',\n b = 1 }", "b", 1, 3},
    /* numbers are no names */
    {"m { x = 1e5,\n e5 = 1 }", "e5", 1, 2},
    {"m { x = 0x1p4,\n p4 = 1 }", "p4", 1, 2},
};

static void a_key_is_found_on_its_line(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof line_cases / sizeof line_cases[0]; i++) {
    const struct line_case *c = &line_cases[i];
    unsigned line = source_line_of_key(text_from(c->source), c->from_line, text_from(c->key));
    if (line != c->line)
      fail_msg("%s in <<%s>>: line %u, expected %u", c->key, c->source, line, c->line);
  }
}

static void malformed_source_ends_the_scan(void **state) {
  (void)state;
  static const char *const sources[] = {
      "m { 'open",    "m { [[open",    "m { --[[open", "m { ['a\\",    "m { ['\\u{ffffffffff",
      "m { ['\\x",    "m { ['\\25",    "m { [==",      "m { [=x] = 1", "m { \"a\nb = 1",
      "m { a = '\\z", "\xff\xfe{\x80", "]]]]",         "--",           "--["};
  for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++)
    assert_int_equal(source_line_of_key(text_from(sources[i]), 1, TEXT("nowhere")), 1);
}

static void a_source_with_nul_bytes_is_scanned_to_its_end(void **state) {
  (void)state;
  assert_int_equal(source_line_of_key(TEXT("m { x = '\0',\n b = 1 }"), 1, TEXT("b")), 2);
  assert_int_equal(source_line_of_key(TEXT("m {\n ['a\\0b'] = 1 }"), 1, TEXT("a\0b")), 2);
}

static const struct entry_case {
  const char *source;
  unsigned from_line;
  size_t index;
  unsigned line;
} entry_cases[] = {
    {"tests {\n {a=1},\n {b=2} }", 1, 0, 2},
    {"tests {\n {a=1},\n {b=2} }", 1, 1, 3},
    {"tests({\n {a=1};\n {b=2}, })", 1, 1, 3},
    {"tests {{a={1,2,\n3}, f(1,\n2)},\n {b=2},}", 1, 1, 4},
    {"tests { --[[ {,\n]] x, '{,',\n {b=2} }", 1, 2, 3},
    {"local tests = 1\nx = { tests = 2 }\ntests {\n y }", 1, 0, 4},
    {"tests { a }\ntests {\n b }", 2, 0, 3},
    /* nowhere: too few entries, a table that is made elsewhere, no call */
    {"tests {\n {a=1} }\nx = {\n {} }", 1, 1, 1},
    {"\ntests(make())", 2, 0, 2},
    {"tests {\n {a=1", 1, 3, 1},
    {"", 4, 0, 4},
};

static void an_entry_of_a_call_is_found_on_its_line(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof entry_cases / sizeof entry_cases[0]; i++) {
    const struct entry_case *c = &entry_cases[i];
    const struct source_step step = {.index = c->index};
    unsigned line =
        source_line_of_path(text_from(c->source), c->from_line, TEXT("tests"), &step, 1);
    if (line != c->line)
      fail_msg("entry %zu in <<%s>>: line %u, expected %u", c->index, c->source, line, c->line);
    unsigned lines[4] = {0};
    source_lines_of_entries(text_from(c->source), c->from_line, TEXT("tests"), lines, 4);
    if (lines[c->index] != c->line)
      fail_msg("entry %zu of all in <<%s>>: line %u, expected %u", c->index, c->source,
               lines[c->index], c->line);
  }
}

static const struct path_case {
  const char *source;
  struct source_step steps[3];
  size_t count;
  unsigned line;
} path_cases[] = {
    {"t {\n {},\n { name = 'x',\n  title = 'y' } }",
     {{.index = 1}, {.key = TEXT_INIT("title")}},
     2,
     4},
    /* not the key of the same name in a table within */
    {"t { { event = { title = 1 },\n title = 2 } }",
     {{.index = 0}, {.key = TEXT_INIT("title")}},
     2,
     2},
    {"t { { events = {\n {},\n { set = {\n a = 1 } } } } }",
     {{.index = 0}, {.key = TEXT_INIT("events")}, {.index = 1}},
     3,
     3},
    {"t { { ['a b'] = { 1 },\n ['c d'] = 2 } }", {{.index = 0}, {.key = TEXT_INIT("c d")}}, 2, 2},
    /* commas within functions, calls and computed keys end no entry */
    {"t { { m = function(a, b) local x, title = 1, 2 if x then x = 3 end return x, 2 end,\n"
     " title = 1 } }",
     {{.index = 0}, {.key = TEXT_INIT("title")}},
     2,
     2},
    {"t { { m = f(1, 2),\n [f(1, 2)] = 1, [a.b] = 2,\n title = 1 } }",
     {{.index = 0}, {.key = TEXT_INIT("title")}},
     2,
     3},
    {"t { { m = function() for i = 1, 2 do g(i, 1) end repeat local a, b until true end;\n"
     " title = 1 } }",
     {{.index = 0}, {.key = TEXT_INIT("title")}},
     2,
     2},
    /* what leads nowhere ends where it was still known */
    {"t {\n { name = 'x' } }", {{.index = 0}, {.key = TEXT_INIT("title")}}, 2, 2},
    {"t {\n { name =\n x } }", {{.index = 0}, {.key = TEXT_INIT("name")}, {.index = 0}}, 3, 2},
    {"t {\n a }", {{.index = 0}, {.key = TEXT_INIT("name")}}, 2, 2},
    {"t {", {{.index = 0}}, 1, 1},
    {"u {\n {} }", {{.index = 0}}, 1, 1},
};

static void a_path_leads_into_nested_tables(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof path_cases / sizeof path_cases[0]; i++) {
    const struct path_case *c = &path_cases[i];
    unsigned line = source_line_of_path(text_from(c->source), 1, TEXT("t"), c->steps, c->count);
    if (line != c->line)
      fail_msg("<<%s>>: line %u, expected %u", c->source, line, c->line);
  }
}

static void note_repeat(void *context, const struct source_repeat *repeat) {
  struct buffer *out = context;
  buffer_printf(out, "%s%.*s@%u,%u%s", out->size ? " " : "", TEXT_ARGS(repeat->key),
                repeat->first_line, repeat->line, repeat->in_where ? " where" : "");
}

static void a_key_that_a_table_has_twice_is_found(void **state) {
  (void)state;
  static const char *const table[][2] = {
      {"m { a = 1,\n b = 2,\n a = 3 }", "a@1,3"},
      {"m { a = 1; ['a'] = 2; [\"a\"] = 3; [ [[a]] ] = 4, [ [==[a]==] ] = 5 }",
       "a@1,1 a@1,1 a@1,1 a@1,1"},
      {"m { a = 1, ['\\97'] = 2, ['\\x61'] = 3, ['\\u{61}'] = 4, ['\\z  a'] = 5, [ [[\na]] ] = 6 }",
       "a@1,1 a@1,1 a@1,1 a@1,1 a@1,1"},
      {"m { ['\\\\97'] = 1, ['a'] = 2, [ [[\\97]] ] = 3 }", "\\97@1,1"},
      {"m { where = { ['x|contains'] = 'a',\n ['x|contains'] = 'b' } }", "x|contains@1,2 where"},
      {"m { ['where'] = { o = { x = 1, x = 2 } } }", "x@1,1 where"},
      {"m { where = { { x = 1 }, { x = 2 } }, x = 3 }", ""},
      {"m { where = f(), y = { x = 1, x = 2 } }", "x@1,1"},
      {"local t = { [1] = 'a', [1] = 'b', ['1'] = 'c' }", "[1@1,1"},
      {"f({ a = 1 }, { a = 1 }) g { a = { a = 1 } }", ""},
      {"m { a = 1, { a = 2 }, f { a = 3 }, b = function() local a, c = 1, 2; a = 3; a = 4 end }",
       ""},
      {"m { b = function() if x then a = 1 end; a = { a = 1, a = 2 } end, b = 2 }", "a@1,1 b@1,1"},
      {"m { a = b == 1, b == 2, a == 3, c = a, a }", ""},
      {"m { -- a = 1\n a = '{ a = 1, a = 2 }', b = [[ , a = 3 ]] }", ""},
      {"m { [a] = 1, [a] = 2, [f('a')] = 3, ['a' .. b] = 4, ['a' .. b] = 5 }", ""},
      {"a = 1 a = 2 local b, a = 1, 2", ""},
      {"m { a = 1,", ""},
      {"m { a = ", ""},
      {"} } m { a = 1 } }", ""},
      {"m { [", ""},
      {"m { ['", ""},
      {"m { [ [[a", ""},
      {"", ""},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    struct buffer found = BUFFER_NONE;
    source_find_repeats(text_from(table[i][0]), note_repeat, &found);
    if (!text_is(buffer_text(&found), table[i][1]))
      fail_msg("<<%s>>: %.*s", table[i][0], TEXT_ARGS(buffer_text(&found)));
    buffer_free(&found);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_path_leads_into_nested_tables),
      cmocka_unit_test(a_key_that_a_table_has_twice_is_found),
      cmocka_unit_test(a_key_is_found_on_its_line),
      cmocka_unit_test(an_entry_of_a_call_is_found_on_its_line),
      cmocka_unit_test(malformed_source_ends_the_scan),
      cmocka_unit_test(a_source_with_nul_bytes_is_scanned_to_its_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

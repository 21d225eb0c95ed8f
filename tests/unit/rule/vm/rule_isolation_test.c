/*
 * Two rules use the same library. Whatever one of them does to it, or has it keep, the other one
 * finds the library as it is written.
 */
#include "rule/rule_fixture.h"

#define LEAST(id) "metadata { id = '" id "', log_types = { 'Test.Log' }, severity = 'low' } "

/* One rule writes, the other one reads; `reads` is an expression that is true when it sees what was
 * written. The library is `lib` for both. */
static const struct seam {
  const char *library, *writes, *reads;
} seams[] = {
    /* a variable of the library */
    {"local seen local M = {} function M.put(x) seen = x end function M.get() return seen end "
     "return M",
     "lib.put('x')", "lib.get() == 'x'"},
    /* a global of the library */
    {"local M = {} function M.put(x) seen = x end function M.get() return seen end return M",
     "lib.put('x')", "lib.get() == 'x'"},
    /* a table that it keeps */
    {"local t = {} local M = {} function M.put(x) t[#t + 1] = x end function M.get() return #t end "
     "return M",
     "lib.put('x')", "lib.get() > 0"},
    /* an argument that it keeps, changed later */
    {"local t local M = {} function M.put(x) t = x end function M.get() return t end return M",
     "local mine = {} lib.put(mine) mine.x = 1", "lib.get() ~= nil and lib.get().x == 1"},
    /* what it gives by reference */
    {"local t = {} return { get = function() return t end }", "lib.get().x = 1",
     "lib.get().x == 1"},
    {"local t = setmetatable({}, { __index = { deep = {} } }) return { get = function() return t "
     "end }",
     "lib.get().deep.x = 1", "lib.get().deep.x == 1"},
    {"local base = {} local P = { __index = base } return { new = function() return "
     "setmetatable({}, P) end, base = function() return base end }",
     "lib.base().x = 1", "lib.new().x == 1"},
    {"local mt = { __index = {} } return { new = function() return setmetatable({}, mt) end }",
     "getmetatable(lib.new()).__index.x = 1", "lib.new().x == 1"},
    /* a memory of results, filled with what a rule gave */
    {"local memo = {} local M = {} function M.of(event) local k = event.operator memo[k] = memo[k] "
     "or event.value return memo[k] end return M",
     "lib.of({ operator = 'o', value = 'forged' })",
     "lib.of({ operator = 'o', value = 'own' }) == 'forged'"},
    {"local M = setmetatable({}, { __index = function(t, k) return k end }) local cache = {} "
     "function M.get(k) if not cache[k] then cache[k] = {} end return cache[k] end return M",
     "lib.get('k').x = 1", "lib.get('k').x == 1"},
    /* a library behind the library */
    {"local inner = require 'inner' return { put = inner.put, get = inner.get }", "lib.put('x')",
     "lib.get() == 'x'"},
    {"return {}", "require('inner').put('x')", "require('inner').get() == 'x'"},
};

/* The same where to read is to write, too: only the first read counts. */
static const struct seam moving[] = {
    /* a function with a state */
    {"local n = 0 return function() n = n + 1 return n end", "lib()", "lib() > 1"},
    {"local function counter() local n = 0 return function() n = n + 1 return n end end "
     "return { count = counter() }",
     "lib.count()", "lib.count() > 1"},
    /* an iterator that stands still where a rule left it */
    {"local it = ('abc'):gmatch('.') return { next = it }", "lib.next()", "lib.next() ~= 'a'"},
};

static const char inner[] =
    "local seen return { put = function(x) seen = x end, get = function() return seen end }";

enum { AT_LOAD, IN_RULE, WHEN_COUNT };

/* The writer has the id `writer`, the reader the other one of a and b. */
static void load(struct rule_fixture *fixture, const struct seam *seam, int when, char writer) {
  static char writes[1024], reads[1024];
  const char *at_load = when == AT_LOAD ? seam->writes : "",
             *in_rule = when == IN_RULE ? seam->writes : "";
  snprintf(writes, sizeof writes,
           "local lib = require 'lib' do %s end metadata { id = '%c', log_types = { 'Test.Log' }, "
           "severity = 'low' } function rule(event) do %s end return false end",
           at_load, writer, in_rule);
  snprintf(reads, sizeof reads,
           "local lib = require 'lib' metadata { id = '%c', log_types = { 'Test.Log' }, severity = "
           "'low' } function rule(event) return %s end",
           writer == 'a' ? 'b' : 'a', seam->reads);
  const struct rule_file files[] = {
      {.path = "rules/lib/lib.lua", .source = text_from(seam->library), .library = TEXT("lib")},
      {.path = "rules/lib/inner.lua", .source = text_from(inner), .library = TEXT("inner")},
      {.path = "rules/writes.lua", .source = text_from(writes)},
      {.path = "rules/reads.lua", .source = text_from(reads)},
  };
  rule_fixture_load(fixture, files, 4);
  rule_fixture_start_vm(fixture, NULL);
}

/* At first the files are run; in later rounds the rules are called together. */
static void try_seam(struct rule_fixture *fixture, const struct seam *seam, int rounds) {
  for (int round = 0; round < rounds; round++) {
    const struct event *event = rule_fixture_event(fixture, "{}");
    struct rule_list rules = rule_vm_candidates(fixture->vm, event);
    struct error error = ERROR_NONE;
    size_t position = 0;
    enum rule_verdict verdict = rule_vm_next_match(fixture->vm, rules, &position, &error);
    if (verdict != RULE_NO_MATCH)
      fail_msg("%s\n%s\n%s: %s", seam->library, seam->writes, seam->reads,
               verdict == RULE_MATCH ? "seen" : error.text);
  }
}

static void try_seams(struct rule_fixture *fixture, const struct seam *list, size_t count,
                      int rounds) {
  for (size_t i = 0; i < count; i++)
    for (int when = 0; when < WHEN_COUNT; when++)
      for (const char *writer = "ab"; *writer; writer++) {
        load(fixture, &list[i], when, *writer);
        try_seam(fixture, &list[i], rounds);
      }
}

static void what_a_rule_does_to_a_library_no_other_rule_sees(void **state) {
  try_seams(*state, seams, sizeof seams / sizeof *seams, 2);
  try_seams(*state, moving, sizeof moving / sizeof *moving, 1);
}

static void a_rules_own_functions_share_its_library(void **state) {
  struct rule_fixture *fixture = *state;
  const struct rule_file files[] = {
      {.path = "rules/lib/lib.lua", .source = text_from(inner), .library = TEXT("lib")},
      {.path = "rules/lib/other.lua",
       .source = TEXT("local lib = require 'lib' return { get = function() return lib.get() end }"),
       .library = TEXT("other")},
      {.path = "rules/a.lua",
       .source = TEXT(LEAST("a") "function rule(event) require('lib').put('kept') return true end "
                                 "function title() return require('other').get() end")},
  };
  struct error error = ERROR_NONE;
  rule_fixture_load(fixture, files, 3);
  rule_fixture_start_vm(fixture, NULL);
  rule_fixture_event(fixture, "{}");
  assert_int_equal(rule_vm_match(fixture->vm, &fixture->set->rules[0], &error), RULE_MATCH);
  rule_vm_describe(fixture->vm, &fixture->set->rules[0], &fixture->outcome, &fixture->problems);
  assert_text_equal(fixture->outcome.title, "kept");
}

/* The derived rule runs the base's functions with libraries of its own. */
static void a_derived_rule_has_libraries_of_its_own(void **state) {
  struct rule_fixture *fixture = *state;
  const struct rule_file files[] = {
      {.path = "rules/lib/lib.lua", .source = text_from(inner), .library = TEXT("lib")},
      {.path = "rules/a.lua",
       .source = TEXT("local lib = require 'lib' " LEAST(
           "a") "function rule(event) local before = lib.get() lib.put(event.x) "
                "return before == event.x end")},
      {.path = "rules/b.lua", .source = TEXT("metadata { id = 'b', base = 'a' }")},
  };
  struct error error = ERROR_NONE;
  rule_fixture_load(fixture, files, 3);
  rule_fixture_start_vm(fixture, NULL);
  rule_fixture_event(fixture, "{\"x\":1}");
  assert_int_equal(rule_vm_match(fixture->vm, &fixture->set->rules[0], &error), RULE_NO_MATCH);
  assert_int_equal(rule_vm_match(fixture->vm, &fixture->set->rules[1], &error), RULE_NO_MATCH);
  assert_int_equal(rule_vm_match(fixture->vm, &fixture->set->rules[1], &error), RULE_MATCH);
}

static void a_library_that_fails_fails_each_rule_by_itself(void **state) {
  struct rule_fixture *fixture = *state;
  const struct rule_file files[] = {
      {.path = "rules/lib/lib.lua",
       .source = TEXT("return { run = function() error('not here') end }"),
       .library = TEXT("lib")},
      {.path = "rules/a.lua",
       .source = TEXT(LEAST("a") "function rule(event) require('lib').run() return true end")},
      {.path = "rules/b.lua",
       .source = TEXT(LEAST("b") "function rule(event) return require('lib').run ~= nil end")},
  };
  rule_fixture_load(fixture, files, 3);
  rule_fixture_start_vm(fixture, NULL);
  for (int i = 0; i < 2; i++) {
    struct error error = ERROR_NONE;
    rule_fixture_event(fixture, "{}");
    assert_int_equal(rule_vm_match(fixture->vm, &fixture->set->rules[0], &error), RULE_FAILED);
    assert_string_equal(error.file, "rules/lib/lib.lua");
    error = ERROR_NONE;
    assert_int_equal(rule_vm_match(fixture->vm, &fixture->set->rules[1], &error), RULE_MATCH);
  }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, rule_fixture_start, rule_fixture_stop)
  const struct CMUnitTest tests[] = {
      TEST(what_a_rule_does_to_a_library_no_other_rule_sees),
      TEST(a_rules_own_functions_share_its_library),
      TEST(a_derived_rule_has_libraries_of_its_own),
      TEST(a_library_that_fails_fails_each_rule_by_itself),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * What one rule allocates or keeps fails that rule, and no other one. In each test the rule "a"
 * takes memory, and "b" needs some in each call: more than half of what a call may add.
 */
#include "rule/rule_fixture.h"

#define MEMORY_MAX ((size_t)2 << 20)
#define EVENTS 30
#define LEAST(id) "metadata { id = '" id "', log_types = { 'Test.Log' }, severity = 'low' } "

struct tally {
  unsigned failed, others_failed;
  char error[256], file[256];
};

/* Runs both rules on events whose detail is a long text, each time another one. */
static struct tally run_events(struct rule_fixture *fixture) {
  static const struct rule_vm_options options = {.memory_max = MEMORY_MAX};
  struct tally tally = {0};
  rule_fixture_start_vm(fixture, &options);
  for (int i = 0; i < EVENTS; i++) {
    static char json[110000];
    snprintf(json, sizeof json, "{\"n\":%d,\"detail\":\"%d %0100000d\"}", i, i, i);
    const struct event *event = rule_fixture_event(fixture, json);
    struct rule_list rules = rule_vm_candidates(fixture->vm, event);
    for (size_t position = 0; position < rules.count;) {
      struct error error = ERROR_NONE;
      if (rule_vm_next_match(fixture->vm, rules, &position, &error) != RULE_FAILED)
        continue;
      if (!text_is(rules.items[position - 1]->id, "a")) {
        print_error("%s: %s\n", error.file, error.text);
        tally.others_failed++;
        continue;
      }
      tally.failed++;
      snprintf(tally.error, sizeof tally.error, "%.200s", error.text);
      snprintf(tally.file, sizeof tally.file, "%.200s", error.file);
    }
  }
  return tally;
}

static struct tally run(struct rule_fixture *fixture, const char *library, const char *body) {
  char source[2048];
  snprintf(source, sizeof source,
           "metadata { id = 'a', log_types = { 'Test.Log' }, severity = 'low' } %s", body);
  const struct rule_file files[] = {
      {.path = "rules/lib/lib.lua", .source = text_from(library), .library = TEXT("lib")},
      {.path = "rules/a.lua", .source = text_from(source)},
      {.path = "rules/b.lua",
       .source = TEXT(LEAST("b") "local kept = {} function rule(event) kept[1] = ('y'):rep(1000) "
                                 "return #('y'):rep(3 << 9):rep(1 << 9) == 0 end")},
  };
  rule_fixture_load(fixture, files, 3);
  return run_events(fixture);
}

/* Each keeps about 100 KB more with each event. Long texts are made in two steps: string.rep copies
 * one piece at a time, and a sanitizer looks at each copy. */
static const char *const hoards[] = {
    "local kept = {} function rule(e) kept[#kept + 1] = ('x'):rep(1000):rep(100) .. e.n return "
    "false end",
    "local kept = {} function rule(e) kept[('x'):rep(1000):rep(100) .. e.n] = true return false "
    "end",
    "function rule(e) kept = (kept or '') .. ('x'):rep(1000):rep(100) return false end",
    "local kept function rule(e) kept = { kept, ('x'):rep(1000):rep(100) .. e.n } return false end",
    "local kept function rule(e) local s, k = ('x'):rep(1000):rep(100) .. e.n, kept "
    "kept = function() return s, k end return false end",
    "local kept function rule(e) kept = setmetatable({}, { __index = { kept, "
    "('x'):rep(1000):rep(100) .. e.n } }) return false end",
    "local kept = {} function rule(e) for i = 1, 1500 do kept[#kept + 1] = {} end return false end",
    "local kept = {} function rule(e) for i = 1, 2000 do kept[#kept + 1] = e.n .. ' ' .. i end "
    "return false end",
    "local kept = {} function rule(e) kept[#kept + 1] = (('x'):rep(1000):rep(100) .. "
    "e.n):gmatch('.') "
    "return false end",
    /* the event's own texts, which all rules find in one table */
    "local kept = {} function rule(e) kept[#kept + 1] = e.detail return false end",
    "local kept = {} function rule(e) kept[#kept + 1] = e:to_table() return false end",
    /* in a library */
    "local lib = require 'lib' function rule(e) lib.put(('x'):rep(1000):rep(100) .. e.n) return "
    "false end",
    "local lib = require 'lib' function rule(e) lib.put(e.detail) return false end",
};

static const char keeper[] = "local kept = {} return { put = function(x) kept[#kept + 1] = x end }";

static void a_rule_that_keeps_more_and_more_fails_and_no_other(void **state) {
  for (size_t i = 0; i < sizeof hoards / sizeof *hoards; i++) {
    struct tally tally = run(*state, keeper, hoards[i]);
    if (!tally.failed || tally.others_failed)
      fail_msg("%s\n  failed %u times, others %u times", hoards[i], tally.failed,
               tally.others_failed);
    assert_string_equal(tally.file, "rules/a.lua");
    if (!strstr(tally.error, "in its variables from call to call"))
      fail_msg("%s\n  %s", hoards[i], tally.error);
  }
}

/* Each needs more than a call may add, in one call. */
static const struct greed {
  const char *library, *body, *file;
} greeds[] = {
    {keeper, "function rule(e) return #('x'):rep(5 << 20) == 0 end", "rules/a.lua"},
    {keeper,
     "local kept = {} function rule(e) for i = 1, 1000 do kept[#kept + 1] = ('x'):rep(10000) .. i "
     "end return false end",
     "rules/a.lua"},
    {"return { run = function() return ('x'):rep(5 << 20) end }",
     "function rule(e) return require('lib').run() == 0 end", "rules/lib/lib.lua"},
    {"local kept = {} for i = 1, 1000 do kept[i] = ('x'):rep(10000) .. i end return kept",
     "function rule(e) return require('lib') == 0 end", "rules/lib/lib.lua"},
};

static void a_rule_whose_call_takes_too_much_fails_and_no_other(void **state) {
  for (size_t i = 0; i < sizeof greeds / sizeof *greeds; i++) {
    struct tally tally = run(*state, greeds[i].library, greeds[i].body);
    assert_int_equal(tally.failed, EVENTS);
    assert_int_equal(tally.others_failed, 0);
    assert_string_equal(tally.error, "used more than 2 MiB of memory");
    assert_string_equal(tally.file, greeds[i].file);
  }
}

/* As large as what all may keep: it stays within that alone, and with others does not. */
static void
what_a_library_holds_from_its_load_on_counts_for_the_rule_that_requires_it(void **state) {
  struct tally tally =
      run(*state,
          "local kept = {} for i = 1, 18 do kept[i] = ('x'):rep(1000):rep(100) .. i end "
          "return { put = function(x) kept[#kept + 1] = x end }",
          "local lib = require 'lib' function rule(e) lib.put(e.detail) return false end");
  assert_true(tally.failed > 2);
  assert_int_equal(tally.others_failed, 0);
  assert_string_equal(tally.file, "rules/a.lua");
}

/* The places of a table stay when all its entries are gone. */
static void what_no_count_finds_fails_nobody(void **state) {
  struct tally tally = run(*state, keeper,
                           "local kept = {} function rule(e) local t = {} for i = 1, 4000 do "
                           "t['k' .. i] = i end for i = 1, 4000 do t['k' .. i] = nil end "
                           "kept[#kept + 1] = t return false end");
  assert_int_equal(tally.others_failed, 0);
}

static void a_rule_that_was_forgotten_starts_afresh(void **state) {
  struct tally tally = run(*state, keeper,
                           "local n, kept = 0, {} function rule(e) n = n + 1 kept[n] = e.detail "
                           "assert(#kept == n) return false end");
  assert_true(tally.failed >= 1);
  assert_true(tally.failed <= EVENTS / 15);
  assert_int_equal(tally.others_failed, 0);
}

static void rules_that_keep_little_never_fail(void **state) {
  struct tally tally = run(*state, keeper,
                           "local last = {} function rule(e) last[e.n % 10] = e.detail "
                           "return last[0] == '' end");
  assert_int_equal(tally.failed, 0);
  assert_int_equal(tally.others_failed, 0);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, rule_fixture_start, rule_fixture_stop)
  const struct CMUnitTest tests[] = {
      TEST(a_rule_that_keeps_more_and_more_fails_and_no_other),
      TEST(a_rule_whose_call_takes_too_much_fails_and_no_other),
      TEST(what_a_library_holds_from_its_load_on_counts_for_the_rule_that_requires_it),
      TEST(what_no_count_finds_fails_nobody),
      TEST(a_rule_that_was_forgotten_starts_afresh),
      TEST(rules_that_keep_little_never_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The module kv, as rules see it. */
#include "rule/rule_fixture.h"

#define METADATA(more)                                                                             \
  "metadata { id = 'T', log_types = { 'Test.Log' }, severity = 'low'" more " } "
#define STATEFUL METADATA(", stateful = true")

static void load(struct rule_fixture *rules, const char *source) {
  struct rule_file file = {.path = "rules/t.lua", .source = text_from(source)};
  rule_fixture_load(rules, &file, 1);
}

/* A stateful rule that always matches and whose title is what the code returns. */
static void load_code(struct rule_fixture *rules, struct kv *kv, const char *code) {
  buffer_reset(&rules->text);
  buffer_append_string(&rules->text, STATEFUL);
  buffer_append_string(&rules->text, "function rule(event) return true end ");
  buffer_append_string(&rules->text, "function title(event) ");
  buffer_append_string(&rules->text, code);
  buffer_append_string(&rules->text, " end");
  load(rules, rules->text.data);
  rule_fixture_start_vm(rules, NULL);
  rule_vm_set_kv(rules->vm, kv);
}

static void run(struct rule_fixture *rules, struct problems *notes) {
  rule_fixture_event(rules, "{\"who\":\"homer\",\"n\":7,\"list\":[\"b\",\"a\"],"
                            "\"object\":{\"x\":[1,{\"y\":null}]},\"mixed\":[\"a\",1]}");
  rule_vm_describe(rules->vm, &rules->set->rules[0], &rules->outcome, notes);
}

static const struct {
  const char *code, *result;
} answers[] = {
    /* counters */
    {"return tostring(kv.get_counter('k'))", "0"},
    {"return tostring(kv.increment_counter('k'))", "1"},
    {"return kv.increment_counter('k', 5) .. ' ' .. kv.increment_counter('k', -7)", "5 -2"},
    {"return kv.increment_counter('k', { expires = 60 }) .. ''", "1"},
    {"return kv.increment_counter('k', 2, { expires = 0.5 }) .. ''", "2"},
    {"return kv.increment_counter('k', nil, nil) .. ''", "1"},
    {"return kv.increment_counter('k', 2.0) .. ''", "2"},
    {"kv.increment_counter('k') kv.reset_counter('k') return kv.get_counter('k') .. ''", "0"},
    /* string sets */
    {"return #kv.get_string_set('k') .. ''", "0"},
    {"kv.put_string_set('k', { 'b', 'a', 'b' }) return table.concat(kv.get_string_set('k'), ',')",
     "a,b"},
    {"local size, new = kv.add_to_string_set('k', 'x') return size .. ' ' .. new", "1 1"},
    {"kv.add_to_string_set('k', { 'x', 'y' })\n"
     "local size, new = kv.add_to_string_set('k', { 'x', 'z' }, { expires = 9 })\n"
     "return size .. ' ' .. new",
     "3 1"},
    {"kv.add_to_string_set('k', event.list) return table.concat(kv.get_string_set('k'))", "ab"},
    {"kv.put_string_set('k', { 'a', 'b', 'c' })\n"
     "local size, gone = kv.remove_from_string_set('k', { 'a', 'q' })\n"
     "return size .. ' ' .. gone .. table.concat(kv.get_string_set('k'))",
     "2 1bc"},
    {"kv.put_string_set('k', {}) return kv.string_set_size('k') .. ''", "0"},
    {"kv.add_to_string_set('k', { 'a', 'b' }) return kv.string_set_size('k') .. ''", "2"},
    {"kv.add_to_string_set('k', 'a')\n"
     "return tostring(kv.contains('k', 'a')) .. tostring(kv.contains('k', 'b'))",
     "truefalse"},
    {"return tostring(kv.contains('k', 'a'))", "false"},
    {"kv.add_to_string_set('k', 'a') kv.reset_string_set('k') return #kv.get_string_set('k') .. ''",
     "0"},
    {"kv.add_to_string_set('k', 'a\\0b\\255') return #kv.get_string_set('k')[1] .. ''", "4"},
    /* tables */
    {"return tostring(kv.get_table('k'))", "nil"},
    {"kv.put_table('k', { a = 1, b = { true, 'x', 2.5 }, [\"c d\"] = { e = {} } })\n"
     "local t = kv.get_table('k')\n"
     "return t.a .. tostring(t.b[1]) .. t.b[2] .. t.b[3] .. type(t['c d'].e) .. #t.b",
     "1truex2.5table3"},
    {"kv.put_table('k', {}) return type(kv.get_table('k'))", "table"},
    {"kv.put_table('k', event.object) return kv.get_table('k').x[1] .. ''", "1"},
    {"kv.put_table('k', event) return kv.get_table('k').who", "homer"},
    {"kv.put_table('k', { n = math.maxinteger }) return kv.get_table('k').n .. ''",
     "9223372036854775807"},
    {"kv.put_table('k', { a = 1 }) kv.get_table('k').a = 2 return kv.get_table('k').a .. ''", "1"},
    {"kv.put_table('k', { a = 1 }) kv.reset_table('k') return tostring(kv.get_table('k'))", "nil"},
    {"kv.put_table('k', { 'x' }, { expires = 60 }) return kv.get_table('k')[1]", "x"},
    /* expiry */
    {"return tostring(kv.set_expiry('k', 60))", "false"},
    {"kv.increment_counter('k') return tostring(kv.set_expiry('k', 60))", "true"},
    /* an error that the rule catches changes nothing of what came before */
    {"kv.increment_counter('k')\n"
     "local ok = pcall(kv.add_to_string_set, 'k', 'a')\n"
     "return tostring(ok) .. kv.get_counter('k')",
     "false1"},
};

static void every_function_answers(void **state) {
  struct rule_fixture *rules = *state;
  for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
    struct problems notes = PROBLEMS_NONE;
    struct kv *kv = kv_new(NULL);
    load_code(rules, kv, answers[i].code);
    run(rules, &notes);
    if (notes.count)
      fail_msg("%s: %s", answers[i].code, notes.items[0].text);
    assert_text_equal(rules->outcome.title, answers[i].result);
    rule_fixture_clear(rules);
    kv_free(kv);
    problems_clear(&notes);
  }
}

static const struct {
  const char *code, *message;
} mistakes[] = {
    {"kv.get_counter()", "a kv key must be a string, not nil"},
    {"kv.get_counter(event.nobody)", "a kv key must be a string, not nil"},
    {"kv.get_counter(5)", "a kv key must be a string, not a number"},
    {"kv.get_counter('')", "a kv key must not be empty"},
    {"kv.get_counter(('k'):rep(513))", "a kv key has more than 512 bytes"},
    {"kv.increment_counter('k', 1.5)", "kv.increment_counter counts by whole numbers"},
    {"kv.increment_counter('k', '1')", "kv.increment_counter counts by whole numbers"},
    {"kv.increment_counter('k', 1, 60)", "must be a table, as in { expires = 3600 }"},
    {"kv.increment_counter('k', { expire = 60 })",
     "unknown option 'expire' of a kv function; there is expires"},
    {"kv.increment_counter('k', { 60 })", "unknown option"},
    {"kv.increment_counter('k', { expires = '60' })",
     "expires must be a number of seconds, not a string"},
    {"kv.increment_counter('k', { expires = 0 })", "expires must be more than 0 and at most"},
    {"kv.increment_counter('k', { expires = -1 })", "expires must be more than 0"},
    {"kv.increment_counter('k', { expires = 0/0 })", "expires must be more than 0"},
    {"kv.increment_counter('k', { expires = 1e18 })", "expires must be more than 0"},
    {"kv.set_expiry('k')", "an expiry must be a number of seconds, not nil"},
    {"kv.increment_counter('k', math.maxinteger) kv.increment_counter('k')",
     "would leave the range of whole numbers"},
    {"kv.add_to_string_set('k')", "a kv string set takes a string or a list of strings, not nil"},
    {"kv.add_to_string_set('k', 5)", "takes a string or a list of strings, not a number"},
    {"kv.add_to_string_set('k', { 'a', 5 })", "a kv string set holds strings: item 2 is a number"},
    {"kv.add_to_string_set('k', event.mixed)", "item 2 is a number"},
    {"kv.add_to_string_set('k', { ('x'):rep(1025) })",
     "an item of a kv string set has more than 1024 bytes"},
    {"local t = {} for i = 1, 10001 do t[i] = 'x' end kv.put_string_set('k', t)",
     "a kv string set would have more than 10000 items"},
    {"local t = {} for i = 1, 10000 do t[i] = i .. 'x' end kv.put_string_set('k', t)\n"
     "kv.add_to_string_set('k', 'y')",
     "a kv string set would have more than 10000 items"},
    {"kv.contains('k', event.nobody)", "kv.contains looks for a string, not nil"},
    {"kv.put_table('k', 'text')", "kv.put_table takes a table, not a string"},
    {"kv.put_table('k')", "kv.put_table takes a table, not nil"},
    {"kv.put_table('k', { rule })", "a function cannot become JSON"},
    {"local t = {} t.t = t kv.put_table('k', t)", "a table that holds itself"},
    {"kv.put_table('k', { ('x'):rep(70000) })", "larger than 65536 bytes of JSON"},
    {"kv.increment_counter('k') kv.get_string_set('k')",
     "the kv key holds a counter, not a string set: use another key, or kv.reset_counter "
     "first"},
    {"for i = 1, 300 do kv.get_counter('k' .. i) end", "uses more than 256 kv keys for one event"},
    {"kv.get_counter = nil", "cannot set 'get_counter': this table is read-only"},
};

static void every_mistake_is_reported_with_its_line(void **state) {
  struct rule_fixture *rules = *state;
  for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
    struct problems notes = PROBLEMS_NONE;
    struct kv *kv = kv_new(NULL);
    load_code(rules, kv, mistakes[i].code);
    run(rules, &notes);
    if (notes.count != 1 || !strstr(notes.items[0].text, mistakes[i].message))
      fail_msg("%s: '%s' does not say '%s'", mistakes[i].code,
               notes.count ? notes.items[0].text : "nothing", mistakes[i].message);
    assert_string_equal(notes.items[0].file, "rules/t.lua");
    assert_int_not_equal(notes.items[0].line, 0);
    rule_fixture_clear(rules);
    kv_free(kv);
    problems_clear(&notes);
  }
}

static void expect_failure(struct rule_fixture *rules, const char *message) {
  struct error error = ERROR_NONE;
  rule_fixture_event(rules, "{}");
  assert_int_equal(rule_vm_match(rules->vm, &rules->set->rules[0], &error), RULE_FAILED);
  if (!strstr(error.text, message))
    fail_msg("'%s' does not say '%s'", error.text, message);
}

static void a_rule_that_is_not_stateful_is_refused_with_a_way_out(void **state) {
  struct rule_fixture *rules = *state;
  struct kv *kv = kv_new(NULL);
  load(rules, METADATA("") "function rule(event) return kv.get_counter('k') > 0 end");
  rule_fixture_start_vm(rules, NULL);
  rule_vm_set_kv(rules->vm, kv);
  expect_failure(rules, "kv is for stateful rules: write stateful = true into the metadata");
  kv_free(kv);
}

static void kv_cannot_be_used_while_a_file_is_read(void **state) {
  struct rule_fixture *rules = *state;
  load(rules, STATEFUL "function rule(event) return true end\nkv.increment_counter('k')");
  assert_int_equal(rules->problems.count, 1);
  assert_non_null(strstr(rules->problems.items[0].text,
                         "kv can be used in a rule's functions only, not while its file is read"));
  assert_int_equal(rules->problems.items[0].line, 2);
}

static void without_a_kv_a_stateful_rule_fails_and_says_so(void **state) {
  struct rule_fixture *rules = *state;
  load(rules, STATEFUL "function rule(event) return kv.get_counter('k') > 0 end");
  rule_fixture_start_vm(rules, NULL);
  expect_failure(rules, "there is no kv here");
}

static void a_stateful_rule_without_a_function_is_a_mistake(void **state) {
  struct rule_fixture *rules = *state;
  load(rules, METADATA(", stateful = true, where = { a = 1 }"));
  assert_int_equal(rules->problems.count, 1);
  assert_string_equal(rules->problems.items[0].text,
                      "a stateful rule needs a function that uses kv: without one, leave "
                      "`stateful` out");
  load(rules, METADATA(", stateful = 'yes'") "function rule(event) return true end");
  assert_int_equal(rules->problems.count, 1);
  assert_string_equal(rules->problems.items[0].text,
                      "stateful must be true or false, not a string");
}

/* Each call of a function keeps everything or nothing, however it ends. */
static void a_function_that_fails_takes_back_what_it_did(void **state) {
  static const char *const ends[] = {"error('no')", "while true do end", "event.nobody.x = 1",
                                     "kv.get_string_set('k')"};
  struct rule_fixture *rules = *state;
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    struct kv *kv = kv_new(NULL);
    struct error error = ERROR_NONE;
    int64_t count = -1;
    buffer_reset(&rules->text);
    buffer_printf(&rules->text,
                  STATEFUL "function rule(event) kv.increment_counter('k')\n"
                           "if event.bad then %s end return true end",
                  ends[i]);
    load(rules, rules->text.data);
    rule_fixture_start_vm(rules, &(struct rule_vm_options){.instruction_max = 100000});
    rule_vm_set_kv(rules->vm, kv);
    static const char *const events[] = {"{}", "{\"bad\":true}", "{\"bad\":true}", "{}"};
    for (size_t k = 0; k < 4; k++) {
      rule_fixture_event(rules, events[k]);
      rule_vm_match(rules->vm, &rules->set->rules[0], &error);
      assert_int_equal(error.set, k == 1 || k == 2);
      error_clear(&error);
    }
    kv_begin(kv, TEXT("T"), RULE_FIXTURE_NOW);
    assert_true(kv_counter_get(kv, TEXT("k"), &count, &error));
    assert_int_equal(count, 2);
    kv_end(kv, true);
    rule_fixture_clear(rules);
    kv_free(kv);
  }
}

static void expiry_is_in_the_time_of_events(void **state) {
  struct rule_fixture *rules = *state;
  struct kv *kv = kv_new(NULL);
  struct error error = ERROR_NONE;
  load(rules, STATEFUL "function rule(event)\n"
                       "return kv.increment_counter('k', { expires = 60 }) == event.expected end");
  rule_fixture_start_vm(rules, NULL);
  rule_vm_set_kv(rules->vm, kv);
  static const char *const events[] = {
      "{\"p_event_time\":\"2024-01-01T00:00:00Z\",\"expected\":1}",
      "{\"p_event_time\":\"2024-01-01T00:00:59Z\",\"expected\":2}",
      "{\"p_event_time\":\"2024-01-01T00:01:58.999999Z\",\"expected\":3}",
      "{\"p_event_time\":\"2024-01-01T00:02:58.999999Z\",\"expected\":1}",
  };
  for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
    rule_fixture_event(rules, events[i]);
    assert_int_equal(rule_vm_match(rules->vm, &rules->set->rules[0], &error), RULE_MATCH);
  }
  rule_fixture_clear(rules);
  kv_free(kv);
}

static void the_budget_ends_a_rule_that_uses_kv_for_ever(void **state) {
  static const char *const loops[] = {
      "while true do kv.increment_counter('k') end",
      "while true do kv.get_string_set('k') end",
      "local t = { ('x'):rep(60000) } while true do kv.put_table('k', t) end",
      "while true do pcall(kv.get_counter) end",
  };
  struct rule_fixture *rules = *state;
  for (size_t i = 0; i < sizeof loops / sizeof *loops; i++) {
    struct kv *kv = kv_new(NULL);
    buffer_reset(&rules->text);
    buffer_printf(&rules->text, STATEFUL "function rule(event) %s end", loops[i]);
    load(rules, rules->text.data);
    rule_fixture_start_vm(rules, &(struct rule_vm_options){.instruction_max = 1000000});
    rule_vm_set_kv(rules->vm, kv);
    expect_failure(rules, "used up its 1,000,000 instructions");
    rule_fixture_clear(rules);
    kv_free(kv);
  }
}

/* The list's own code would run while the module reads it. */
static void a_list_with_metamethods_is_read_as_it_is(void **state) {
  struct rule_fixture *rules = *state;
  struct problems notes = PROBLEMS_NONE;
  struct kv *kv = kv_new(NULL);
  load_code(rules, kv,
            "local t = setmetatable({ 'a' }, {\n"
            "  __len = function() return 3 end,\n"
            "  __index = function(_, i)\n"
            "    kv.put_string_set('inner', { 'i1' .. i, 'i2' .. i, 'i3' .. i }) return 'b' .. i\n"
            "  end })\n"
            "kv.put_string_set('k', t)\n"
            "return table.concat(kv.get_string_set('k'), ',') .. kv.string_set_size('inner')");
  run(rules, &notes);
  assert_int_equal(notes.count, 0);
  assert_text_equal(rules->outcome.title, "a0");
  rule_fixture_clear(rules);
  kv_free(kv);
}

#define RULE_TEST(name) cmocka_unit_test_setup_teardown(name, rule_fixture_start, rule_fixture_stop)

int main(void) {
  const struct CMUnitTest tests[] = {
      RULE_TEST(every_function_answers),
      RULE_TEST(every_mistake_is_reported_with_its_line),
      RULE_TEST(a_rule_that_is_not_stateful_is_refused_with_a_way_out),
      RULE_TEST(kv_cannot_be_used_while_a_file_is_read),
      RULE_TEST(without_a_kv_a_stateful_rule_fails_and_says_so),
      RULE_TEST(a_stateful_rule_without_a_function_is_a_mistake),
      RULE_TEST(a_function_that_fails_takes_back_what_it_did),
      RULE_TEST(expiry_is_in_the_time_of_events),
      RULE_TEST(the_budget_ends_a_rule_that_uses_kv_for_ever),
      RULE_TEST(a_list_with_metamethods_is_read_as_it_is),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

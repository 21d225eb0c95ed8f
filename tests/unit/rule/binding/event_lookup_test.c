#include "event/lookup/lookup_fixture.h"
#include "rule/binding/event_lookup.h"
#include "rule/rule_fixture.h"
#include "rule/vm/rule_question.h"
#include "rule/vm/rule_vm_internal.h"
#include "sim/random.h"

/* A rule's body that must return true on {"ip":"10.1.2.3","who":"homer","n":7}, or fail. */
struct row {
  const char *body, *error; /* error NULL = true */
};

struct world {
  struct rule_fixture *rules;
  struct lookup_fixture *files;
};

static int start_world(void **state) {
  struct world *world = memory_alloc(sizeof *world);
  void *rules, *files;
  rule_fixture_start(&rules);
  lookup_fixture_start(&files);
  *world = (struct world){rules, files};
  lookup_fixture_load(world->files, "people.json",
                      "{\"homer\": {\"title\": \"Inspector\", \"sector\": {\"name\": \"7G\"},"
                      " \"tags\": [\"a\", \"b\"], \"active\": true, \"age\": 39},"
                      " \"7\": {\"lucky\": true}}",
                      "", LOOKUP_EXACT);
  *state = world;
  return 0;
}

static int stop_world(void **state) {
  struct world *world = *state;
  void *rules = world->rules, *files = world->files;
  rule_fixture_stop(&rules);
  lookup_fixture_stop(&files);
  free(world);
  return 0;
}

static void expect(struct world *world, const struct row *row, bool with_tables) {
  struct error error = ERROR_NONE;
  struct buffer body = BUFFER_NONE;
  buffer_printf(&body, "function rule(event) %s end", row->body);
  rule_fixture_load_body(world->rules, body.data);
  rule_fixture_start_vm(world->rules, NULL);
  rule_vm_set_lookups(world->rules->vm, with_tables ? world->files->set : NULL);
  rule_fixture_event(world->rules,
                     "{\"ip\":\"10.1.2.3\",\"who\":\"homer\",\"n\":7,\"o\":{\"x\":1}}");
  enum rule_verdict verdict = rule_vm_match(world->rules->vm, &world->rules->set->rules[0], &error);
  if (row->error && (verdict != RULE_FAILED || strcmp(error.text, row->error) != 0))
    fail_msg("%s\n  got: %d %s\n  expected: %s", row->body, verdict, error.text, row->error);
  if (!row->error && verdict != RULE_MATCH)
    fail_msg("%s\n  got: %d %s", row->body, verdict, error.text);
  buffer_free(&body);
}

static void rows_become_read_only_tables(void **state) {
  static const struct row rows[] = {
      {"return event:lookup('t', event.who).title == 'Inspector'", NULL},
      {"local r = event:lookup('t', 'homer') "
       "return r.sector.name == '7G' and r.tags[2] == 'b' and #r.tags == 2 and r.active == true "
       "and math.type(r.age) == 'integer'",
       NULL},
      {"local n = 0 for k in pairs(event:lookup('t', 'homer')) do n = n + 1 end return n == 5",
       NULL},
      {"event:lookup('t', 'homer').title = 'x' return true",
       "cannot set 'title': this table is read-only"},
      {"event:lookup('t', 'homer').sector.name = 'x' return true",
       "cannot set 'name': this table is read-only"},
      {"return event:lookup('t', 'marge') == nil", NULL},
      {"return event:lookup('t', event.absent) == nil", NULL},
      {"return event:has_lookup('t') and not event:has_lookup('other') and event.o:has_lookup('t')",
       NULL},
      {"return event:lookup('t', event.n).lucky == true", NULL},
      {"return event.o:lookup('t', 'homer').title == 'Inspector'", NULL},
      /* The same row is the same table; its parts and other rows are others. */
      {"local a, b = event:lookup('t', 'homer'), event:lookup('t', 'homer') "
       "local s = event:lookup('t', 'homer', 'sector') "
       "return rawequal(a, b) and s.name == '7G' and rawequal(s, event:lookup('t', 'homer', "
       "'sector')) and not rawequal(a, event:lookup('t', event.n))",
       NULL},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    expect(*state, &rows[i], true);
}

static void further_arguments_lead_into_the_row(void **state) {
  static const struct row rows[] = {
      {"return event:lookup('t', 'homer', 'title') == 'Inspector'", NULL},
      {"return event:lookup('t', 'homer', 'sector', 'name') == '7G'", NULL},
      {"return event:lookup('t', 'homer', 'tags', 2) == 'b'", NULL},
      {"return event:lookup('t', 'homer', 'tags', 3) == nil", NULL},
      {"return event:lookup('t', 'homer', 'tags', 0) == nil", NULL},
      {"return event:lookup('t', 'homer', 'no', 'such', 'thing') == nil", NULL},
      {"return event:lookup('t', 'homer', 'title', 'x') == nil", NULL},
      {"return event:lookup('t', 'marge', 'title') == nil", NULL},
      {"return event:lookup('t', 'homer', 'sector').name == '7G'", NULL},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    expect(*state, &rows[i], true);
}

static void wrong_calls_are_errors_that_say_what_is_there(void **state) {
  static const struct row rows[] = {
      {"return event:lookup('tt', 'x')", "there is no lookup table 'tt' (did you mean 't'?)"},
      {"return event:lookup('people', 'x')", "there is no lookup table 'people' (there are: t)"},
      {"return event:lookup('t')", "bad argument #2 to 'lookup' (the key expected)"},
      {"return event:lookup('t', {})",
       "bad argument #2 to 'lookup' (a text or a whole number expected, got table)"},
  };
  static const struct row none = {"return not event:has_lookup('t')", NULL};
  static const struct row without = {
      "return event:lookup('t', 'x')",
      "there is no lookup table 't': none is configured (`lookups` in the configuration that -c "
      "names; a test may mock it)"};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    expect(*state, &rows[i], true);
  expect(*state, &without, false);
  expect(*state, &none, false);
}

static void what_is_passed_over_in_a_row_is_paid_for(void **state) {
  struct world *world = *state;
  static const struct row row = {
      "for i = 1, 3000 do if event:lookup('t', 'k', 'last') ~= 7 then return false end end "
      "return true",
      "used up its 10,000,000 instructions"};
  struct buffer json = BUFFER_NONE;
  buffer_append_string(&json, "{\"k\":{\"list\":[0");
  for (int i = 0; i < 10000; i++)
    buffer_append_string(&json, ",123456789");
  buffer_append_string(&json, "],\"last\":7}}");
  lookup_fixture_load(world->files, "large.json", json.data, "", LOOKUP_EXACT);
  expect(world, &row, true);
  buffer_free(&json);
}

static void a_row_can_go_with_an_alert(void **state) {
  struct world *world = *state;
  struct problems notes = PROBLEMS_NONE;
  rule_fixture_load_body(world->rules, "function rule() return true end "
                                       "function alert_context(event) "
                                       "return { person = event:lookup('t', 'homer', 'sector') } "
                                       "end");
  rule_fixture_start_vm(world->rules, NULL);
  rule_vm_set_lookups(world->rules->vm, world->files->set);
  rule_fixture_event(world->rules, "{}");
  rule_vm_describe(world->rules->vm, &world->rules->set->rules[0], &world->rules->outcome, &notes);
  assert_int_equal(notes.count, 0);
  assert_text_equal(world->rules->outcome.context, "{\"person\":{\"name\":\"7G\"}}");
}

static void mocks_stand_before_the_tables(void **state) {
  struct world *world = *state;
  static const struct {
    const char *mocks, *expression;
  } rows[] = {
      {"{ t = { homer = { title = 'mocked' } } }", "event:lookup('t', 'homer').title == 'mocked'"},
      {"{ t = { homer = { title = 'mocked' } } }",
       "event:lookup('t', 'homer', 'title') == 'mocked'"},
      {"{ t = { homer = { title = 'mocked' } } }", "event:lookup('t', 'homer', 'no', 'x') == nil"},
      {"{ other = {} }", "event:has_lookup('other') and event:has_lookup('t')"},
      {"{ other = {} }", "not event:has_lookup('third')"},
      {"{ t = {} }", "event:lookup('t', 'homer') == nil"},
      {"{ t = function(key) return { who = key } end }", "event:lookup('t', 'x').who == 'x'"},
      {"{ t = function() return 5 end }", "event:lookup('t', 'x') == 5"},
      {"{ other = {} }", "event:lookup('t', 'homer').title == 'Inspector'"},
      {"{ other = { k = true } }", "event:lookup('other', 'k') == true"},
      {"nil", "event:lookup('t', 'homer').title == 'Inspector'"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct error error = ERROR_NONE;
    struct buffer body = BUFFER_NONE;
    buffer_printf(&body, "function rule(event) return %s end", rows[i].expression);
    rule_fixture_load_body(world->rules, body.data);
    rule_fixture_start_vm(world->rules, NULL);
    rule_vm_set_lookups(world->rules->vm, world->files->set);
    rule_fixture_event(world->rules, "{}");
    lua_State *lua = sandbox_lua(world->rules->vm->sandbox);
    buffer_reset(&body);
    buffer_printf(&body, "return %s", rows[i].mocks);
    assert_true(sandbox_load(world->rules->vm->sandbox, "mocks", buffer_text(&body), &error));
    assert_true(sandbox_call(world->rules->vm->sandbox, 0, 1, &error));
    event_binding_mock_lookups(lua, -1);
    lua_pop(lua, 2);
    if (rule_vm_match(world->rules->vm, &world->rules->set->rules[0], &error) != RULE_MATCH)
      fail_msg("%s with %s: %s", rows[i].expression, rows[i].mocks, error.text);
    buffer_free(&body);
  }
}

/* What the rule's question is asked about; "": it is not asked. */
static void expect_values(struct world *world, const char *record, const char *expected) {
  struct error error = ERROR_NONE;
  struct arena arena = ARENA_NONE;
  struct buffer got = BUFFER_NONE;
  rule_fixture_event(world->rules, record);
  const struct rule *rule = &world->rules->set->rules[0];
  const struct question_asked *asked = rule_vm_ask(world->rules->vm, rule, &arena, &error);
  assert_non_null(asked);
  buffer_append_string(&got, "");
  for (size_t i = 0; asked->keys && i < asked->values->count; i++)
    buffer_printf(&got, "%.*s;", TEXT_ARGS(asked->values->items[i].folded));
  assert_string_equal(got.data, expected);
  buffer_free(&got);
  arena_free(&arena);
}

static void expect_asked(struct world *world, const struct lookup_set *tables, const char *record,
                         const char *expected) {
  rule_vm_set_lookups(world->rules->vm, tables);
  expect_values(world, record, expected);
}

static void questions_find_the_row_of_the_events_own_key(void **state) {
  struct world *world = *state;
  const struct rule_file file = {
      .path = "q.lua",
      .source =
          TEXT("metadata { id = 'Q', log_types = { 'T' }, severity = 'low', where = { n = 7 },"
               " new_value = { learn = '0s', of = {"
               " { lookup = 't', key = 'who', value = { 'none', 'sector.name' } },"
               " { lookup = 't', key = 'who', value = { 'tags' } },"
               " { lookup = 't', key = 'who', value = { 'age' } } } } }")};
  rule_fixture_load(world->rules, &file, 1);
  rule_fixture_start_vm(world->rules, NULL);
  static const char homer[] = "{\"who\":\"homer\",\"n\":7}";
  static const char joined[] = "7g\037a\03739;7g\037b\03739;";
  const struct lookup_set *set = world->files->set;
  expect_asked(world, set, homer, joined);
  expect_asked(world, set, homer, joined);
  expect_asked(world, set, "{\"who\":\"marge\",\"n\":7}", "");
  expect_asked(world, set, "{\"who\":[\"marge\",\"homer\"],\"n\":7}", joined);
  expect_asked(world, set, "{\"n\":7}", "");
  expect_asked(world, NULL, homer, "");
  expect_asked(world, set, homer, joined);
}

/* What was taken of a row, or given for a text, holds for its tables only, and for texts of any
 * length. */
static void questions_take_what_the_tables_have_now(void **state) {
  struct world *world = *state;
  const struct rule_file file = {
      .path = "q.lua",
      .source = TEXT("metadata { id = 'Q', log_types = { 'T' }, severity = 'low',"
                     " new_value = { learn = '0s',"
                     " of = { lookup = 't', key = 'who', value = { 'city', 'at' } } } }")};
  static const struct {
    const char *row, *expected;
  } rows[] = {
      {"{\"city\": \"Springfield\"}", "springfield;"},
      {"{\"city\": \"Shelbyville\"}", "shelbyville;"},
      {"{\"at\": -12.5}", "-12.5;"},
      {"{\"city\": \"Zürich\"}", "zürich;"},
      {"{\"city\": \"Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch\"}",
       "llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch;"},
      {"{\"city\": [\"Bern\", \"Thun\"]}", "bern;thun;"},
      {"{\"city\": \"\"}", ""},
      {"{}", ""},
  };
  rule_fixture_load(world->rules, &file, 1);
  rule_fixture_start_vm(world->rules, NULL);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct buffer json = BUFFER_NONE;
    buffer_printf(&json,
                  "{\"homer\": %s, \"homer@example.com\": %s, \"marge\": {\"city\": \"Capital\"},"
                  " \"marge@example.com\": {\"city\": \"Capital\"}}",
                  rows[i].row, rows[i].row);
    lookup_fixture_load(world->files, "people.json", json.data, "", LOOKUP_EXACT);
    rule_vm_set_lookups(world->rules->vm, world->files->set);
    for (int times = 0; times < 2; times++) {
      expect_values(world, "{\"who\":\"homer\"}", rows[i].expected);
      expect_values(world, "{\"who\":\"marge\"}", "capital;");
      expect_values(world, "{\"who\":\"homer@example.com\"}", rows[i].expected);
      expect_values(world, "{\"who\":\"marge@example.com\"}", "capital;");
    }
    buffer_free(&json);
  }
}

/* Whether the `where` holds on {"who":"homer","n":7,"list":["marge","homer"],"o":{},"b":true}, with
 * an address and a title. */
static void conditions_ask_for_rows(void **state) {
  struct world *world = *state;
  static const struct {
    const char *where, *mocks;
    bool with_tables, holds;
  } rows[] = {
      {"['who|lookup'] = 't'", NULL, true, true},
      {"['who|lookup'] = 't'", NULL, false, false},
      {"['who|lookup'] = 'other'", NULL, true, false},
      {"['who|lookup'] = { 'other', 't' }", NULL, true, true},
      {"['who|lookup'] = '*'", NULL, true, false},
      {"['n|lookup'] = 't'", NULL, true, true},
      {"['list|lookup'] = 't'", NULL, true, true},
      {"['absent|lookup'] = 't'", NULL, true, false},
      {"['o|lookup'] = 't'", NULL, true, false},
      {"['b|lookup'] = 't'", NULL, true, false},
      {"['who|lookup|neq'] = 't'", NULL, true, false},
      {"['who|lookup|neq'] = 'other'", NULL, true, true},
      {"['absent|lookup|neq'] = 'other'", NULL, true, false},
      {"['address|lookup'] = 'x'", "{ x = { ['lisa@example.com'] = { a = 1 } } }", false, true},
      {"['address|lookup'] = 'x'", "{ x = { ['Lisa@Example.com'] = { a = 1 } } }", false, true},
      {"['address|lookup|neq'] = 'x'", "{ x = { ['lisa@example.com'] = { a = 1 } } }", false,
       false},
      {"['title|lookup'] = 'x'", "{ x = { ['head'] = { a = 1 } } }", false, false},
      {"['who|lookup'] = 't'", "{ t = {} }", true, false},
      {"['who|lookup'] = 'x'", "{ x = { homer = { a = 1 } } }", false, true},
      {"['who|lookup'] = 'x'", "{ x = function(key) return key == 'homer' or nil end }", true,
       true},
      {"['who|lookup'] = 't'", "{ other = {} }", true, true},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct error error = ERROR_NONE;
    struct text name;
    struct buffer source = BUFFER_NONE;
    buffer_printf(&source,
                  "metadata { id = 'T', log_types = { 'Test.Log' }, severity = 'low', where = { %s "
                  "} } tests { { name = 'a', mocks = %s%s%s } }",
                  rows[i].where, rows[i].mocks ? "{ ['event:lookup'] = " : "nil",
                  rows[i].mocks ? rows[i].mocks : "", rows[i].mocks ? " }" : "");
    const struct rule_file file = {.path = "rules/t.lua", .source = buffer_text(&source)};
    rule_fixture_load(world->rules, &file, 1);
    rule_fixture_start_vm(world->rules, NULL);
    const struct rule *rule = &world->rules->set->rules[0];
    struct rule_vm *vm = world->rules->vm;
    rule_vm_set_lookups(vm, rows[i].with_tables ? world->files->set : NULL);
    assert_true(rule_vm_mock(vm, rule, 0, &name, &error));
    rule_fixture_event(world->rules, "{\"who\":\"homer\",\"n\":7,\"list\":[\"marge\",\"homer\"],"
                                     "\"o\":{},\"b\":true,\"title\":\"Head\","
                                     "\"address\":\"Lisa@Example.com\"}");
    if ((rule_vm_match(vm, rule, &error) == RULE_MATCH) != rows[i].holds)
      fail_msg("%s with %s: %s", rows[i].where, rows[i].mocks ? rows[i].mocks : "nothing mocked",
               rows[i].holds ? "does not hold" : "holds");
    rule_vm_unmock(vm, rule);
    buffer_free(&source);
  }
}

/* More keys, and more rows and parts, than there are places for what was found before. */
#define PERSONS 3000

static void expect_persons(struct world *world, const char *others_key) {
  struct buffer source = BUFFER_NONE;
  char record[80], expected[40];
  struct random random = {.state = 1};
  buffer_printf(&source,
                "metadata { id = 'Q', log_types = { 'T' }, severity = 'low', where = { n = 7 },"
                " new_value = { learn = '0s', of = {"
                " { lookup = 't', key = 'who', value = { 'a' } },"
                " { lookup = 't', key = '%s', value = { 'b' } } } } }",
                others_key);
  const struct rule_file file = {.path = "q.lua", .source = buffer_text(&source)};
  rule_fixture_load(world->rules, &file, 1);
  rule_fixture_start_vm(world->rules, NULL);
  rule_vm_set_lookups(world->rules->vm, world->files->set);
  for (unsigned i = 0; i < 2 * PERSONS; i++) {
    unsigned who = random_below(&random, PERSONS), other = random_below(&random, PERSONS);
    snprintf(record, sizeof record, "{\"who\":\"person-%u\",\"other\":\"person-%u\",\"n\":7}", who,
             other);
    snprintf(expected, sizeof expected, "a-%u\037b-%u;", who,
             strcmp(others_key, "who") == 0 ? who : other);
    expect_values(world, record, expected);
  }
  buffer_free(&source);
}

static void what_was_found_is_of_the_key_and_the_part(void **state) {
  struct world *world = *state;
  struct buffer json = BUFFER_NONE;
  for (unsigned i = 0; i < PERSONS; i++)
    buffer_printf(&json, "%c\"person-%u\":{\"a\":\"a-%u\",\"b\":\"b-%u\"}", i ? ',' : '{', i, i, i);
  buffer_append_char(&json, '}');
  lookup_fixture_load(world->files, "persons.json", json.data, "", LOOKUP_EXACT);
  expect_persons(world, "who");
  expect_persons(world, "other");
  buffer_free(&json);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start_world, stop_world)
  const struct CMUnitTest tests[] = {
      TEST(rows_become_read_only_tables),
      TEST(further_arguments_lead_into_the_row),
      TEST(wrong_calls_are_errors_that_say_what_is_there),
      TEST(what_is_passed_over_in_a_row_is_paid_for),
      TEST(a_row_can_go_with_an_alert),
      TEST(mocks_stand_before_the_tables),
      TEST(questions_find_the_row_of_the_events_own_key),
      TEST(questions_take_what_the_tables_have_now),
      TEST(conditions_ask_for_rows),
      cmocka_unit_test_setup_teardown(what_was_found_is_of_the_key_and_the_part, start_world,
                                      stop_world),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

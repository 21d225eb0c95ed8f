#include "rule/rule_fixture.h"

#include <stdio.h>

/* The note that a row expects; NULL = none. */
static void expect_note(struct rule_fixture *fixture, const char *body, const char *note) {
  size_t expected = note ? 1 : 0;
  const char *got = fixture->problems.count ? fixture->problems.items[0].text : "nothing";
  if (fixture->problems.count != expected || (note && strcmp(got, note) != 0))
    fail_msg("%s\n  noted: %s\n  expected: %s", body, got, note ? note : "nothing");
}

/* Loads a rule whose metadata goes on with `metadata` and which defines `body`; describes a match
 * on the event. */
static const struct rule_outcome *describe(struct rule_fixture *fixture, const char *metadata,
                                           const char *body, const char *event) {
  char source[4096];
  snprintf(source, sizeof source,
           "metadata { id = 'Rule.Id', log_types = { 'Test.Log' }, severity = 'medium', %s }\n"
           "function rule(event) return true end\n%s",
           metadata, body);
  struct rule_file file = {.path = "rules/t.lua", .source = text_from(source)};
  rule_fixture_load(fixture, &file, 1);
  rule_fixture_start_vm(fixture, NULL);
  rule_fixture_event(fixture, event);
  rule_vm_describe(fixture->vm, &fixture->set->rules[0], &fixture->outcome, &fixture->problems);
  for (size_t i = 0; i < fixture->problems.count; i++)
    assert_string_equal(fixture->problems.items[i].file, "rules/t.lua");
  return &fixture->outcome;
}

static void expect_text(const char *body, struct text got, const char *expected) {
  if (!text_is(got, expected))
    fail_msg("%s\n  got: %.*s\n  expected: %s", body, TEXT_ARGS(got), expected);
}

static void titles_fall_back_to_the_name_and_the_id(void **state) {
  static const struct {
    const char *metadata, *body, *title, *note;
  } rows[] = {
      {"", "", "Rule.Id", NULL},
      {"display_name = 'Name'", "", "Name", NULL},
      {"display_name = ''", "", "Rule.Id", NULL},
      {"display_name = 'Name'", "function title(e) return 'T ' .. e.who end", "T bart", NULL},
      {"display_name = 'Name'", "function title() return '' end", "Name", NULL},
      {"display_name = 'Name'", "function title() return 5 end", "Rule.Id",
       "title: returned a number, expected a string"},
      {"display_name = 'Name'", "function title() end", "Rule.Id",
       "title: returned nil, expected a string"},
      {"display_name = 'Name'", "function title(e) return e.no.such end", "Rule.Id",
       "title: attempt to index a nil value (field 'no')"},
      {"display_name = 'Name'", "function title(e) while true do end end", "Rule.Id",
       "title: used up its 10,000,000 instructions"},
      {"", "function title() return 'a\\xffb' end",
       "a\xef\xbf\xbd"
       "b",
       NULL},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const struct rule_outcome *outcome =
        describe(*state, rows[i].metadata, rows[i].body, "{\"who\":\"bart\"}");
    expect_text(rows[i].body, outcome->title, rows[i].title);
    expect_note(*state, rows[i].body, rows[i].note);
  }
}

static void dedup_falls_back_to_a_title_function_and_the_default(void **state) {
  static const struct {
    const char *body, *dedup, *note;
  } rows[] = {
      {"", "defaultDedupString:Rule.Id", NULL},
      {"function title() return 'T' end", "T", NULL},
      {"function title() return 'T' end function dedup() return 'D' end", "D", NULL},
      {"function dedup() return '' end", "defaultDedupString:Rule.Id", NULL},
      {"function dedup() return 'Homer@Example.com' end", "homer@example.com", NULL},
      {"function dedup() return 'by Homer@Example.com' end", "by Homer@Example.com", NULL},
      {"function dedup() end", "defaultDedupString:Rule.Id", NULL},
      {"function title() return 'T' end function dedup() end", "defaultDedupString:Rule.Id", NULL},
      {"function dedup() return {} end", "defaultDedupString:Rule.Id",
       "dedup: returned a table, expected a string"},
      {"function dedup() error('x') end", "defaultDedupString:Rule.Id", "dedup: x"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const struct rule_outcome *outcome = describe(*state, "display_name = 'N'", rows[i].body, "{}");
    expect_text(rows[i].body, outcome->dedup, rows[i].dedup);
    expect_note(*state, rows[i].body, rows[i].note);
  }
}

static void severities_fall_back_to_the_metadata(void **state) {
  static const struct {
    const char *body;
    enum severity severity;
    const char *note;
  } rows[] = {
      {"", SEVERITY_MEDIUM, NULL},
      {"function severity() return 'INFO' end", SEVERITY_INFO, NULL},
      {"function severity() return 'low' end", SEVERITY_LOW, NULL},
      {"function severity() return 'Medium' end", SEVERITY_MEDIUM, NULL},
      {"function severity() return 'hIGH' end", SEVERITY_HIGH, NULL},
      {"function severity() return 'CRITICAL' end", SEVERITY_CRITICAL, NULL},
      {"function severity() return 'DEFAULT' end", SEVERITY_MEDIUM, NULL},
      {"function severity() return 'default' end", SEVERITY_MEDIUM, NULL},
      {"function severity() end", SEVERITY_MEDIUM, NULL},
      {"function severity() return 'red' end", SEVERITY_MEDIUM,
       "severity: 'red' is none of INFO, LOW, MEDIUM, HIGH, CRITICAL, DEFAULT"},
      {"function severity() return 3 end", SEVERITY_MEDIUM,
       "severity: returned a number, expected a string"},
      {"function severity() error('x') end", SEVERITY_MEDIUM, "severity: x"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const struct rule_outcome *outcome = describe(*state, "", rows[i].body, "{}");
    assert_int_equal(outcome->severity, rows[i].severity);
    expect_note(*state, rows[i].body, rows[i].note);
  }
}

static void texts_fall_back_to_the_metadata(void **state) {
  static const char metadata[] = "description = 'd', reference = 'r', runbook = 'b'";
  static const struct {
    const char *body, *description, *reference, *runbook, *note;
  } rows[] = {
      {"", "d", "r", "b", NULL},
      {"function description() return 'D' end function reference() return 'R' end "
       "function runbook() return 'B' end",
       "D", "R", "B", NULL},
      {"function description() return '' end", "", "r", "b", NULL},
      {"function description() end", "d", "r", "b", NULL},
      {"function reference() return 1 end", "d", "r", "b",
       "reference: returned a number, expected a string"},
      {"function runbook() error('x') end", "d", "r", "b", "runbook: x"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const struct rule_outcome *outcome = describe(*state, metadata, rows[i].body, "{}");
    expect_text(rows[i].body, outcome->description, rows[i].description);
    expect_text(rows[i].body, outcome->reference, rows[i].reference);
    expect_text(rows[i].body, outcome->runbook, rows[i].runbook);
    expect_note(*state, rows[i].body, rows[i].note);
  }
}

static void destinations_are_none_some_or_routing(void **state) {
  static const struct {
    const char *metadata, *body;
    bool given;
    const char *names, *note;
  } rows[] = {
      {"", "", false, "", NULL},
      {"destinations = { 'm' }", "", true, "m ", NULL},
      {"destinations = {}", "", true, "", NULL},
      {"", "function destinations() return { 'a', 'b' } end", true, "a b ", NULL},
      {"", "function destinations() return {} end", true, "", NULL},
      {"", "function destinations() end", false, "", NULL},
      {"destinations = { 'm' }", "function destinations() end", true, "m ", NULL},
      {"destinations = { 'm' }", "function destinations() return {} end", true, "", NULL},
      {"destinations = { 'm' }", "function destinations() error('x') end", true, "m ",
       "destinations: x"},
      {"", "function destinations() return 'a' end", false, "",
       "destinations: returned a string, expected a list of names"},
      {"", "function destinations() return { 'a', 1 } end", true, "a ",
       "destinations: item 2 is a number, expected a name"},
      {"", "function destinations() return { '1','2','3','4','5','6','7','8','9','10','11' } end",
       true, "1 2 3 4 5 6 7 8 9 10 ", "destinations: returned 11 names, kept the first 10"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const struct rule_outcome *outcome = describe(*state, rows[i].metadata, rows[i].body, "{}");
    char names[256] = "";
    for (size_t k = 0; k < outcome->destinations.count; k++) {
      size_t used = strlen(names);
      snprintf(names + used, sizeof names - used, "%.*s ",
               TEXT_ARGS(outcome->destinations.items[k]));
    }
    assert_int_equal(outcome->destinations_given, rows[i].given);
    assert_string_equal(names, rows[i].names);
    expect_note(*state, rows[i].body, rows[i].note);
  }
}

static void a_context_is_json_or_says_its_error(void **state) {
  static const struct {
    const char *value, *context, *note;
  } rows[] = {
      {"{}", "{}", NULL},
      {"{ b = 1, a = 'x' }", "{\"a\":\"x\",\"b\":1}", NULL},
      {"{ list = { 1, 2.5, true } }", "{\"list\":[1,2.5,true]}", NULL},
      {"{ gap = { 1, nil, 3 } }", "{\"gap\":[1,null,3]}", NULL},
      {"{ sparse = { [100] = 1 } }", "{\"sparse\":{\"100\":1}}", NULL},
      {"{ [0] = 'a', [1.5] = 'b', x = 'c' }", "{\"0\":\"a\",\"1.5\":\"b\",\"x\":\"c\"}", NULL},
      {"{ n = 0/0, i = math.huge }", "{\"i\":null,\"n\":null}", NULL},
      {"{ s = 'a\\0\\xff\\n' }", "{\"s\":\"a\\u0000\xef\xbf\xbd\\n\"}", NULL},
      {"{ part = event.nested, who = event.who }", "{\"part\":{\"z\":[1,null]},\"who\":\"bart\"}",
       NULL},
      {"event.nested", "{\"z\":[1,null]}", NULL},
      {"{ big = math.mininteger }", "{\"big\":-9223372036854775808}", NULL},
      {"nil", "{\"_error\":\"returned nil, expected a table\"}",
       "alert_context: returned nil, expected a table"},
      {"'x'", "{\"_error\":\"returned a string, expected a table\"}",
       "alert_context: returned a string, expected a table"},
      {"{ 1, 2 }", "{\"_error\":\"returned a list, expected a table with names\"}",
       "alert_context: returned a list, expected a table with names"},
      {"{ f = function() end }", "{\"_error\":\"a function cannot become JSON\"}",
       "alert_context: a function cannot become JSON"},
      {"{ [true] = 1 }", "{\"_error\":\"a boolean as a key cannot become JSON\"}",
       "alert_context: a boolean as a key cannot become JSON"},
      {"error('\"no\"')", "{\"_error\":\"\\\"no\\\"\"}", "alert_context: \"no\""},
      {"{ [1] = 'a', ['1'] = 'b' }",
       "{\"_error\":\"a table with the key 1 as a number and as a text cannot become JSON\"}",
       "alert_context: a table with the key 1 as a number and as a text cannot become JSON"},
      {"cycle()", "{\"_error\":\"a table that holds itself cannot become JSON\"}",
       "alert_context: a table that holds itself cannot become JSON"},
      {"deep(70)", "{\"_error\":\"tables nested deeper than 64 levels cannot become JSON\"}",
       "alert_context: tables nested deeper than 64 levels cannot become JSON"},
      {"{ x = ('x'):rep(204800) }", "{\"_error\":\"larger than 204800 bytes of JSON\"}",
       "alert_context: larger than 204800 bytes of JSON"},
      {"bush(40)", "{\"_error\":\"larger than 204800 bytes of JSON\"}",
       "alert_context: larger than 204800 bytes of JSON"},
      {"hollow()", "{\"_error\":\"took longer than 100 ms to become JSON\"}",
       "alert_context: took longer than 100 ms to become JSON"},
      {"long(100000)", "{\"_error\":\"larger than 204800 bytes of JSON\"}",
       "alert_context: larger than 204800 bytes of JSON"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char body[1024];
    snprintf(
        body, sizeof body,
        "local function cycle() local t = {} t.t = { t } return t end\n"
        "local function deep(n) local t = {} for i = 1, n do t = { t = t } end return t end\n"
        "local function hollow() local t, list = {}, {} for i = 1, 200000 do t['k' .. i] = 1 end "
        "for k in pairs(t) do t[k] = nil end for i = 1, 40000 do list[i] = t end return list "
        "end\n"
        "local function bush(n) local t = {} for i = 1, n do t = { a = t, b = t } end return "
        "t end\n"
        "local function long(n) local t = {} for i = 1, n do t[i] = i end return { t = t } "
        "end\n"
        "function alert_context(event) return %s end",
        rows[i].value);
    const struct rule_outcome *outcome =
        describe(*state, "", body, "{\"who\":\"bart\",\"nested\":{\"z\":[1,null]}}");
    expect_text(rows[i].value, outcome->context, rows[i].context);
    expect_note(*state, rows[i].value, rows[i].note);
  }
  expect_text("", describe(*state, "", "", "{}")->context, "{}");
}

/* What an event has as a list stays one in a copy of it, or a receiver sees it change its type. */
static void a_copy_of_the_event_keeps_its_lists(void **state) {
  static const struct {
    const char *body, *context;
  } rows[] = {
      {"return event:to_table().o",
       "{\"deep\":[[],[[]]],\"empty\":[],\"mid\":[1,null,\"x\"],\"none\":{},\"nulls\":[null,null],"
       "\"tail\":[1,null]}"},
      {"return event.o:to_table()",
       "{\"deep\":[[],[[]]],\"empty\":[],\"mid\":[1,null,\"x\"],\"none\":{},\"nulls\":[null,null],"
       "\"tail\":[1,null]}"},
      {"local o = event:to_table().o o.empty[1] = 'a' return { l = o.empty }", "{\"l\":[\"a\"]}"},
      {"local o = event:to_table().o o.mid[4] = nil o.mid[3] = nil return { l = o.mid }",
       "{\"l\":[1]}"},
      {"local o = event:to_table().o o.empty.x = 1 return { l = o.empty }", "{\"l\":{\"x\":1}}"},
      {"local o = event:to_table().o o.empty[10000000] = 1 return { l = o.empty }",
       "{\"l\":{\"10000000\":1}}"},
      {"return { l = {} }", "{\"l\":{}}"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char body[512];
    snprintf(body, sizeof body, "function alert_context(event) %s end", rows[i].body);
    const struct rule_outcome *outcome = describe(
        *state, "", body,
        "{\"o\":{\"empty\":[],\"nulls\":[null,null],\"tail\":[1,null],\"mid\":[1,null,\"x\"],"
        "\"deep\":[[],[[]]],\"none\":{}}}");
    expect_text(rows[i].body, outcome->context, rows[i].context);
  }
}

static void a_context_may_have_204800_bytes(void **state) {
  const struct rule_outcome *outcome = describe(
      *state, "", "function alert_context() return { x = ('x'):rep(204800 - 8) } end", "{}");
  assert_int_equal(outcome->context.size, RULE_CONTEXT_MAX);
  expect_note(*state, "", NULL);
}

static void long_texts_are_cut_at_1000_characters(void **state) {
  static const struct {
    const char *value, *begin, *end;
    size_t size;
  } rows[] = {
      {"('x'):rep(1000)", "x", "x", 1000},
      {"('x'):rep(1001)", "x", "x... (truncated)", 1000},
      {"('\\u{e9}'):rep(1000)", "\xc3\xa9", "\xc3\xa9", 2000},
      {"('\\u{e9}'):rep(1001)", "\xc3\xa9", "\xc3\xa9... (truncated)", 985 * 2 + 15},
      {"('\\u{1f600}'):rep(5000)", "\xf0\x9f\x98\x80", "... (truncated)", 985 * 4 + 15},
      {"('\\xff'):rep(1001)", "\xef\xbf\xbd", "... (truncated)", 985 * 3 + 15},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char body[256];
    snprintf(body, sizeof body,
             "function title() return %s end function dedup() return %s end "
             "function unique() return %s end function runbook() return %s end",
             rows[i].value, rows[i].value, rows[i].value, rows[i].value);
    const struct rule_outcome *outcome = describe(*state, "", body, "{}");
    const struct text texts[] = {outcome->title, outcome->dedup, outcome->unique, outcome->runbook};
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
      assert_int_equal(texts[k].size, rows[i].size);
      assert_true(text_starts_folded(texts[k], text_from(rows[i].begin)));
      assert_true(text_ends_folded(texts[k], text_from(rows[i].end)));
      assert_true(text_is_utf8(texts[k]));
    }
  }
}

static void unique_is_a_text_or_none(void **state) {
  static const struct {
    const char *body;
    bool has;
    const char *unique, *note;
  } rows[] = {
      {"", false, "", NULL},
      {"function unique(e) return e.who end", true, "bart", NULL},
      {"function unique() return '' end", true, "", NULL},
      {"function unique() return 'Bart@Example.com' end", true, "bart@example.com", NULL},
      {"function unique() end", false, "", NULL},
      {"function unique() return 1 end", false, "", "unique: returned a number, expected a string"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const struct rule_outcome *outcome = describe(*state, "", rows[i].body, "{\"who\":\"bart\"}");
    assert_int_equal(outcome->has_unique, rows[i].has);
    expect_text(rows[i].body, outcome->unique, rows[i].unique);
    expect_note(*state, rows[i].body, rows[i].note);
  }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, rule_fixture_start, rule_fixture_stop)
  const struct CMUnitTest tests[] = {
      TEST(titles_fall_back_to_the_name_and_the_id),
      TEST(dedup_falls_back_to_a_title_function_and_the_default),
      TEST(severities_fall_back_to_the_metadata),
      TEST(texts_fall_back_to_the_metadata),
      TEST(destinations_are_none_some_or_routing),
      TEST(a_context_is_json_or_says_its_error),
      TEST(a_copy_of_the_event_keeps_its_lists),
      TEST(a_context_may_have_204800_bytes),
      TEST(long_texts_are_cut_at_1000_characters),
      TEST(unique_is_a_text_or_none),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Titles, dedup strings and contexts that metadata writes out. */
#include "rule/rule_fixture.h"

#include <stdio.h>

#define EVENT                                                                                      \
  "{\"who\":\"Homer@Example.com\",\"what\":\"{who}\",\"n\":98213254471.0,\"half\":0.5,"            \
  "\"empty\":\"\",\"null\":null,\"none\":[],\"yes\":true,\"list\":[\"a\",null,2,\"B@c.d\"],"       \
  "\"o\":{\"id\":7,\"deep\":[{\"x\":\"p\"},{\"x\":\"q\"}]},\"a.b\":\"dotted\",\"a "                \
  "key\":\"spaced\"}"

/* Describes a match of a rule with this metadata on the event; nothing may be noted. */
static const struct rule_outcome *describe_with(struct rule_fixture *fixture, const char *metadata,
                                                const char *functions, const char *event) {
  char source[4096];
  snprintf(source, sizeof source,
           "metadata { id = 'R', log_types = { 'Test.Log' }, severity = 'low', %s }\n"
           "function rule(event) return true end\n%s",
           metadata, functions);
  struct rule_file file = {.path = "rules/t.lua", .source = text_from(source)};
  rule_fixture_load(fixture, &file, 1);
  rule_fixture_start_vm(fixture, NULL);
  rule_fixture_event(fixture, event);
  rule_vm_describe(fixture->vm, &fixture->set->rules[0], &fixture->outcome, &fixture->problems);
  return &fixture->outcome;
}

static const struct rule_outcome *describe(struct rule_fixture *fixture, const char *metadata,
                                           const char *event) {
  return describe_with(fixture, metadata, "", event);
}

static void values_stand_where_their_braces_are(void **state) {
  static const struct {
    const char *template, *title;
  } rows[] = {
      {"plain text", "plain text"},
      {"by {who}", "by Homer@Example.com"},
      {"{ who }", "Homer@Example.com"},
      {"{who}{who}", "Homer@Example.comHomer@Example.com"},
      {"{{who}} {{{who}}} }}{{", "{who} {Homer@Example.com} }{"},
      {"{what}", "{who}"},
      {"{n} {half} {yes} {o.id}", "98213254471 0.5 true 7"},
      {"{list}", "a, 2, B@c.d"},
      {"{o.deep.x} {o.deep.1.x} {o.deep[0].x}", "p, q q p"},
      {"{o}", "{\"id\":7,\"deep\":[{\"x\":\"p\"},{\"x\":\"q\"}]}"},
      {"{a.b} {a key}", "dotted spaced"},
      {"{gone} {null} {empty} {none} {o.gone}",
       "(no gone) (no null) (no empty) (no none) (no gone)"},
      {"{gone or who}", "Homer@Example.com"},
      {"{gone or empty or 'nobody'}", "nobody"},
      {"{gone or \"it's } nobody\"} there", "it's } nobody there"},
      {"{gone or ''}", "R"},
      {"{p_log_type}", "Test.Log"},
      {"{udm:actor_user}", "(no actor_user)"},
      {"\\xc3\\xa9 {who}", "\xc3\xa9 Homer@Example.com"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char metadata[256];
    snprintf(metadata, sizeof metadata, "title = [=[%s]=]", rows[i].template);
    if (strchr(rows[i].template, '\\'))
      snprintf(metadata, sizeof metadata, "title = '%s'", rows[i].template);
    const struct rule_outcome *outcome = describe(*state, metadata, EVENT);
    assert_text_equal(outcome->title, rows[i].title);
    assert_int_equal(((struct rule_fixture *)*state)->problems.count, 0);
  }
}

static void a_pattern_gives_what_its_groups_find(void **state) {
  static const struct {
    const char *pattern, *metadata, *unique; /* NULL = none */
  } rows[] = {
      {"'om(er)'", "unique = 'p in who'", "er"},
      {"'(?i)(h)om(er)@(ex)'", "unique = 'p in who'", "HerEx"},
      {"'(h)|Homer@(ex)?(E)'", "unique = 'p in who'", "E"},
      {"'(h)|(?:o)'", "unique = 'p in who'", NULL},
      {"'(h)'", "unique = 'p in who or what'", "{who}"},
      {"'(h)'", "unique = 'gone or p in what or who'", "h"},
      {"'(h)'", "unique = 'p in gone'", NULL},
      {"'(7)'", "unique = 'p in n'", NULL},
      {"'(a)'", "unique = 'p in list'", NULL},
      {"'(.*)'", "unique = 'p in empty'", NULL},
      {"'(dot)'", "unique = 'p  in  a.b'", "dot"},
      {"'(Log)'", "unique = '{p in p_log_type}: {p in who}'", "Log: (no p)"},
      {"'(h)'", "unique = 'q in who or who'", "homer@example.com"},
      {"'(H.*)'", "unique = 'p in who'", "homer@example.com"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char metadata[256];
    snprintf(metadata, sizeof metadata, "patterns = { p = %s }, %s", rows[i].pattern,
             rows[i].metadata);
    const struct rule_outcome *outcome = describe(*state, metadata, EVENT);
    assert_text_equal(outcome->unique, rows[i].unique ? rows[i].unique : "");
    assert_int_equal(outcome->has_unique, rows[i].unique != NULL);
  }
  const struct rule_outcome *outcome =
      describe(*state, "patterns = { p = '@(.*)' }, alert_context = { at = 'p in who' }", EVENT);
  assert_text_equal(outcome->context, "{\"at\":\"Example.com\"}");
}

static void a_function_is_asked_for_what_a_text_does_not_find(void **state) {
  static const char functions[] =
      "function unique() return 'u' end function dedup() return nil end";
  const struct rule_outcome *outcome =
      describe_with(*state, "unique = 'gone', dedup = 'who'", functions, EVENT);
  assert_text_equal(outcome->unique, "u");
  assert_text_equal(outcome->dedup, "homer@example.com");
  outcome = describe_with(*state, "unique = 'yes', dedup = 'gone'", functions, EVENT);
  assert_text_equal(outcome->unique, "true");
  assert_text_equal(outcome->dedup, "defaultDedupString:R");
}

static void dedup_and_unique_are_a_field_or_a_text(void **state) {
  static const struct {
    const char *metadata, *dedup, *unique; /* NULL = none */
  } rows[] = {
      {"dedup = 'who'", "homer@example.com", NULL},
      {"dedup = '{who} {o.id}', unique = 'o.id'", "homer@example.com 7", "7"},
      {"dedup = 'gone or who', unique = 'who'", "homer@example.com", "homer@example.com"},
      {"dedup = 'gone', unique = 'gone'", "defaultDedupString:R", NULL},
      {"title = 'T {who}', unique = 'empty'", "T Homer@Example.com", NULL},
      {"title = 'T {who}', dedup = 'gone'", "defaultDedupString:R", NULL},
      {"dedup = '{gone}', unique = '{gone}'", "(no gone)", "(no gone)"},
      {"dedup = \"gone or 'x'\", unique = \"gone or 'x'\"", "x", "x"},
      {"dedup = 'list'", "a, 2, b@c.d", NULL},
      {"dedup = '{{}}'", "{}", NULL},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const struct rule_outcome *outcome = describe(*state, rows[i].metadata, EVENT);
    assert_text_equal(outcome->dedup, rows[i].dedup);
    assert_int_equal(outcome->has_unique, rows[i].unique != NULL);
    assert_text_equal(outcome->unique, rows[i].unique ? rows[i].unique : "");
    assert_int_equal(((struct rule_fixture *)*state)->problems.count, 0);
  }
}

static void a_context_has_the_fields_that_are_there(void **state) {
  static const struct {
    const char *members, *context;
  } rows[] = {
      {"", "{}"},
      {"'who', 'o.id', 'gone', 'null', 'empty'", "{\"who\":\"Homer@Example.com\",\"o.id\":7}"},
      {"b = 'o.deep.x', a = 'o', 'n'",
       "{\"n\":98213254471,\"a\":{\"id\":7,\"deep\":[{\"x\":\"p\"},{\"x\":\"q\"}]},"
       "\"b\":[\"p\",\"q\"]}"},
      {"x = \"gone or 'no'\", y = 'gone or who', z = 'gone or none'",
       "{\"x\":\"no\",\"y\":\"Homer@Example.com\"}"},
      {"['\"'] = 'what'", "{\"\\\"\":\"{who}\"}"},
      {"'udm:actor_user'", "{}"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char metadata[256];
    snprintf(metadata, sizeof metadata, "alert_context = { %s }", rows[i].members);
    assert_text_equal(describe(*state, metadata, EVENT)->context, rows[i].context);
    assert_int_equal(((struct rule_fixture *)*state)->problems.count, 0);
  }
}

/* An event whose field `t` is a text of so many letters. */
static const char *long_event(struct buffer *json, size_t size) {
  buffer_reset(json);
  buffer_append_string(json, "{\"t\":\"");
  for (size_t i = 0; i < size; i++)
    buffer_append_string(json, "\xc3\xa9");
  buffer_append_string(json, "\"}");
  return json->data;
}

static void what_is_too_long_is_cut_as_that_of_functions(void **state) {
  struct rule_fixture *fixture = *state;
  struct buffer json = BUFFER_NONE;
  static const char metadata[] = "title = '{t}', dedup = '{t}', unique = 't', "
                                 "alert_context = { 't' }";
  for (size_t size = RULE_TEXT_MAX; size <= 1000000; size *= 1000) {
    const struct rule_outcome *outcome = describe(fixture, metadata, long_event(&json, size));
    bool cut = size > RULE_TEXT_MAX;
    const struct text texts[] = {outcome->title, outcome->dedup, outcome->unique};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
      assert_int_equal(texts[i].size, cut ? 985 * 2 + 15 : 2000);
      assert_true(text_is_utf8(texts[i]));
      assert_int_equal(text_ends_folded(texts[i], TEXT("... (truncated)")), cut);
    }
    assert_int_equal(text_is(outcome->context, "{\"_error\":\"larger than 204800 bytes of JSON\"}"),
                     cut);
    assert_int_equal(fixture->problems.count, cut);
  }
  buffer_free(&json);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, rule_fixture_start, rule_fixture_stop)
  const struct CMUnitTest tests[] = {
      TEST(values_stand_where_their_braces_are),
      TEST(a_pattern_gives_what_its_groups_find),
      TEST(a_function_is_asked_for_what_a_text_does_not_find),
      TEST(dedup_and_unique_are_a_field_or_a_text),
      TEST(a_context_has_the_fields_that_are_there),
      TEST(what_is_too_long_is_cut_as_that_of_functions),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

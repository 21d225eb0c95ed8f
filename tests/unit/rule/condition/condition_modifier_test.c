/* The modifiers that rewrite values, negate tests, ask for parts of times or for any field. */
#include "rule/condition/condition_fixture.h"

static const struct {
  const char *key;
  struct condition_value values[VALUES_MAX];
  size_t count;
  const char *record;
  bool expected;
} cases[] = {
    /* neq: there is something, and it is none of these */
    {"a|neq", {S("x")}, 1, "{\"a\":\"y\"}", true},
    {"a|neq", {S("x")}, 1, "{\"a\":\"X\"}", false},
    {"a|neq|cased", {S("x")}, 1, "{\"a\":\"X\"}", true},
    {"a|neq", {S("x"), S("y")}, 2, "{\"a\":\"y\"}", false},
    {"a|neq", {S("x"), S("y")}, 2, "{\"a\":\"z\"}", true},
    {"a|neq", {S("x*")}, 1, "{\"a\":\"xy\"}", false},
    {"a|neq", {I(5)}, 1, "{\"a\":5.0}", false},
    {"a|neq", {I(5)}, 1, "{\"a\":6}", true},
    {"a|neq", {S("x")}, 1, "{}", false},
    {"a|neq", {S("x")}, 1, "{\"a\":null}", false},
    {"a|neq", {S("x")}, 1, "{\"a\":{}}", false},
    {"a|neq", {NONE}, 1, "{\"a\":1}", true},
    {"a|neq", {NONE}, 1, "{}", false},
    {"a|neq", {S("x")}, 1, "{\"a\":[\"y\",\"x\"]}", false},
    {"a|neq", {S("x")}, 1, "{\"a\":[\"y\",\"z\"]}", true},
    {"a|contains|neq", {S("x")}, 1, "{\"a\":\"yxy\"}", false},
    {"a|contains|neq", {S("x")}, 1, "{\"a\":\"yy\"}", true},
    {"a|re|neq", {S("^x")}, 1, "{\"a\":\"yx\"}", true},
    {"a|cidr|neq", {S("10.0.0.0/8")}, 1, "{\"a\":\"10.1.1.1\"}", false},
    {"a|cidr|neq", {S("10.0.0.0/8")}, 1, "{\"a\":\"11.1.1.1\"}", true},
    {"a|fieldref|neq", {S("b")}, 1, "{\"a\":1,\"b\":2}", true},
    {"a|fieldref|neq", {S("b")}, 1, "{\"a\":1,\"b\":1}", false},
    /* fieldref with parts of the value */
    {"a|fieldref|startswith", {S("b")}, 1, "{\"a\":\"Admin-7\",\"b\":\"ADMIN\"}", true},
    {"a|fieldref|startswith", {S("b")}, 1, "{\"a\":\"Admin-7\",\"b\":\"7\"}", false},
    {"a|fieldref|startswith|cased", {S("b")}, 1, "{\"a\":\"Admin\",\"b\":\"ADM\"}", false},
    {"a|endswith|fieldref", {S("b")}, 1, "{\"a\":\"Admin-7\",\"b\":7}", true},
    {"a|endswith|fieldref", {S("b")}, 1, "{\"a\":\"7-Admin\",\"b\":7}", false},
    {"a|fieldref|contains", {S("b")}, 1, "{\"a\":1234,\"b\":23}", true},
    {"a|fieldref|contains", {S("b")}, 1, "{\"a\":1234,\"b\":32}", false},
    {"a|fieldref|contains", {S("b")}, 1, "{\"a\":\"x\",\"b\":\"\"}", true},
    {"a|fieldref|contains", {S("b")}, 1, "{\"a\":\"x\",\"b\":null}", false},
    {"a|fieldref|contains", {S("b")}, 1, "{\"a\":[\"uvw\",\"xyz\"],\"b\":[\"q\",\"Y\"]}", true},
    {"a|fieldref|contains|all",
     {S("b"), S("c")},
     2,
     "{\"a\":\"xyz\",\"b\":\"x\",\"c\":\"q\"}",
     false},
    /* windash: any dash before a word, none within one */
    {"a|windash|contains", {S(" -p ")}, 1, "{\"a\":\"x /p y\"}", true},
    {"a|windash|contains", {S(" -p ")}, 1, "{\"a\":\"x -p y\"}", true},
    {"a|windash|contains", {S(" /p ")}, 1, "{\"a\":\"x \xE2\x80\x93p y\"}", true},
    {"a|contains|windash", {S(" /p ")}, 1, "{\"a\":\"x \xE2\x80\x94p y\"}", true},
    {"a|windash|contains", {S(" \xE2\x80\x94p")}, 1, "{\"a\":\"x \xE2\x80\x95p y\"}", true},
    {"a|windash|contains", {S(" -p ")}, 1, "{\"a\":\"x +p y\"}", false},
    {"a|windash",
     {S("-a -b")},
     1,
     "{\"a\":\"/A \xE2\x80\x93"
     "b\"}",
     true},
    {"a|windash", {S("-a-b")}, 1, "{\"a\":\"/a-b\"}", true},
    {"a|windash", {S("-a-b")}, 1, "{\"a\":\"/a/b\"}", false},
    {"a|windash", {S("--all")}, 1, "{\"a\":\"-/all\"}", true},
    {"a|windash", {S("--all")}, 1, "{\"a\":\"//all\"}", false},
    {"a|windash", {S("-")}, 1, "{\"a\":\"/\"}", false},
    {"a|windash|startswith", {S("*x -p")}, 1, "{\"a\":\"yyx /pq\"}", true},
    {"a|windash|contains|all",
     {S(" -a"), S(" -b")},
     2,
     "{\"a\":\"x /b \xE2\x80\x93"
     "a\"}",
     true},
    {"a|windash|contains|all", {S(" -a"), S(" -b")}, 2, "{\"a\":\"x /b\"}", false},
    {"a|windash|contains", {S(" -a"), S(" -b")}, 2, "{\"a\":\"x /b\"}", true},
    {"a|windash|contains|cased", {S(" -a")}, 1, "{\"a\":\"x /A\"}", false},
    {"a|windash|neq", {S("-a")}, 1, "{\"a\":\"/a\"}", false},
    /* base64, and what a value is within a longer base64 text */
    {"a|base64", {S("ping -n 30")}, 1, "{\"a\":\"cGluZyAtbiAzMA==\"}", true},
    {"a|base64", {S("ping -n 30")}, 1, "{\"a\":\"ping -n 30\"}", false},
    {"a|base64|contains", {S("ping -n 3")}, 1, "{\"a\":\"cmd cGluZyAtbiAz\"}", true},
    {"a|base64|contains|cased", {S("ping -n 3")}, 1, "{\"a\":\"cgluzyatbiaz\"}", false},
    {"a|base64", {S("a\\*")}, 1, "{\"a\":\"YSo=\"}", true},
    {"a|base64offset|contains", {S("ping -n 30")}, 1, "{\"a\":\"cGluZyAtbiAzMCEhIQ==\"}", true},
    {"a|base64offset|contains", {S("ping -n 30")}, 1, "{\"a\":\"cGluZyAtbiBYWCEhIQ==\"}", false},
    {"a|base64offset|contains", {S("ping -n 30")}, 1, "{\"a\":\"I3BpbmcgLW4gMzAhISE=\"}", true},
    {"a|base64offset|contains", {S("ping -n 30")}, 1, "{\"a\":\"I3BpbmcgLW4gWFghISE=\"}", false},
    {"a|base64offset|contains", {S("ping -n 30")}, 1, "{\"a\":\"IyNwaW5nIC1uIDMwISEh\"}", true},
    {"a|base64offset|contains", {S("ping -n 30")}, 1, "{\"a\":\"IyNwaW5nIC1uIFhYISEh\"}", false},
    {"a|base64offset|contains", {S("ping -n 3")}, 1, "{\"a\":\"cGluZyAtbiAzISEh\"}", true},
    {"a|base64offset|contains", {S("ping -n 3")}, 1, "{\"a\":\"cGluZyAtblhYISEh\"}", false},
    {"a|base64offset|contains", {S("ping -n 3")}, 1, "{\"a\":\"I3BpbmcgLW4gMyEhIQ==\"}", true},
    {"a|base64offset|contains", {S("ping -n 3")}, 1, "{\"a\":\"I3BpbmcgLW5YWCEhIQ==\"}", false},
    {"a|base64offset|contains", {S("ping -n 3")}, 1, "{\"a\":\"IyNwaW5nIC1uIDMhISE=\"}", true},
    {"a|base64offset|contains", {S("ping -n 3")}, 1, "{\"a\":\"IyNwaW5nIC1uWFghISE=\"}", false},
    {"a|base64offset|contains", {S("ping -n ")}, 1, "{\"a\":\"cGluZyAtbiAhISE=\"}", true},
    {"a|base64offset|contains", {S("ping -n ")}, 1, "{\"a\":\"cGluZyAtWFghISE=\"}", false},
    {"a|base64offset|contains", {S("ping -n ")}, 1, "{\"a\":\"I3BpbmcgLW4gISEh\"}", true},
    {"a|base64offset|contains", {S("ping -n ")}, 1, "{\"a\":\"I3BpbmcgLVhYISEh\"}", false},
    {"a|base64offset|contains", {S("ping -n ")}, 1, "{\"a\":\"IyNwaW5nIC1uICEhIQ==\"}", true},
    {"a|base64offset|contains", {S("ping -n ")}, 1, "{\"a\":\"IyNwaW5nIC1YWCEhIQ==\"}", false},
    {"a|base64offset|contains|all",
     {S("ping"), S("-n 30")},
     2,
     "{\"a\":\"I3BpbmcgLW4gMzAhISE=\"}",
     true},
    {"a|base64offset|contains|all",
     {S("ping"), S("-x 30")},
     2,
     "{\"a\":\"I3BpbmcgLW4gMzAhISE=\"}",
     false},
    /* UTF-16: by itself a text with NULs, mostly in base64 */
    {"a|wide", {S("ab")}, 1, "{\"a\":\"a\\u0000b\\u0000\"}", true},
    {"a|wide", {S("ab")}, 1, "{\"a\":\"ab\"}", false},
    {"a|utf16be|contains", {S("ab")}, 1, "{\"a\":\"x\\u0000A\\u0000b\"}", true},
    {"a|utf16le|base64offset|contains",
     {S("ping")},
     1,
     "{\"a\":\"-enc eAA7ACAAcABpAG4AZwAgADEAOQAyAC4AMAAuADIALgAxACAALQBuAA==\"}",
     true},
    {"a|wide|base64offset|contains",
     {S("ping")},
     1,
     "{\"a\":\"-enc eAA7ACAAcABpAG4AZwAgADEAOQAyAC4AMAAuADIALgAxACAALQBuAA==\"}",
     true},
    {"a|wide|base64offset|contains",
     {S("pong")},
     1,
     "{\"a\":\"-enc eAA7ACAAcABpAG4AZwAgADEAOQAyAC4AMAAuADIALgAxACAALQBuAA==\"}",
     false},
    {"a|utf16be|base64", {S("ping")}, 1, "{\"a\":\"AHAAaQBuAGc=\"}", true},
    {"a|utf16le|base64", {S("ping")}, 1, "{\"a\":\"AHAAaQBuAGc=\"}", false},
    {"a|utf16|base64", {S("ping")}, 1, "{\"a\":\"//5wAGkAbgBnAA==\"}", true},
    {"a|wide|base64", {S("\xC3\xA9\xF0\x9F\x98\xBA")}, 1, "{\"a\":\"6QA92Dre\"}", true},
    {"a|windash|wide|base64offset|contains",
     {S(" -n")},
     1,
     "{\"a\":\"cABpAG4AZwAgAC8AbgAgADMA\"}",
     true},
    /* parts of times */
    {"a|minute", {I(9)}, 1, "{\"a\":\"2024-03-21T07:09:03Z\"}", true},
    {"a|minute", {I(7)}, 1, "{\"a\":\"2024-03-21T07:09:03Z\"}", false},
    {"a|hour", {I(7)}, 1, "{\"a\":\"2024-03-21 07:09:03\"}", true},
    {"a|hour", {I(7)}, 1, "{\"a\":\"2024-03-21T07:09:03+02:00\"}", false},
    {"a|hour", {I(5), I(6)}, 2, "{\"a\":\"2024-03-21T07:09:03+02:00\"}", true},
    {"a|hour|gte", {I(22)}, 1, "{\"a\":\"2024-03-21T23:00:00Z\"}", true},
    {"a|hour|gte", {I(22)}, 1, "{\"a\":\"2024-03-21T21:59:59Z\"}", false},
    {"a|gt|hour", {I(22)}, 1, "{\"a\":\"2024-03-21T22:59:59Z\"}", false},
    {"a|hour|lt", {I(6)}, 1, "{\"a\":\"2024-03-21T05:00:00Z\"}", true},
    {"a|hour|neq", {I(6)}, 1, "{\"a\":\"2024-03-21T05:00:00Z\"}", true},
    {"a|day", {I(21)}, 1, "{\"a\":\"2024-03-21T07:09:03Z\"}", true},
    {"a|day", {I(3)}, 1, "{\"a\":\"2024-03-21T07:09:03Z\"}", false},
    {"a|week", {I(12)}, 1, "{\"a\":\"2024-03-21T07:09:03Z\"}", true},
    {"a|week", {I(53)}, 1, "{\"a\":\"2021-01-03T23:59:59Z\"}", true},
    {"a|week", {I(1)}, 1, "{\"a\":\"2024-12-30T00:00:00Z\"}", true},
    {"a|month", {I(3)}, 1, "{\"a\":\"2024-03-21T07:09:03Z\"}", true},
    {"a|month", {I(4)}, 1, "{\"a\":\"2024-03-21T07:09:03Z\"}", false},
    {"a|year|gte", {I(2024)}, 1, "{\"a\":\"2024-03-21T07:09:03Z\"}", true},
    {"a|year|gte", {I(2025)}, 1, "{\"a\":\"2024-03-21T07:09:03Z\"}", false},
    {"a|year", {I(1969)}, 1, "{\"a\":\"1969-12-31T23:59:59.5Z\"}", true},
    {"a|minute", {I(59)}, 1, "{\"a\":\"1969-12-31T23:59:59.5Z\"}", true},
    {"a|year", {I(1969)}, 1, "{\"a\":-1}", true},
    {"a|year", {I(1938)}, 1, "{\"a\":-1000000000000}", true},
    {"a|hour", {I(7)}, 1, "{\"a\":1711004943}", true},
    {"a|hour", {I(7)}, 1, "{\"a\":1711004943216}", true},
    {"a|hour", {I(0)}, 1, "{\"a\":-1}", false},
    {"a|hour", {I(0)}, 1, "{\"a\":9223372036854775807}", false},
    {"a|hour", {I(7)}, 1, "{\"a\":[\"x\",\"2024-03-21T07:09:03Z\"]}", true},
    {"a|hour", {I(7)}, 1, "{\"a\":\"7\"}", false},
    {"a|hour", {I(7)}, 1, "{\"a\":7}", false},
    {"a|hour", {I(7)}, 1, "{}", false},
    /* any field, however deep */
    {"|contains", {S("mimi")}, 1, "{\"a\":1,\"b\":{\"c\":[1,{\"d\":\"a MIMIC\"}]}}", true},
    {"|contains", {S("mimi")}, 1, "{\"mimi\":\"mi mi\"}", false},
    {"|contains", {S("mi*ic")}, 1, "{\"a\":\"x mimic y\"}", true},
    {"|contains", {S("12"), S("x")}, 2, "{\"a\":4123}", true},
    {"|contains", {I(12)}, 1, "{\"a\":4123}", true},
    {"|contains", {S("tru")}, 1, "{\"a\":[true]}", true},
    {"|contains", {S("nul")}, 1, "{\"a\":null}", false},
    {"|contains", {S("")}, 1, "{}", false},
    {"|cased", {S("Mimi")}, 1, "{\"a\":\"mimi\"}", false},
    {"|cased", {S("Mimi")}, 1, "{\"a\":\"a Mimic\"}", true},
    {"|all", {S("one"), S("two")}, 2, "{\"a\":\"One\",\"b\":[\"x two\"]}", true},
    {"|all", {S("one"), S("two")}, 2, "{\"a\":\"One\"}", false},
    {"|startswith", {S("one")}, 1, "{\"a\":\"x\",\"b\":\"ones\"}", true},
    {"|startswith", {S("one")}, 1, "{\"a\":\"x one\"}", false},
    {"|endswith", {S("one")}, 1, "{\"a\":\"x one\"}", true},
    {"|re", {S("^o.e$")}, 1, "{\"a\":{\"b\":\"one\"}}", true},
    {"|re|i", {S("^O.E$")}, 1, "{\"a\":{\"b\":\"one\"}}", true},
    {"|cidr", {S("10.0.0.0/8")}, 1, "{\"a\":\"x\",\"b\":\"10.9.8.7\"}", true},
    {"|base64offset|contains", {S("ping -n")}, 1, "{\"a\":\"IyNwaW5nIC1uIDMwISEh\"}", true},
    {"|windash|contains", {S(" -n")}, 1, "{\"a\":\"ping /n\"}", true},
    /* the long names of a regex's options */
    {"a|re|ignorecase", {S("^X")}, 1, "{\"a\":\"xy\"}", true},
    {"a|re|multiline", {S("^y$")}, 1, "{\"a\":\"x\\ny\"}", true},
    {"a|re|dotall", {S("x.y")}, 1, "{\"a\":\"x\\ny\"}", true},
    {"a|re", {S("x.y")}, 1, "{\"a\":\"x\\ny\"}", false},
};

static void a_modifier_has_sigmas_meaning(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    if (field_matches(cases[i].key, cases[i].values, cases[i].count, cases[i].record) !=
        cases[i].expected)
      fail_msg("%s, case %zu, on %s: expected %d", cases[i].key, i, cases[i].record,
               cases[i].expected);
}

static const struct {
  const char *key;
  struct condition_value value;
  const char *error;
} mistakes[] = {
    {"a|contains|base64", S("x"),
     "'base64' has to stand before 'contains' in where key 'a|contains|base64'"},
    {"a|base64|windash", S("x"),
     "'windash' has to stand before 'base64' in where key 'a|base64|windash'"},
    {"a|base64|re", S("x"), "'base64' does not go with 're' in where key 'a|base64|re'"},
    {"a|re|windash", S("x"), "'windash' does not go with 're' in where key 'a|re|windash'"},
    {"a|base64", S("x*"),
     "a wildcard in a value that is encoded (a backslash before it takes its meaning) in where key "
     "'a|base64'"},
    {"a|base64offset", S("x"),
     "a value too short for 'base64offset' in where key 'a|base64offset'"},
    {"a|utf16", S("x"),
     "a value whose UTF-16 is no text (it needs 'base64' or 'base64offset' behind it) in where key "
     "'a|utf16'"},
    {"a|wide", S("\xC3\xA9"),
     "a value whose UTF-16 is no text (it needs 'base64' or 'base64offset' behind it) in where key "
     "'a|wide'"},
    {"a|wide|utf16le|base64", S("\xC3\xA9"),
     "bytes that are no text and cannot become UTF-16 in where key 'a|wide|utf16le|base64'"},
    {"a|windash", S("-a -b -c -d -e"),
     "more than 4 dashes for 'windash' (split the value) in where key 'a|windash'"},
    {"a|windash", I(1), "'windash' takes text, not a number, in where key 'a|windash'"},
    {"a|expand", S("%x%"),
     "'expand' wants placeholders (%name%), which there are none of here: write the values out in "
     "where key 'a|expand'"},
    {"a|neq|all", S("x"),
     "'all' does not go with 'neq' (which means: none of these) in where key 'a|neq|all'"},
    {"a|gt|neq", I(1), "'neq' does not go with 'gt' in where key 'a|gt|neq'"},
    {"a|exists|neq", B(true), "'neq' does not go with 'exists' in where key 'a|exists|neq'"},
    {"a|fieldref|re", S("x"), "'fieldref' does not go with 're' in where key 'a|fieldref|re'"},
    {"a|fieldref|wide", S("x"),
     "modifiers 'fieldref' and 'wide' exclude each other in where key 'a|fieldref|wide'"},
    {"a|fieldref", I(1), "'fieldref' takes text, not a number, in where key 'a|fieldref'"},
    {"a|hour|day", I(1), "modifiers 'hour' and 'day' exclude each other in where key 'a|hour|day'"},
    {"a|hour|contains", I(1), "'hour' does not go with 'contains' in where key 'a|hour|contains'"},
    {"a|hour|cased", I(1),
     "modifiers 'hour' and 'cased' exclude each other in where key 'a|hour|cased'"},
    {"a|hour", S("x"), "'hour' takes a number, not text, in where key 'a|hour'"},
    {"a|hour", I(24), "'hour' takes a whole number from 0 to 23 in where key 'a|hour'"},
    {"a|day|gt", R(1.5), "'day' takes a whole number from 1 to 31 in where key 'a|day|gt'"},
    {"|all", NONE, "'contains' takes text, not null, in where key '|all'"},
    {"|hour", I(1), "no field name in where key '|hour'"},
    {"|exists", B(true), "no field name in where key '|exists'"},
    {"|fieldref", S("a"), "no field name in where key '|fieldref'"},
    {"a|windsah", S("x"),
     "unknown modifier 'windsah' in where key 'a|windsah' (did you mean 'windash'?)"},
    {"a|base64ofset", S("x"),
     "unknown modifier 'base64ofset' in where key 'a|base64ofset' (did you mean 'base64offset'?)"},
};

static void modifiers_that_do_not_go_together_are_reported(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
    struct fixture fixture;
    struct error error = ERROR_NONE;
    start(&fixture);
    assert_null(condition_field(&fixture.arena, fixture.fields, text_from(mistakes[i].key),
                                &mistakes[i].value, 1, &error));
    assert_string_equal(error.text, mistakes[i].error);
    stop(&fixture);
  }
}

static void values_that_stand_for_too_many_texts_are_reported(void **state) {
  (void)state;
  struct condition_value values[40];
  struct fixture fixture;
  struct error error = ERROR_NONE;
  for (int i = 0; i < 40; i++)
    values[i] = (struct condition_value)S("-a -b -c -d");
  start(&fixture);
  assert_null(
      condition_field(&fixture.arena, fixture.fields, TEXT("a|windash"), values, 40, &error));
  assert_string_equal(error.text,
                      "values that stand for more than 20000 texts in where key 'a|windash'");
  assert_non_null(
      condition_field(&fixture.arena, fixture.fields, TEXT("a|windash"), values, 30, &error));
  stop(&fixture);
}

static void a_number_is_taken_as_it_was_written_where_texts_are_wanted(void **state) {
  (void)state;
  static const struct condition_value written[] = {
      {.type = VALUE_INT, .integer = 30, .text = {"30", 2}},
      {.type = VALUE_BOOL, .boolean = true, .text = {"True", 4}}};
  assert_true(field_matches("a|re", &written[0], 1, "{\"a\":\"x30\"}"));
  assert_true(field_matches("a|base64", &written[0], 1, "{\"a\":\"MzA=\"}"));
  assert_true(field_matches("a|contains", &written[1], 1, "{\"a\":\"untrue\"}"));
  assert_true(field_matches("a", &written[0], 1, "{\"a\":30.0}"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_modifier_has_sigmas_meaning),
      cmocka_unit_test(modifiers_that_do_not_go_together_are_reported),
      cmocka_unit_test(values_that_stand_for_too_many_texts_are_reported),
      cmocka_unit_test(a_number_is_taken_as_it_was_written_where_texts_are_wanted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "rule/rule_fixture.h"

#include <stdio.h>

/* The body's rule must return true on the event, or fail with the error. */
struct row {
  const char *record, *expression, *error; /* error NULL = true */
};

static void expect(struct rule_fixture *fixture, const struct row *row) {
  struct error error = ERROR_NONE;
  char body[1024];
  snprintf(body, sizeof body, "function rule(event) %s end", row->expression);
  rule_fixture_load_body(fixture, body);
  rule_fixture_start_vm(fixture, NULL);
  rule_fixture_event(fixture, row->record);
  enum rule_verdict verdict = rule_vm_match(fixture->vm, &fixture->set->rules[0], &error);
  if (row->error && (verdict != RULE_FAILED || strcmp(error.text, row->error) != 0))
    fail_msg("%s\n  got: %d %s\n  expected: %s", row->expression, verdict, error.text, row->error);
  if (!row->error && verdict != RULE_MATCH)
    fail_msg("%s\n  got: %d %s", row->expression, verdict, error.text);
}

#define EXPECT_ALL(fixture, rows)                                                                  \
  for (size_t i_ = 0; i_ < sizeof(rows) / sizeof *(rows); i_++)                                    \
  expect(fixture, &(rows)[i_])

#define NESTED                                                                                     \
  "{\"payload\":{\"object\":{\"id\":7,\"host\":\"h\"},\"list\":[\"a\",\"b\",null,\"d\"],"          \
  "\"people\":[{\"name\":\"x\"},{\"name\":\"y\"},{\"name\":\"x\"},{}],\"empty\":[]}}"

static void values_become_lua_values(void **state) {
  static const struct row rows[] = {
      {"{\"a\":\"x\"}", "return event.a == 'x' and event['a'] == 'x'", NULL},
      {"{\"a\":\"x\\u0000y\"}", "return event.a == 'x\\0y' and #event.a == 3", NULL},
      {"{\"a\":\"\xc3\xa9\"}", "return event.a == '\\u{e9}'", NULL},
      {"{\"a\":null}", "return event.a == nil and event.b == nil", NULL},
      {"{\"a\":true,\"b\":false}", "return event.a == true and event.b == false", NULL},
      {"{\"a\":1}", "return event.a == 1 and math.type(event.a) == 'integer'", NULL},
      {"{\"a\":1.5}", "return event.a == 1.5", NULL},
      {"{\"a\":1e3}", "return math.type(event.a) == 'float'", NULL},
      {"{\"a\":-9223372036854775808}", "return event.a == math.mininteger", NULL},
      {"{\"a\":18446744073709551615}", "return event.a == 18446744073709551615.0", NULL},
      {"{\"\":1}", "return event[''] == 1", NULL},
      {"{\"a b\":1}", "return event['a b'] == 1", NULL},
      {"{\"a\":1}", "return event[1] == nil and event[true] == nil and event[{}] == nil", NULL},
      {"{\"get\":1}", "return type(event.get) == 'function' and event:get('get') == 1", NULL},
      {"{\"a\":1,\"b\":2}", "return #event == 2", NULL},
  };
  EXPECT_ALL(*state, rows);
}

static void nested_values_are_views(void **state) {
  static const struct row rows[] = {
      {NESTED, "return event.payload.object.id == 7", NULL},
      {NESTED, "return type(event.payload) == 'userdata'", NULL},
      {NESTED, "return event.payload.list[1] == 'a' and event.payload.list[4] == 'd'", NULL},
      {NESTED, "return event.payload.list[2.0] == 'b' and event.payload.list[1.5] == nil", NULL},
      {NESTED, "local l = event.payload.list return l[4] == 'd' and l[1] == 'a' and l[2] == 'b'",
       NULL},
      {NESTED, "local l = event.payload.list return l[0] == nil and l[-1] == nil and l[5] == nil",
       NULL},
      {NESTED, "return event.payload.list.a == nil and event.payload.object[1] == nil", NULL},
      {NESTED, "return event.payload.list[math.maxinteger] == nil", NULL},
      {NESTED, "return #event.payload.list == 4 and #event.payload.empty == 0", NULL},
      {NESTED, "return tostring(event.payload.object) == '{\"id\":7,\"host\":\"h\"}'", NULL},
      {NESTED, "return event.payload == event.payload", NULL},
      {NESTED, "return event.payload.people[1] == event.payload.people[3]", NULL},
      {NESTED, "return event.payload.people[1] ~= event.payload.people[2]", NULL},
      {NESTED, "return event.payload ~= event and event.payload ~= {} and event ~= 1", NULL},
      {NESTED, "return event == event", NULL},
      {NESTED, "return table.concat(event.payload.list, '', 1, 2) == 'ab'", NULL},
      {NESTED, "return select('#', table.unpack(event.payload.list)) == 4", NULL},
      {NESTED, "return event.payload.missing.x", "attempt to index a nil value (field 'missing')"},
  };
  EXPECT_ALL(*state, rows);
}

static void walking_visits_every_value(void **state) {
  static const struct row rows[] = {
      {NESTED,
       "local s = '' for i, v in ipairs(event.payload.list) do s = s .. i .. v end "
       "return s == '1a2b'",
       NULL},
      {NESTED,
       "local s = '' for i, v in pairs(event.payload.list) do s = s .. i .. v end "
       "return s == '1a2b4d'",
       NULL},
      {NESTED,
       "local s = '' for k, v in pairs(event.payload.object) do s = s .. k .. v end "
       "return s == 'id7hosth'",
       NULL},
      {NESTED, "for _ in pairs(event.payload.empty) do return false end return true", NULL},
      {NESTED,
       "local n = 0 for _ in pairs(event.payload) do for _ in pairs(event.payload) do n = n + 1 "
       "end end return n == 16",
       NULL},
      {"{\"b\":1,\"a\":null,\"c\":2}",
       "local s = '' for k, v in pairs(event) do if k:sub(1, 2) ~= 'p_' then s = s .. k .. v end "
       "end return s == 'b1c2'",
       NULL},
      {"{}",
       "local seen = {} for k, v in pairs(event) do seen[k] = v end "
       "return seen.p_log_type == 'Test.Log' and seen.p_row_id == event.p_row_id",
       NULL},
      {NESTED, "local t = event.payload:to_table() t.new = 1 return t.object.id == 7", NULL},
      {NESTED, "local t = event:to_table() return t.payload.people[2].name == 'y'", NULL},
      {NESTED, "local t = event:to_table() return t.p_log_type == 'Test.Log'", NULL},
      {NESTED, "return type(event:to_table().payload.empty) == 'table'", NULL},
      {"{\"a\":[{\"b\":1},{\"b\":2}]}", "return event:deep_get('a', 'b') == nil", NULL},
      {"{\"a\":1,\"\\u0061\":null}", "return event.a == nil", NULL},
      {"{\"a\\u0000b\":{\"c\\u0000\":\"d\\u0000e\"}}",
       "return event['a\\0b']['c\\0'] == 'd\\0e' and event.a == nil", NULL},
      {"{\"n\":18446744073709551617,\"i\":3}",
       "return event.n >= 18446744073709551615 and math.type(event.i) == 'integer' and "
       "tostring(event):find('18446744073709551617', 1, true) ~= nil",
       NULL},
      {"{\"a\":{\"x\":1,\"x\":2}}", "return event.a.x == 2 and event.a:to_table().x == 2", NULL},
  };
  EXPECT_ALL(*state, rows);
}

static void the_methods_reach_deep(void **state) {
  static const struct row rows[] = {
      {NESTED, "return event:get('x') == nil and event:get('x', 5) == 5", NULL},
      {NESTED, "return event.payload.object:get('id', 5) == 7", NULL},
      {NESTED, "return event:deep_get('payload', 'object', 'id') == 7", NULL},
      {NESTED, "return event:deep_get('payload', 'list', 2) == 'b'", NULL},
      {NESTED, "return event:deep_get('payload', 'none', 'id') == nil", NULL},
      {NESTED, "return event:deep_get('payload', 'none', { default = 3 }) == 3", NULL},
      {NESTED, "return event:deep_get('payload', 'object', 'id', 'x', { default = 3 }) == 3", NULL},
      {NESTED, "return event:deep_get('payload', 'list', 3, { default = 3 }) == 3", NULL},
      {NESTED, "return event.payload:deep_get('object', 'host') == 'h'", NULL},
      {NESTED, "return event:deep_get('payload', 'object').id == 7", NULL},
      {NESTED, "return event:deep_get('p_log_type', 'x') == nil", NULL},
      {NESTED, "return event:deep_get('p_log_type') == event.p_log_type", NULL},
      {"{\"a\":[[{\"b\":[1,2]}]]}", "return event:deep_get('a', 1, 1, 'b', 2) == 2", NULL},
      {"{\"a\":[[{\"b\":[1,2]}]]}", "return event:deep_get('a', 1, 2, 'b', 2) == nil", NULL},
      {NESTED,
       "local names = event:deep_walk('payload', 'people', 'name') "
       "return #names == 2 and names[1] == 'x' and names[2] == 'y'",
       NULL},
      {NESTED,
       "return event:deep_walk('payload', 'people', 'name', { return_val = 'first' }) == 'x'",
       NULL},
      {NESTED,
       "return event:deep_walk('payload', 'people', 'name', { return_val = 'last' }) == 'y'", NULL},
      {NESTED, "return event:deep_walk('payload', 'people', 2, 'name') == 'y'", NULL},
      {NESTED, "return event:deep_walk('payload', 'object', 'id') == 7", NULL},
      {NESTED, "return #event:deep_walk('payload', 'list') == 4", NULL},
      {NESTED, "return event:deep_walk('payload', 'empty', { default = 1 }) == 1", NULL},
      {NESTED, "return event:deep_walk('payload', 'people', 'no', { default = 'd' }) == 'd'", NULL},
      {NESTED, "return event:deep_get()", "bad argument #1 to 'deep_get' (a key expected)"},
      {NESTED, "return event:deep_get('a', nil)",
       "bad argument #2 to 'deep_get' (a key, or { default = value } at the end expected, got "
       "nil)"},
      {NESTED, "return event:deep_walk('a', { return_val = 'some' })",
       "deep_walk: return_val must be 'all', 'first' or 'last'"},
      {NESTED, "return event.get()", "a method is called with a colon, as in event:get(\"field\")"},
      {NESTED, "return event.get({}, 'x')",
       "a method is called with a colon, as in event:get(\"field\")"},
  };
  EXPECT_ALL(*state, rows);
}

static void the_standard_fields_are_there(void **state) {
  static const struct row rows[] = {
      {"{}", "return event.p_log_type == 'Test.Log'", NULL},
      {"{}", "return event.p_source_id == 'source-1' and event.p_source_label == 'Source one'",
       NULL},
      {"{}", "return #event.p_row_id == 32", NULL},
      {"{}", "return event.p_event_time == '2023-11-14T22:13:20Z'", NULL},
      {"{}", "return event:event_time() == event.p_event_time", NULL},
      {"{}", "return time.parse(event:event_time()) == 1700000000.0", NULL},
      {"{}", "return event.p_nothing == nil", NULL},
      {"{\"p_custom\":1}", "return event.p_custom == 1", NULL},
      {"{\"p_source_id\":\"mine\"}", "return event.p_source_id == 'mine'", NULL},
  };
  EXPECT_ALL(*state, rows);
}

static void an_event_cannot_be_changed(void **state) {
  static const struct row rows[] = {
      {NESTED, "event.x = 1", "event is read-only"},
      {NESTED, "event.payload.x = 1", "event is read-only"},
      {NESTED, "event.payload.list[1] = 1", "event is read-only"},
      {NESTED, "rawset(event, 'x', 1)", "bad argument #1 to 'rawset' (table expected, got event)"},
      {NESTED, "setmetatable(event, {})",
       "bad argument #1 to 'setmetatable' (table expected, got event)"},
      {NESTED, "table.insert(event.payload.list, 'x')", "event is read-only"},
      {NESTED, "return getmetatable(event) == false", NULL},
      {NESTED, "event.event_time.x = 1", "attempt to index a function value (field 'event_time')"},
  };
  EXPECT_ALL(*state, rows);
}

static void a_view_that_was_kept_is_gone_with_the_next_event(void **state) {
  static const char *const uses[] = {"kept.x",          "kept.payload",  "#kept",
                                     "tostring(kept)",  "pairs(kept)",   "kept == event",
                                     "kept:to_table()", "kept:get('x')", "step()"};
  struct rule_fixture *fixture = *state;
  for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
    char body[512];
    struct error error = ERROR_NONE;
    snprintf(body, sizeof body,
             "local kept, step function rule(event) if not kept then kept = event step = "
             "pairs(event) step() return false end local x = %s return true end",
             uses[i]);
    rule_fixture_load_body(fixture, body);
    rule_fixture_start_vm(fixture, NULL);
    rule_fixture_event(fixture, NESTED);
    assert_int_equal(rule_vm_match(fixture->vm, &fixture->set->rules[0], &error), RULE_NO_MATCH);
    rule_fixture_event(fixture, NESTED);
    assert_int_equal(rule_vm_match(fixture->vm, &fixture->set->rules[0], &error), RULE_FAILED);
    assert_string_equal(error.text,
                        "this event is gone: a rule must not keep it, use event:to_table()");
  }
}

static void a_field_that_the_next_event_lacks_is_nil_there(void **state) {
  struct rule_fixture *fixture = *state;
  struct error error = ERROR_NONE;
  rule_fixture_load_body(fixture, "function rule(event) for i = 1, 200 do "
                                  "if event['f' .. i] ~= nil then return event.f1 == i end end "
                                  "return false end");
  rule_fixture_start_vm(fixture, NULL);
  const struct rule *rule = &fixture->set->rules[0];
  rule_fixture_event(fixture, "{\"f1\":1,\"f2\":1}");
  assert_int_equal(rule_vm_match(fixture->vm, rule, &error), RULE_MATCH);
  rule_fixture_event(fixture, "{\"f3\":3}");
  assert_int_equal(rule_vm_match(fixture->vm, rule, &error), RULE_NO_MATCH);
  rule_fixture_event(fixture, "{}");
  assert_int_equal(rule_vm_match(fixture->vm, rule, &error), RULE_NO_MATCH);
  rule_fixture_event(fixture, "{\"f1\":1}");
  assert_int_equal(rule_vm_match(fixture->vm, rule, &error), RULE_MATCH);
}

static void an_event_of_very_many_fields_leaves_none_to_the_next(void **state) {
  struct rule_fixture *fixture = *state;
  struct error error = ERROR_NONE;
  struct buffer record = BUFFER_NONE;
  buffer_append_string(&record, "{\"f0\":0");
  for (int i = 1; i < 300; i++)
    buffer_printf(&record, ",\"f%d\":%d", i, i);
  buffer_append_string(&record, "}");
  rule_fixture_load_body(fixture, "function rule(event) local n = 0 for i = 0, 299 do "
                                  "n = n + (event['f' .. i] or 0) end return n == 299 * 150 end");
  rule_fixture_start_vm(fixture, NULL);
  const struct rule *rule = &fixture->set->rules[0];
  for (int i = 0; i < 2; i++) {
    rule_fixture_event(fixture, record.data);
    assert_int_equal(rule_vm_match(fixture->vm, rule, &error), RULE_MATCH);
    rule_fixture_event(fixture, "{\"f299\":1}");
    assert_int_equal(rule_vm_match(fixture->vm, rule, &error), RULE_NO_MATCH);
  }
  buffer_free(&record);
}

static void a_loop_over_a_large_array_takes_few_steps(void **state) {
  struct rule_fixture *fixture = *state;
  struct buffer record = BUFFER_NONE;
  struct error error = ERROR_NONE;
  buffer_append_string(&record, "{\"list\":[0");
  for (int i = 1; i < 200000; i++)
    buffer_append_string(&record, ",1");
  buffer_append_string(&record, "]}");
  rule_fixture_load_body(fixture, "function rule(event) local n = 0 "
                                  "local list = event.list "
                                  "for i = 1, #list do n = n + list[i] end return n == 199999 end");
  rule_fixture_start_vm(fixture, NULL);
  rule_fixture_event(fixture, record.data);
  assert_int_equal(rule_vm_match(fixture->vm, &fixture->set->rules[0], &error), RULE_MATCH);
  /* backwards there is no short way: the budget ends it */
  rule_fixture_load_body(fixture,
                         "function rule(event) local n, list = 0, event.list "
                         "for i = #list, 1, -1 do n = n + list[i] end return n == 199999 end");
  rule_fixture_start_vm(fixture, NULL);
  rule_fixture_event(fixture, record.data);
  assert_int_equal(rule_vm_match(fixture->vm, &fixture->set->rules[0], &error), RULE_FAILED);
  assert_string_equal(error.text, "used up its 10,000,000 instructions");
  buffer_free(&record);
}

static void the_modules_do_what_they_say(void **state) {
  static const struct row rows[] = {
      {"{}", "return ip.is('192.0.2.1') and ip.is('::1') and not ip.is('x') and not ip.is(nil)",
       NULL},
      {"{}", "return ip.version('192.0.2.1') == 4 and ip.version('::1') == 6", NULL},
      {"{}", "return ip.version('nothing') == nil", NULL},
      {"{}", "return ip.in_cidr('10.1.2.3', '10.0.0.0/8') and not ip.in_cidr('x', '::/0')", NULL},
      {"{}", "return ip.in_cidr('10.1.2.3', { '192.0.2.0/24', '10.1.0.0/16' })", NULL},
      {"{}", "return ip.in_cidr('10.1.2.3', 'ten')", "'ten' is no network"},
      {"{}", "return ip.in_cidr('10.1.2.3', { 1 })",
       "ip.in_cidr wants a network or a list of networks, not a number"},
      {"{}", "return ip.is_private('192.168.1.1') and not ip.is_private('8.8.8.8')", NULL},
      {"{}", "return ip.is_private('fd00::1') and ip.is_loopback('127.0.0.1')", NULL},
      {"{}", "return ip.normalise('2001:DB8:0::1') == '2001:db8::1' and not ip.normalise('x')",
       NULL},
      {"{}", "return time.format(0) == '1970-01-01T00:00:00Z'", NULL},
      {"{}", "return time.format(1.5) == '1970-01-01T00:00:01.500Z'", NULL},
      {"{}", "return time.parse('1970-01-01T00:00:01.5Z') == 1.5 and not time.parse('soon')", NULL},
      {"{}", "return time.format(-1) == '1969-12-31T23:59:59Z'", NULL},
      {"{}", "return time.format(time.parse('1901-02-03T04:05:06Z')) == '1901-02-03T04:05:06Z'",
       NULL},
      {"{}", "return time.format(-1e12)",
       "bad argument #1 to 'format' (a time of the years 1 to 9999 expected)"},
      {"{}", "return time.format(0/0)",
       "bad argument #1 to 'format' (a time of the years 1 to 9999 expected)"},
      {"{}", "return re.match('from X to Y', 'from (\\\\w) to (\\\\w)') == 'X'", NULL},
      {"{}", "return re.match('abc', 'b.') == 'bc' and re.match('abc', 'x') == nil", NULL},
      {"{}", "return re.match('ABC', '(?i)b') == 'B'", NULL},
      {"{}", "return select('#', re.match('ac', '(a)(b)?(c)')) == 3", NULL},
      {"{}", "local s, e, c = re.find('xaby', 'a(b)') return s == 2 and e == 3 and c == 'b'", NULL},
      {"{}", "return re.find('aa', 'a', 2) == 2 and re.find('aa', 'a', -1) == 2", NULL},
      {"{}", "return re.find('aa', 'a', 4) == nil and re.find('aa', 'a', -9) == 1", NULL},
      {"{}",
       "local s = '' for k, v in re.gmatch('a=1,b=2', '(\\\\w)=(\\\\w)') do s = s .. k .. v end "
       "return s == 'a1b2'",
       NULL},
      {"{}", "local n = 0 for _ in re.gmatch('\\u{e9}b', 'x*') do n = n + 1 end return n == 3",
       NULL},
      {"{}", "return re.gsub('a1b2', '\\\\d', '<%0>') == 'a<1>b<2>'", NULL},
      {"{}", "return re.gsub('ab', '(.)(.)', '%2%1%%') == 'ba%'", NULL},
      {"{}", "return re.gsub('abc', '.', { 1 })",
       "bad argument #3 to 'gsub' (string expected, got table)"},
      {"{}", "return re.gsub('ab', '.', function(c) return c == 'a' and 'x' end) == 'xb'", NULL},
      {"{}", "return re.gsub('ab', 'x*', '-') == '-a-b-'", NULL},
      {"{}", "return select(2, re.gsub('aaa', 'a', 'b', 2)) == 2", NULL},
      {"{}", "return re.gsub('ab', '.', function(c) return re.gsub(c, '.', 'y') end) == 'yy'",
       NULL},
      {"{}", "return re.gsub('ab', '.', '%5')",
       "the replacement names a group that the regex does not have"},
      {"{}", "return re.match('a', '(')", "regex: missing closing parenthesis at offset 1"},
      {"{}", "return re.match(('a'):rep(5000) .. 'b', '(a+)+$')",
       "regex gave up: the pattern is too costly for this text"},
      {"{}",
       "for i = 1, 600 do if not re.match('x' .. i, 'x' .. i) then return false end end return "
       "true",
       NULL},
  };
  EXPECT_ALL(*state, rows);
}

static void a_checked_event_shows_what_its_schema_made_of_it(void **state) {
  static const char schema[] =
      "schema: Shaped.Log\n"
      "fields:\n"
      "  - {name: at, type: timestamp, timeFormat: rfc3339, isEventTime: true}\n"
      "  - {name: who, type: string, indicators: [email]}\n"
      "  - {name: other, type: string, indicators: [email]}\n"
      "  - {name: name, type: string, rename: {from: Name}}\n"
      "  - {name: copied, type: string, copy: {from: deep.x}}\n"
      "  - {name: secret, type: string, mask: {type: redact, to: hidden}}\n"
      "  - {name: deep, type: json}\n";
  static const char record[] =
      "{\"at\":\"2024-03-21T07:09:03Z\",\"who\":\"A@x.org\",\"other\":\"a@x.org\",\"Name\":\"n\","
      "\"secret\":\"s\",\"deep\":{\"x\":\"y\"},\"more\":1,\"p_log_type\":\"Fake\","
      "\"p_any_emails\":[\"f@x.org\"],\"p_any_md5_hashes\":[\"f\"]}";
  static const struct row rows[] = {
      {record, "return event.p_log_type == 'Shaped.Log'", NULL},
      {record, "return event.p_event_time == '2024-03-21T07:09:03Z'", NULL},
      {record, "return #event.p_any_emails == 1 and event.p_any_emails[1] == 'a@x.org'", NULL},
      {record, "event.p_any_emails[2] = 'x'", "this table is read-only"},
      {record, "return event.p_any_md5_hashes == nil", NULL},
      {record, "return event.name == 'n' and event.copied == 'y' and event.secret == 'hidden'",
       NULL},
      {record, "return event.more == 1 and event.deep.x == 'y'", NULL},
      {record,
       "local t = event:to_table() return t.name == 'n' and t.copied == 'y' and t.secret == "
       "'hidden' and t.more == 1 and t.p_log_type == 'Shaped.Log' and t.p_any_emails == nil",
       NULL},
  };
  struct rule_fixture *fixture = *state;
  struct problems problems = PROBLEMS_NONE;
  struct schema_set *schemas = schema_set_load_text(TEXT(schema), "shaped.yml", &problems);
  assert_int_equal(problems.count, 0);
  struct event_typing typing = {.schemas = schemas, .log_type = TEXT("Shaped.Log")};
  event_reader_free(fixture->reader);
  fixture->reader = event_reader_new(&typing, TEXT("s"), TEXT("S"));
  EXPECT_ALL(fixture, rows);
  rule_fixture_clear(fixture);
  event_reader_free(fixture->reader);
  fixture->reader = NULL;
  schema_set_free(schemas);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, rule_fixture_start, rule_fixture_stop)
  const struct CMUnitTest tests[] = {
      TEST(values_become_lua_values),
      TEST(nested_values_are_views),
      TEST(walking_visits_every_value),
      TEST(the_methods_reach_deep),
      TEST(the_standard_fields_are_there),
      TEST(a_checked_event_shows_what_its_schema_made_of_it),
      TEST(an_event_cannot_be_changed),
      TEST(a_view_that_was_kept_is_gone_with_the_next_event),
      TEST(a_field_that_the_next_event_lacks_is_nil_there),
      TEST(an_event_of_very_many_fields_leaves_none_to_the_next),
      TEST(a_loop_over_a_large_array_takes_few_steps),
      TEST(the_modules_do_what_they_say),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

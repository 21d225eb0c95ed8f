/* Tests of rules with several events: windows, changes of records, time. */
#include "detect/test/rule_test_fixture.h"

#define THRESHOLD                                                                                  \
  "metadata { id = 'T', log_types = { 'Zoom.Operation' }, severity = 'low', threshold = 3, "       \
  "dedup_period_minutes = 10, where = { action = 'Update' } } "                                    \
  "function title(event) return 'by ' .. event.operator end "
#define FIXTURE "fixture = 'operation.json'"

/* Tests that pass. */
static const char *const passing[] = {
    /* one under, at and over the threshold */
    THRESHOLD "tests { { name = 'n', events = { { " FIXTURE ", times = 2 } }, alerts = 0 } }",
    THRESHOLD "tests { { name = 'n', events = { { " FIXTURE ", times = 3 } }, alerts = 1 } }",
    THRESHOLD "tests { { name = 'n', events = { { " FIXTURE ", times = 5, every = '1m' } }, "
              "expect = true, title = 'by homer', alerts = { { title = 'by homer', severity = "
              "'low', match_count = 5, dedup = 'by homer', description = '', alert_context = {} } "
              "} } }",
    /* the window's edges */
    THRESHOLD "tests { { name = 'n', events = { { " FIXTURE
              ", times = 3, every = '5m' } }, alerts = 0 } }",
    THRESHOLD "tests { { name = 'n', events = { { " FIXTURE
              ", times = 3, every = '299s' } }, alerts = 1 } }",
    THRESHOLD "tests { { name = 'n', events = { { " FIXTURE ", times = 3 }, { " FIXTURE
              ", after = '10m', times = 3 } }, alerts = { { match_count = 3 }, { match_count = 3 "
              "} } } }",
    /* by dedup; an event may stand by itself */
    THRESHOLD "tests { { name = 'n', events = { { " FIXTURE ", times = 3 }, { " FIXTURE
              ", times = 3, set = { operator = 'bart' } }, { time = '2024-03-21T07:09:05Z', "
              "operator = 'lisa', category_type = 'User', action = 'Update' } }, "
              "alerts = { { title = 'by homer' }, { title = 'by bart' } } } }",
    /* numbered copies */
    THRESHOLD "function dedup() return 'one' end function unique(event) return event.operator end "
              "tests { { name = 'n', events = { { " FIXTURE
              ", times = 3, set = { operator = 'user {n}' } } }, unique = 'user 1', alerts = 1 }, "
              "{ name = 'm', events = { { " FIXTURE ", times = 9 } }, alerts = 0 } }",
    /* a signal alerts nobody */
    "metadata { id = 'T', log_types = { 'Zoom.Operation' }, severity = 'low', create_alert = false,"
    " where = { action = 'Update' } } tests { { name = 'n', " FIXTURE
    ", expect = true, alerts = 0 } }",
    /* changes */
    METADATA "function rule(event) return event.extra == nil and event.a.b[2].c == 'x' and "
             "event.a.d == 5 and event.category_type == 'Group' end tests { { name = 'n', event = "
             "{ time = '2024-03-21T07:09:03Z', operator = 'x', category_type = 'User', extra = 1 "
             "}, unset = { 'extra', 'nothing.there' }, set = { category_type = 'Group', "
             "a = { b = { 1, {} } }, ['a.b.2.c'] = 'x', ['a.d'] = 5 }, expect = true } }",
    /* several events: some match is enough for true, none may for false */
    WHERE "tests { { name = 'n', events = { { " FIXTURE ", set = { action = 'Add' } }, { " FIXTURE
          " } }, expect = true } }",
    WHERE "tests { { name = 'n', events = { { " FIXTURE
          ", set = { action = 'Add' }, times = 3 } }, expect = false } }",
    /* time */
    METADATA "function rule(event) return event:event_time() == '2025-01-02T03:04:05Z' and "
             "event.time == '2025-01-02T03:04:05Z' end tests { { name = 'n', " FIXTURE
             ", at = '2025-01-02T03:04:05Z', expect = true } }",
    METADATA "function rule(event) return event.p_parse_time == '2026-01-02T03:04:05Z' end tests { "
             "{ name = 'n', " FIXTURE ", now = '2026-01-02T03:04:05Z', expect = true } }",
    METADATA "function rule(event) return event.p_parse_time == '2024-01-01T00:00:00Z' end tests { "
             "{ name = 'n', " FIXTURE ", expect = true } }",
};

static void these_tests_pass(void **state) {
  struct rule_test_fixture *fixture = *state;
  for (size_t i = 0; i < sizeof passing / sizeof *passing; i++) {
    run(fixture, passing[i]);
    if (!fixture->passed)
      fail_msg("%s\n%s", passing[i], fixture->output);
  }
}

static const struct failure_case {
  const char *source, *printed;
} failing[] = {
    {THRESHOLD "tests { { name = 'n', events = { { " FIXTURE ", times = 2 } },\n alerts = 1 } }",
     "         t.lua:2: alerts\n           expected 1\n           got      0, from 2 matches in 2 "
     "events\n"},
    {THRESHOLD "tests { { name = 'n', events = { { " FIXTURE
               ", times = 3, set = { action = 'Add' } } }, alerts = 1 } }",
     "got      0, from 0 matches in 3 events: in where 'action' does not hold for \"Add\"\n"},
    {THRESHOLD "tests { { name = 'n', events = { { " FIXTURE ", times = 3 } }, alerts = 0 } }",
     "expected 0\n           got      1: \"by homer\" (3 matches)\n"},
    {THRESHOLD "tests { { name = 'n', events = { { " FIXTURE
               ", times = 4 } }, alerts = {\n { title = 'x',\n match_count = 3 } } } }",
     "         t.lua:2: alerts[1].title\n           expected \"x\"\n           got      \"by "
     "homer\"\n         t.lua:3: alerts[1].match_count\n           expected 3\n           got      "
     "4\n"},
    {WHERE "tests { { name = 'n', events = { { " FIXTURE ", set = { action = 'Add' } }, { " FIXTURE
           " } }, expect = false } }",
     "expected no match, but the rule matches 1 of 2 events\n"},
    {WHERE "tests { { name = 'n', events = { { " FIXTURE
           ", times = 2, set = { action = 'Add' } } }, expect = true } }",
     "expected a match, but none of the events matches; the first: in where 'action' does not hold "
     "for \"Add\"\n"},
    {WHERE "tests { { name = 'n', events = { { " FIXTURE " },\n { fixture = 'broken.json' } }, "
           "expect = true } }",
     "t.lua:2: "},
    {METADATA ALWAYS "tests { { name = 'n', " FIXTURE
                     ", set = { ['operator.name'] = 1 }, expect = true } }",
     "set: 'operator.name' leads into something that has no fields\n"},
    {METADATA "function rule(event) return event.x.y end tests { { name = 'n', events = { { event "
              "= { time = '2024-03-21T07:09:03Z', operator = 'x', category_type = 'y', x = {} } },"
              "\n { " FIXTURE ", times = 2 } }, expect = true } }",
     "rule returned nil, expected true or false\n         t.lua:1: that was at this event\n"},
    {METADATA
     "function rule(event) return event.operator.x ~= 'y' end function title(event) return "
     "event.x.y end tests { { name = 'n', events = {\n { " FIXTURE
     ", times = 2 } }, expect = true } }",
     "         t.lua:2: that was at this event, copy 1\n"},
    /* how it is written */
    {WHERE "tests { { name = 'n', events = {}, expect = true } }",
     "events must be a list of 1 to 1000 events\n"},
    {WHERE "tests { { name = 'n', events = { 1 }, expect = true } }",
     "an event must be a table, not a number\n"},
    {WHERE "tests { { name = 'n', events = { { " FIXTURE ", tims = 1 } }, expect = true } }",
     "unknown key 'tims' in an event (did you mean 'times'?)\n"},
    {WHERE "tests { { name = 'n', events = { { " FIXTURE ", times = 0 } }, expect = true } }",
     "times must be from 1 to 100000, not 0\n"},
    {WHERE "tests { { name = 'n', events = { { " FIXTURE ", times = 1.5 } }, expect = true } }",
     "times must be a whole number, not one with a fraction\n"},
    {WHERE "tests { { name = 'n', events = { { " FIXTURE
           ", times = 2, every = 'often' } }, expect = true } }",
     "every: "},
    {WHERE "tests { { name = 'n', events = { { " FIXTURE ", every = '1m' } }, expect = true } }",
     "every is given without times\n"},
    {WHERE "tests { { name = 'n', events = { { " FIXTURE ", at = 'noon' } }, expect = true } }",
     "at 'noon' is not a time (expected one as 2024-03-21T07:09:03Z)\n"},
    {WHERE "tests { { name = 'n', events = { { " FIXTURE
           ", at = '2024-03-21T07:09:03Z', after = '1m' } }, expect = true } }",
     "both at and after are given\n"},
    {WHERE "tests { { name = 'n', events = { { " FIXTURE " } }, " FIXTURE ", expect = true } }",
     "fixture is given beside events: it belongs into one of them\n"},
    {WHERE "tests { { name = 'n', " FIXTURE ", set = 'x', expect = true } }",
     "set must be a table of fields and values, not a string\n"},
    {WHERE "tests { { name = 'n', " FIXTURE ", unset = { 1 }, expect = true } }",
     "unset must be a list of fields\n"},
    {WHERE "tests { { name = 'n', " FIXTURE ", alerts = 'one' } }",
     "alerts must be a number or a list of alerts, not a string\n"},
    {WHERE "tests { { name = 'n', " FIXTURE ", alerts = { { unique = 'x' } } } }",
     "unknown key 'unique' in an alert"},
    {WHERE "tests { { name = 'n', " FIXTURE ", alerts = { 'x' } } }",
     "an alert must be a table, not a string\n"},
    {WHERE "tests { { name = 'n', " FIXTURE ", expect = false, alerts = 1 } }",
     "alerts are expected, but no match is\n"},
    {WHERE "tests { { name = 'n', " FIXTURE ", expect = true, now = 5 } }",
     "now must be a string, not a number\n"},
    {WHERE "tests { { name = 'n', events = { { " FIXTURE ", times = 100000 }, { " FIXTURE
           " } }, expect = true } }",
     "more than 100000 events\n"},
};

static void these_tests_fail_and_say_why(void **state) {
  struct rule_test_fixture *fixture = *state;
  for (size_t i = 0; i < sizeof failing / sizeof *failing; i++) {
    run(fixture, failing[i].source);
    assert_printed(fixture, failing[i].printed);
    assert_int_equal(fixture->summary.failed, 1);
  }
}

static const struct unit_case {
  const char *format, *first, *second; /* 1500 ms later */
} unit_cases[] = {
    {"unix", "1710000000", "1710000001.5"},
    {"unix_ms", "1710000000000", "1710000001500"},
    {"unix_us", "1710000000000000", "1710000001500000"},
    {"unix_ns", "1710000000000000000", "1710000001500000000"},
};

static void check_unit(struct rule_test_fixture *fixture, const struct unit_case *unit) {
  struct problems problems = PROBLEMS_NONE;
  char schema[256], rule[512];
  snprintf(schema, sizeof schema,
           "schema: S\nversion: 0\nfields:\n  - {name: ts, type: timestamp, timeFormat: %s, "
           "isEventTime: true}\n",
           unit->format);
  snprintf(rule, sizeof rule,
           "metadata { id = 'T', log_types = { 'S' }, severity = 'low' } function rule(event) "
           "return event.ts == %s end tests { { name = 'n', events = { { event = { "
           "ts = %s }, times = 2, every = '1500ms' } }, expect = true } }",
           unit->second, unit->first);
  struct schema_set *schemas = schema_set_load_text(text_from(schema), "s.yml", &problems);
  assert_int_equal(problems.count, 0);
  fixture->options.schemas = schemas;
  run(fixture, rule);
  if (!fixture->passed)
    fail_msg("%s: %s", unit->format, fixture->output);
  schema_set_free(schemas);
}

static void a_time_in_numbers_is_moved_in_its_unit(void **state) {
  for (size_t i = 0; i < sizeof unit_cases / sizeof *unit_cases; i++)
    check_unit(*state, &unit_cases[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(these_tests_pass, start, stop),
      cmocka_unit_test_setup_teardown(these_tests_fail_and_say_why, start, stop),
      cmocka_unit_test_setup_teardown(a_time_in_numbers_is_moved_in_its_unit, start, stop),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

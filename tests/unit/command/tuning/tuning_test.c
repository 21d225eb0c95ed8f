/* What packs and tuning make of rules, and which matches are kept from alerts. */
#include "command/tuning/tuning_fixture.h"

#include "rule/correlation.h"

#include <inttypes.h>
#include <stdio.h>

/* 2026-01-01T00:00:00Z, a Thursday */
#define NEW_YEAR (INT64_C(1767225600) * US_PER_SECOND)

static const struct rule_file files[] = {
    {.path = "rules/a.lua",
     .source = TEXT_INIT(TUNING_RULE("A.One", "pack = 'loud', dedup_period_minutes = 60"))},
    {.path = "rules/b.lua",
     .source = TEXT_INIT(TUNING_RULE(
         "A.Two", "pack = 'quiet', destinations = { 'soc' }") "function severity(event) return "
                                                              "'high' end\n")},
    {.path = "rules/c.lua", .source = TEXT_INIT(TUNING_RULE("B.Signal", "create_alert = false"))},
    {.path = "rules/d.lua", .source = TEXT_INIT(TUNING_RULE("B.Off", "enabled = false"))},
    {.path = "rules/e.lua",
     .source = TEXT_INIT("correlation { id = 'C.Both', severity = 'high', pack = 'loud',\n"
                         "  within_minutes = 60, on = { 'who' },\n"
                         "  group = { { id = 'one', rule = 'A.One' }, { id = 'two', rule = 'A.Two' "
                         "} } }\n")},
    {.path = "rules/packs/loud.yml",
     .source = TEXT_INIT("name: loud\nmode: alert\n"),
     .pack = true},
    {.path = "rules/packs/quiet.yml",
     .source = TEXT_INIT("name: quiet\nmode: signal\ndescription: x\n"),
     .pack = true},
};
enum { FILE_COUNT = sizeof files / sizeof *files };

#define BY_PACK "signal, as its pack quiet [rules/packs/quiet.yml:2]\n"

static const struct {
  const char *tuning, *rule, *changes;
} changes[] = {
    {"tuning: []", "A.One", ""},
    {"tuning: []", "A.Two", BY_PACK},
    {"packs: {quiet: alert}", "A.Two", ""},
    {"packs: {quiet: off}", "A.Two",
     "off, as its pack quiet [margay.yml:1]\n"
     "signal all the same: the correlation C.Both needs it []\n"},
    {"packs: {quiet: off, loud: off}", "A.Two", "off, as its pack quiet [margay.yml:1]\n"},
    {"packs: {loud: signal}", "C.Both", "signal, as its pack loud [margay.yml:1]\n"},
    {"tuning:\n- {rule: A.One, severity: low, reason: it is}", "A.One",
     "severity LOW (was MEDIUM) [margay.yml:2: it is]\n"},
    {"tuning:\n- {rule: a.one, threshold: 5, dedup_period: 2h}", "A.One",
     "threshold 5 (was 1) [margay.yml:2]\ndedup period 2h (was 1h) [margay.yml:2]\n"},
    {"tuning:\n- {rule: 'A.*', severity: critical}", "A.Two",
     "severity CRITICAL (was MEDIUM, or as its function says) [margay.yml:2]\n" BY_PACK},
    {"tuning:\n- {rule: A.One, destinations: []}", "A.One", "no destinations [margay.yml:2]\n"},
    {"tuning:\n- {rule: A.One, destinations: [soc, pager]}", "A.One",
     "destinations soc, pager [margay.yml:2]\n"},
    /* later entries win, key by key; exceptions add up */
    {"tuning:\n- {rule: '*', severity: low, threshold: 3}\n- {rule: A.One, severity: high}",
     "A.One", "severity HIGH (was MEDIUM) [margay.yml:3]\nthreshold 3 (was 1) [margay.yml:2]\n"},
    {"tuning:\n- {rule: A.One, except: [who: a], reason: r}\n"
     "- {rule: A.One, except: [{who: b, at|gt: 3}, {who|lookup: admins}], reason: s}",
     "A.One",
     "except who = \"a\" [margay.yml:2: r]\n"
     "except who = \"b\" and at|gt = 3 [margay.yml:3: s]\n"
     "except who|lookup = \"admins\" [margay.yml:3: s]\n"},
    {"tuning:\n- {rule: A.One, except: {who: a}, reason: r}", "A.One",
     "except who = \"a\" [margay.yml:2: r]\n"},
    {"tuning:\n- {rule: A.One, mute_until: 2027-01-31, reason: r}\n"
     "- {rule: A.One, mute_until: '2028-01-31T08:00:00+01:00', reason: s}",
     "A.One", "muted until 2028-01-31T07:00:00Z [margay.yml:3: s]\n"},
    {"tuning:\n- rule: A.One\n  hours: [{days: mon-fri, from: '22:00', to: 6:00}, {days: [sun, "
     "sat]}]\n"
     "  reason: r",
     "A.One",
     "muted mon-fri 22:00 to 06:00 (UTC) [margay.yml:3: r]\n"
     "muted sat, sun 00:00 to 24:00 (UTC) [margay.yml:3: r]\n"},
    {"tuning:\n- {rule: A.One, hours: {from: '22:00', to: '06:00'}, reason: r}", "A.One",
     "muted every day 22:00 to 06:00 (UTC) [margay.yml:2: r]\n"},
    /* modes */
    {"tuning:\n- {rule: A.One, mode: signal}", "A.One", "signal (was alert) [margay.yml:2]\n"},
    {"tuning:\n- {rule: A.Two, mode: alert}", "A.Two",
     BY_PACK "alert (was signal) [margay.yml:2]\n"},
    {"tuning:\n- {rule: C.Both, enabled: false, reason: r}", "C.Both",
     "off (was alert) [margay.yml:2: r]\n"},
    {"tuning:\n- {rule: B.Off, enabled: true}", "B.Off", "alert (was off) [margay.yml:2]\n"},
    {"packs: {quiet: off}\ntuning:\n- {rule: A.Two, enabled: true}", "A.Two",
     "off, as its pack quiet [margay.yml:1]\nalert (was off) [margay.yml:3]\n"},
    {"tuning:\n- {rule: B.Signal, mode: alert}", "B.Signal", "alert (was signal) [margay.yml:2]\n"},
};

static void what_is_changed_is_said_with_place_and_reason(void **state) {
  struct rule_fixture *f = *state;
  struct buffer found = BUFFER_NONE;
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    rule_fixture_load(f, files, FILE_COUNT);
    tuning_fixture_apply(f, changes[i].tuning, NULL, TIME_NONE);
    if (f->problems.count)
      fail_msg("%s\n%u:%u: %s", changes[i].tuning, f->problems.items[0].line,
               f->problems.items[0].column, f->problems.items[0].text);
    tuning_fixture_changes(rule_set_find(f->set, text_from(changes[i].rule)), &found);
    if (!text_is(buffer_text(&found), changes[i].changes))
      fail_msg("%s\nfound:\n%s", changes[i].tuning, found.data ? found.data : "");
  }
  buffer_free(&found);
}

static void a_rule_is_what_its_tuning_says(void **state) {
  struct rule_fixture *f = *state;
  rule_fixture_load(f, files, FILE_COUNT);
  tuning_fixture_apply(f,
                       "packs: {quiet: alert}\n"
                       "tuning:\n"
                       "- {rule: A.Two, severity: low, threshold: 5, dedup_period: 2h}\n"
                       "- {rule: A.Two, destinations: [pager]}\n"
                       "- {rule: B.Off, mode: signal}\n",
                       NULL, TIME_NONE);
  rule_fixture_start_vm(f, NULL);
  rule_fixture_event(f, "{\"who\":\"a\"}");
  const struct rule *rule = rule_set_find(f->set, TEXT("A.Two"));
  rule_vm_describe(f->vm, rule, &f->outcome, &f->problems);
  assert_int_equal(f->outcome.severity, SEVERITY_LOW);
  assert_int_equal(rule->threshold, 5);
  assert_int_equal(rule->dedup_period, 2 * US_PER_HOUR);
  assert_true(f->outcome.destinations_given);
  assert_int_equal(f->outcome.destinations.count, 1);
  assert_text_equal(f->outcome.destinations.items[0], "pager");
  assert_true(rule->enabled && rule->create_alert);
  rule = rule_set_find(f->set, TEXT("B.Off"));
  assert_true(rule->enabled && !rule->create_alert);
}

/* What is switched on or off is so for the index, too. */
static void only_rules_that_are_on_are_candidates(void **state) {
  struct rule_fixture *f = *state;
  rule_fixture_load(f, files, FILE_COUNT);
  tuning_fixture_apply(
      f,
      "packs: {quiet: off}\n"
      "tuning: [{rule: A.One, mode: off, reason: x}, {rule: B.Off, mode: alert}]\n",
      NULL, TIME_NONE);
  rule_fixture_start_vm(f, NULL);
  const struct event *event = rule_fixture_event(f, "{\"who\":\"a\"}");
  struct rule_list list = rule_vm_candidates(f->vm, event);
  /* A.One and A.Two are needed by C.Both. */
  assert_int_equal(list.count, 4);
  assert_false(rule_set_find(f->set, TEXT("A.One"))->create_alert);

  rule_fixture_load(f, files, FILE_COUNT);
  tuning_fixture_apply(f,
                       "packs: {quiet: off, loud: off}\n"
                       "tuning: [{rule: B.Signal, mode: off, reason: x}]\n",
                       NULL, TIME_NONE);
  rule_fixture_start_vm(f, NULL);
  list = rule_vm_candidates(f->vm, rule_fixture_event(f, "{\"who\":\"a\"}"));
  assert_int_equal(list.count, 0);
}

/* ---- what is suppressed ------------------------------------------------------------------ */

static const struct {
  const char *entry, *event;
  time_us time;
  const char *place; /* of what suppresses; NULL: nothing does */
} suppressions[] = {
    {"except: [{who: svc@example.com}]", "{\"who\":\"SVC@example.com\"}", 0, "margay.yml:3: why"},
    {"except: [{who: svc@example.com}]", "{\"who\":\"homer\"}", 0, NULL},
    {"except: [{who: svc@example.com}]", "{}", 0, NULL},
    {"except:\n    - {who: a, n: 1}\n    - {who: b}", "{\"who\":\"a\",\"n\":2}", 0, NULL},
    {"except:\n    - {who: a, n: 1}\n    - {who: b}", "{\"who\":\"a\",\"n\":1}", 0,
     "margay.yml:4: why"},
    {"except:\n    - {who: a, n: 1}\n    - {who: b}", "{\"who\":\"b\"}", 0, "margay.yml:5: why"},
    {"except: [{n: 1.5}]", "{\"n\":1.5}", 0, "margay.yml:3: why"},
    {"except: [{n: '1'}]", "{\"n\":1}", 0, "margay.yml:3: why"},
    {"except: [{n: null}]", "{\"who\":\"b\"}", 0, "margay.yml:3: why"},
    {"except: [{n: true}]", "{\"n\":true}", 0, "margay.yml:3: why"},
    {"except: [{who: [a, b]}]", "{\"who\":\"b\"}", 0, "margay.yml:3: why"},
    {"except: [{who|contains|all: [a, b]}]", "{\"who\":\"xaxb\"}", 0, "margay.yml:3: why"},
    {"except: [{who|contains|all: [a, b]}]", "{\"who\":\"xa\"}", 0, NULL},
    {"except: [{who|re: '^a+$'}]", "{\"who\":\"aaa\"}", 0, "margay.yml:3: why"},
    {"except: [{object: {id: 1, name|startswith: x}}]", "{\"object\":{\"id\":1,\"name\":\"xy\"}}",
     0, "margay.yml:3: why"},
    {"except: [{object: {id: 1, name|startswith: x}}]", "{\"object\":{\"id\":1}}", 0, NULL},
    {"except: [{object: [{id: 1}, {id: 2}]}]", "{\"object\":{\"id\":2}}", 0, "margay.yml:3: why"},
    {"except: [{who|lookup: admins}]", "{\"who\":\"a\"}", 0, NULL}, /* no table is loaded */
    {"mute_until: 2026-01-01", "{}", NEW_YEAR - 1, "margay.yml:3: why"},
    {"mute_until: 2026-01-01", "{}", NEW_YEAR, NULL},
    {"hours: {days: thu, from: '00:00', to: '01:00'}", "{}", NEW_YEAR, "margay.yml:3: why"},
    {"hours: {days: thu, from: '00:00', to: '01:00'}", "{}", NEW_YEAR + US_PER_HOUR, NULL},
    {"hours: {days: wed, from: '22:00', to: '06:00'}", "{}", NEW_YEAR, "margay.yml:3: why"},
    {"hours: {days: thu, from: '22:00', to: '06:00'}", "{}", NEW_YEAR, NULL},
    {"hours: {days: fri-wed}", "{}", NEW_YEAR, NULL},
    {"hours: {days: wed}", "{}", NEW_YEAR - 1, "margay.yml:3: why"},
    {"hours: {days: Thursday, from: '08:00', to: '08:00'}", "{}", NEW_YEAR + 32 * US_PER_HOUR - 1,
     "margay.yml:3: why"},
    {"hours: {days: thu, from: '08:00', to: '08:00'}", "{}", NEW_YEAR + 32 * US_PER_HOUR, NULL},
};

static void a_match_is_suppressed_by_what_fits_it_first(void **state) {
  struct rule_fixture *f = *state;
  struct buffer tuning = BUFFER_NONE;
  for (size_t i = 0; i < sizeof suppressions / sizeof *suppressions; i++) {
    struct rule_tuning_line line;
    buffer_reset(&tuning);
    buffer_printf(&tuning, "tuning:\n- rule: A.One\n  %s\n  reason: why\n", suppressions[i].entry);
    rule_fixture_load(f, files, FILE_COUNT);
    tuning_fixture_apply(f, tuning.data, NULL, TIME_NONE);
    rule_fixture_start_vm(f, NULL);
    rule_fixture_event(f, suppressions[i].event);
    const struct rule_suppressor *suppressor =
        rule_vm_suppressor(f->vm, rule_set_find(f->set, TEXT("A.One")), suppressions[i].time);
    const char *found = suppressor ? rule_tuning_place_words(&suppressor->place, &line) : NULL;
    const char *expected = suppressions[i].place;
    if (!found != !expected || (found && strcmp(found, expected) != 0))
      fail_msg("%s on %s: %s", suppressions[i].entry, suppressions[i].event,
               found ? found : "nothing");
    assert_null(rule_vm_suppressor(f->vm, rule_set_find(f->set, TEXT("A.Two")), 0));
  }
  buffer_free(&tuning);
}

/* ---- a suppressed match feeds correlations, and opens no alert ----------------------------- */

static void note_alert(void *context, const struct alert *alert) {
  buffer_printf(context, "%.*s x%" PRId64 "\n", TEXT_ARGS(alert->rule_id), alert->match_count);
}

static void take_event(struct rule_fixture *f, struct history *history, uint64_t order,
                       struct arena *arena) {
  struct match_notes notes = {.count = 0};
  struct error error = ERROR_NONE;
  char json[64];
  snprintf(json, sizeof json, "{\"who\":\"%s\",\"n\":%d}", order % 2 ? "svc" : "homer", (int)order);
  const struct event *event = rule_fixture_event(f, json);
  struct rule_list rules = rule_vm_candidates(f->vm, event);
  for (size_t at = 0; rule_vm_next_match(f->vm, rules, &at, &error) != RULE_NO_MATCH;) {
    struct match match = match_describe(f->vm, rules.items[at - 1], event, arena, &notes);
    match.event_time = RULE_FIXTURE_NOW + (int64_t)order * US_PER_SECOND;
    match.untimed = false;
    match.order = order;
    assert_true(history_add(history, &match, &error));
  }
}

static void group(struct rule_fixture *f, const char *tuning, uint64_t events, struct buffer *out) {
  struct arena arena = ARENA_NONE;
  struct error error = ERROR_NONE;
  rule_fixture_load(f, files, FILE_COUNT);
  tuning_fixture_apply(f, tuning, NULL, TIME_NONE);
  rule_fixture_start_vm(f, NULL);
  struct history *history = history_new(f->set);
  for (uint64_t i = 0; i < events; i++)
    take_event(f, history, i, &arena);
  buffer_reset(out);
  assert_true(history_finish(history, note_alert, out, &error));
  history_free(history);
  arena_free(&arena);
}

static void what_is_suppressed_feeds_correlations_and_counts_for_no_alert(void **state) {
  static const struct {
    const char *tuning, *alerts;
  } table[] = {
      {"packs: {quiet: alert}\n", "A.One x4\nA.Two x4\nC.Both x1\nC.Both x1\n"},
      {"tuning: [{rule: A.*, except: [{who: svc}], reason: r}]\n",
       "A.One x2\nC.Both x1\nC.Both x1\n"},
      {"tuning: [{rule: A.*, mute_until: 2030-01-01, reason: r}]\n", "C.Both x1\nC.Both x1\n"},
      {"tuning: [{rule: '*', mute_until: 2030-01-01, reason: r}]\n", ""},
      {"tuning: [{rule: C.Both, except: [{who: svc}], reason: r}]\n", "A.One x4\nC.Both x1\n"},
      {"packs: {quiet: off, loud: off}\n", ""},
      {"packs: {quiet: off}\ntuning: [{rule: A.One, mode: off, reason: r}]",
       "C.Both x1\nC.Both x1\n"},
      /* the threshold counts what is not suppressed */
      {"tuning: [{rule: A.One, threshold: 3, except: [{who: svc}], reason: r}, {rule: C.*, mode: "
       "off, reason: r}]\n",
       ""},
      {"tuning: [{rule: A.One, threshold: 2, except: [{who: svc}], reason: r}, {rule: C.*, mode: "
       "off, reason: r}]\n",
       "A.One x2\n"},
  };
  struct rule_fixture *f = *state;
  struct buffer out = BUFFER_NONE;
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    group(f, table[i].tuning, 4, &out);
    if (!text_is(buffer_text(&out), table[i].alerts))
      fail_msg("%s\nfound:\n%s", table[i].tuning, out.data ? out.data : "");
  }
  buffer_free(&out);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, rule_fixture_start, rule_fixture_stop)
  const struct CMUnitTest tests[] = {
      TEST(what_is_changed_is_said_with_place_and_reason),
      TEST(a_rule_is_what_its_tuning_says),
      TEST(only_rules_that_are_on_are_candidates),
      TEST(a_match_is_suppressed_by_what_fits_it_first),
      TEST(what_is_suppressed_feeds_correlations_and_counts_for_no_alert),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

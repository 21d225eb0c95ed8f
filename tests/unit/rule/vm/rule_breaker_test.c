/* Rules that reach their limits again and again are paused. */
#include "rule/vm/rule_breaker.h"

#include "rule/rule_fixture.h"

static const struct rule rule = {.index = 1}, other = {.index = 0};
#define START (INT64_C(1000) * US_PER_HOUR)

static int start(void **state) {
  *state = rule_breaker_new(2);
  return 0;
}

static int stop(void **state) {
  rule_breaker_free(*state);
  return 0;
}

/* Notes costly calls until the rule is paused; gives for how long. */
static int64_t trip(struct rule_breaker *breaker, time_us now) {
  for (int i = 1;; i++) {
    int64_t pause = rule_breaker_note(breaker, &rule, now);
    if (pause || i == BREAKER_CALLS)
      return pause;
  }
}

static void a_rule_is_paused_by_several_costly_calls_within_a_window(void **state) {
  struct rule_breaker *breaker = *state;
  for (int i = 1; i < BREAKER_CALLS; i++)
    assert_int_equal(rule_breaker_note(breaker, &rule, START), 0);
  assert_true(rule_breaker_allows(breaker, &rule));
  assert_int_equal(rule_breaker_note(breaker, &rule, START), BREAKER_PAUSE_FIRST);
  assert_false(rule_breaker_ask(breaker, &rule, START));
  assert_true(rule_breaker_ask(breaker, &other, START));
  struct rule_breaker_counts counts = rule_breaker_take_counts(breaker);
  assert_int_equal(counts.pauses, 1);
  assert_int_equal(counts.skipped, 1);
  assert_int_equal(counts.paused, 1);
}

static void costly_calls_that_lie_far_apart_pause_nothing(void **state) {
  struct rule_breaker *breaker = *state;
  for (int i = 0; i < 100; i++)
    assert_int_equal(rule_breaker_note(breaker, &rule, START + i * BREAKER_WINDOW / 3), 0);
}

static void a_pause_ends_by_itself(void **state) {
  struct rule_breaker *breaker = *state;
  trip(breaker, START);
  assert_false(rule_breaker_ask(breaker, &rule, START + BREAKER_PAUSE_FIRST - 1));
  assert_true(rule_breaker_ask(breaker, &rule, START + BREAKER_PAUSE_FIRST));
  assert_int_equal(rule_breaker_take_counts(breaker).paused, 0);
}

static void a_rule_that_is_costly_again_is_paused_at_once_and_for_twice_as_long(void **state) {
  struct rule_breaker *breaker = *state;
  time_us now = START;
  int64_t pause = trip(breaker, now), expected = BREAKER_PAUSE_FIRST;
  for (int i = 0; i < 10; i++) {
    assert_int_equal(pause, expected);
    expected = 2 * expected > BREAKER_PAUSE_MOST ? BREAKER_PAUSE_MOST : 2 * expected;
    now += pause + 1;
    assert_true(rule_breaker_ask(breaker, &rule, now));
    pause = rule_breaker_note(breaker, &rule, now);
  }
  assert_int_equal(pause, BREAKER_PAUSE_MOST);
}

static void a_rule_that_keeps_its_limits_for_long_enough_starts_anew(void **state) {
  struct rule_breaker *breaker = *state;
  trip(breaker, START);
  time_us later = START + BREAKER_PAUSE_FIRST + BREAKER_WINDOW;
  assert_true(rule_breaker_ask(breaker, &rule, later));
  assert_int_equal(rule_breaker_note(breaker, &rule, later), 0);
  assert_int_equal(trip(breaker, later), BREAKER_PAUSE_FIRST);
}

/* ---- with rules ---- */

#define METADATA(id) "metadata { id = '" id "', log_types = { 'Test.Log' }, severity = 'low' } "

static void load_rules(struct rule_fixture *fixture, struct rule_breaker *breaker) {
  const struct rule_file files[] = {
      {.path = "rules/a.lua",
       .source = TEXT(METADATA("A") "function rule(event) while true do end end")},
      {.path = "rules/b.lua", .source = TEXT(METADATA("B") "function rule(event) return true end")},
      {.path = "rules/c.lua",
       .source = TEXT(METADATA("C") "function rule(event) error('no luck') end")},
  };
  rule_fixture_load(fixture, files, 3);
  rule_fixture_start_vm(fixture,
                        &(struct rule_vm_options){.instruction_max = 10000, .breaker = breaker});
}

/* Verdicts of one event, as in "AxB": A failed, B matched. The last error of A is left. */
static void match_all(struct rule_fixture *fixture, char *verdicts, struct error *last) {
  const struct rule *rules[] = {&fixture->set->rules[0], &fixture->set->rules[1],
                                &fixture->set->rules[2]};
  struct rule_list list = {rules, 3};
  struct error error = ERROR_NONE;
  enum rule_verdict verdict;
  rule_fixture_event(fixture, "{}");
  for (size_t at = 0;
       (verdict = rule_vm_next_match(fixture->vm, list, &at, &error)) != RULE_NO_MATCH;) {
    *verdicts++ = rules[at - 1]->id.data[0];
    if (verdict == RULE_FAILED)
      *verdicts++ = 'x';
    if (at == 1)
      *last = error;
    error = ERROR_NONE;
  }
  *verdicts = '\0';
}

static void a_paused_rule_is_passed_over_and_says_so_once(void **state) {
  struct rule_fixture *fixture = *state;
  struct rule_breaker *breaker = rule_breaker_new(3);
  struct error error = ERROR_NONE;
  char verdicts[16];
  load_rules(fixture, breaker);
  for (int i = 1; i <= BREAKER_CALLS; i++) {
    match_all(fixture, verdicts, &error);
    assert_string_equal(verdicts, "AxBCx");
    assert_int_equal(strncmp(error.text, "paused for 1 min", 16) == 0, i == BREAKER_CALLS);
    assert_non_null(strstr(error.text, "used up its 10,000 instructions"));
  }
  for (int i = 0; i < 2 * BREAKER_CALLS; i++) {
    match_all(fixture, verdicts, &error);
    assert_string_equal(verdicts, "BCx"); /* an error that cost nothing pauses nothing */
  }
  assert_int_equal(rule_breaker_take_counts(breaker).skipped, 2 * BREAKER_CALLS);
  rule_fixture_clear(fixture);
  rule_breaker_free(breaker);
}

/* ---- reloads ---- */

/* Pauses the only rule of one set, and takes over to another. Whether the rule is paused there. */
static bool stays_paused(const struct rule_file *before, size_t count_before,
                         const struct rule_file *after, size_t count_after) {
  struct problems problems = PROBLEMS_NONE;
  struct rule_set *sets[] = {rule_set_load_files(before, count_before, &problems),
                             rule_set_load_files(after, count_after, &problems)};
  struct rule_breaker *breakers[] = {rule_breaker_new(1), rule_breaker_new(sets[1]->count)};
  assert_int_equal(problems.count, 0);
  for (int i = 0; i < BREAKER_CALLS; i++)
    rule_breaker_note(breakers[0], &sets[0]->rules[0], START);
  rule_breaker_take_over(breakers[1], sets[1], breakers[0], sets[0]);
  bool paused = rule_breaker_take_counts(breakers[1]).paused == 1;
  assert_int_equal(!rule_breaker_ask(breakers[1], rule_set_find(sets[1], TEXT("P")), START + 1),
                   paused);
  for (int i = 0; i < 2; i++) {
    rule_breaker_free(breakers[i]);
    rule_set_free(sets[i]);
  }
  return paused;
}

#define RULE_OF(id, body)                                                                          \
  { .path = "rules/" id ".lua", .source = TEXT(METADATA(id) "function rule(event) " body " end") }
#define LIBRARY(body)                                                                              \
  { .path = "rules/lib/help.lua", .source = TEXT("return " body), .library = TEXT("help") }

static void a_rule_stays_paused_through_a_reload_that_does_not_change_it(void **state) {
  (void)state;
  const struct rule_file same[] = {RULE_OF("P", "return true"), LIBRARY("1")};
  assert_true(stays_paused(same, 2, same, 2));
}

static void a_rule_that_a_reload_changes_starts_anew(void **state) {
  (void)state;
  const struct rule_file before[] = {RULE_OF("P", "return true"), LIBRARY("1")},
                         rule_changed[] = {RULE_OF("P", "return false"), LIBRARY("1")},
                         library_changed[] = {RULE_OF("P", "return true"), LIBRARY("2")};
  assert_false(stays_paused(before, 2, rule_changed, 2));
  assert_false(stays_paused(before, 2, library_changed, 2));
}

static void a_pause_finds_its_rule_among_others(void **state) {
  (void)state;
  const struct rule_file before[] = {RULE_OF("P", "return true")},
                         after[] = {RULE_OF("A", "return true"), RULE_OF("P", "return true")};
  assert_true(stays_paused(before, 1, after, 2));
}

static void without_a_breaker_no_rule_is_paused(void **state) {
  struct rule_fixture *fixture = *state;
  struct error error = ERROR_NONE;
  char verdicts[16];
  load_rules(fixture, NULL);
  for (int i = 0; i < 3 * BREAKER_CALLS; i++) {
    match_all(fixture, verdicts, &error);
    assert_string_equal(verdicts, "AxBCx");
  }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
#define RULE_TEST(name) cmocka_unit_test_setup_teardown(name, rule_fixture_start, rule_fixture_stop)
  const struct CMUnitTest tests[] = {
      TEST(a_rule_is_paused_by_several_costly_calls_within_a_window),
      TEST(costly_calls_that_lie_far_apart_pause_nothing),
      TEST(a_pause_ends_by_itself),
      TEST(a_rule_that_is_costly_again_is_paused_at_once_and_for_twice_as_long),
      TEST(a_rule_that_keeps_its_limits_for_long_enough_starts_anew),
      RULE_TEST(a_paused_rule_is_passed_over_and_says_so_once),
      RULE_TEST(without_a_breaker_no_rule_is_paused),
      cmocka_unit_test(a_rule_stays_paused_through_a_reload_that_does_not_change_it),
      cmocka_unit_test(a_rule_that_a_reload_changes_starts_anew),
      cmocka_unit_test(a_pause_finds_its_rule_among_others),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

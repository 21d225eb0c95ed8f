/* Windows: how matches of one rule and dedup become alerts, as tables of event times. */
#include "detect/window/window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define STEPS_MAX 12

/* Minutes; the period is 60 unless said otherwise. */
struct step {
  int minute;
  const char *unique; /* NULL: the rule has no unique() */
  char expect;        /* c counted, o opened, j joined */
  int alert;          /* which alert, numbered by opening; 0 when counted */
  int count;          /* opened: matches taken in */
};

struct scenario {
  const char *name;
  int threshold;
  struct step steps[STEPS_MAX]; /* ends with expect 0 */
};

static const struct scenario scenarios[] = {
    {"a threshold of one opens at the first match",
     1,
     {{0, NULL, 'o', 1, 1}, {0, NULL, 'j', 1, 0}}},
    {"matches within the period after the opening join",
     1,
     {{0, NULL, 'o', 1, 1}, {30, NULL, 'j', 1, 0}, {59, NULL, 'j', 1, 0}}},
    {"the period is counted from the opening and not from the last match",
     1,
     {{0, NULL, 'o', 1, 1}, {50, NULL, 'j', 1, 0}, {60, NULL, 'o', 2, 1}, {70, NULL, 'j', 2, 0}}},
    {"the first match a whole period after the opening starts anew",
     1,
     {{0, NULL, 'o', 1, 1}, {60, NULL, 'o', 2, 1}}},
    {"a threshold of three opens at the third match",
     3,
     {{0, NULL, 'c', 0, 0}, {1, NULL, 'c', 0, 0}, {2, NULL, 'o', 1, 3}, {3, NULL, 'j', 1, 0}}},
    {"a burst across any fixed boundary still counts",
     3,
     {{0, NULL, 'c', 0, 0}, {58, NULL, 'c', 0, 0}, {59, NULL, 'o', 1, 3}}},
    {"the window slides: old matches leave it",
     3,
     {{0, NULL, 'c', 0, 0}, {59, NULL, 'c', 0, 0}, {60, NULL, 'c', 0, 0}, {61, NULL, 'o', 1, 3}}},
    {"unique counts distinct values",
     2,
     {{0, "a", 'c', 0, 0}, {1, "a", 'c', 0, 0}, {2, "a", 'c', 0, 0}, {3, "b", 'o', 1, 4}}},
    {"a value that repeats keeps its place in the sliding window",
     2,
     {{0, "a", 'c', 0, 0}, {50, "a", 'c', 0, 0}, {70, "b", 'o', 1, 2}}},
    {"a late match counts with what a value did before it came again",
     2,
     {{0, "a", 'c', 0, 0}, {20, "a", 'c', 0, 0}, {50, "a", 'c', 0, 0}, {-15, "b", 'o', 1, 4}}},
    {"a value outside the window does not count",
     2,
     {{0, "a", 'c', 0, 0}, {60, "b", 'c', 0, 0}, {61, "c", 'o', 1, 2}}},
    {"an alert takes in what lies among the matches of a repeated value",
     3,
     {{0, "a", 'c', 0, 0},
      {1, "a", 'c', 0, 0},
      {5, "x", 'c', 0, 0},
      {50, "a", 'c', 0, 0},
      {66, "b", 'c', 0, 0},
      {67, "c", 'o', 1, 5}}},
    {"a late match joins the alert that covers it",
     1,
     {{0, NULL, 'o', 1, 1}, {100, NULL, 'o', 2, 1}, {30, NULL, 'j', 1, 0}}},
    {"a late match shortly before an opening joins that alert",
     1,
     {{100, NULL, 'o', 1, 1}, {41, NULL, 'j', 1, 0}}},
    {"a late match a whole period before an opening opens its own alert",
     1,
     {{100, NULL, 'o', 1, 1}, {40, NULL, 'o', 2, 1}}},
    {"an alert that covers a late match is preferred to one that opened after it",
     1,
     {{0, NULL, 'o', 1, 1}, {60, NULL, 'o', 2, 1}, {59, NULL, 'j', 1, 0}, {60, NULL, 'j', 2, 0}}},
    {"a late match can complete an older burst",
     3,
     {{0, NULL, 'c', 0, 0}, {50, NULL, 'c', 0, 0}, {200, NULL, 'c', 0, 0}, {25, NULL, 'o', 1, 3}}},
    {"an alert that opened at a threshold is joined and not counted again",
     2,
     {{0, NULL, 'c', 0, 0},
      {1, NULL, 'o', 1, 2},
      {60, NULL, 'j', 1, 0},
      {61, NULL, 'c', 0, 0},
      {62, NULL, 'o', 2, 2}}},
};

static struct rule rule_with(int threshold) {
  return (struct rule){.id = TEXT("Test.Rule"),
                       .threshold = threshold,
                       .dedup_period = 60 * US_PER_MINUTE,
                       .create_alert = true};
}

struct made_match {
  struct match match;
  char row_id[16], title[32];
};

static const struct match *match_at(const struct rule *rule, const struct step *step, size_t order,
                                    struct made_match *made) {
  snprintf(made->row_id, sizeof made->row_id, "row-%zu", order);
  snprintf(made->title, sizeof made->title, "at minute %d", step->minute);
  made->match = (struct match){.rule = rule,
                               .type = ALERT_RULE,
                               .event_time = step->minute * US_PER_MINUTE,
                               .order = order,
                               .row_id = text_from(made->row_id),
                               .event = TEXT("{}")};
  made->match.outcome.title = text_from(made->title);
  made->match.outcome.has_unique = step->unique != NULL;
  made->match.outcome.unique = text_from(step->unique);
  return &made->match;
}

/* For tests that do not ask for `decision.first`. */
static void apply(struct window *window, const struct match *match,
                  struct window_decision *decision) {
  struct arena arena = ARENA_NONE;
  window_apply(window, match, &arena, decision);
  arena_free(&arena);
}

static char outcome_letter(enum window_outcome outcome) {
  return "coj"[outcome];
}

/* With `saved`, the window is written and read back between any two matches. */
static void run_scenario(const struct scenario *scenario, bool saved) {
  struct rule rule = rule_with(scenario->threshold);
  struct window *window = window_new();
  char ids[STEPS_MAX][ALERT_ID_SIZE + 1];
  int opened = 0;
  print_message("  %s\n", scenario->name);
  for (size_t i = 0; i < STEPS_MAX && scenario->steps[i].expect; i++) {
    const struct step *step = &scenario->steps[i];
    struct made_match made;
    struct window_decision decision;
    apply(window, match_at(&rule, step, i, &made), &decision);
    assert_int_equal(outcome_letter(decision.outcome), step->expect);
    if (step->expect == 'o') {
      memcpy(ids[++opened], decision.alert_id, sizeof ids[0]);
      assert_int_equal(decision.count, step->count);
      assert_int_equal(opened, step->alert);
    } else if (step->expect == 'j') {
      assert_string_equal(decision.alert_id, ids[step->alert]);
    }
    if (saved) {
      struct buffer state = BUFFER_NONE;
      window_encode(window, &state);
      window_free(window);
      window = window_decode(buffer_text(&state), &rule);
      buffer_free(&state);
      assert_non_null(window);
    }
  }
  window_free(window);
}

static void matches_are_grouped_over_event_time(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
    run_scenario(&scenarios[i], false);
}

static void a_window_that_is_saved_between_matches_groups_the_same(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
    run_scenario(&scenarios[i], true);
}

/* The header's definition, tried directly: do that many of all matches so far lie in one span? */
static bool reaches(const struct step *steps, size_t count, int threshold) {
  for (size_t end = 0; end < count; end++) {
    int distinct = 0;
    for (size_t i = 0; i < count; i++) {
      int before = steps[end].minute - steps[i].minute;
      bool counts = before >= 0 && before < 60;
      for (size_t j = 0; counts && steps[i].unique && j < i; j++) {
        int other = steps[end].minute - steps[j].minute;
        counts = *steps[i].unique != *steps[j].unique || other < 0 || other >= 60;
      }
      distinct += counts;
    }
    if (distinct >= threshold)
      return true;
  }
  return false;
}

static void an_alert_opens_as_soon_as_any_span_reaches_the_threshold(void **state) {
  (void)state;
  static const char *const values[] = {"a", "b", "c", "d", "e", "f"};
  uint32_t random = 1;
  int opened_late = 0;
  for (int round = 0; round < 4000; round++) {
    int threshold = 2 + round % 4;
    struct rule rule = rule_with(threshold);
    struct window *window = window_new();
    struct step steps[40];
    bool opened = false;
    for (size_t i = 0; i < 40 && !opened; i++) {
      random = random * 1664525 + 1013904223;
      steps[i] = (struct step){.minute = (int)(random >> 16) % (40 * threshold * 4),
                               .unique = round % 3 ? values[(random >> 9) % 6] : NULL};
      struct made_match made;
      struct window_decision decision;
      apply(window, match_at(&rule, &steps[i], i, &made), &decision);
      opened = decision.outcome == WINDOW_OPENED;
      if (opened != reaches(steps, i + 1, threshold))
        fail_msg("round %d, match %zu", round, i);
      opened_late += opened && i > 0 && steps[i].minute < steps[i - 1].minute;
    }
    window_free(window);
  }
  assert_true(opened_late > 100);
}

static void an_alert_describes_the_earliest_event_of_its_window(void **state) {
  (void)state;
  struct rule rule = rule_with(3);
  struct window *window = window_new();
  static const struct step steps[] = {
      {20, NULL, 0, 0, 0}, {10, NULL, 0, 0, 0}, {30, NULL, 0, 0, 0}};
  struct window_decision decision;
  struct made_match made;
  struct arena arena = ARENA_NONE;
  for (size_t i = 0; i < 3; i++)
    window_apply(window, match_at(&rule, &steps[i], i, &made), &arena, &decision);
  assert_int_equal(decision.outcome, WINDOW_OPENED);
  assert_true(text_is(decision.first.outcome.title, "at minute 10"));
  assert_int_equal(decision.from, 10 * US_PER_MINUTE);
  assert_int_equal(decision.to, 30 * US_PER_MINUTE);
  arena_free(&arena);
  window_free(window);
}

static void the_same_first_row_gives_the_same_alert_id(void **state) {
  (void)state;
  struct rule rule = rule_with(1);
  char ids[2][ALERT_ID_SIZE + 1];
  for (int i = 0; i < 2; i++) {
    struct window *window = window_new();
    struct window_decision decision;
    struct made_match made;
    apply(window, match_at(&rule, &(struct step){5, NULL, 0, 0, 0}, 7, &made), &decision);
    memcpy(ids[i], decision.alert_id, sizeof ids[i]);
    window_free(window);
  }
  assert_string_equal(ids[0], ids[1]);
}

static void a_window_stays_small_under_any_number_of_matches(void **state) {
  (void)state;
  struct rule rule = rule_with(1000000);
  rule.threshold = 50;
  rule.dedup_period = US_PER_SECOND;
  struct window *window = window_new();
  struct made_match made;
  struct window_decision decision;
  for (size_t i = 0; i < 20000; i++)
    apply(window, match_at(&rule, &(struct step){(int)i, NULL, 0, 0, 0}, i, &made), &decision);
  struct buffer saved = BUFFER_NONE;
  window_encode(window, &saved);
  assert_true(saved.size < 200 * 1024);
  assert_in_range(window_memory(window), saved.size, 2 * saved.size);
  struct window *read = window_decode(buffer_text(&saved), &rule);
  assert_in_range(window_memory(read), saved.size, 2 * saved.size);
  buffer_free(&saved);
  window_free(read);
  window_free(window);
}

static void damaged_state_is_refused_and_never_read_past_its_end(void **state) {
  (void)state;
  struct rule rule = rule_with(3);
  struct window *window = window_new();
  struct made_match made;
  struct window_decision decision;
  apply(window, match_at(&rule, &(struct step){1, "a", 0, 0, 0}, 1, &made), &decision);
  struct buffer saved = BUFFER_NONE;
  window_encode(window, &saved);
  window_free(window);
  for (size_t size = 0; size < saved.size; size++) {
    char *copy = test_malloc(size + 1); /* exact size: a read past it is an error */
    memcpy(copy, saved.data, size);
    assert_null(window_decode((struct text){copy, size}, &rule));
    test_free(copy);
  }
  buffer_free(&saved);
}

/* The place of the latest end of the window, behind version, number of alerts and of pending. */
#define SAVED_END 16

static void saved_times_that_cannot_be_calculated_with_are_refused(void **state) {
  (void)state;
  static const time_us times[] = {INT64_MAX, INT64_MIN + 1, INT64_MAX / 2};
  struct rule rule = rule_with(1);
  struct window *window = window_new();
  struct made_match made;
  struct window_decision decision;
  apply(window, match_at(&rule, &(struct step){1, "a", 0, 0, 0}, 1, &made), &decision);
  for (size_t i = 0; i < sizeof times / sizeof *times; i++)
    for (size_t place = SAVED_END; place <= SAVED_END + sizeof(time_us); place += sizeof(time_us)) {
      struct buffer saved = BUFFER_NONE;
      window_encode(window, &saved);
      memcpy(saved.data + place, &times[i], sizeof times[i]); /* the lowest byte first, as saved */
      assert_null(window_decode(buffer_text(&saved), &rule));
      buffer_free(&saved);
    }
  window_free(window);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(matches_are_grouped_over_event_time),
      cmocka_unit_test(a_window_that_is_saved_between_matches_groups_the_same),
      cmocka_unit_test(an_alert_opens_as_soon_as_any_span_reaches_the_threshold),
      cmocka_unit_test(an_alert_describes_the_earliest_event_of_its_window),
      cmocka_unit_test(the_same_first_row_gives_the_same_alert_id),
      cmocka_unit_test(a_window_stays_small_under_any_number_of_matches),
      cmocka_unit_test(damaged_state_is_refused_and_never_read_past_its_end),
      cmocka_unit_test(saved_times_that_cannot_be_calculated_with_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

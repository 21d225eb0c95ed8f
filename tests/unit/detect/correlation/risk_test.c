/* Risk: points of an actor's matches add up to an alert, compared with adding them up by hand. */
#include "detect/correlation/correlate.h"
#include "rule/load/rule_set_load.h"
#include "rule/rule_tuning.h"
#include "rule/tuning/risk.h"

#include "alert/message/alert_steps.h"
#include "base/memory.h"
#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define MINUTE US_PER_MINUTE
enum {
  RULES = SEVERITY_COUNT,
  ACTORS = 3,
  MATCHES = 80,
  TRIALS = 150,
  WITHIN = 60,
  THRESHOLD = 30
};

static const int64_t points[SEVERITY_COUNT] = {0, 1, 5, 20, 50};
static const char *const actors[ACTORS] = {"Homer@Example.com", "lisa@example.com", ""};

/* Rules A to E, of INFO to CRITICAL, and correlations around their ids. */
static struct rule_set *make_set(const struct risk *risk, struct problems *problems) {
  char texts[RULES + 2][300];
  struct rule_file files[RULES + 2];
  for (int i = 0; i < RULES; i++)
    snprintf(texts[i], sizeof texts[i],
             "metadata { id = '%c', log_types = { 'L' }, severity = '%s', description = 'd',"
             " where = { a = 1 } }",
             'A' + i, severity_words[i]);
  for (int i = RULES; i < RULES + 2; i++)
    snprintf(texts[i], sizeof texts[i],
             "correlation { id = '%s', severity = 'low', description = 'd',"
             " sequence = { 'A', 'E' }, within_minutes = 60, on = 'no' }",
             i == RULES ? "M" : "Z");
  for (int i = 0; i < RULES + 2; i++)
    files[i] =
        (struct rule_file){.path = i < RULES ? "a.lua" : "z.lua", .source = text_from(texts[i])};
  struct rule_set *set = rule_set_load_files(files, RULES + 2, problems);
  risk_add(set, risk, problems);
  return set;
}

static struct risk usual_risk(void) {
  struct risk risk = {.threshold = THRESHOLD,
                      .within = WITHIN * MINUTE,
                      .severity = SEVERITY_HIGH,
                      .file = "margay.yml",
                      .line = 3};
  memcpy(risk.points, points, sizeof points);
  return risk;
}

static struct rule_set *usual_set(void) {
  struct problems problems = PROBLEMS_NONE;
  const struct risk risk = usual_risk();
  struct rule_set *set = make_set(&risk, &problems);
  if (problems.count > 0)
    fail_msg("%s", problems.items[0].text);
  return set;
}

/* ---- by hand ------------------------------------------------------------------------------- */

struct made {
  int actor, severity, minute;
  bool suppressed;
};

/* What an actor has that no alert took, and the spans that alerts took. */
struct hand {
  struct made left[MATCHES];
  int left_count;
  int spans[MATCHES][2];
  int span_count;
};

static void add_by_hand(struct hand *hand, const struct made *match, struct buffer *out) {
  int64_t sum = 0;
  int count = 0, first = match->minute, kept = 0;
  if (match->suppressed || points[match->severity] == 0 || !actors[match->actor][0])
    return;
  for (int i = 0; i < hand->span_count; i++)
    if (match->minute >= hand->spans[i][0] && match->minute < hand->spans[i][1])
      return;
  hand->left[hand->left_count++] = *match;
  for (int i = 0; i < hand->left_count; i++)
    if (hand->left[i].minute >= match->minute - WITHIN) {
      sum += points[hand->left[i].severity];
      first = hand->left[i].minute < first ? hand->left[i].minute : first;
      count++;
    }
  if (sum < THRESHOLD)
    return;
  buffer_printf(out, "%d@%d=%d/%d ", match->actor, match->minute, (int)sum, count);
  hand->spans[hand->span_count][0] = first;
  hand->spans[hand->span_count++][1] = match->minute;
  for (int i = 0; i < hand->left_count; i++)
    if (hand->left[i].minute < first)
      hand->left[kept++] = hand->left[i];
  hand->left_count = kept;
}

/* ---- by the correlator --------------------------------------------------------------------- */

static bool note(void *context, const struct match *match, struct error *error) {
  struct buffer *out = context;
  int sum = 0, count = 0, actor = text_equal_folded(match->outcome.dedup, text_from(actors[1]));
  char title[256];
  (void)error;
  assert_true(text_is(match->rule->id, RISK_RULE_ID));
  assert_true(text_equal(match->outcome.actor, match->outcome.dedup));
  snprintf(title, sizeof title, "%.*s", TEXT_ARGS(match->outcome.title));
  const char *colon = strrchr(title, ':');
  assert_non_null(colon);
  assert_int_equal(sscanf(colon, ": %d points of %d match", &sum, &count), 2);
  buffer_printf(out, "%d@%d=%d/%d ", actor, (int)(match->event_time / MINUTE), sum, count);
  return true;
}

static const struct rule_suppressor suppressor = {.kind = RULE_EXCEPTED};

static void give(struct correlator *correlator, const struct rule_set *set, const struct made *made,
                 int number) {
  struct error error = ERROR_NONE;
  char row[ROW_ID_SIZE + 1];
  snprintf(row, sizeof row, "%032d", number);
  const struct match match = {.rule = &set->rules[made->severity],
                              .type = ALERT_RULE,
                              .event_time = made->minute * MINUTE,
                              .outcome = {.severity = (enum severity)made->severity,
                                          .title = TEXT("did it"),
                                          .actor = text_from(actors[made->actor])},
                              .row_id = text_from(row),
                              .event = TEXT("{}"),
                              .suppressor = made->suppressed ? &suppressor : NULL};
  assert_true(correlator_take(correlator, &match, &error));
}

static uint32_t next_random(uint32_t *random) {
  *random = *random * 1664525u + 1013904223u;
  return *random >> 8;
}

static void points_add_up_as_by_hand(void **state) {
  (void)state;
  struct rule_set *set = usual_set();
  uint32_t random = 20261129;
  for (int trial = 0; trial < TRIALS; trial++) {
    struct error error = ERROR_NONE;
    struct buffer found = BUFFER_NONE, expected = BUFFER_NONE;
    struct hand *hands = memory_alloc_array(ACTORS, sizeof *hands);
    /* In memory; of which nothing stays, or some. */
    static const size_t memory[] = {0, 1, 8192};
    struct store *store = trial % 3 ? store_open_scratch(&error) : NULL;
    const struct correlator_options options = {
        .store = store, .memory_max = memory[trial % 3], .each = note, .context = &found};
    struct correlator *correlator = correlator_new(set, &options);
    int minute = 0;
    buffer_append_string(&found, "");
    buffer_append_string(&expected, "");
    for (int i = 0; i < MATCHES; i++) {
      minute += (int)(next_random(&random) % 25);
      const struct made made = {.actor = (int)(next_random(&random) % ACTORS),
                                .severity = (int)(next_random(&random) % 16 % 5),
                                .minute = minute,
                                .suppressed = next_random(&random) % 8 == 0};
      add_by_hand(&hands[made.actor], &made, &expected);
      give(correlator, set, &made, i);
    }
    assert_string_equal(found.data, expected.data);
    assert_true(found.size > 0);
    correlator_free(correlator);
    store_close(store);
    free(hands);
    buffer_free(&found);
    buffer_free(&expected);
  }
  rule_set_free(set);
}

/* ---- what the alert says ------------------------------------------------------------------- */

struct story {
  struct arena arena;
  struct buffer lines, title;
};

static bool note_story(void *context, const struct match *match, struct error *error) {
  struct story *story = context;
  (void)error;
  const struct alert alert = match_alert(match, "00", 0);
  alert_steps_append_lines(&story->lines, &alert, "", 2);
  buffer_append_text(&story->title, match->outcome.title);
  assert_int_equal(match->outcome.severity, SEVERITY_HIGH);
  return true;
}

static void the_alert_says_what_was_done_rule_by_rule(void **state) {
  (void)state;
  static const struct made matches[] = {
      {0, SEVERITY_LOW, 1, false},   {0, SEVERITY_MEDIUM, 2, false}, {0, SEVERITY_LOW, 3, false},
      {0, SEVERITY_LOW, 4, false},   {0, SEVERITY_INFO, 5, false},   {0, SEVERITY_HIGH, 6, false},
      {0, SEVERITY_MEDIUM, 7, false}};
  struct rule_set *set = usual_set();
  struct story story = {.arena = ARENA_NONE};
  const struct correlator_options options = {.each = note_story, .context = &story};
  struct correlator *correlator = correlator_new(set, &options);
  for (int i = 0; i < (int)(sizeof matches / sizeof *matches); i++)
    give(correlator, set, &matches[i], i);
  assert_string_equal(story.title.data,
                      "Risk: homer@example.com: 33 points of 6 matches of 3 rules");
  assert_string_equal(story.lines.data,
                      "B: 3 matches\n"
                      "  1970-01-01 00:01:00 UTC  Homer@Example.com  did it  (B)\n"
                      "  1970-01-01 00:03:00 UTC  Homer@Example.com  did it  (B)\n"
                      "  and 1 more\n"
                      "C: 2 matches\n"
                      "  1970-01-01 00:02:00 UTC  Homer@Example.com  did it  (C)\n"
                      "  1970-01-01 00:07:00 UTC  Homer@Example.com  did it  (C)\n"
                      "D: 1 match\n"
                      "  1970-01-01 00:06:00 UTC  Homer@Example.com  did it  (D)\n");
  correlator_free(correlator);
  buffer_free(&story.lines);
  buffer_free(&story.title);
  rule_set_free(set);
}

/* What two admins did to one person, and what that person did. */
static void what_is_done_to_somebody_counts_for_both(void **state) {
  (void)state;
  static const struct {
    const char *actor, *object;
    enum severity severity;
  } matches[] = {{"moe@example.com", "Bart@example.com", SEVERITY_MEDIUM},
                 {"ned@example.com", "bart@example.com", SEVERITY_HIGH},
                 {"bart@example.com", "bart@example.com", SEVERITY_MEDIUM},
                 {"bart@example.com", "", SEVERITY_LOW}};
  for (int objects = 0; objects <= 1; objects++) {
    struct problems problems = PROBLEMS_NONE;
    struct risk risk = usual_risk();
    struct story story = {.arena = ARENA_NONE};
    struct error error = ERROR_NONE;
    risk.objects = objects;
    struct rule_set *set = make_set(&risk, &problems);
    const struct correlator_options options = {.each = note_story, .context = &story};
    struct correlator *correlator = correlator_new(set, &options);
    for (int i = 0; i < (int)(sizeof matches / sizeof *matches); i++) {
      const struct match match = {.rule = &set->rules[matches[i].severity],
                                  .type = ALERT_RULE,
                                  .event_time = (i + 1) * MINUTE,
                                  .outcome = {.severity = matches[i].severity,
                                              .title = TEXT("did it"),
                                              .actor = text_from(matches[i].actor),
                                              .object = text_from(matches[i].object)},
                                  .row_id = text_from("00000000000000000000000000000000"),
                                  .event = TEXT("{}")};
      assert_true(correlator_take(correlator, &match, &error));
    }
    assert_string_equal(story.title.data ? story.title.data : "",
                        objects ? "Risk: bart@example.com: 30 points of 3 matches of 2 rules" : "");
    correlator_free(correlator);
    buffer_free(&story.lines);
    buffer_free(&story.title);
    rule_set_free(set);
  }
}

static void to_whom_it_was_done_outlives_the_process(void **state) {
  (void)state;
  static const char *const objects[] = {"bart@example.com", ""};
  struct rule_set *set = usual_set();
  for (size_t i = 0; i < 2; i++) {
    const struct match match = {.rule = &set->rules[0],
                                .type = ALERT_RULE,
                                .outcome = {.actor = TEXT("moe"), .object = text_from(objects[i])}};
    struct arena arena = ARENA_NONE;
    struct buffer bytes = BUFFER_NONE;
    struct match again;
    match_encode(&match, &bytes);
    assert_true(match_decode(buffer_text(&bytes), match.rule, &arena, &again));
    assert_true(text_is(again.outcome.object, objects[i]));
    assert_true(text_is(again.outcome.actor, "moe"));
    buffer_free(&bytes);
    arena_free(&arena);
  }
  rule_set_free(set);
}

static void other_correlations_keep_the_rules_that_they_name(void **state) {
  (void)state;
  struct rule_set *set = usual_set();
  for (const char *id = "MZ"; *id; id++) {
    const struct rule *rule = rule_set_find(set, (struct text){id, 1});
    assert_non_null(rule);
    for (size_t i = 0; i < rule->correlation->step_count; i++) {
      const struct correlation_source *source = &rule->correlation->steps[i].sources[0];
      assert_ptr_equal(source->rule, rule_set_find(set, source->rule_id));
    }
  }
  for (size_t i = 0; i < set->count; i++)
    assert_int_equal(set->rules[i].index, i);
  const struct rule *own = rule_set_find(set, TEXT(RISK_RULE_ID));
  assert_int_equal(own->correlation->steps[0].source_count, set->count - 1);
  rule_set_free(set);
}

static void an_id_that_is_taken_is_a_mistake(void **state) {
  (void)state;
  struct problems problems = PROBLEMS_NONE;
  const struct risk risk = usual_risk();
  struct rule_set *set = make_set(&risk, &problems);
  assert_int_equal(problems.count, 0);
  risk_add(set, &risk, &problems);
  assert_int_equal(problems.count, 1);
  assert_string_equal(problems.items[0].text,
                      "risk: a rule in margay.yml has the id 'Margay.Risk'");
  problems_clear(&problems);
  rule_set_free(set);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(points_add_up_as_by_hand),
      cmocka_unit_test(the_alert_says_what_was_done_rule_by_rule),
      cmocka_unit_test(what_is_done_to_somebody_counts_for_both),
      cmocka_unit_test(to_whom_it_was_done_outlives_the_process),
      cmocka_unit_test(other_correlations_keep_the_rules_that_they_name),
      cmocka_unit_test(an_id_that_is_taken_is_a_mistake),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

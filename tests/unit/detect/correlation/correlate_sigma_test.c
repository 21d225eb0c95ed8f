/* What Sigma's correlation rules find: measures, conditions over rules, correlations of
 * correlations. Matches are written as words. */
#include "detect/correlation/correlate.h"
#include "rule/load/rule_set_load.h"
#include "rule/sigma/sigma_mapping.h"
#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/*
 * `matches`: rule and minute, and the match's event behind `=`; `<60`: every match before minute 60
 * was given. `reported`: the id and the minute of each instance.
 */
struct scenario {
  const char *name, *correlation, *matches, *reported;
};

#define OVER(TYPE, CONDITION)                                                                      \
  "correlation: {type: " TYPE ", rules: A, timespan: 10m, condition: {" CONDITION "}}"
#define N(VALUE) "={\"n\":" VALUE "} "
#define CHAIN                                                                                      \
  "correlation: {type: temporal_ordered, rules: [many, B], timespan: 10m, group-by: who}\n---\n"   \
  "title: many\nname: many\ncorrelation: {type: event_count, rules: A, timespan: 10m, group-by: "  \
  "who, condition: {gte: 3}}"

static const struct scenario scenarios[] = {
    {"a range is looked at when its span is over", OVER("event_count", "gt: 1, lte: 3"),
     "A0 A1 A2 <10 <11", "X@10"},
    {"a range that is exceeded", OVER("event_count", "gt: 1, lte: 3"), "A0 A1 A2 A3 <11", ""},
    {"a range that is not reached", OVER("event_count", "gt: 1, lte: 3"), "A0 <11", ""},
    {"one span after the other", OVER("event_count", "gt: 1, lte: 3"),
     "A0 A1 A11 A12 A30 <11 <22 <100", "X@10 X@21"},
    {"a count below", OVER("event_count", "lt: 2"), "A0 A20 A21 <100", "X@10"},
    {"a count that is another one", OVER("event_count", "neq: 2"), "A0 A1 A20 A40 A41 A42 <100",
     "X@30 X@50"},
    {"a match that comes late into a span that was looked at", OVER("event_count", "neq: 2"),
     "A0 A1 <11 A5 <100", ""},
    {"a sum is reported with the match that reaches it", OVER("value_sum", "field: n, gte: 10"),
     "A0" N("4") "A1" N("\"5.5\"") "A2" N("0.5") "A3" N("9"), "X@2"},
    {"a sum slides", OVER("value_sum", "field: n, gte: 10"), "A0" N("4") "A11" N("5") "A12" N("5"),
     "X@12"},
    {"what is no number is not summed", OVER("value_sum", "field: n, gte: 10"),
     "A0" N("4") "A1" N("\"9x\"") "A2" N("[9,1]") "A3={} ", ""},
    {"a sum below", OVER("value_sum", "field: n, lt: 10"), "A0" N("4") "A1" N("5") "<11", "X@10"},
    {"an average", OVER("value_avg", "field: n, gt: 5"),
     "A0" N("9") "A1" N("3") "<11 A20" N("9") "A21" N("1") "<100", "X@10"},
    {"a median", OVER("value_median", "field: n, eq: 5"), "A0" N("9") "A1" N("5") "A2" N("1") "<11",
     "X@10"},
    {"a percentile", OVER("value_percentile", "field: n, percentile: 90, gte: 9"),
     "A0" N("1") "A1" N("1") "A2" N("9") "<11", "X@10"},
    {"several fields are one value",
     "correlation: {type: value_count, rules: [A, B], timespan: 10m, condition: {gte: 3, field: "
     "[n, "
     "m]}}",
     "A0={\"n\":1,\"m\":1} A1={\"n\":1,\"m\":1} A2={\"n\":1,\"m\":2} A3={\"n\":1} "
     "B4={\"n\":2,\"m\":1}",
     "X@4"},
    {"a field with other names in other rules",
     "correlation: {type: value_count, rules: [A, B], timespan: 10m, condition: {gte: 2, field: "
     "v}, "
     "aliases: {v: {A: n, B: m}}}",
     "A0={\"n\":1,\"m\":7} B1={\"n\":8,\"m\":1} B2={\"n\":8,\"m\":2}", "X@2"},
    {"a count above a hundred over several rules",
     "correlation: {type: event_count, rules: [A, B], timespan: 10m, condition: {gte: 101}}",
     "A0 *100 B1", "X@1"},
    {"two of three rules, whichever",
     "correlation: {type: temporal, rules: [A, B, C], timespan: 10m, condition: {gte: 2}}",
     "A0 A1 C2", "X@2"},
    {"one of two rules and a third",
     "correlation: {type: temporal, rules: [A, B, C], timespan: 10m, condition: (A or B) and C}",
     "A0 A1 B2 C3", "X@3"},
    {"a rule that must not match",
     "correlation: {type: temporal, rules: [A, B], timespan: 10m, condition: A and not B}",
     "A0 <11 A30 B35 <100", "X@10"},
    {"not one of two",
     "correlation: {type: temporal, timespan: 10m, condition: A and not (B or C)}",
     "A0 <11 A30 C35 <100", "X@10"},
    {"a correlation of a correlation", CHAIN,
     "A0={\"who\":\"a\"} A1={\"who\":\"a\"} A2={\"who\":\"a\"} B3={\"who\":\"b\"} "
     "B4={\"who\":\"a\"}",
     "many@2 X@4"},
    {"a correlation that is not reached is no step", CHAIN,
     "A0={\"who\":\"a\"} A1={\"who\":\"a\"} B4={\"who\":\"a\"}", ""},
    {"a correlation of one that has to wait",
     "correlation: {type: temporal, rules: [few, B], timespan: 10m}\n---\ntitle: few\nname: few\n"
     "correlation: {type: event_count, rules: A, timespan: 10m, condition: {lt: 2}}",
     "A0 B9 <11", "few@10 X@10"},
};

struct world {
  struct rule_set *set;
  struct sigma_mapping *mapping;
  struct store *store; /* NULL: states are in memory */
  struct correlator *correlator;
  time_us complete;
  struct buffer reported, event;
};

static bool note(void *context, const struct match *match, struct error *error) {
  struct world *world = context;
  (void)error;
  buffer_printf(&world->reported, "%s%.*s@%d", world->reported.size ? " " : "",
                TEXT_ARGS(match->rule->id), (int)(match->event_time / US_PER_MINUTE));
  buffer_reset(&world->event);
  buffer_append_text(&world->event, match->event);
  return true;
}

static void start_correlator(struct world *world) {
  world->correlator = correlator_new(
      world->set,
      &(struct correlator_options){.store = world->store, .each = note, .context = world});
}

#define RULE(NAME)                                                                                 \
  "---\ntitle: " NAME "\nname: " NAME "\nlogsource: {}\ndetection: {s: {a: 1}, condition: s}\n"

static void start(struct world *world, const char *correlation, bool stored) {
  struct problems problems = PROBLEMS_NONE;
  struct error error = ERROR_NONE;
  char yaml[1200];
  snprintf(yaml, sizeof yaml, "title: X\nname: X\n%s\n" RULE("A") RULE("B") RULE("C"), correlation);
  const struct rule_file file = {.path = "x.yml", .source = text_from(yaml)};
  *world = (struct world){
      .mapping = sigma_mapping_read(TEXT("logsources: [{log_types: T}]"), "m.yml", NULL, &problems),
      .store = stored ? store_open_scratch(&error) : NULL,
      .complete = INT64_MIN};
  world->set = rule_set_build(&file, 1, &(struct rule_reading){.sigma = world->mapping}, &problems);
  problems_print(&problems, stderr);
  assert_int_equal(problems.count, 0);
  if (world->set->refusal_count)
    fail_msg("%s", world->set->refusals[0].reason);
  start_correlator(world);
}

static void stop(struct world *world) {
  correlator_free(world->correlator);
  store_close(world->store);
  rule_set_free(world->set);
  sigma_mapping_free(world->mapping);
  buffer_free(&world->reported);
  buffer_free(&world->event);
}

static void give_match(struct world *world, const char *rule, long minute, const char *row,
                       const char *event) {
  struct error error = ERROR_NONE;
  const struct match match = {.rule = rule_set_find(world->set, text_from(rule)),
                              .type = ALERT_RULE,
                              .event_time = minute * US_PER_MINUTE,
                              .row_id = text_from(row),
                              .event = text_from(event),
                              .outcome = {.title = text_from(rule)}};
  assert_true(correlator_take(world->correlator, &match, &error));
}

static void give(struct world *world, const char *word) {
  struct error error = ERROR_NONE;
  char *end, rule[2] = {word[0]}, row[32];
  long number = strtol(word + 1, &end, 10) % 100000;
  if (*word == '<') {
    world->complete = number * US_PER_MINUTE;
    assert_true(correlator_advance(world->correlator, world->complete, &error));
  } else if (*word == '*') { /* so many more of the first rule, in minute 0 */
    for (long i = 1; i < number; i++) {
      snprintf(row, sizeof row, "row %ld", i);
      give_match(world, "A", 0, row, "{}");
    }
  } else {
    give_match(world, rule, number, word, *end == '=' ? end + 1 : "{}");
  }
}

static void restart(struct world *world) {
  struct error error = ERROR_NONE;
  assert_true(correlator_save(world->correlator, &error));
  correlator_free(world->correlator);
  start_correlator(world);
  if (world->complete != INT64_MIN)
    assert_true(correlator_advance(world->correlator, world->complete, &error));
}

static void play(const struct scenario *scenario, bool stored) {
  struct world world;
  char matches[800], *rest = NULL;
  snprintf(matches, sizeof matches, "%s", scenario->matches);
  start(&world, scenario->correlation, stored);
  for (char *word = strtok_r(matches, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
    give(&world, word);
    if (stored)
      restart(&world);
  }
  if (!text_is(buffer_text(&world.reported), scenario->reported))
    fail_msg("%s%s: %s", scenario->name, stored ? " (in a store)" : "",
             world.reported.size ? world.reported.data : "nothing");
  stop(&world);
}

static void correlations_find_what_sigma_means(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
    play(&scenarios[i], false);
}

static void a_restart_between_any_two_matches_changes_nothing(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
    play(&scenarios[i], true);
}

static void an_instance_says_what_was_measured(void **state) {
  (void)state;
  struct world world;
  start(&world, OVER("value_avg", "field: n, gt: 5"), false);
  give(&world, "A0={\"n\":9}");
  give(&world, "A1={\"n\":4}");
  give(&world, "<11");
  assert_non_null(strstr(world.event.data, "\"measured\":6.5"));
  stop(&world);
}

static void only_the_latest_thousand_matches_of_a_key_are_measured(void **state) {
  (void)state;
  struct world world;
  start(&world, OVER("event_count", "gt: 999"), false);
  assert_int_equal(rule_set_find(world.set, TEXT("X"))->threshold, 1000); /* no measure at all */
  stop(&world);
  start(&world, OVER("event_count", "neq: 1000"), false);
  give(&world, "A0");
  give(&world, "*2000");
  give(&world, "<11");
  assert_int_equal(world.reported.size, 0);
  stop(&world);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(correlations_find_what_sigma_means),
      cmocka_unit_test(a_restart_between_any_two_matches_changes_nothing),
      cmocka_unit_test(an_instance_says_what_was_measured),
      cmocka_unit_test(only_the_latest_thousand_matches_of_a_key_are_measured),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

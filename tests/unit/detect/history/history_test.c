/* Histories and the external sort below them. */
#include "detect/detect_fixture.h"
#include "detect/history/history.h"
#include "event/batch/spill.h"

struct sorted {
  time_us last_time;
  uint64_t last_order, seen;
};

struct item {
  time_us time;
  uint64_t order;
  char filler[1000];
};

static bool check_order(void *context, struct text bytes, struct error *error) {
  (void)error;
  struct sorted *sorted = context;
  struct item item;
  assert_int_equal(bytes.size, sizeof item);
  memcpy(&item, bytes.data, sizeof item);
  assert_true(item.time > sorted->last_time ||
              (item.time == sorted->last_time && item.order > sorted->last_order));
  sorted->last_time = item.time;
  sorted->last_order = item.order;
  sorted->seen++;
  return true;
}

static void sort_many(uint64_t count) {
  struct spill *spill = spill_new("matches");
  struct error error = ERROR_NONE;
  for (uint64_t i = 0; i < count; i++) {
    struct item item = {.time = (int64_t)(i * 7919 % 1009), .order = i};
    assert_true(
        spill_add(spill, item.time, i, (struct text){(const char *)&item, sizeof item}, &error));
  }
  struct sorted sorted = {.last_time = -1};
  assert_true(spill_read(spill, check_order, &sorted, &error));
  assert_int_equal(sorted.seen, count);
  spill_free(spill);
}

static void items_come_back_by_time_and_then_by_order(void **state) {
  (void)state;
  sort_many(0);
  sort_many(1);
  sort_many(5000);
}

static void more_items_than_memory_takes_come_back_in_order_too(void **state) {
  (void)state;
  sort_many(60000); /* about 60 MB: several runs in the temporary file */
}

static bool stop(void *context, struct text bytes, struct error *why) {
  (void)context;
  (void)bytes;
  return error_set(why, "enough");
}

static void reading_stops_when_the_caller_says_so(void **state) {
  (void)state;
  struct spill *spill = spill_new("matches");
  struct error error = ERROR_NONE;
  spill_add(spill, 1, 1, TEXT("x"), &error);
  assert_false(spill_read(spill, stop, NULL, &error));
  assert_string_equal(error.text, "enough");
  spill_free(spill);
}

struct seen_alerts {
  char text[512];
};

static void note_alert(void *context, const struct alert *alert) {
  struct seen_alerts *seen = context;
  size_t used = strlen(seen->text);
  snprintf(seen->text + used, sizeof seen->text - used, "%.*s@%lld x%lld;", TEXT_ARGS(alert->dedup),
           (long long)(alert->first_event_time / US_PER_MINUTE), (long long)alert->match_count);
}

/* Minutes of matches by one person each: who 'a'…'z'. */
struct history_case {
  const char *name;
  struct {
    char who;
    int minute;
  } matches[8];
  const char *expect;
};

static const struct history_case cases[] = {
    {"one alert for matches within the period", {{'a', 1}, {'a', 2}, {'a', 60}}, "a@1 x3;"},
    {"each dedup has its own", {{'a', 1}, {'b', 2}, {'a', 3}}, "a@1 x2;b@2 x1;"},
    {"newest first gives the same as oldest first",
     {{'a', 70}, {'a', 60}, {'a', 1}},
     "a@1 x2;a@70 x1;"},
    {"any order gives the same", {{'a', 60}, {'a', 70}, {'a', 1}}, "a@1 x2;a@70 x1;"},
    {"no match, no alert", {{0, 0}}, ""},
};

static void alerts_do_not_depend_on_the_order_of_reading(void **state) {
  (void)state;
  struct detection *detection = fixture_detection(FIXTURE_RULE);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    print_message("  %s\n", cases[i].name);
    struct history *history = history_new(detection->rules);
    struct error error = ERROR_NONE;
    for (size_t j = 0; j < 8 && cases[i].matches[j].who; j++) {
      char row[8];
      snprintf(row, sizeof row, "r%zu", j);
      struct match match = {.rule = &detection->rules->rules[0],
                            .event_time = cases[i].matches[j].minute * US_PER_MINUTE,
                            .order = j,
                            .row_id = text_from(row)};
      match.outcome.dedup = (struct text){&cases[i].matches[j].who, 1};
      assert_true(history_add(history, &match, &error));
    }
    struct seen_alerts seen = {""};
    assert_true(history_finish(history, note_alert, &seen, &error));
    assert_string_equal(seen.text, cases[i].expect);
    history_free(history);
  }
  detection_release(detection);
}

struct ending {
  size_t alerts;
  atomic_bool cancelled;
};

static void note_and_cancel(void *context, const struct alert *alert) {
  struct ending *ending = context;
  (void)alert;
  ending->alerts++;
  atomic_store(&ending->cancelled, true);
}

static void what_is_cancelled_ends_between_two_alerts(void **state) {
  static const char whos[] = "abc";
  struct detection *detection = fixture_detection(FIXTURE_RULE);
  struct history *history = history_new(detection->rules);
  struct ending ending = {.alerts = 0};
  struct error error = ERROR_NONE;
  (void)state;
  history_set_cancelled(history, &ending.cancelled);
  for (size_t i = 0; i < 3; i++) {
    struct match match = {.rule = &detection->rules->rules[0],
                          .event_time = US_PER_MINUTE,
                          .order = i,
                          .row_id = {&whos[i], 1}};
    match.outcome.dedup = match.row_id;
    assert_true(history_add(history, &match, &error));
  }
  assert_false(history_finish(history, note_and_cancel, &ending, &error));
  assert_true(error.set);
  assert_int_equal(ending.alerts, 1);
  history_free(history);
  detection_release(detection);
}

/* A match of the signal at minute 0; the absence ends at minute 60. */
static void what_comes_after_the_last_event_is_not_missed(void **state) {
  static const struct {
    int latest, answer; /* minutes; -1: none */
    const char *expect;
  } ends[] = {{59, -1, ""},  {60, -1, "x@60 x1;"},  {500, -1, "x@60 x1;"},
              {500, 60, ""}, {500, 61, "x@60 x1;"}, {0, -1, ""}};
  const struct rule_file files[] = {
      {.path = "a.lua",
       .source = TEXT("metadata { id = 'A', log_types = { 'T' }, severity = 'info', create_alert = "
                      "false, where = { a = 1 } }")},
      {.path = "b.lua",
       .source = TEXT("metadata { id = 'B', log_types = { 'T' }, severity = 'info', create_alert = "
                      "false, where = { a = 1 } }")},
      {.path = "x.lua",
       .source = TEXT("correlation { id = 'X', severity = 'low', within_minutes = 60, sequence = { "
                      "'A', { rule = 'B', absent = true } } } function dedup() return 'x' end")}};
  struct problems problems = PROBLEMS_NONE;
  struct rule_set *rules = rule_set_load_files(files, 3, &problems);
  (void)state;
  assert_int_equal(problems.count, 0);
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    struct history *history = history_new(rules);
    struct error error = ERROR_NONE;
    struct match match = {.rule = rule_set_find(rules, TEXT("B")),
                          .event_time = ends[i].answer * US_PER_MINUTE,
                          .row_id = TEXT("b"),
                          .event = TEXT("{}")};
    if (ends[i].answer >= 0)
      assert_true(history_add(history, &match, &error));
    match = (struct match){
        .rule = rule_set_find(rules, TEXT("A")), .row_id = TEXT("a"), .event = TEXT("{}")};
    assert_true(history_add(history, &match, &error));
    history_advance(history, ends[i].latest * US_PER_MINUTE);
    struct seen_alerts seen = {""};
    assert_true(history_finish(history, note_alert, &seen, &error));
    assert_string_equal(seen.text, ends[i].expect);
    history_free(history);
  }
  rule_set_free(rules);
}

static void failures_of_a_rule_for_one_reason_are_one_alert_at_the_end(void **state) {
  (void)state;
  struct detection *detection = fixture_detection(FIXTURE_RULE);
  struct history *history = history_new(detection->rules);
  struct error error = ERROR_NONE;
  static const int minutes[] = {5000, 1, 90};
  for (size_t i = 0; i < 3; i++) {
    struct match match = {.rule = &detection->rules->rules[0],
                          .type = i == 2 ? ALERT_RULE : ALERT_RULE_ERROR,
                          .event_time = minutes[i] * US_PER_MINUTE,
                          .order = i,
                          .row_id = TEXT("row")};
    match.outcome.dedup = i == 2 ? TEXT("a") : TEXT("reason");
    assert_true(history_add(history, &match, &error));
  }
  struct seen_alerts seen = {""};
  assert_true(history_finish(history, note_alert, &seen, &error));
  assert_string_equal(seen.text, "a@90 x1;reason@1 x2;");
  history_free(history);
  detection_release(detection);
}

static void count_alert(void *context, const struct alert *alert) {
  (void)alert;
  ++*(uint64_t *)context;
}

static void many_dedups_over_a_long_time_each_make_their_alerts(void **state) {
  (void)state;
  struct detection *detection = fixture_detection(FIXTURE_RULE);
  struct history *history = history_new(detection->rules);
  struct error error = ERROR_NONE;
  for (uint64_t i = 0; i < 20000; i++) {
    char who[16];
    snprintf(who, sizeof who, "w%llu", (unsigned long long)(i % 5000));
    struct match match = {.rule = &detection->rules->rules[0],
                          .event_time = (int64_t)i * US_PER_MINUTE,
                          .order = i,
                          .row_id = text_from(who)};
    match.outcome.dedup = text_from(who);
    assert_true(history_add(history, &match, &error));
  }
  uint64_t alerts = 0;
  assert_true(history_finish(history, count_alert, &alerts, &error));
  assert_int_equal(alerts, 20000);
  history_free(history);
  detection_release(detection);
}

#define OPEN_AT_ONCE 12000

static void check_place(void *context, const struct alert *alert) {
  uint64_t *place = context;
  char who[16];
  snprintf(who, sizeof who, "w%llu", (unsigned long long)(*place * 7919 % OPEN_AT_ONCE));
  assert_true(text_is(alert->dedup, who));
  assert_int_equal(alert->match_count, 2);
  assert_int_equal(alert->event.size, 3000);
  ++*place;
}

/* More than the external sorts keep in memory: 36 MB of first matches. */
static void alerts_that_are_open_at_once_come_in_the_order_of_opening(void **state) {
  (void)state;
  struct detection *detection = fixture_detection(FIXTURE_RULE);
  struct history *history = history_new(detection->rules);
  struct error error = ERROR_NONE;
  static char event[3000];
  memset(event, 'x', sizeof event);
  for (uint64_t i = 0; i < 2 * (uint64_t)OPEN_AT_ONCE; i++) {
    char who[16];
    snprintf(who, sizeof who, "w%llu",
             (unsigned long long)(i % OPEN_AT_ONCE * 7919 % OPEN_AT_ONCE));
    struct match match = {.rule = &detection->rules->rules[0],
                          .event_time = (int64_t)i,
                          .order = i,
                          .row_id = text_from(who),
                          .event = {event, i < OPEN_AT_ONCE ? sizeof event : 0}};
    match.outcome.dedup = text_from(who);
    assert_true(history_add(history, &match, &error));
  }
  uint64_t place = 0;
  assert_true(history_finish(history, check_place, &place, &error));
  assert_int_equal(place, OPEN_AT_ONCE);
  history_free(history);
  detection_release(detection);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(items_come_back_by_time_and_then_by_order),
      cmocka_unit_test(more_items_than_memory_takes_come_back_in_order_too),
      cmocka_unit_test(reading_stops_when_the_caller_says_so),
      cmocka_unit_test(what_is_cancelled_ends_between_two_alerts),
      cmocka_unit_test(what_comes_after_the_last_event_is_not_missed),
      cmocka_unit_test(alerts_do_not_depend_on_the_order_of_reading),
      cmocka_unit_test(failures_of_a_rule_for_one_reason_are_one_alert_at_the_end),
      cmocka_unit_test(many_dedups_over_a_long_time_each_make_their_alerts),
      cmocka_unit_test(alerts_that_are_open_at_once_come_in_the_order_of_opening),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

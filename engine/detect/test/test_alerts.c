#include "detect/test/test_alerts.h"

#include "base/memory.h"
#include "detect/history/history.h"

#include <stdlib.h>

struct test {
  struct history *history;
  struct arena arena; /* of one match */
  void (*each)(void *to, const struct rule_test_alert *alert);
  void *to;
};

static void *test_start(const struct rule_set *set) {
  struct test *test = memory_alloc(sizeof *test);
  test->history = history_new(set);
  return test;
}

static void test_event(void *context, const struct event *event) {
  const struct test *test = context;
  history_advance(test->history, event->event_time);
}

static bool test_match(void *context, const struct rule_test_match *given, struct error *error) {
  struct test *test = context;
  arena_reset(&test->arena);
  struct match match = match_of_outcome(given->rule, given->event, given->outcome, &test->arena);
  match.order = given->order;
  return history_add(test->history, &match, error);
}

static void report(void *context, const struct alert *alert) {
  const struct test *test = context;
  struct rule_test_alert reported = {.rule_id = alert->rule_id,
                                     .title = alert->title,
                                     .dedup = alert->dedup,
                                     .description = alert->description,
                                     .runbook = alert->runbook,
                                     .reference = alert->reference,
                                     .context = alert->context,
                                     .severity = alert->severity,
                                     .match_count = alert->match_count,
                                     .first_event_time = alert->first_event_time,
                                     .last_event_time = alert->last_event_time};
  test->each(test->to, &reported);
}

static bool test_finish(void *context, void (*each)(void *to, const struct rule_test_alert *alert),
                        void *to, struct error *error) {
  struct test *test = context;
  test->each = each;
  test->to = to;
  return history_finish(test->history, report, test, error);
}

static void test_stop(void *context) {
  struct test *test = context;
  history_free(test->history);
  arena_free(&test->arena);
  free(test);
}

const struct rule_test_alerts detect_test_alerts = {

    .start = test_start,
    .event = test_event,
    .match = test_match,
    .finish = test_finish,
    .stop = test_stop};

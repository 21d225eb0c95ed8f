#include "detect/test/rule_test_alerts.h"

#include "base/memory.h"
#include "detect/history/history.h"

#include <stdlib.h>

struct rule_test_alerts {
  struct history *history;
  struct arena arena; /* of one match */
};

struct rule_test_alerts *rule_test_alerts_new(const struct rule_set *set) {
  struct rule_test_alerts *alerts = memory_alloc(sizeof *alerts);
  alerts->history = history_new(set);
  return alerts;
}

void rule_test_alerts_free(struct rule_test_alerts *alerts) {
  if (!alerts)
    return;
  history_free(alerts->history);
  arena_free(&alerts->arena);
  free(alerts);
}

void rule_test_alerts_event(struct rule_test_alerts *alerts, const struct event *event) {
  history_advance(alerts->history, event->event_time);
}

bool rule_test_alerts_match(struct rule_test_alerts *alerts, const struct rule_test_match *given,
                            struct error *error) {
  arena_reset(&alerts->arena);
  struct match match = match_of_outcome(given->rule, given->event, given->outcome, &alerts->arena);
  match.order = given->order;
  return history_add(alerts->history, &match, error);
}

bool rule_test_alerts_finish(struct rule_test_alerts *alerts,
                             void (*each)(void *context, const struct alert *alert), void *context,
                             struct error *error) {
  return history_finish(alerts->history, each, context, error);
}

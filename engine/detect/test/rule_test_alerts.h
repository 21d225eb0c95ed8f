/*
 * From the matches of one unit test to its alerts: the windows and correlations of a scan.
 *
 * A test's events are run in the order in which they are written. Each match of each of the
 * subject's rules (detect/test/rule_test_subject.h) is added; after the last event come the alerts
 * that all of them made. Of these the test sees those whose `rule_id` is the subject's id. So the
 * subject may be a rule, which is fed by its own matches, or a correlation, which is made of the
 * matches of several rules of any log types.
 *
 * One thread each; the set is shared and must outlive it.
 */
#ifndef DETECT_TEST_RULE_TEST_ALERTS_H
#define DETECT_TEST_RULE_TEST_ALERTS_H

#include "alert/alert.h"
#include "rule/vm/rule_vm.h"

struct rule_test_match {
  const struct rule *rule;
  const struct event *event; /* identified; it and the outcome live during the call */
  const struct rule_outcome *outcome;
  uint64_t order; /* place among the test's events, from 0 */
};

struct rule_test_alerts;

struct rule_test_alerts *rule_test_alerts_new(const struct rule_set *set);
void rule_test_alerts_free(struct rule_test_alerts *alerts); /* NULL is fine */

/* An event, before its matches: time is known to have come so far. */
void rule_test_alerts_event(struct rule_test_alerts *alerts, const struct event *event);

/* False with the reason when a temporary file cannot be written. */
bool rule_test_alerts_match(struct rule_test_alerts *alerts, const struct rule_test_match *match,
                            struct error *error);

/* Calls `each` for every alert, in the order in which they opened. Texts live during the call.
 * Once. */
bool rule_test_alerts_finish(struct rule_test_alerts *alerts,
                             void (*each)(void *context, const struct alert *alert), void *context,
                             struct error *error);

#endif

/*
 * How unit tests get from matches to alerts. Windows are not the rule part's business
 * (detect/window/window.h), so whoever runs tests passes in what groups matches; rule/ only feeds
 * it.
 *
 * A test's events are run in the order in which they are written. Each match of each of the
 * subject's rules (detect/test/rule_test_subject.h) is given to `match`; after the last event
 * `finish` gives the alerts that all of them made. Of these the test sees those whose `rule_id` is
 * the subject's id. So the subject may be a rule, which is fed by its own matches, or something
 * that is made of the matches of several rules of any log types.
 *
 * start may be called by several threads at the same time; what it gives serves one thread and one
 * test.
 */
#ifndef DETECT_TEST_RULE_TEST_ALERTS_H
#define DETECT_TEST_RULE_TEST_ALERTS_H

#include "rule/vm/rule_vm.h"

struct rule_test_match {
  const struct rule *rule;
  const struct event *event; /* identified; it and the outcome live during the call */
  const struct rule_outcome *outcome;
  uint64_t order; /* place among the test's events, from 0 */
};

struct rule_test_alert {
  struct text rule_id, title, dedup, description, runbook, reference;
  struct text context; /* JSON object */
  enum severity severity;
  int64_t match_count;
  time_us first_event_time, last_event_time;
};

struct rule_test_alerts {
  /* One test begins. Never NULL. */
  void *(*start)(const struct rule_set *set);
  /* An event, before its matches: time is known to have come so far. */
  void (*event)(void *test, const struct event *event);
  bool (*match)(void *test, const struct rule_test_match *match, struct error *error);
  /* Calls `each` for every alert, in the order in which they opened. Texts live during the call.
   * Once. */
  bool (*finish)(void *test, void (*each)(void *to, const struct rule_test_alert *alert), void *to,
                 struct error *error);
  void (*stop)(void *test);
};

#endif

/* What a test's rule knows before the first event: `known`, for the question of the rule. Private
 * to rule_test_*.c. */
#ifndef DETECT_TEST_RULE_TEST_KNOWN_H
#define DETECT_TEST_RULE_TEST_KNOWN_H

#include "detect/stateful/questions.h"
#include "detect/test/rule_test_finding.h"

/*
 * By key, or for the organisation (a question without `per`) at once:
 *
 *   new_value      the values that are known           { "CH", "DE" }
 *   distinct       the values that were just seen      { "192.0.2.1", "192.0.2.2" }
 *   rate           how many events there just were     9
 *   dormant        how long ago the key was seen       "61d"
 *   unusual_hour   the usual hours                     { 8, 9, 10 }
 *   spike          events in each window of the past   4
 */
struct rule_test_known {
  struct questions *questions;
  const struct rule *rule;
  time_us now; /* of the first event */
  const struct json_node *values;
  struct rule_test_place place; /* where they are written */
};

/* Asks the question as often as it takes to know that; no time of learning is left. */
void rule_test_known_fill(const struct rule_test_known *known, struct rule_test_findings *findings);

#endif

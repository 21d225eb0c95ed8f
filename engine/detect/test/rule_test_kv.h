/* The `kv` that a test begins with, and the `kv_after` that it expects. Private to rule_test_*.c.
 */
#ifndef DETECT_TEST_RULE_TEST_KV_H
#define DETECT_TEST_RULE_TEST_KV_H

#include "detect/test/rule_test_finding.h"
#include "event/json/json.h"
#include "rule/kv/kv.h"
#include "rule/rule.h"

/* An object of keys and values: a whole number is a counter, a list of strings a string set, any
 * other table a table; an empty one is nothing. */
struct rule_test_kv {
  struct kv *kv;
  const struct rule *rule; /* whose keys they are */
  time_us now;             /* event time */
  const struct json_node *values;
  struct rule_test_place place; /* where they are written */
};

/* Puts the values into the kv. */
void rule_test_kv_fill(const struct rule_test_kv *given, struct rule_test_findings *findings);

/* Adds every difference between the kv and the values; `false` stands for nothing, and keys that
 * are not named are not looked at. */
void rule_test_kv_compare(const struct rule_test_kv *expected, struct rule_test_findings *findings);

#endif

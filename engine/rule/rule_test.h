/*
 * Rule unit tests: the `tests { … }` table of a rule file, run against fixtures or inline events.
 *
 * Keys of a test: name (required), fixture (a path below the fixtures folder, JSON record) or
 * event (an inline table), expect (true or false, required), and optionally title, dedup,
 * severity, description, runbook, reference, destinations, alert_context (compared deeply),
 * log_type (needed when the rule has several). Unknown keys are mistakes.
 */
#ifndef RULE_RULE_TEST_H
#define RULE_RULE_TEST_H

#include "rule/rule_vm.h"

struct rule_test_options {
  const char *fixtures;             /* folder that `fixture` is relative to */
  const struct schema_set *schemas; /* events are checked against their schema; NULL = unchecked */
  const struct text *only_ids;      /* rules to test; none = all */
  size_t only_count;
  size_t minimum_tests; /* fewer tests, or (from 2 on) no true or no false case, is a failure */
  bool failures_only;   /* print nothing for what passed */
  bool colour;
};

struct rule_test_summary {
  size_t rules, tests, passed, failed;
};

/* Prints the rule, `[PASS] name` / `[FAIL] name` with what was expected and what came, and the
 * place in the file; then a summary. */
void rule_test_run(struct rule_set *set, const struct rule_test_options *options, FILE *out,
                   struct rule_test_summary *summary);

#endif

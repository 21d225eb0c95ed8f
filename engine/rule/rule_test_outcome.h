/* What a match says of itself, compared with what a test expects. Private to rule_test.c. */
#ifndef RULE_RULE_TEST_OUTCOME_H
#define RULE_RULE_TEST_OUTCOME_H

#include "rule/rule_test_case.h"
#include "rule/rule_vm.h"

/* One thing that is wrong: `what`, and the two values where it is a difference. */
struct rule_test_finding {
  const char *what;
  const char *expected, *got; /* ready to print; NULL = there are none */
};

struct rule_test_findings {
  struct rule_test_finding *items;
  size_t count, capacity;
  struct arena arena; /* the texts */
};

void rule_test_findings_add(struct rule_test_findings *findings, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The values are JSON. */
void rule_test_findings_add_difference(struct rule_test_findings *findings, const char *what,
                                       struct text expected, struct text got);
void rule_test_findings_clear(struct rule_test_findings *findings); /* keeps the memory */
void rule_test_findings_free(struct rule_test_findings *findings);

/* Adds every difference. */
void rule_test_compare(const struct rule_test_case *test, const struct rule_outcome *outcome,
                       struct rule_test_findings *findings);

#endif

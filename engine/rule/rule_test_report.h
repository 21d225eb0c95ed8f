/*
 * What is printed of tests. A format is one file with one static reporter, and one row in
 * rule_test_report.c.
 */
#ifndef RULE_RULE_TEST_REPORT_H
#define RULE_RULE_TEST_REPORT_H

#include "rule/rule_test.h"

#include <stdio.h>

struct rule_test_report_options {
  bool failures_only; /* say nothing of what passed (text) */
  bool colour;        /* text */
};

struct rule_test_reporter {
  const char *name;
  void (*write)(const struct rule_test_results *results,
                const struct rule_test_report_options *options, FILE *out);
};

extern const struct rule_test_reporter rule_test_reporter_text;

#endif

/*
 * What is printed of tests. A format is one file with one static reporter, and one row in
 * rule_test_report.c.
 */
#ifndef DETECT_TEST_RULE_TEST_REPORT_H
#define DETECT_TEST_RULE_TEST_REPORT_H

#include "detect/test/rule_test.h"

#include <stdio.h>

struct rule_test_report_options {
  bool failures_only; /* text: say nothing of what passed */
  bool colour;        /* text */
};

struct rule_test_reporter {
  const char *name;
  void (*write)(const struct rule_test_results *results,
                const struct rule_test_report_options *options, FILE *out);
};

extern const struct rule_test_reporter rule_test_reporter_text, /* for people */
    rule_test_reporter_tap,   /* version 14, which 13 reads, too */
    rule_test_reporter_junit, /* XML, as CI systems take it */
    rule_test_reporter_json;  /* one object */

/* All of them, and their names for a command line, which end with NULL. */
extern const struct rule_test_reporter *const rule_test_reporters[];
extern const char *const rule_test_reporter_names[];

#endif

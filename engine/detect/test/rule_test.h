/*
 * The room detect/test runs the unit tests of rules as production runs the rules.
 *
 * Unit tests of rules: the `tests { … }` table of a file, run against fixtures or inline events.
 * docs/testing.md says what a test can hold; rule_test_case.c has the table of its keys.
 *
 *   rule_test_subject.h   what has tests
 *   rule_test_case.h      a test as it is written
 *   rule_test_record.h    its events' records
 *   rule_test_job.h       running one subject's tests
 *   rule_test_alerts.h    from matches to alerts
 *   rule_test_report.h    what is printed, one file a format
 *
 * Threads: rule_test_run starts threads of its own and returns when they have ended; each subject
 * is tested by one of them, with everything that this room makes for it. Results never change
 * afterwards: any thread may read them.
 */
#ifndef DETECT_TEST_RULE_TEST_H
#define DETECT_TEST_RULE_TEST_H

#include "detect/test/rule_test_coverage.h"
#include "detect/test/rule_test_finding.h"
#include "detect/test/rule_test_subject.h"

/* Each list that is not empty must hold something of a subject. */
struct rule_test_selection {
  struct text_list ids, tags, log_types;
  uint32_t severities;    /* bit 1 << enum severity; 0 = any */
  struct text_list names; /* of tests: parts of them in any case, with * and ? */
};

struct rule_test_options {
  const char *const *fixtures;      /* folders that `fixture` is relative to; ends with NULL */
  const struct schema_set *schemas; /* events are checked against them; NULL = unchecked */
  const struct lookup_set *lookups; /* what event:lookup finds; NULL = nothing */
  struct rule_test_selection selection;
  size_t minimum_tests; /* fewer, or (from 2 on) no case that matches or none that does not, is a
                           failure */
  size_t jobs;          /* threads; 0 = one per processor. Results do not depend on it */
  bool coverage;
};

struct rule_test_case_result {
  struct text name;
  unsigned line;
  bool passed;
  const struct rule_test_finding *findings;
  size_t finding_count;
  struct text printed; /* by the rule's `print`: lines; any bytes */
};

struct rule_test_result {
  const struct rule_test_subject *subject;
  struct rule_test_case_result *cases; /* that were run, in order */
  size_t case_count;
  const char **notes; /* about the rule itself, that fail nothing; fit for a terminal */
  size_t note_count;
  const struct rule_test_coverage *coverage; /* NULL = not asked for, or not a rule */
  const char *shortage;                      /* "1 of at least 2 tests"; NULL = there are enough */
  struct arena arena;                        /* owns all this */
};

struct rule_test_summary {
  size_t subjects, tests, passed;
  size_t failed;   /* tests */
  size_t untested; /* subjects without tests */
  size_t short_subjects;
  size_t coverage_wanted, coverage_seen; /* with options.coverage */
};

struct rule_test_results {
  struct rule_test_subjects subjects;
  struct rule_test_result *items; /* of the subjects that were selected, in order of id */
  size_t count;
  bool has_coverage;
  struct rule_test_summary summary;
};

/* Runs the tests. The set and what the options point to must outlive the results. */
struct rule_test_results *rule_test_run(const struct rule_set *set,
                                        const struct rule_test_options *options);
void rule_test_results_free(struct rule_test_results *results); /* NULL is fine */

/* Whether something was tested, and nothing failed. */
bool rule_test_passed(const struct rule_test_results *results);

/* How much of what is wanted was reached, in percent, rounded down. 100 where nothing is wanted. */
unsigned rule_test_covered(const struct rule_test_results *results);

#endif

/* Running the tests of one subject after another, in one thread. Private to rule_test_*.c. */
#ifndef DETECT_TEST_RULE_TEST_JOB_H
#define DETECT_TEST_RULE_TEST_JOB_H

#include "detect/test/rule_test.h"

struct rule_test_job;

struct rule_test_job *rule_test_job_new(const struct rule_set *set,
                                        const struct rule_test_options *options);
void rule_test_job_free(struct rule_test_job *job); /* NULL is fine */

/* Fills the result, whose subject is set. */
void rule_test_job_run(struct rule_test_job *job, struct rule_test_result *result);

#endif

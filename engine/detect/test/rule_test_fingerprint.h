/* What the tests of a subject depend on, in one number: to know whether they must be run again. */
#ifndef DETECT_TEST_RULE_TEST_FINGERPRINT_H
#define DETECT_TEST_RULE_TEST_FINGERPRINT_H

#include "detect/test/rule_test.h"

/* Over the subject's file, those of the rules that it is made of or derives from, the libraries
 * that they may require, and the state on disk of the fixtures that its tests name and of the
 * schemas and data models of its log types. */
uint64_t rule_test_fingerprint(const struct rule_set *set, const struct rule_test_options *options,
                               const struct rule_test_subject *subject);

#endif

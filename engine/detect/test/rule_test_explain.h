/* Why an event does not match, in one line. Private to rule_test_*.c. */
#ifndef DETECT_TEST_RULE_TEST_EXPLAIN_H
#define DETECT_TEST_RULE_TEST_EXPLAIN_H

#include "rule/set/rule_set.h"

/* The first part of the where that does not hold, or that the function said no. In the arena. */
const char *rule_test_explain_no_match(const struct rule_set *set, const struct rule *rule,
                                       const struct event *event, struct field_view *view,
                                       struct arena *arena);

#endif

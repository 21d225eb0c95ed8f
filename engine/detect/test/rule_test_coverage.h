/*
 * What the tests of a rule reached: each value of each field test of its `where` should have been
 * seen to fit and not to fit, `rule` to say yes and no, and every other function to be called. What
 * several branches of `where` ask alike counts once.
 */
#ifndef DETECT_TEST_RULE_TEST_COVERAGE_H
#define DETECT_TEST_RULE_TEST_COVERAGE_H

#include "rule/rule.h"

/* A field test with more values counts as one that fits or not. Lists as long as that come from
 * libraries or sort out what is common: a test for each of their values would say nothing of the
 * rule. */
enum { RULE_TEST_VALUES_MAX = 6 };

enum rule_test_point_kind { RULE_TEST_POINT_WHERE, RULE_TEST_POINT_FUNCTION };

struct rule_test_point {
  enum rule_test_point_kind kind;
  const struct condition *condition; /* WHERE: the field test, and which of its values: */
  size_t value, count;               /* the first, and how many count as one */
  enum rule_function function;       /* FUNCTION */
  struct text what; /* fit for a terminal: "where 'action' \"update\"", "function title" */
  bool two_sided;   /* both answers are wanted; else only that it was called */
  bool seen_true, seen_false; /* one-sided: seen_true */
};

struct rule_test_coverage {
  struct rule_test_point *points;
  size_t count;
};

/* Of nothing yet; in the arena. */
struct rule_test_coverage *rule_test_coverage_new(const struct rule *rule, struct arena *arena);

/* One event was run: the view is at it. `said` is what the function `rule` said, if it was asked.
 */
void rule_test_coverage_add_event(struct rule_test_coverage *coverage, struct field_view *view);
void rule_test_coverage_add_answer(struct rule_test_coverage *coverage, bool said);
void rule_test_coverage_add_description(struct rule_test_coverage *coverage); /* the others ran */

/* Answers that are wanted, and those that were seen. */
size_t rule_test_coverage_wanted(const struct rule_test_coverage *coverage);
size_t rule_test_coverage_seen(const struct rule_test_coverage *coverage);

/* "never true", "never false", "never called", …; NULL when nothing is missing. */
const char *rule_test_point_missing(const struct rule_test_point *point);

#endif

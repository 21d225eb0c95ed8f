/* What a match or an alert says of itself, compared with what a test expects. Private to
 * rule_test_*.c. */
#ifndef DETECT_TEST_RULE_TEST_OUTCOME_H
#define DETECT_TEST_RULE_TEST_OUTCOME_H

#include "detect/test/rule_test_alerts.h"
#include "detect/test/rule_test_case.h"

/* Texts are empty where nothing is said; `destinations` only of matches. */
struct rule_test_actual {
  struct text texts[RULE_TEST_TEXT_COUNT];
  enum severity severity;
  bool has_unique, destinations_given;
  struct text_list destinations;
  struct text context; /* JSON object */
  int64_t match_count;
};

/* Everything is copied into the arena. */
struct rule_test_actual rule_test_actual_of_match(const struct rule_outcome *outcome,
                                                  struct arena *arena);
struct rule_test_actual rule_test_actual_of_alert(const struct alert *alert, struct arena *arena);

/* Where the expected values stand: keys of the test itself, or of its alert number `index` when
 * `list` is "alerts". */
struct rule_test_comparison {
  const struct rule_test_subject *subject;
  const struct rule_test_case *test;
  const char *list;
  size_t index;
  struct rule_test_findings *findings;
};

/* Adds every difference. */
void rule_test_compare(const struct rule_test_comparison *comparison,
                       const struct rule_test_expected *expected,
                       const struct rule_test_actual *actual);

#endif

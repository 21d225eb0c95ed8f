/* The `tests { … }` table of a rule file, read strictly. Private to rule_test.c and
 * rule_test_outcome.c. */
#ifndef RULE_RULE_TEST_CASE_H
#define RULE_RULE_TEST_CASE_H

#include "rule/rule.h"

/* What a match is expected to say of itself. */
enum rule_test_text {
  RULE_TEST_TITLE,
  RULE_TEST_DEDUP,
  RULE_TEST_SEVERITY,
  RULE_TEST_DESCRIPTION,
  RULE_TEST_RUNBOOK,
  RULE_TEST_REFERENCE,
  RULE_TEST_TEXT_COUNT
};

extern const char *const rule_test_text_names[RULE_TEST_TEXT_COUNT]; /* "title", … */

struct rule_test_case {
  struct text name;              /* "test 3" when the test has none */
  unsigned line;                 /* in the rule's file */
  struct text fixture;           /* empty = `event` */
  const struct json_node *event; /* an object; NULL = `fixture` */
  struct text log_type;          /* empty = not given */
  bool expect;                   /* that the rule matches */
  /* NULL = not asked for: */
  const struct json_node *texts[RULE_TEST_TEXT_COUNT]; /* strings */
  const struct json_node *destinations;                /* an array, or an empty object */
  const struct json_node *alert_context;               /* an object */
  enum severity severity;                              /* what texts[RULE_TEST_SEVERITY] says */
  struct problems mistakes; /* in how the test is written: it cannot run */
};

struct rule_test_cases {
  struct rule_test_case *items;
  size_t count;
  struct json_reader *json; /* owns the nodes */
  struct arena arena;       /* owns the cases */
};

void rule_test_cases_read(const struct rule *rule, struct rule_test_cases *cases);
void rule_test_cases_free(struct rule_test_cases *cases);

#endif

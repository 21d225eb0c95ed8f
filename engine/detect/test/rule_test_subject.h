/*
 * What has tests: a rule, or something that is made of the matches of rules. The runner knows
 * nothing else of it. A new kind of subject is one more function in rule_test_subject.c that adds
 * its rows.
 */
#ifndef DETECT_TEST_RULE_TEST_SUBJECT_H
#define DETECT_TEST_RULE_TEST_SUBJECT_H

#include "rule/set/rule_set.h"

/* Texts and lists belong to the rule set. */
struct rule_test_subject {
  struct text id;
  const char *file;
  struct text source;           /* the file's text, for lines */
  unsigned line;                /* where it is declared */
  unsigned tests_line;          /* where `tests` is called; 0 = nowhere */
  struct text tests_json;       /* the `tests { … }` table as a JSON array */
  const uint32_t *test_entries; /* as of the rule */
  size_t test_count;
  struct text_list tags, log_types;
  enum severity severity;
  const struct rule *rule;         /* the subject itself; NULL when it is not a rule */
  const struct rule *const *rules; /* whose matches it is made of; a rule's own: itself */
  size_t rule_count;
};

struct rule_test_subjects {
  struct rule_test_subject *items; /* in order of id */
  size_t count;
  struct arena arena; /* owns them */
};

void rule_test_subjects_list(const struct rule_set *set, struct rule_test_subjects *subjects);
void rule_test_subjects_free(struct rule_test_subjects *subjects);

#endif

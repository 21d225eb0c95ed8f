/*
 * The records of a test's events: fixtures and tables, with what the test changes in them, moved in
 * time. Private to rule_test_*.c.
 */
#ifndef DETECT_TEST_RULE_TEST_RECORD_H
#define DETECT_TEST_RULE_TEST_RECORD_H

#include "detect/test/rule_test_case.h"
#include "event/event.h"

/* For one thread. A fixture's file is read once. */
struct rule_test_records;

/* `fixtures` are the folders that paths are relative to, and end with NULL; schemas NULL: events
 * are taken unchecked. */
struct rule_test_records *rule_test_records_new(const char *const *fixtures,
                                                const struct schema_set *schemas);
void rule_test_records_free(struct rule_test_records *records); /* NULL is fine */

struct rule_test_record {
  const struct rule_test_subject *subject;
  const struct rule_test_case *test;
  const struct rule_test_event *event;
  int64_t repetition; /* 0 … times - 1 */
  time_us before;     /* when the event before happened; TIME_NONE for the first */
  time_us first;      /* when this entry's first repetition happened */
  uint64_t order;     /* among the test's events */
};

/* Reads the event, as the pipeline would. It lives until the next. NULL when there is none: then
 * why is added to the findings. */
const struct event *rule_test_record_read(struct rule_test_records *records,
                                          const struct rule_test_record *record,
                                          struct rule_test_findings *findings);

#endif

/* The `tests { … }` table of a file, read strictly. Private to rule_test_*.c. */
#ifndef DETECT_TEST_RULE_TEST_CASE_H
#define DETECT_TEST_RULE_TEST_CASE_H

#include "base/clock.h"
#include "detect/test/rule_test_finding.h"
#include "detect/test/rule_test_subject.h"
#include "event/json/json.h"

#define RULE_TEST_EVENTS_MAX 1000  /* entries of `events` */
#define RULE_TEST_TIMES_MAX 100000 /* events of one test */

/* What a match or an alert is expected to say of itself. */
enum rule_test_text {
  RULE_TEST_TITLE,
  RULE_TEST_DEDUP,
  RULE_TEST_UNIQUE,
  RULE_TEST_DESCRIPTION,
  RULE_TEST_RUNBOOK,
  RULE_TEST_REFERENCE,
  RULE_TEST_TEXT_COUNT
};

extern const char *const rule_test_text_names[RULE_TEST_TEXT_COUNT]; /* "title", … */

/* NULL and false = not asked for. */
struct rule_test_expected {
  const struct json_node *texts[RULE_TEST_TEXT_COUNT]; /* strings */
  const struct json_node *destinations;                /* an array, or an empty object */
  const struct json_node *alert_context;               /* an object */
  bool has_severity, has_match_count;
  enum severity severity;
  int64_t match_count; /* of an alert */
};

/* One entry of `events`, or the one event that the test itself names. */
struct rule_test_event {
  struct text fixture;           /* empty = `event` */
  const struct json_node *event; /* an object; NULL = `fixture` */
  struct text log_type;          /* empty = not given */
  const struct json_node *set;   /* an object: dotted paths and their new values; NULL = none */
  const struct json_node *unset; /* an array of dotted paths; NULL = none */
  int64_t times;                 /* how often, at least 1 */
  int64_t every;                 /* microseconds from one to the next */
  time_us at;                    /* when the first happens; TIME_NONE = as the record says */
  int64_t after;                 /* microseconds after the event before; -1 = not given */
  size_t index;                  /* its place in `events` */
};

struct rule_test_case {
  size_t index;     /* its place in `tests` */
  struct text name; /* "test 3" when the test has none */
  unsigned line;    /* in the file */
  struct rule_test_event *events;
  size_t event_count;
  bool is_list;                       /* they were given with `events` */
  bool has_expect, expect;            /* that something matches */
  struct rule_test_expected expected; /* of the first match; of the first alert when the subject is
                                         not a rule */
  bool has_alerts;
  size_t alert_count;
  struct rule_test_expected *alerts;     /* alert_count of them; NULL = only the number was given */
  const struct json_node *kv, *kv_after; /* objects (rule_test_kv.h); NULL = not given */
  const struct json_node *known;         /* rule_test_known.h; NULL = not given */
  const struct json_node *mocks;         /* an object of their names; NULL = none */
  time_us now;                           /* when the records are read */
  struct problems mistakes;              /* in how the test is written: it cannot run */
};

struct rule_test_cases {
  struct rule_test_case *items;
  size_t count;
  struct json_reader *json; /* owns the nodes */
  struct arena arena;       /* owns the cases */
};

void rule_test_cases_read(const struct rule_test_subject *subject, struct rule_test_cases *cases);
void rule_test_cases_free(struct rule_test_cases *cases);

/* Where a key of the test stands; of its event or alert number `index` when `list` ("events",
 * "alerts") is not NULL. */
struct rule_test_place rule_test_case_place(const struct rule_test_subject *subject,
                                            const struct rule_test_case *test, const char *list,
                                            size_t index, const char *key);

#endif

/* What is wrong about a test, in words and values. */
#ifndef DETECT_TEST_RULE_TEST_FINDING_H
#define DETECT_TEST_RULE_TEST_FINDING_H

#include "base/arena.h"
#include "base/error.h"

/* Everything is fit for a terminal. */
struct rule_test_finding {
  const char *file; /* NULL = the test's own place says enough */
  unsigned line;    /* 0 = not known */
  const char *what;
  const char *expected, *got; /* where it is a difference, else NULL */
};

struct rule_test_findings {
  struct rule_test_finding *items; /* with their texts in `arena` */
  size_t count, capacity;
  struct arena *arena; /* somebody else's */
};

/* Where in a file; file NULL = nowhere. */
struct rule_test_place {
  const char *file;
  unsigned line;
};
#define RULE_TEST_NOWHERE ((struct rule_test_place){.file = NULL})

void rule_test_findings_add(struct rule_test_findings *findings, struct rule_test_place place,
                            const char *format, ...) __attribute__((format(printf, 3, 4)));
void rule_test_findings_add_error(struct rule_test_findings *findings, const struct error *error);
void rule_test_findings_add_difference(struct rule_test_findings *findings,
                                       struct rule_test_place place, const char *what,
                                       struct text expected, struct text got);

#endif

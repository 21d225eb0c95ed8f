/*
 * Risk: a correlation that a configuration adds to a rule set. Each match of any rule that is on
 * adds its severity's points to its actor, and to the user whom it was done to; past a sum within a
 * time there is one alert, which says what that person did and suffered, rule by rule. Matches that
 * tuning suppresses add nothing.
 *
 * For the thread that makes the set.
 */
#ifndef RULE_TUNING_RISK_H
#define RULE_TUNING_RISK_H

#include "base/severity.h"
#include "rule/set/rule_set.h"

#define RISK_RULE_ID "Margay.Risk"

struct risk {
  int64_t threshold;              /* points; at least 1 */
  int64_t within;                 /* microseconds, of event time */
  int64_t points[SEVERITY_COUNT]; /* of a match; 0: it adds nothing */
  enum severity severity;         /* of the alert */
  bool objects;                   /* matches count for whom they were done to, too */
  const char *file;               /* where it stands in the configuration */
  unsigned line;
};

/* Adds the rule RISK_RULE_ID over all others that are on, after tuning, before a second thread
 * knows the set and before any vm is made of it. Everything is copied. A set that has a rule of
 * this id adds a problem. */
void risk_add(struct rule_set *set, const struct risk *risk, struct problems *problems);

#endif

/*
 * What a configuration changes in a rule without touching its file, made ready to run.
 *
 * What needs no look at an event is changed in the rule itself before a second thread knows it:
 * severity, threshold, dedup period, destinations, whether it alerts or runs. What does need one is
 * a suppressor: an exception, a mute, hours of the week. A match that one of them takes is kept as
 * suppressed: it feeds correlations, opens no alert and counts for none.
 *
 * rule/tuning makes all of this. A rule without tuning has none (NULL) and pays for none. It lives
 * in the rule set's arena and never changes once that is made; all threads may read it.
 */
#ifndef RULE_RULE_TUNING_H
#define RULE_RULE_TUNING_H

#include "base/zone/week_hours.h"
#include "event/lookup/lookup.h"
#include "rule/rule.h"

enum rule_suppression {
  RULE_NOT_SUPPRESSED,
  RULE_EXCEPTED,
  RULE_MUTED,
  RULE_QUIET_HOURS,
  RULE_SUPPRESSION_COUNT
};

extern const char *const rule_suppression_names[RULE_SUPPRESSION_COUNT]; /* "", "except", … */

/* Where something stands in the configuration, and why. */
struct rule_tuning_place {
  const char *file;
  unsigned line;
  struct text reason; /* may be empty */
};

/* A value of the event that has a row in a table: the key `path|lookup`. */
struct rule_lookup_test {
  unsigned field; /* of the set's field table */
  struct text table;
};

/* All of one exception must hold: its condition (NULL: it has none) and its lookups. */
struct rule_suppressor {
  enum rule_suppression kind;
  struct rule_tuning_place place;
  const struct condition *condition; /* EXCEPTED */
  const struct rule_lookup_test *lookups;
  size_t lookup_count;
  time_us until;                  /* MUTED: events before that time */
  const struct week_hours *hours; /* QUIET_HOURS: any of them */
  size_t hours_count;
  struct rule_suppressor *next; /* of all that the set owns */
};

/* What was changed, for people: "severity low (was medium)". */
struct rule_change {
  struct text words;
  struct rule_tuning_place place;
  bool by_default; /* by the usual mode of its pack */
};

struct rule_tuning {
  const struct rule_suppressor *const *suppressors; /* the first that takes a match counts */
  size_t suppressor_count;
  const struct rule_change *changes;
  size_t change_count;
  bool sends; /* the rule's destinations are the configuration's */
};

/* The first suppressor that takes a match on the view's event, or NULL. An exception whose
 * condition gives up on the event, or whose table cannot be read, takes nothing. `lookups` NULL:
 * there are no tables. `rule->tuning` may be NULL. */
const struct rule_suppressor *rule_tuning_suppressor(const struct rule *rule, time_us event_time,
                                                     struct field_view *view,
                                                     const struct lookup_set *lookups);

/* Releases what the suppressors, linked by `next`, hold beside the arena. */
void rule_suppressors_release(struct rule_suppressor *suppressors);

/* "margay.yml:12: provisioning does this all day". The string lives in `line`. */
struct rule_tuning_line {
  char text[600];
};
const char *rule_tuning_place_words(const struct rule_tuning_place *place,
                                    struct rule_tuning_line *line);

#endif

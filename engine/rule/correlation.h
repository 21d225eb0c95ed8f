/*
 * Correlations: rules over the matches of other rules.
 *
 * A correlation is a rule whose `correlation` is set. It never runs on events; it says which
 * matches, of signals and of alerting rules alike, together make one instance, which is a match of
 * its own rule in turn, and its functions
 * (title, severity, …) run on an event that reports the instance. detect/ finds the instances.
 *
 * What an instance is. Matches belong together when their key is the same: the values of the fields
 * `on`. All times are event times; both ends of a span belong to it.
 *
 * - Sequence: every step with min > 0 has at least min matches, all of them at or after those of
 *   the step before (two matches of one time are in order either way), the last needed one at most
 *   `within` of the step after the last needed one of the step before; the first and the last
 *   needed match are at most `within` of the correlation apart.
 * - Group: the same without order.
 * - A step's max counts its matches between the neighbours that it stands between: from the last
 *   needed match of the step before to the first of the step after. At the beginning of a sequence,
 *   and in a group, it counts from `within` before the instance's last needed match; at the end of
 * a sequence until `within` of the step after the last needed match before it (without one, until
 *   `within` after the instance's first match), in a group until `within` after the first.
 *   A step that must be absent has min = max = 0. Such an instance is reported when that time is
 * over and all that happened in it is known.
 * - One event (row) is in one step of an instance only.
 *
 * The instance that ends first is reported; ties go to the latest start. All matches of its steps
 * in its time are part of it, and are used up by it: they are in no other instance.
 *
 * A correlation never changes once its set is made; all threads may read it.
 */
#ifndef RULE_CORRELATION_H
#define RULE_CORRELATION_H

#include "base/clock.h"
#include "rule/rule.h"

#define CORRELATION_STEPS_MAX 12
#define CORRELATION_RULES_MAX 64  /* of one step */
#define CORRELATION_FIELDS_MAX 8  /* of a key */
#define CORRELATION_COUNT_MAX 100 /* min and max of a step */
#define CORRELATION_DEPTH_MAX 8   /* of correlations within each other */
#define CORRELATION_MINUTES_MAX (366 * INT64_C(24) * 60)
#define CORRELATION_NO_MAX INT64_MAX

enum correlation_order { CORRELATION_SEQUENCE, CORRELATION_GROUP };

/* Paths in the match's event: dotted as in `where`; below p_alert_context. in what the rule's
 * alert_context gave. */
#define CORRELATION_CONTEXT_PREFIX "p_alert_context."

/* In the place of a path: who acted, as the match says it. */
#define CORRELATION_ACTOR "p_actor"
/* The same, and to whom it was done: a match counts for both. */
#define CORRELATION_ACTOR_AND_OBJECT "p_actor_and_object"

/* A rule whose matches count for a step. */
struct correlation_source {
  struct text rule_id;
  const struct rule *rule; /* found when the set was made */
  struct text_list on; /* the key's fields in its events: as many as the correlation's key_names */
  /* Paths whose values, all together, are counted, or the one that is measured, in this rule's
   * events; none: the step's `unique`. */
  struct text_list counted;
};

struct correlation_step {
  struct text id; /* unique within the correlation */
  struct correlation_source *sources;
  size_t source_count; /* at least 1: a match of any of them counts */
  int64_t min, max;    /* absent: both 0 */
  int64_t within;      /* microseconds; 0 = none */
  struct text unique;  /* path: only different values are counted; empty = every match */
  bool unique_rules;   /* only matches of different rules are counted */
  unsigned line;       /* in the file, for errors */
};

/*
 * A measure of all matches of a span, and what it must be; in the place of a step's min and max.
 * The correlation is a group of one step with min 1.
 *
 * A measure that only bounds a count or a sum from below is reported `at_once`: at the first match
 * with which the matches of the `within` before it hold. Any other is looked at when the span is
 * over that begins with the earliest match: what holds is an instance, and what does not is used
 * up, too.
 */
enum correlation_measure_kind {
  CORRELATION_COUNT,
  CORRELATION_VALUES, /* of different values */
  CORRELATION_SUM,
  CORRELATION_AVERAGE,
  CORRELATION_PERCENTILE /* by the nearest rank */
};

enum correlation_comparison {
  CORRELATION_GT,
  CORRELATION_GTE,
  CORRELATION_LT,
  CORRELATION_LTE,
  CORRELATION_EQ,
  CORRELATION_NEQ
};

struct correlation_bound {
  enum correlation_comparison comparison;
  double value;
};

#define CORRELATION_BOUNDS_MAX 6      /* of one measure */
#define CORRELATION_MEASURED_MAX 1000 /* matches of one key and span; the oldest leave first */

struct correlation_measure {
  enum correlation_measure_kind kind;
  double percentile;                                       /* from 0 to 100 */
  struct correlation_bound bounds[CORRELATION_BOUNDS_MAX]; /* all must hold */
  size_t bound_count;
  bool at_once;
  /* Of a sum: not the number in a field is added up, but what a match's severity is worth. What is
   * worth nothing, or is suppressed, is no part of it (rule/tuning/risk.h). */
  bool is_points;
  double points[SEVERITY_COUNT];
};

bool correlation_measure_holds(const struct correlation_measure *measure, double value);

struct correlation {
  enum correlation_order order;
  const struct correlation_measure *measure; /* NULL = the steps say it all */
  struct correlation_step *steps;
  size_t step_count;
  struct text_list key_names; /* the key's fields, as the instance's event calls them */
  /* Which of them is who acted: the first that a step's log type calls so in its data model
   * (rule/load/rule_model.h). 1-based; 0: none. */
  size_t actor_key;
  /* Microseconds. */
  int64_t within;
  int64_t lookback; /* how long matches are remembered; at least `within` */
  int64_t late;     /* how much later than its time an event may become known */
};

/* Whether the step says that something must not be, or not be too often: then time must pass before
 * an instance is one. */
static inline bool correlation_step_is_bounded(const struct correlation_step *step) {
  return step->max != CORRELATION_NO_MAX;
}

static inline bool correlation_sums_points(const struct correlation *correlation) {
  return correlation->measure && correlation->measure->is_points;
}

/* How many levels of correlations are below: 0 when all steps name rules that run on events. Once
 * the set is made. */
unsigned correlation_depth(const struct correlation *correlation);

/* Whether any step is, or a measure is not reported at once. */
bool correlation_is_bounded(const struct correlation *correlation);

#endif

/*
 * All correlations of a rule set and what they remember, by correlation and key: matches go in, and
 * instances come out as matches of the correlations' own rules (rule/correlation.h says what an
 * instance is).
 *
 * What comes out depends on the matches and their order only. Instances of a correlation with a
 * bounded step come out in order of the time that they are told for.
 */
#ifndef DETECT_CORRELATE_H
#define DETECT_CORRELATE_H

#include "detect/match.h"

struct correlator;

struct correlator_options {
  /* Takes an instance; the match lives during the call. False with the reason: stop. */
  bool (*each)(void *context, const struct match *instance, struct error *error);
  void *context;
  struct match_notes *notes; /* of the correlations' functions; NULL: nobody asks */
};

struct correlator *correlator_new(const struct rule_set *rules,
                                  const struct correlator_options *options);
void correlator_free(struct correlator *correlator); /* NULL is fine */

/* Whether any correlation is on: without one nothing below does anything. */
bool correlator_is_needed(const struct correlator *correlator);

/* Takes a match of any rule of the set, and tells what it completes. */
bool correlator_take(struct correlator *correlator, const struct match *match, struct error *error);

/* Every match that happened before `complete` was taken: tells what had to be waited for. */
bool correlator_advance(struct correlator *correlator, time_us complete, struct error *error);

#endif

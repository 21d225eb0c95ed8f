/*
 * The room detect/correlation finds instances of correlations in the matches of other rules.
 *
 * All correlations of a rule set and what they remember, by correlation and key: matches go in, and
 * instances come out as matches of the correlations' own rules (rule/correlation.h says what an
 * instance is).
 *
 * What comes out depends on the matches and their order only. Instances of a correlation with a
 * bounded step come out in order of the time that they are reported for.
 *
 * Threads: a correlator, and everything in this room, serves one thread: the committer's, or the
 * one that takes a scan's results. The rule set is shared and only read.
 */
#ifndef DETECT_CORRELATION_CORRELATE_H
#define DETECT_CORRELATION_CORRELATE_H

#include "base/log/log.h"
#include "detect/window/match.h"
#include "rule/correlation.h"
#include "rule/set/rule_set.h"

struct correlator;

/* Keys that a correlation remembers at most; those whose matches are oldest leave first. */
#define CORRELATION_KEYS_MAX 100000

struct correlator_options {
  /* Where states are kept; stays the caller's. NULL: they begin empty and end with the correlator,
   * and what memory should not hold waits in a temporary file. */
  struct store *store;
  int64_t keys_max;  /* 0 = CORRELATION_KEYS_MAX */
  size_t memory_max; /* bytes of states in memory; 0 = 8 MiB */
  struct log *log;   /* warns once about each correlation that has too many keys; may be NULL */
  uint64_t *cut;     /* the caller's; grows with each match of which keys, or measured matches of
                        its key, were left out; may be NULL */
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

/* What is noted of an expected match. */
#define CORRELATOR_PLACES_MAX 4
struct correlator_expected {
  uint32_t places[CORRELATOR_PLACES_MAX]; /* of the outlook, with the correlation's number above */
  uint32_t count; /* more than there is room for: whatever it is, it is needed */
};

/* The match will be taken. Where all matches are expected before the first is taken, what can never
 * be an instance is not remembered, because a step that it needs has no match of its key; instances
 * of correlations need not be expected. Where none is, everything is remembered. */
void correlator_expect(struct correlator *correlator, const struct match *match,
                       struct correlator_expected *expected);

/* Once all matches are expected: false if correlator_take would remember nothing of the match. */
bool correlator_needs(const struct correlator *correlator,
                      const struct correlator_expected *expected);

/* Takes a match of any rule of the set, and reports what it completes. */
bool correlator_take(struct correlator *correlator, const struct match *match, struct error *error);

/* Every match that happened before `complete` was taken: reports what had to be waited for. */
bool correlator_advance(struct correlator *correlator, time_us complete, struct error *error);

/* The same, with a time for each correlation. */
struct correlator_clock {
  time_us (*complete)(void *context, const struct correlation *correlation);
  void *context;
};
bool correlator_advance_by(struct correlator *correlator, const struct correlator_clock *clock,
                           struct error *error);

/* Whether that would look at anything: the time of some correlation has come further. */
bool correlator_can_advance(const struct correlator *correlator,
                            const struct correlator_clock *clock);

/* Whether the matches of the rule count for anything. */
bool correlator_wants(const struct correlator *correlator, const struct rule *rule);

/* Writes what changed to the store, within the caller's transaction. */
bool correlator_save(struct correlator *correlator, struct error *error);

/* Forgets what is in memory: after a transaction was taken back, or when states were deleted from
 * the store. */
void correlator_forget(struct correlator *correlator);

#endif

/*
 * The room api/backtest tries rules on the archive for people: at a terminal, in a dashboard, and
 * before an entry of tuning is written.
 *
 * What a backtest found, kept to be counted, listed and compared. An outcome serves one thread.
 */
#ifndef API_BACKTEST_OUTCOME_H
#define API_BACKTEST_OUTCOME_H

#include "base/map.h"
#include "detect/backtest/backtest.h"
#include "detect/detection.h"

struct outcome_alert {
  struct text id, rule_id, dedup, title, actor;
  enum severity severity;
  time_us first_event_time;
  int64_t match_count;
};

struct outcome_alerts {
  struct outcome_alert *items;
  size_t count, capacity;
};

/* What is counted for a rule, or for an actor. */
struct outcome_count {
  struct text name;
  int64_t matches, alerts;
};

struct outcome {
  struct arena arena;                       /* owns the texts */
  struct map rules, actors;                 /* name -> struct outcome_count, in the arena */
  struct outcome_alerts alerts;             /* in order of opening */
  int64_t matches, suppressed, rule_errors; /* suppressed: of the matches, by tuning */
  struct backtest_counts counts;
  bool too_many; /* it ended because of outcome_request.most */
};

/* What is asked. `chosen` names the rules that count (by rule->index); others only run because a
 * correlation needs them. NULL: all. */
struct outcome_request {
  struct detection *detection;
  struct store *store;
  const bool *chosen;
  time_us since, until;
  unsigned workers;
  /* How far it is, on the thread that runs it: `done` of `total`, in the time that the archive
   * covers (both 0: not known yet). NULL: nobody asks. */
  void (*progress)(void *context, uint64_t events, uint64_t done, uint64_t total);
  void *context;
  atomic_bool *cancelled; /* as in backtest_options */
  /* More alerts, or more actors, end it with an error, as each takes memory until it is cleared;
   * then *cancelled is set. 0: as many as there are. */
  size_t most;
};

/* Starts zeroed; to be cleared whatever happens. */
bool outcome_run(const struct outcome_request *request, struct outcome *outcome,
                 struct error *error);
void outcome_clear(struct outcome *outcome);

/* Those of the alerts that `others` does not have, appended; the texts stay where they are. Alerts
 * are the same when rule, dedup and the time of the first event are: of events at the same time
 * another one may come first. */
void outcome_only(const struct outcome_alerts *alerts, const struct outcome_alerts *others,
                  struct outcome_alerts *only);

/* What the daemon has opened beside an outcome. */
struct outcome_comparison {
  struct arena arena;                      /* owns the texts of what is live */
  struct outcome_alerts live, more, fewer; /* more: of the outcome and not live; fewer: live and not
                                              of the outcome */
  time_us since, until; /* what is compared: from the first event that the archive has */
};
/* Of the chosen rules of the request that gave the outcome. Starts zeroed; to be cleared whatever
 * happens. */
bool outcome_compare(const struct outcome_request *request, const struct outcome *outcome,
                     struct outcome_comparison *comparison, struct error *error);
void outcome_comparison_clear(struct outcome_comparison *comparison);

/* The alerts of each UTC day of the comparison's time; the caller frees. */
struct outcome_day {
  time_us start;
  int64_t alerts;
};
struct outcome_day *outcome_days(const struct outcome *outcome,
                                 const struct outcome_comparison *comparison, size_t *count);

/* The counts of a map, the most alerts first; the caller frees. */
const struct outcome_count **outcome_sort(const struct map *map);

#endif

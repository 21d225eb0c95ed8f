/*
 * The room command/backtest is `margay backtest`, and what `margay tune` asks of it.
 *
 * What a backtest found, kept to be counted, listed and compared.
 */
#ifndef COMMAND_BACKTEST_OUTCOME_H
#define COMMAND_BACKTEST_OUTCOME_H

#include "base/map.h"
#include "command/terminal/progress.h"
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
};

/* What is asked. `chosen` names the rules that count (by rule->index); others only run because a
 * correlation needs them. NULL: all. */
struct outcome_request {
  struct detection *detection;
  struct store *store;
  const bool *chosen;
  time_us since, until;
  unsigned workers;
  struct progress *progress; /* shows how far it is; NULL: nothing does */
};

/* Starts zeroed; to be cleared whatever happens. */
bool outcome_run(const struct outcome_request *request, struct outcome *outcome,
                 struct error *error);
void outcome_clear(struct outcome *outcome);

/* A rule's or an actor's, or NULL. */
const struct outcome_count *outcome_find(const struct map *counts, struct text name);

/* Those of the alerts that `others` does not have, appended; the texts stay where they are. Alerts
 * are the same when rule, dedup and the time of the first event are: of events at the same time
 * another one may come first. */
void outcome_only(const struct outcome_alerts *alerts, const struct outcome_alerts *others,
                  struct outcome_alerts *only);

/* The alerts that the store has of a rule, whose first event is in the time; appended, in order of
 * time, with texts in the arena. Held alerts are among them. */
bool outcome_live(struct store *store, struct text rule_id, time_us since, time_us until,
                  struct arena *arena, struct outcome_alerts *alerts, struct error *error);

#endif

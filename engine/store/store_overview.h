/*
 * How much there is, counted for people who look at all of it: events by log type and time, alerts
 * by day, severity, rule and actor. Only store_event_latest reads events themselves.
 *
 * Threads, errors and callbacks are those of store.h.
 */
#ifndef STORE_STORE_OVERVIEW_H
#define STORE_STORE_OVERVIEW_H

#include "store/store.h"

/* ---- events ------------------------------------------------------------------------------ */

/* The events of a log type whose event time is in an hour (UTC) that begins at `start`. */
struct store_event_hour {
  struct text log_type;
  time_us start;
  int64_t events;
};
/* Calls `each` for every hour with events that begins at `since` or later and before `until`, by
 * log type and time. They are counted when they come in, so this costs a row an hour and log type.
 */
bool store_event_hours(struct store *store, time_us since, time_us until,
                       void (*each)(void *context, const struct store_event_hour *hour),
                       void *context, struct error *error);

/* What store_event_spans counts: the events of a log type from `since` on and before `until`. */
struct store_event_range {
  struct text log_type;
  time_us since, until;
  time_us begin; /* of the first span, not after `since` */
  int64_t width; /* of a span */
};
/* Counts events by spans of time: `each` gets the number of a span, from 0 on, and how many events
 * it has, where it has some. Reads the index, so it costs some 50 ns an event. */
bool store_event_spans(struct store *store, const struct store_event_range *range,
                       void (*each)(void *context, int64_t span, int64_t events), void *context,
                       struct error *error);

/* The latest events of the range, at most `limit`, the latest first (its begin and width are of no
 * meaning). Each returns false to stop; texts live during the call. */
bool store_event_latest(struct store *store, const struct store_event_range *range, int64_t limit,
                        bool (*each)(void *context, const struct store_event *event), void *context,
                        struct error *error);

/* ---- alerts ------------------------------------------------------------------------------ */

/* Alerts that were opened at `since` or later (created_at), without those that are held. */
bool store_alert_days(struct store *store, time_us since,
                      void (*each)(void *context, time_us day, enum severity severity,
                                   int64_t alerts),
                      void *context, struct error *error);

/* All alerts that are not resolved, nor held, by severity. */
bool store_alert_open(struct store *store, int64_t open[SEVERITY_COUNT], struct error *error);

/* What has most alerts: the highest score first, at most `limit`. The score is the sum of what each
 * alert's severity is worth, as `risk` has it when nothing else is configured: info 0, low 1,
 * medium 5, high 20, critical 50. */
struct store_alert_top {
  struct text value;      /* an actor, or the id of a rule */
  struct text title;      /* of a rule: its name */
  enum severity severity; /* the gravest */
  int64_t alerts, score;
  int64_t matches; /* of these alerts */
};
/* By who did it; without those that nobody is known to have done. */
bool store_alert_actors(struct store *store, time_us since, int64_t limit,
                        void (*each)(void *context, const struct store_alert_top *top),
                        void *context, struct error *error);
/* By rule; without system alerts and failures of rules. */
bool store_alert_rules(struct store *store, time_us since, int64_t limit,
                       void (*each)(void *context, const struct store_alert_top *top),
                       void *context, struct error *error);

/* ---- matches ----------------------------------------------------------------------------- */

/* A match as it is kept. */
struct store_match_found {
  int64_t id;
  struct text row_id, dedup, actor, alert_id, title; /* the last two: empty without an alert */
  time_us event_time;
  bool suppressed;
};
/* Calls `each` for the newest matches of a rule with ids below `before` (INT64_MAX: all), at most
 * `limit`; each returns false to stop. Reads matches of other rules on the way. */
bool store_match_list(struct store *store, struct text rule_id, int64_t before, int64_t limit,
                      bool (*each)(void *context, const struct store_match_found *match),
                      void *context, struct error *error);

#endif

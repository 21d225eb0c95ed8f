/*
 * What the daemon counts: the table of its metrics, and the handles that its threads write with.
 * /metrics shows the registry.
 */
#ifndef DAEMON_METRICS_H
#define DAEMON_METRICS_H

#include "base/counters/counters.h"
#include "daemon/commit/commit.h"

enum daemon_metric {
  METRIC_START_TIME,
  METRIC_BUILD_INFO,
  METRIC_RECORDS,
  METRIC_EVENTS,
  METRIC_DEAD_LETTERS,
  METRIC_SCHEMA_ERRORS,
  METRIC_REPEATED_KEYS,
  METRIC_CUT_LISTS,
  METRIC_DROPPED_CALLS,
  METRIC_REPEATED,
  METRIC_MATCHES,
  METRIC_SUPPRESSED,
  METRIC_ALERTS,
  METRIC_UNROUTED,
  METRIC_MUTED,
  METRIC_RULE_ERRORS,
  METRIC_RULE_PAUSES,
  METRIC_RULES_PAUSED,
  METRIC_RULES_SKIPPED,
  METRIC_RULES,
  METRIC_CUT_MATCHES,
  METRIC_QUESTIONS_LEFT_OUT,
  METRIC_TRANSACTIONS,
  METRIC_TRANSACTION_FAILURES,
  METRIC_TRANSACTION_SECONDS,
  METRIC_HEARTBEAT_SECONDS,
  METRIC_QUEUED_DELIVERIES,
  METRIC_DELIVERIES,
  METRIC_HELD_BACK,
  METRIC_RECIPIENTS_REFUSED,
  METRIC_TEMPLATE_ERRORS,
  METRIC_CIRCUIT_OPEN,
  METRIC_SOURCES,
  METRIC_SOURCE_UP,
  METRIC_SOURCE_LAST_EVENT,
  METRIC_SOURCE_LAST_RECEIVED,
  METRIC_SOURCE_LAST_SUCCESS,
  METRIC_SOURCE_WATERMARK,
  METRIC_SOURCE_LAG,
  METRIC_ALARMS,
  METRIC_DISK_FREE,
  METRIC_SOURCE_REQUESTS, /* this and the next: as enum source_count */
  METRIC_SOURCE_LIMITED,
  METRIC_SOURCE_BUDGET_WAITS,
  METRIC_RELOADS,
  METRIC_RETENTION_DELETED,
  METRIC_RETENTION_STALE,
  METRIC_STATE_BYTES,
  METRIC_LOG_LINES_LOST,
  METRIC_HTTP_CONNECTIONS,
  METRIC_HTTP_OPEN_CONNECTIONS,
  METRIC_HTTP_ANSWERS,
  METRIC_HTTP_REFUSED,
  METRIC_INTAKE_REQUESTS,
  METRIC_INTAKE_SECONDS,
  METRIC_API_REQUESTS,
  METRIC_API_SECONDS,
  METRIC_API_WAITING,
  METRIC_API_STREAMS,
  METRIC_API_STREAMS_CUT,
  DAEMON_METRICS
};

extern const struct metric daemon_metrics[DAEMON_METRICS];

/* A registry of them, with what never changes filled in. */
struct counters *daemon_counters_new(void);

/* How many rules are loaded, how many files of rules are left out because of mistakes, how many
 * rules because they need one of these, and how many because what they ask is not supported. */
void daemon_count_rules(struct counters *counters, size_t loaded, size_t mistaken, size_t dependent,
                        size_t unsupported);

/* The handles of the committer's thread. Zeroed: nothing is counted. */
struct commit_metrics {
  struct counters *counters;
  struct commit_counts counted; /* by the handles */
  struct counter *matches, *alerts, *unrouted, *muted, *rule_errors, *transactions, *failures,
      *queued, *cut_matches, *suppressed, *left_out;
  struct counter *pauses, *skipped;
  struct gauge *paused;
  struct histogram *seconds;
};

/* counters NULL: nothing is counted. */
struct commit_metrics commit_metrics_open(struct counters *counters);
void commit_metrics_close(struct commit_metrics *metrics);

/* A transaction worked, and brought the counts this far; `results` are what was in it. */
void commit_metrics_worked(struct commit_metrics *metrics, const struct commit_counts *counts,
                           struct batch_result *const *results, size_t count, int64_t duration_us);
void commit_metrics_failed(struct commit_metrics *metrics);

#endif

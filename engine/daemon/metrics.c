#include "daemon/metrics.h"

#include "base/clock.h"

const struct metric daemon_metrics[DAEMON_METRICS] = {
    [METRIC_START_TIME] = {"process_start_time_seconds", METRIC_GAUGE, METRIC_SECONDS,
                           .help = "When the program was started, in seconds since 1970."},
    [METRIC_BUILD_INFO] = {"margay_build_info", METRIC_GAUGE, METRIC_PLAIN,
                           .help = "Always 1; which margay this is.", .labels = {"version"}},
    [METRIC_RECORDS] = {"margay_records_total", METRIC_COUNTER, METRIC_PLAIN,
                        .help = "Records that were committed, whatever became of them.",
                        .labels = {"source"}},
    [METRIC_EVENTS] = {"margay_events_total", METRIC_COUNTER, METRIC_PLAIN,
                       .help = "Records that passed their schema.", .labels = {"source"}},
    [METRIC_DEAD_LETTERS] = {"margay_dead_letters_total", METRIC_COUNTER, METRIC_PLAIN,
                             .help = "Records that no schema took.", .labels = {"source"}},
    [METRIC_SCHEMA_ERRORS] = {"margay_schema_errors_total", METRIC_COUNTER, METRIC_PLAIN,
                              .help = "Values of events that are not what the schema says; they "
                                      "were left as they came.",
                              .labels = {"source"}},
    [METRIC_REPEATED_KEYS] = {"margay_repeated_keys_total", METRIC_COUNTER, METRIC_PLAIN,
                              .help =
                                  "Members of events that were left out because their key comes "
                                  "again later in the same object.",
                              .labels = {"source"}},
    [METRIC_CUT_LISTS] = {"margay_cut_lists_total", METRIC_COUNTER, METRIC_PLAIN,
                          .help = "Paths through lists that led to more values than are looked at.",
                          .labels = {"source"}},
    [METRIC_DROPPED_CALLS] = {"margay_dropped_stateful_calls_total", METRIC_COUNTER, METRIC_PLAIN,
                              .help =
                                  "Calls of stateful rules that were left out because one batch "
                                  "wanted too many.",
                              .labels = {"source"}},
    [METRIC_REPEATED] = {"margay_repeated_records_total", METRIC_COUNTER, METRIC_PLAIN,
                         .help = "Records that were known already: read or sent again.",
                         .labels = {"source"}},
    [METRIC_MATCHES] = {"margay_matches_total", METRIC_COUNTER, METRIC_PLAIN,
                        .help = "Events that a rule matched, signals included."},
    [METRIC_SUPPRESSED] = {"margay_suppressed_matches_total", METRIC_COUNTER, METRIC_PLAIN,
                           .help = "Matches of them that an exception, a mute or hours of the "
                                   "configuration's tuning keep from alerts."},
    [METRIC_ALERTS] = {"margay_alerts_total", METRIC_COUNTER, METRIC_PLAIN,
                       .help = "Alerts that were opened."},
    [METRIC_UNROUTED] = {"margay_alerts_unrouted_total", METRIC_COUNTER, METRIC_PLAIN,
                         .help = "Alerts that no destination takes: they are kept, and sent "
                                 "nowhere."},
    [METRIC_MUTED] = {"margay_alerts_muted_total", METRIC_COUNTER, METRIC_PLAIN,
                      .help = "Alerts that a route sends nowhere: they are kept."},
    [METRIC_RULE_ERRORS] = {"margay_rule_error_alerts_total", METRIC_COUNTER, METRIC_PLAIN,
                            .help = "Alerts of them that report a failing rule."},
    [METRIC_RULE_PAUSES] = {"margay_rule_pauses_total", METRIC_COUNTER, METRIC_PLAIN,
                            .help = "Pauses of rules that reached their limits again and again."},
    [METRIC_RULES_PAUSED] = {"margay_rules_paused", METRIC_GAUGE, METRIC_PLAIN,
                             .help = "Rules that are paused now."},
    [METRIC_RULES_SKIPPED] = {"margay_rule_skipped_events_total", METRIC_COUNTER, METRIC_PLAIN,
                              .help = "Times that an event was not shown to a paused rule."},
    [METRIC_RULES] = {"margay_rules", METRIC_GAUGE, METRIC_PLAIN,
                      .help = "Rules: loaded; left out because of a mistake; left out because they "
                              "need one of these; left out because what they ask is not "
                              "supported.",
                      .labels = {"state"}},
    [METRIC_CUT_MATCHES] = {"margay_correlation_cut_matches_total", METRIC_COUNTER, METRIC_PLAIN,
                            .help = "Matches with more keys than a correlation takes, or on top of "
                                    "more matches of their key than it measures."},
    [METRIC_QUESTIONS_LEFT_OUT] = {"margay_question_left_out_total", METRIC_COUNTER, METRIC_PLAIN,
                                   .help = "What questions of rules left out: events dated in the "
                                           "future, and values beyond those that an event or a "
                                           "key may have."},
    [METRIC_TRANSACTIONS] = {"margay_transactions_total", METRIC_COUNTER, METRIC_PLAIN,
                             .help = "Transactions that were committed."},
    [METRIC_TRANSACTION_FAILURES] = {"margay_transaction_failures_total", METRIC_COUNTER,
                                     METRIC_PLAIN,
                                     .help = "Transactions that were taken back and tried again."},
    [METRIC_TRANSACTION_SECONDS] = {"margay_transaction_duration_seconds", METRIC_HISTOGRAM,
                                    METRIC_SECONDS, .help = "How long transactions take.",
                                    METRIC_BOUNDS(US_PER_MS, 5 * US_PER_MS, 25 * US_PER_MS,
                                                  100 * US_PER_MS, 500 * US_PER_MS, US_PER_SECOND,
                                                  5 * US_PER_SECOND)},
    [METRIC_HEARTBEAT_SECONDS] = {"margay_heartbeat_age_seconds", METRIC_GAUGE, METRIC_SECONDS,
                                  .help = "How long ago the committer went round."},
    [METRIC_QUEUED_DELIVERIES] = {"margay_deliveries_queued_total", METRIC_COUNTER, METRIC_PLAIN,
                                  .help = "Deliveries that were put into the outbox."},
    [METRIC_DELIVERIES] = {"margay_delivery_attempts_total", METRIC_COUNTER, METRIC_PLAIN,
                           .help = "Attempts to deliver an alert, by what came of them.",
                           .labels = {"result"}},
    [METRIC_HELD_BACK] = {"margay_deliveries_held_total", METRIC_COUNTER, METRIC_PLAIN,
                          .help = "Deliveries for which another message stands: a digest, or that "
                                  "of a storm."},
    [METRIC_RECIPIENTS_REFUSED] = {"margay_mail_recipients_refused_total", METRIC_COUNTER,
                                   METRIC_PLAIN,
                                   .help = "Recipients whom the mail server refused, though others "
                                           "have the mail."},
    [METRIC_TEMPLATE_ERRORS] = {"margay_template_errors_total", METRIC_COUNTER, METRIC_PLAIN,
                                .help = "Messages that were sent as without their template, which "
                                        "failed."},
    [METRIC_CIRCUIT_OPEN] = {"margay_destination_circuit_open", METRIC_GAUGE, METRIC_PLAIN,
                             .help = "Whether the destination's circuit is open, because it failed "
                                     "three times in a row: 1, or 0.",
                             .labels = {"destination"}},
    [METRIC_SOURCES] = {"margay_sources", METRIC_GAUGE, METRIC_PLAIN,
                        .help = "Sources, by how they are.", .labels = {"state"}},
    [METRIC_SOURCE_UP] = {"margay_source_up", METRIC_GAUGE, METRIC_PLAIN,
                          .help = "Whether nothing of the source fails: 1, or 0.",
                          .labels = {"source"}},
    [METRIC_SOURCE_LAST_EVENT] = {"margay_source_last_event_timestamp_seconds", METRIC_GAUGE,
                                  METRIC_SECONDS,
                                  .help = "The latest event time, in seconds since 1970.",
                                  .labels = {"source"}},
    [METRIC_SOURCE_LAST_RECEIVED] = {"margay_source_last_received_timestamp_seconds", METRIC_GAUGE,
                                     METRIC_SECONDS,
                                     .help = "When a record came last, in seconds since 1970.",
                                     .labels = {"source"}},
    [METRIC_SOURCE_LAST_SUCCESS] = {"margay_source_last_success_timestamp_seconds", METRIC_GAUGE,
                                    METRIC_SECONDS,
                                    .help = "When the source was last read without a fault, in "
                                            "seconds since 1970.",
                                    .labels = {"source"}},
    [METRIC_SOURCE_WATERMARK] = {"margay_source_watermark_timestamp_seconds", METRIC_GAUGE,
                                 METRIC_SECONDS,
                                 .help = "Everything that happened before is here, in seconds "
                                         "since 1970.",
                                 .labels = {"source"}},
    [METRIC_SOURCE_LAG] = {"margay_source_lag_seconds", METRIC_GAUGE, METRIC_SECONDS,
                           .help = "How long ago the latest event happened.", .labels = {"source"}},
    [METRIC_ALARMS] = {"margay_alarms", METRIC_GAUGE, METRIC_PLAIN,
                       .help = "Alarms that have begun and not ended.", .labels = {"alarm"}},
    [METRIC_DISK_FREE] = {"margay_disk_free_bytes", METRIC_GAUGE, METRIC_BYTES,
                          .help = "What is free on the file system of the state file."},
    [METRIC_SOURCE_REQUESTS] = {"margay_source_requests_total", METRIC_COUNTER, METRIC_PLAIN,
                                .help = "Requests that a source made, whatever came of them.",
                                .labels = {"source"}},
    [METRIC_SOURCE_LIMITED] = {"margay_source_rate_limited_total", METRIC_COUNTER, METRIC_PLAIN,
                               .help = "Of these, requests that were refused because there were "
                                       "too many.",
                               .labels = {"source"}},
    [METRIC_SOURCE_BUDGET_WAITS] = {"margay_source_budget_waits_total", METRIC_COUNTER,
                                    METRIC_PLAIN,
                                    .help = "Waits for the request budget of a source's account.",
                                    .labels = {"source"}},
    [METRIC_RELOADS] = {"margay_reloads_total", METRIC_COUNTER, METRIC_PLAIN,
                        .help = "Reloads of the configuration, by what came of them.",
                        .labels = {"result"}},
    [METRIC_RETENTION_DELETED] = {"margay_retention_deleted_rows_total", METRIC_COUNTER,
                                  METRIC_PLAIN,
                                  .help = "Rows that were deleted because they were past their "
                                          "retention.",
                                  .labels = {"part"}},
    [METRIC_RETENTION_STALE] = {"margay_retention_stale_rows", METRIC_GAUGE, METRIC_PLAIN,
                                .help = "Rows that are past their retention and not deleted yet.",
                                .labels = {"part"}},
    [METRIC_STATE_BYTES] = {"margay_state_size_bytes", METRIC_GAUGE, METRIC_BYTES,
                            .help = "What the state takes: its file, what is free in the file, and "
                                    "the log beside it.",
                            .labels = {"part"}},
    [METRIC_LOG_LINES_LOST] = {"margay_log_lines_lost_total", METRIC_COUNTER, METRIC_PLAIN,
                               .help = "Lines of the log that nobody took, so that they were "
                                       "lost."},
    [METRIC_HTTP_CONNECTIONS] = {"margay_http_connections_total", METRIC_COUNTER, METRIC_PLAIN,
                                 .help = "Connections that the listener accepted."},
    [METRIC_HTTP_OPEN_CONNECTIONS] = {"margay_http_open_connections", METRIC_GAUGE, METRIC_PLAIN,
                                      .help = "Connections that are open."},
    [METRIC_HTTP_ANSWERS] = {"margay_http_answers_total", METRIC_COUNTER, METRIC_PLAIN,
                             .help = "Requests that the listener answered, by class of status.",
                             .labels = {"class"}},
    [METRIC_HTTP_REFUSED] = {"margay_http_refused_total", METRIC_COUNTER, METRIC_PLAIN,
                             .help = "What the listener refused, by reason.", .labels = {"reason"}},
    [METRIC_INTAKE_REQUESTS] = {"margay_intake_requests_total", METRIC_COUNTER, METRIC_PLAIN,
                                .help = "Requests to a source's path, by what became of them.",
                                .labels = {"source", "outcome"}},
    [METRIC_INTAKE_SECONDS] =
        {"margay_intake_answer_duration_seconds", METRIC_HISTOGRAM, METRIC_SECONDS,
         .help = "How long requests to a source's path wait for their answer.",
         .labels = {"source"},
         METRIC_BOUNDS(5 * US_PER_MS, 10 * US_PER_MS, 25 * US_PER_MS, 50 * US_PER_MS,
                       100 * US_PER_MS, 250 * US_PER_MS, US_PER_SECOND, 2500 * US_PER_MS)},
    [METRIC_API_REQUESTS] = {"margay_api_requests_total", METRIC_COUNTER, METRIC_PLAIN,
                             .help = "Requests to the API, by operation (`none`: there is no such) "
                                     "and HTTP status.",
                             .labels = {"operation", "status"}},
    [METRIC_API_SECONDS] = {"margay_api_request_duration_seconds", METRIC_HISTOGRAM, METRIC_SECONDS,
                            .help = "How long requests to the API wait for their answer.",
                            METRIC_BOUNDS(5 * US_PER_MS, 25 * US_PER_MS, 100 * US_PER_MS,
                                          300 * US_PER_MS, US_PER_SECOND, 10 * US_PER_SECOND)},
    [METRIC_API_WAITING] = {"margay_api_waiting_requests", METRIC_GAUGE, METRIC_PLAIN,
                            .help = "Requests to the API that wait for a thread."},
    [METRIC_API_STREAMS] = {"margay_api_streams", METRIC_GAUGE, METRIC_PLAIN,
                            .help = "Streams of what is new that are open."},
    [METRIC_API_STREAMS_CUT] = {"margay_api_streams_cut_total", METRIC_COUNTER, METRIC_PLAIN,
                                .help = "Streams that were ended because their client was too "
                                        "slow."},
};

struct counters *daemon_counters_new(void) {
  struct counters *counters = counters_new(daemon_metrics, DAEMON_METRICS);
  struct clock clock = clock_system();
  struct gauge *start = gauge_open(counters, METRIC_START_TIME, METRIC_NO_VALUES);
  struct gauge *build =
      gauge_open(counters, METRIC_BUILD_INFO, METRIC_VALUES(text_from(MARGAY_VERSION)));
  gauge_set(start, clock_now(&clock));
  gauge_set(build, 1);
  gauge_close(start);
  gauge_close(build);
  return counters;
}

void daemon_count_rules(struct counters *counters, size_t loaded, size_t mistaken, size_t dependent,
                        size_t unsupported) {
  const struct {
    const char *state;
    size_t count;
  } rows[] = {{"loaded", loaded},
              {"mistaken", mistaken},
              {"dependent", dependent},
              {"unsupported", unsupported}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct gauge *gauge =
        gauge_open(counters, METRIC_RULES, METRIC_VALUES(text_from(rows[i].state)));
    gauge_set(gauge, (int64_t)rows[i].count);
    gauge_close(gauge);
  }
}

/* ---- the committer ----------------------------------------------------------------------- */

struct commit_metrics commit_metrics_open(struct counters *counters) {
  struct commit_metrics metrics = {.counters = counters};
  const struct {
    enum daemon_metric metric;
    struct counter **handle;
  } rows[] = {
      {METRIC_MATCHES, &metrics.matches},
      {METRIC_SUPPRESSED, &metrics.suppressed},
      {METRIC_ALERTS, &metrics.alerts},
      {METRIC_UNROUTED, &metrics.unrouted},
      {METRIC_MUTED, &metrics.muted},
      {METRIC_RULE_ERRORS, &metrics.rule_errors},
      {METRIC_TRANSACTIONS, &metrics.transactions},
      {METRIC_TRANSACTION_FAILURES, &metrics.failures},
      {METRIC_QUEUED_DELIVERIES, &metrics.queued},
      {METRIC_CUT_MATCHES, &metrics.cut_matches},
      {METRIC_QUESTIONS_LEFT_OUT, &metrics.left_out},
      {METRIC_RULE_PAUSES, &metrics.pauses},
      {METRIC_RULES_SKIPPED, &metrics.skipped},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    *rows[i].handle = counter_open(counters, rows[i].metric, METRIC_NO_VALUES, 0);
  metrics.paused = gauge_open(counters, METRIC_RULES_PAUSED, METRIC_NO_VALUES);
  metrics.seconds = histogram_open(counters, METRIC_TRANSACTION_SECONDS, METRIC_NO_VALUES, 0);
  return metrics;
}

void commit_metrics_close(struct commit_metrics *metrics) {
  struct counter *const handles[] = {metrics->matches,     metrics->alerts,       metrics->unrouted,
                                     metrics->rule_errors, metrics->transactions, metrics->failures,
                                     metrics->queued,      metrics->pauses,       metrics->skipped,
                                     metrics->cut_matches, metrics->suppressed,   metrics->left_out,
                                     metrics->muted};
  for (size_t i = 0; i < sizeof handles / sizeof *handles; i++)
    counter_close(handles[i]);
  gauge_close(metrics->paused);
  histogram_close(metrics->seconds);
}

/* A batch is a few hundred records, so looking its source's series up costs nothing beside it. */
static void count_source(struct commit_metrics *metrics, const struct batch_result *result) {
  const struct {
    enum daemon_metric metric;
    uint64_t count;
  } rows[] = {{METRIC_RECORDS, result->records},
              {METRIC_EVENTS, result->events_seen},
              {METRIC_DEAD_LETTERS, result->dead_letter_count},
              {METRIC_SCHEMA_ERRORS, result->faults.errors},
              {METRIC_REPEATED_KEYS, result->repeated_keys},
              {METRIC_CUT_LISTS, result->cut_lists},
              {METRIC_REPEATED, result->repeated},
              {METRIC_DROPPED_CALLS, result->dropped_calls}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct counter *counter = counter_open(metrics->counters, rows[i].metric,
                                           METRIC_VALUES(result->batch->source->id), 0);
    counter_add(counter, rows[i].count);
    counter_close(counter);
  }
}

static void count_pauses(struct commit_metrics *metrics, const struct batch_result *result) {
  if (!result->detection->breaker)
    return;
  struct rule_breaker_counts counts = rule_breaker_take_counts(result->detection->breaker);
  counter_add(metrics->pauses, counts.pauses);
  counter_add(metrics->skipped, counts.skipped);
  gauge_set(metrics->paused, (int64_t)counts.paused);
}

static uint64_t left_out(const struct question_counts *counts) {
  return counts->ahead + counts->cut + counts->forgotten;
}

void commit_metrics_worked(struct commit_metrics *metrics, const struct commit_counts *counts,
                           struct batch_result *const *results, size_t count, int64_t duration_us) {
  const struct commit_counts *before = &metrics->counted;
  if (counts->transactions == before->transactions)
    return;
  counter_add(metrics->matches, counts->matches - before->matches);
  counter_add(metrics->suppressed, counts->suppressed - before->suppressed);
  counter_add(metrics->alerts, counts->alerts - before->alerts);
  counter_add(metrics->unrouted, counts->unrouted - before->unrouted);
  counter_add(metrics->muted, counts->muted - before->muted);
  counter_add(metrics->rule_errors, counts->rule_errors - before->rule_errors);
  counter_add(metrics->transactions, counts->transactions - before->transactions);
  counter_add(metrics->queued, counts->queued - before->queued);
  counter_add(metrics->cut_matches, counts->cut_matches - before->cut_matches);
  counter_add(metrics->left_out, left_out(&counts->questions) - left_out(&before->questions));
  histogram_observe(metrics->seconds, duration_us);
  for (size_t i = 0; i < count; i++) {
    count_source(metrics, results[i]);
    count_pauses(metrics, results[i]);
  }
  metrics->counted = *counts;
}

void commit_metrics_failed(struct commit_metrics *metrics) {
  counter_add(metrics->failures, 1);
}

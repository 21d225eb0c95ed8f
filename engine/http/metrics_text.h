/*
 * A registry of counters as text that a Prometheus server reads: the text exposition format,
 * version 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats).
 *
 *   # HELP margay_commit_duration_seconds How long commits take.
 *   # TYPE margay_commit_duration_seconds histogram
 *   margay_commit_duration_seconds_bucket{le="0.001"} 3
 *   margay_commit_duration_seconds_bucket{le="+Inf"} 4
 *   margay_commit_duration_seconds_sum 2.022003
 *   margay_commit_duration_seconds_count 4
 *
 * Metrics come in the order of their table, with their series behind them; a metric without series
 * is left out. Metrics of seconds are written in seconds, exact to the microsecond. A gauge that
 * holds GAUGE_NONE is NaN; the only infinity is a histogram's last bound.
 *
 * What the conventions ask every program for, with the names that they give to it
 * (prometheus.io/docs/instrumenting/writing_clientlibs), are rows of the table as any other:
 * process_start_time_seconds is a gauge of METRIC_SECONDS that is set once to a time_us.
 */
#ifndef HTTP_METRICS_TEXT_H
#define HTTP_METRICS_TEXT_H

#include "base/buffer.h"
#include "base/counters/counters.h"

/* The Content-Type of the answer. */
#define METRICS_TEXT_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Appends the whole text; NULL appends nothing. Any thread; takes the registry's lock, and no
 * thread that only counts waits for it. */
void metrics_text_write(struct counters *counters, struct buffer *out);

#endif

/*
 * The room base/counters counts what the program does, for who asks.
 *
 * Counters, gauges and histograms: how much the program has done and how it is, as numbers that any
 * thread writes without a lock and that can be read at any time. What `status`, /metrics and the
 * table in the documents show comes from here.
 *
 * A metric is a row of a static table. A series is a metric with one set of label values; a handle
 * is what a thread writes to a series with:
 *
 *   static const struct metric metrics[] = {
 *       [METRIC_RECORDS] = {"margay_records_total", METRIC_COUNTER, METRIC_PLAIN,
 *                           .help = "Records that a source brought.", .labels = {"source"}},
 *   };
 *   struct counters *counters = counters_new(metrics, COUNT(metrics));
 *   struct counter *records = counter_open(counters, METRIC_RECORDS, METRIC_VALUES(id), 0);
 *   counter_add(records, batch->count);      (as often as wanted, from any thread)
 *   counter_close(records);
 *
 * A handle is opened where label values become known (a start, a reload), not for each event.
 *
 * Values are int64_t. In metrics of seconds they are microseconds, as all times and durations are
 * in this program (base/clock.h); whoever shows them divides.
 *
 * Ownership: the registry owns series and handles. A closed handle, and every handle once the
 * registry is freed, is gone.
 *
 * Threads: open, close, retire, each and value may be called by any thread at any time; they take
 * the registry's lock. add, set and observe may be called by any thread, with the same handle by
 * several, too; they take no lock: each number is one relaxed atomic operation. So a reader sees
 * every number whole, but not all numbers of one moment. counters_new and counters_free are for
 * one thread, when no other uses the registry.
 *
 * Errors: none. A registry that is NULL gives handles that are NULL, and writing to those does
 * nothing, so that a part can be used without being counted.
 */
#ifndef BASE_COUNTERS_COUNTERS_H
#define BASE_COUNTERS_COUNTERS_H

#include "base/text.h"
#include "base/yaml/problems.h"

#include <stdatomic.h>

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

enum metric_unit { METRIC_PLAIN, METRIC_SECONDS, METRIC_BYTES };

#define METRIC_LABELS_MAX 4
#define METRIC_BOUNDS_MAX 24

/* Label values are kept as text_printable shows them in so many bytes with the NUL: well-formed
 * UTF-8 without control characters. Values that are the same so far share a series. */
#define METRIC_VALUE_SIZE 128

/* Series of a metric that does not say: enough for sources, destinations, log types and reasons,
 * and little for a Prometheus server, whose advice is to stay below a few hundred a metric. */
#define METRIC_SERIES_MAX 500

/* All label values of the series that takes what a metric has no more series for. */
#define METRIC_OTHER "other"

struct metric {
  const char *name; /* by Prometheus's conventions: counters_check */
  enum metric_kind kind;
  enum metric_unit unit;
  const char *help;                      /* one sentence */
  const char *labels[METRIC_LABELS_MAX]; /* keys; NULL after the last one */
  /* Of a histogram: upper bounds of its buckets in the metric's values (microseconds for
   * METRIC_SECONDS), ascending; a bucket for what is above the last one is always there. */
  const int64_t *bounds;
  size_t bound_count;
  size_t series_max; /* 0: METRIC_SERIES_MAX */
};

/* In a row: `METRIC_BOUNDS(5 * US_PER_MS, 50 * US_PER_MS, US_PER_SECOND)` */
#define METRIC_BOUNDS(...)                                                                         \
  .bounds = (const int64_t[]){__VA_ARGS__},                                                        \
  .bound_count = sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t)

size_t metric_label_count(const struct metric *metric);
const char *metric_kind_name(enum metric_kind kind); /* "counter", "gauge", "histogram" */
const char *metric_unit_name(enum metric_unit unit); /* "", "seconds", "bytes" */

/* How many of a metric's values make one of its unit: 1,000,000 for seconds, or 1. */
int64_t metric_unit_scale(enum metric_unit unit);

/* What a gauge holds when nothing is known to say (a watermark before the first poll). */
#define GAUGE_NONE INT64_MIN

/* ---- the registry ---- */

struct counters;

/* The table must outlive the registry; an index into it names a metric. A counter or histogram
 * without labels has its series from the start, with 0. */
struct counters *counters_new(const struct metric *metrics, size_t count);
void counters_free(struct counters *counters); /* NULL is fine */

/* The metric that each registry adds to its table, at the index behind it: how often there was no
 * room for a series, by metric. */
extern const struct metric counters_overflow_metric;

/* The label values of a series, in the order of the metric's keys. */
struct metric_values {
  const struct text *items;
  size_t count;
};

#define METRIC_VALUES(...)                                                                         \
  ((struct metric_values){(const struct text[]){__VA_ARGS__},                                      \
                          sizeof((const struct text[]){__VA_ARGS__}) / sizeof(struct text)})
#define METRIC_NO_VALUES ((struct metric_values){NULL, 0})

/* ---- handles ---- */

/* Private; here for the functions below that are inline. */
struct counter {
  _Atomic int64_t value;
};
struct gauge {
  _Atomic int64_t value;
};
struct histogram;

#define COUNTER_SHARDS 16

/*
 * A handle for the series; the series is made when it is not there. The metric's kind and its
 * number of labels must be those asked for. When the metric has no room for another series, the
 * handle is for METRIC_OTHER's, and counters_overflow_metric counts that. (A gauge's holds what was
 * written last.)
 *
 * `shard`: handles of different shards write to different cache lines, so threads that write very
 * often do not wait for each other; readers add the shards up. Give 0, or where a counter is hot
 * (each event, each record) the index of the worker: it is taken modulo COUNTER_SHARDS, and two
 * threads with one shard are as right, only slower. Every handle has its cache lines for itself,
 * whatever its neighbours are. Handles of one series and shard are the same handle, to be closed
 * as often as opened.
 */
struct counter *counter_open(struct counters *counters, size_t metric, struct metric_values values,
                             unsigned shard);
struct gauge *gauge_open(struct counters *counters, size_t metric, struct metric_values values);
struct histogram *histogram_open(struct counters *counters, size_t metric,
                                 struct metric_values values, unsigned shard);

/* The series stays, with its value. A handle that is never closed keeps a retired series in memory,
 * no more. NULL is fine. */
void counter_close(struct counter *counter);
void gauge_close(struct gauge *gauge);
void histogram_close(struct histogram *histogram);

static inline void counter_add(struct counter *counter, uint64_t n) {
  if (counter)
    atomic_fetch_add_explicit(&counter->value, (int64_t)n, memory_order_relaxed);
}

/* A gauge begins with 0 when it is first opened. */
static inline void gauge_set(struct gauge *gauge, int64_t value) {
  if (gauge)
    atomic_store_explicit(&gauge->value, value, memory_order_relaxed);
}

/* Not on a gauge that may hold GAUGE_NONE. */
static inline void gauge_add(struct gauge *gauge, int64_t n) {
  if (gauge)
    atomic_fetch_add_explicit(&gauge->value, n, memory_order_relaxed);
}

/* Two atomic operations: the bucket, the sum. A value below 0 (a duration over a clock that was set
 * back) counts as 0. */
void histogram_observe(struct histogram *histogram, int64_t value);

/*
 * For a reload, when something is gone for good: hides, in every metric with a label `key`, the
 * series whose value of it is `value`. What is still written to them is not shown. They leave
 * memory when their last handle is closed; opened before that, they are shown again with what they
 * have counted, and after it from 0.
 */
void counters_retire(struct counters *counters, const char *key, struct text value);

/* ---- reading ---- */

struct metric_sample {
  const struct metric *metric;
  const struct text *values; /* one a label */
  int64_t value;             /* of a histogram: the sum of what was observed */
  /* Of a histogram: how much was observed, and how much of it was not above each bound. */
  int64_t count;
  const int64_t *at_most;
};

/*
 * Every series that is not retired: metrics in the order of the table, the registry's own after
 * them, and the series of a metric in the order of their values. The sample lives until the visitor
 * returns. The registry is locked meanwhile: the visitor calls nothing of this header that takes
 * the lock.
 */
void counters_each(struct counters *counters,
                   void (*visit)(void *context, const struct metric_sample *sample), void *context);

/* A counter's or gauge's value, or the number of a histogram's observations; 0 when there is no
 * such series. */
int64_t counters_value(struct counters *counters, size_t metric, struct metric_values values);

/*
 * For a test over a table: adds a problem for each row that breaks Prometheus's conventions for
 * names (prometheus.io/docs/practices/naming, and what `promtool check metrics` reports) or this
 * header's: prefix `margay_` (or `process_`, for the names that all exporters share), lower-case
 * words, base units, the unit in the name, `_total` on counters alone, help that is one sentence,
 * labels that are not reserved, bounds that ascend. True when there was none.
 */
bool counters_check(const struct metric *metrics, size_t count, struct problems *problems);

#endif

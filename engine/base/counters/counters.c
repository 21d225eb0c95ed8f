#include "base/counters/counters.h"

#include "base/memory.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

/* Of x86-64 and most ARMv8 processors. */
#define CACHE_LINE 64

struct series;

/* What one shard has counted. Its address is the handle, so the number comes first. */
struct cell {
  union {
    struct counter counter;
    struct gauge gauge;
    _Atomic int64_t sum;
  } of;
  struct series *series;
  struct cell *next; /* of the series; guarded by the registry's lock */
  unsigned shard;
  _Atomic int64_t buckets[]; /* of a histogram: one a bound, and one for what is above */
};

/* Guarded by the registry's lock. */
struct series {
  struct family *family;
  struct text values[METRIC_LABELS_MAX]; /* owned */
  struct cell *cells;                    /* one for each shard that was asked for */
  size_t handles;
  bool is_retired;
};

/* A metric and its series. */
struct family {
  struct counters *counters;
  const struct metric *metric;
  struct series **series; /* by their values */
  size_t count, capacity;
  size_t shown; /* those that count towards the metric's limit */
};

struct counters {
  pthread_mutex_t lock;
  struct family *families; /* the table's, then the registry's own */
  size_t count;
};

const struct metric counters_overflow_metric = {
    "margay_metric_overflows_total",
    METRIC_COUNTER,
    METRIC_PLAIN,
    .help =
        "Times that a metric had no room for another series and used its series `other` instead.",
    .labels = {"metric"},
    .series_max = SIZE_MAX};

/* ---- metrics ---- */

size_t metric_label_count(const struct metric *metric) {
  size_t count = 0;
  while (count < METRIC_LABELS_MAX && metric->labels[count])
    count++;
  return count;
}

const char *metric_kind_name(enum metric_kind kind) {
  static const char *const names[] = {
      [METRIC_COUNTER] = "counter", [METRIC_GAUGE] = "gauge", [METRIC_HISTOGRAM] = "histogram"};
  return names[kind];
}

static const struct {
  const char *name;
  int64_t scale;
} units[] = {[METRIC_PLAIN] = {"", 1},
             [METRIC_SECONDS] = {"seconds", 1000000},
             [METRIC_BYTES] = {"bytes", 1}};

const char *metric_unit_name(enum metric_unit unit) {
  return units[unit].name;
}

int64_t metric_unit_scale(enum metric_unit unit) {
  return units[unit].scale;
}

static size_t series_max(const struct metric *metric) {
  return metric->series_max ? metric->series_max : METRIC_SERIES_MAX;
}

/* ---- label values ---- */

/* Values as the registry keeps them. */
struct label_values {
  struct text items[METRIC_LABELS_MAX];
  char space[METRIC_LABELS_MAX][METRIC_VALUE_SIZE];
  size_t count;
};

static void read_values(const struct metric *metric, struct metric_values given,
                        struct label_values *values) {
  values->count = metric_label_count(metric);
  assert(given.count == values->count);
  for (size_t i = 0; i < values->count; i++)
    values->items[i] =
        text_from(text_printable(given.items[i], values->space[i], METRIC_VALUE_SIZE));
}

static void set_other(struct label_values *values) {
  for (size_t i = 0; i < values->count; i++)
    values->items[i] = TEXT(METRIC_OTHER);
}

static bool is_other(const struct text *values, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (!text_is(values[i], METRIC_OTHER))
      return false;
  return count > 0;
}

static int compare_values(const struct text *a, const struct text *b, size_t count) {
  int order = 0;
  for (size_t i = 0; order == 0 && i < count; i++)
    order = text_compare(a[i], b[i]);
  return order;
}

/* ---- series ---- */

static size_t bucket_count(const struct metric *metric) {
  return metric->kind == METRIC_HISTOGRAM ? metric->bound_count + 1 : 0;
}

/* Zeroed, with its cache lines for itself. */
static struct cell *cell_new(struct series *series, unsigned shard) {
  size_t size =
      sizeof(struct cell) + bucket_count(series->family->metric) * sizeof(_Atomic int64_t);
  size = (size + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
  struct cell *cell = aligned_alloc(CACHE_LINE, size);
  if (!cell)
    memory_exhausted();
  memset(cell, 0, size);
  cell->series = series;
  cell->shard = shard;
  return cell;
}

static struct cell *cell_of(struct series *series, unsigned shard) {
  struct cell **link = &series->cells;
  while (*link && (*link)->shard != shard)
    link = &(*link)->next;
  if (!*link)
    *link = cell_new(series, shard);
  return *link;
}

static void series_free(struct series *series) {
  while (series->cells) {
    struct cell *cell = series->cells;
    series->cells = cell->next;
    free(cell);
  }
  for (size_t i = 0; i < METRIC_LABELS_MAX; i++)
    free((char *)(uintptr_t)series->values[i].data);
  free(series);
}

/* Where the series is, or would be. */
static size_t place_of(const struct family *family, const struct label_values *values,
                       bool *found) {
  size_t low = 0, high = family->count;
  *found = false;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int order = compare_values(family->series[middle]->values, values->items, values->count);
    if (order == 0) {
      *found = true;
      return middle;
    }
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static struct series *series_add(struct family *family, const struct label_values *values,
                                 size_t place) {
  struct series *series = memory_alloc(sizeof *series);
  series->family = family;
  series->is_retired = true; /* until show() */
  for (size_t i = 0; i < values->count; i++)
    series->values[i] = (struct text){
        memory_copy_bytes(values->items[i].data, values->items[i].size), values->items[i].size};
  family->series =
      memory_reserve(family->series, &family->capacity, family->count + 1, sizeof *family->series);
  memmove(&family->series[place + 1], &family->series[place],
          (family->count - place) * sizeof *family->series);
  family->series[place] = series;
  family->count++;
  return series;
}

static void series_remove(struct series *series) {
  struct family *family = series->family;
  size_t place = 0;
  while (family->series[place] != series)
    place++;
  family->count--;
  memmove(&family->series[place], &family->series[place + 1],
          (family->count - place) * sizeof *family->series);
  series_free(series);
}

/* The series `other` is beside the limit. */
static size_t weight_of(const struct series *series) {
  const struct family *family = series->family;
  return !is_other(series->values, metric_label_count(family->metric));
}

static void show(struct series *series) {
  if (series->is_retired)
    series->family->shown += weight_of(series);
  series->is_retired = false;
}

static void retire(struct series *series) {
  if (!series->is_retired)
    series->family->shown -= weight_of(series);
  series->is_retired = true;
  if (series->handles == 0)
    series_remove(series);
}

static struct series *series_of(struct family *family, struct label_values *values);

/* Says in the registry's own counter that the family was full. */
static void count_overflow(struct family *family) {
  struct counters *counters = family->counters;
  struct family *own = &counters->families[counters->count - 1];
  struct label_values values;
  read_values(own->metric, METRIC_VALUES(text_from(family->metric->name)), &values);
  counter_add(&cell_of(series_of(own, &values), 0)->of.counter, 1);
}

/* The series to use for the values, shown; `other` when there is no room for it. */
static struct series *series_of(struct family *family, struct label_values *values) {
  bool found;
  size_t place = place_of(family, values, &found);
  bool is_shown = found && !family->series[place]->is_retired;
  if (!is_shown && family->shown >= series_max(family->metric) &&
      !is_other(values->items, values->count)) {
    count_overflow(family);
    set_other(values);
    place = place_of(family, values, &found);
  }
  struct series *series = found ? family->series[place] : series_add(family, values, place);
  show(series);
  return series;
}

/* ---- the registry ---- */

struct counters *counters_new(const struct metric *metrics, size_t count) {
  struct counters *counters = memory_alloc(sizeof *counters);
  pthread_mutex_init(&counters->lock, NULL);
  counters->count = count + 1;
  counters->families = memory_alloc_array(counters->count, sizeof *counters->families);
  for (size_t i = 0; i <= count; i++) {
    struct family *family = &counters->families[i];
    struct label_values none = {.count = 0};
    family->counters = counters;
    family->metric = i < count ? &metrics[i] : &counters_overflow_metric;
    assert(family->metric->bound_count <= METRIC_BOUNDS_MAX);
    if (metric_label_count(family->metric) == 0 && family->metric->kind != METRIC_GAUGE)
      series_of(family, &none);
  }
  return counters;
}

void counters_free(struct counters *counters) {
  if (!counters)
    return;
  for (size_t i = 0; i < counters->count; i++) {
    struct family *family = &counters->families[i];
    for (size_t k = 0; k < family->count; k++)
      series_free(family->series[k]);
    free(family->series);
  }
  free(counters->families);
  pthread_mutex_destroy(&counters->lock);
  free(counters);
}

static struct cell *open_cell(struct counters *counters, size_t metric, enum metric_kind kind,
                              struct metric_values given, unsigned shard) {
  if (!counters)
    return NULL;
  assert(metric < counters->count - 1 && counters->families[metric].metric->kind == kind);
  struct label_values values;
  read_values(counters->families[metric].metric, given, &values);
  pthread_mutex_lock(&counters->lock);
  struct series *series = series_of(&counters->families[metric], &values);
  struct cell *cell = cell_of(series, shard % COUNTER_SHARDS);
  series->handles++;
  pthread_mutex_unlock(&counters->lock);
  return cell;
}

static void close_cell(struct cell *cell) {
  if (!cell)
    return;
  struct series *series = cell->series;
  struct counters *counters = series->family->counters;
  pthread_mutex_lock(&counters->lock);
  assert(series->handles > 0);
  series->handles--;
  if (series->is_retired && series->handles == 0)
    series_remove(series);
  pthread_mutex_unlock(&counters->lock);
}

struct counter *counter_open(struct counters *counters, size_t metric, struct metric_values values,
                             unsigned shard) {
  return (struct counter *)open_cell(counters, metric, METRIC_COUNTER, values, shard);
}

struct gauge *gauge_open(struct counters *counters, size_t metric, struct metric_values values) {
  return (struct gauge *)open_cell(counters, metric, METRIC_GAUGE, values, 0);
}

struct histogram *histogram_open(struct counters *counters, size_t metric,
                                 struct metric_values values, unsigned shard) {
  return (struct histogram *)open_cell(counters, metric, METRIC_HISTOGRAM, values, shard);
}

void counter_close(struct counter *counter) {
  close_cell((struct cell *)counter);
}

void gauge_close(struct gauge *gauge) {
  close_cell((struct cell *)gauge);
}

void histogram_close(struct histogram *histogram) {
  close_cell((struct cell *)histogram);
}

void histogram_observe(struct histogram *histogram, int64_t value) {
  if (!histogram)
    return;
  struct cell *cell = (struct cell *)histogram;
  const struct metric *metric = cell->series->family->metric;
  size_t bucket = 0;
  value = value < 0 ? 0 : value;
  while (bucket < metric->bound_count && value > metric->bounds[bucket])
    bucket++;
  atomic_fetch_add_explicit(&cell->buckets[bucket], 1, memory_order_relaxed);
  atomic_fetch_add_explicit(&cell->of.sum, value, memory_order_relaxed);
}

void counters_retire(struct counters *counters, const char *key, struct text value) {
  char space[METRIC_VALUE_SIZE];
  if (!counters)
    return;
  value = text_from(text_printable(value, space, sizeof space));
  pthread_mutex_lock(&counters->lock);
  for (size_t i = 0; i < counters->count; i++) {
    struct family *family = &counters->families[i];
    size_t label = 0, labels = metric_label_count(family->metric);
    while (label < labels && strcmp(family->metric->labels[label], key) != 0)
      label++;
    for (size_t k = label < labels ? family->count : 0; k-- > 0;)
      if (text_equal(family->series[k]->values[label], value))
        retire(family->series[k]);
  }
  pthread_mutex_unlock(&counters->lock);
}

/* ---- reading ---- */

/* Adds the shards up; `at_most` has METRIC_BOUNDS_MAX + 1 places. */
static struct metric_sample read_series(const struct series *series, int64_t *at_most) {
  const struct metric *metric = series->family->metric;
  struct metric_sample sample = {.metric = metric, .values = series->values, .at_most = at_most};
  size_t buckets = bucket_count(metric);
  memset(at_most, 0, (METRIC_BOUNDS_MAX + 1) * sizeof *at_most);
  for (struct cell *cell = series->cells; cell; cell = cell->next) {
    sample.value += atomic_load_explicit(&cell->of.sum, memory_order_relaxed);
    for (size_t i = 0; i < buckets; i++)
      at_most[i] += atomic_load_explicit(&cell->buckets[i], memory_order_relaxed);
  }
  for (size_t i = 0; i < buckets; i++)
    at_most[i] = sample.count += at_most[i];
  return sample;
}

void counters_each(struct counters *counters,
                   void (*visit)(void *context, const struct metric_sample *sample),
                   void *context) {
  int64_t at_most[METRIC_BOUNDS_MAX + 1];
  if (!counters)
    return;
  pthread_mutex_lock(&counters->lock);
  for (size_t i = 0; i < counters->count; i++) {
    const struct family *family = &counters->families[i];
    for (size_t k = 0; k < family->count; k++) {
      if (family->series[k]->is_retired)
        continue;
      struct metric_sample sample = read_series(family->series[k], at_most);
      visit(context, &sample);
    }
  }
  pthread_mutex_unlock(&counters->lock);
}

int64_t counters_value(struct counters *counters, size_t metric, struct metric_values values) {
  int64_t at_most[METRIC_BOUNDS_MAX + 1];
  struct metric_sample sample = {.value = 0};
  struct label_values kept;
  bool found;
  if (!counters)
    return 0;
  const struct family *family = &counters->families[metric];
  read_values(family->metric, values, &kept);
  pthread_mutex_lock(&counters->lock);
  size_t place = place_of(family, &kept, &found);
  if (found && !family->series[place]->is_retired)
    sample = read_series(family->series[place], at_most);
  pthread_mutex_unlock(&counters->lock);
  return family->metric->kind == METRIC_HISTOGRAM ? sample.count : sample.value;
}

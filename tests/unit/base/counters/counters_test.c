/* The registry of counters: series, handles, shards, retirement, and many threads at once. */
#include "base/clock.h"
#include "base/counters/counters.h"
#include "base/memory.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

enum { UPTIME, RECORDS, DEAD, QUEUE, SECONDS, LATENCY, FEW, METRICS };

static const struct metric metrics[] = {
    [UPTIME] = {"process_start_time_seconds", METRIC_GAUGE, METRIC_SECONDS,
                .help = "When the program was started."},
    [RECORDS] = {"margay_records_total", METRIC_COUNTER, METRIC_PLAIN,
                 .help = "Records that a source brought.", .labels = {"source"}},
    [DEAD] = {"margay_dead_letters_total", METRIC_COUNTER, METRIC_PLAIN,
              .help = "Records that no schema took.", .labels = {"source", "reason"}},
    [QUEUE] = {"margay_queue_bytes", METRIC_GAUGE, METRIC_BYTES, .help = "Bytes that wait.",
               .labels = {"destination"}},
    [SECONDS] = {"margay_work_seconds_total", METRIC_COUNTER, METRIC_SECONDS,
                 .help = "Time spent on work."},
    [LATENCY] = {"margay_commit_duration_seconds", METRIC_HISTOGRAM, METRIC_SECONDS,
                 .help = "How long commits take.",
                 METRIC_BOUNDS(US_PER_MS, 10 * US_PER_MS, US_PER_SECOND)},
    [FEW] = {"margay_few_total", METRIC_COUNTER, METRIC_PLAIN, .help = "Few series.",
             .labels = {"rule"}, .series_max = 2},
};

#define TEXT_OF(string) METRIC_VALUES(text_from(string))

/* ---- what a reader sees, as lines ---- */

struct seen {
  char text[4096];
  size_t size;
};

static void see(void *context, const struct metric_sample *sample) {
  struct seen *seen = context;
  const struct metric *metric = sample->metric;
  seen->size +=
      (size_t)snprintf(seen->text + seen->size, sizeof seen->text - seen->size, "%s", metric->name);
  for (size_t i = 0; i < metric_label_count(metric); i++)
    seen->size += (size_t)snprintf(seen->text + seen->size, sizeof seen->text - seen->size,
                                   " %s=%.*s", metric->labels[i], TEXT_ARGS(sample->values[i]));
  for (size_t i = 0; i < metric->bound_count; i++)
    seen->size +=
        (size_t)snprintf(seen->text + seen->size, sizeof seen->text - seen->size, " <=%lld:%lld",
                         (long long)metric->bounds[i], (long long)sample->at_most[i]);
  if (metric->kind == METRIC_HISTOGRAM)
    seen->size += (size_t)snprintf(seen->text + seen->size, sizeof seen->text - seen->size,
                                   " all:%lld", (long long)sample->count);
  seen->size += (size_t)snprintf(seen->text + seen->size, sizeof seen->text - seen->size, " %lld\n",
                                 (long long)sample->value);
}

static void assert_seen(struct counters *counters, const char *expected) {
  struct seen seen = {.size = 0};
  counters_each(counters, see, &seen);
  assert_string_equal(seen.text, expected);
}

#define WITHOUT_LABELS                                                                             \
  "margay_work_seconds_total 0\n"                                                                  \
  "margay_commit_duration_seconds <=1000:0 <=10000:0 <=1000000:0 all:0 0\n"

/* Opens, adds and closes. */
static void add(struct counters *counters, size_t metric, struct metric_values values, uint64_t n) {
  struct counter *counter = counter_open(counters, metric, values, 0);
  counter_add(counter, n);
  counter_close(counter);
}

/* ---- tests ---- */

static void counters_without_labels_are_there_from_the_start(void **state) {
  (void)state;
  struct counters *counters = counters_new(metrics, METRICS);
  assert_seen(counters, WITHOUT_LABELS);
  counters_free(counters);
}

static void a_gauge_is_there_once_it_was_opened(void **state) {
  (void)state;
  struct counters *counters = counters_new(metrics, METRICS);
  struct gauge *start = gauge_open(counters, UPTIME, METRIC_NO_VALUES);
  struct gauge *queue = gauge_open(counters, QUEUE, TEXT_OF("slack"));
  gauge_set(start, INT64_C(1711004943016789));
  gauge_add(queue, 12);
  gauge_add(queue, -5);
  assert_seen(counters, "process_start_time_seconds 1711004943016789\n"
                        "margay_queue_bytes destination=slack 7\n" WITHOUT_LABELS);
  gauge_set(queue, GAUGE_NONE);
  assert_true(counters_value(counters, QUEUE, TEXT_OF("slack")) == GAUGE_NONE);
  gauge_close(start);
  gauge_close(queue);
  assert_true(counters_value(counters, QUEUE, TEXT_OF("slack")) == GAUGE_NONE);
  counters_free(counters);
}

static void series_come_in_the_order_of_the_table_and_of_their_values(void **state) {
  (void)state;
  static const char *const reasons[] = {"b", "a", "c", ""};
  struct counters *counters = counters_new(metrics, METRICS);
  for (size_t i = 0; i < COUNT(reasons); i++)
    add(counters, DEAD, METRIC_VALUES(TEXT("z"), text_from(reasons[i])), i);
  add(counters, DEAD, METRIC_VALUES(TEXT("y"), TEXT("d")), 4);
  add(counters, RECORDS, TEXT_OF("zoom"), 10);
  add(counters, RECORDS, TEXT_OF("file"), 20);
  assert_seen(counters, "margay_records_total source=file 20\n"
                        "margay_records_total source=zoom 10\n"
                        "margay_dead_letters_total source=y reason=d 4\n"
                        "margay_dead_letters_total source=z reason= 3\n"
                        "margay_dead_letters_total source=z reason=a 1\n"
                        "margay_dead_letters_total source=z reason=b 0\n"
                        "margay_dead_letters_total source=z reason=c 2\n" WITHOUT_LABELS);
  counters_free(counters);
}

static void a_series_is_the_sum_of_its_shards(void **state) {
  (void)state;
  struct counter *handles[3 * COUNTER_SHARDS];
  struct counters *counters = counters_new(metrics, METRICS);
  for (unsigned i = 0; i < COUNT(handles); i++) {
    handles[i] = counter_open(counters, RECORDS, TEXT_OF("zoom"), i);
    counter_add(handles[i], i);
    for (unsigned k = 0; k < i; k++)
      assert_int_equal(handles[i] == handles[k], i % COUNTER_SHARDS == k % COUNTER_SHARDS);
    /* A cache line of its own, whole. */
    assert_int_equal((uintptr_t)handles[i] % 64, 0);
  }
  assert_int_equal(counters_value(counters, RECORDS, TEXT_OF("zoom")),
                   COUNT(handles) * (COUNT(handles) - 1) / 2);
  for (unsigned i = 0; i < COUNT(handles); i++)
    counter_close(handles[i]);
  assert_int_equal(counters_value(counters, RECORDS, TEXT_OF("zoom")),
                   COUNT(handles) * (COUNT(handles) - 1) / 2);
  counters_free(counters);
}

static void values_have_64_bits(void **state) {
  (void)state;
  struct counters *counters = counters_new(metrics, METRICS);
  add(counters, SECONDS, METRIC_NO_VALUES, INT64_MAX - 1);
  add(counters, SECONDS, METRIC_NO_VALUES, 1);
  assert_true(counters_value(counters, SECONDS, METRIC_NO_VALUES) == INT64_MAX);
  counters_free(counters);
}

static void a_histogram_counts_what_is_not_above_each_bound(void **state) {
  (void)state;
  static const int64_t observed[] = {0, 1000, 1001, 10000, 10001, 1000000, 1000001, -7};
  struct counters *counters = counters_new(metrics, METRICS);
  struct histogram *one = histogram_open(counters, LATENCY, METRIC_NO_VALUES, 0);
  struct histogram *other = histogram_open(counters, LATENCY, METRIC_NO_VALUES, 1);
  for (size_t i = 0; i < COUNT(observed); i++)
    histogram_observe(i % 2 ? one : other, observed[i]);
  assert_seen(counters, "margay_work_seconds_total 0\n"
                        "margay_commit_duration_seconds <=1000:3 <=10000:5 <=1000000:7 all:8 "
                        "2022003\n");
  assert_int_equal(counters_value(counters, LATENCY, METRIC_NO_VALUES), 8);
  histogram_close(one);
  histogram_close(other);
  counters_free(counters);
}

static void a_metric_without_room_counts_as_other_and_says_so(void **state) {
  (void)state;
  struct counters *counters = counters_new(metrics, METRICS);
  add(counters, FEW, TEXT_OF("a"), 1);
  add(counters, FEW, TEXT_OF("b"), 2);
  add(counters, FEW, TEXT_OF("c"), 4);
  add(counters, FEW, TEXT_OF("d"), 8);
  add(counters, FEW, TEXT_OF("a"), 16);
  add(counters, FEW, TEXT_OF("other"), 32);
  assert_seen(counters, WITHOUT_LABELS "margay_few_total rule=a 17\n"
                                       "margay_few_total rule=b 2\n"
                                       "margay_few_total rule=other 44\n"
                                       "margay_metric_overflows_total metric=margay_few_total 2\n");
  assert_int_equal(counters_value(counters, METRICS, TEXT_OF("margay_few_total")), 2);
  counters_free(counters);
}

static void a_retired_series_leaves_and_makes_room(void **state) {
  (void)state;
  struct counters *counters = counters_new(metrics, METRICS);
  add(counters, FEW, TEXT_OF("a"), 1);
  add(counters, FEW, TEXT_OF("b"), 2);
  counters_retire(counters, "rule", TEXT("a"));
  add(counters, FEW, TEXT_OF("c"), 4);
  assert_seen(counters, WITHOUT_LABELS "margay_few_total rule=b 2\nmargay_few_total rule=c 4\n");
  counters_retire(counters, "rule", TEXT("b"));
  add(counters, FEW, TEXT_OF("a"), 8);
  assert_seen(counters, WITHOUT_LABELS "margay_few_total rule=a 8\nmargay_few_total rule=c 4\n");
  counters_free(counters);
}

static void everything_with_the_retired_value_of_the_key_leaves(void **state) {
  (void)state;
  struct counters *counters = counters_new(metrics, METRICS);
  add(counters, RECORDS, TEXT_OF("zoom"), 1);
  add(counters, RECORDS, TEXT_OF("file"), 1);
  add(counters, DEAD, METRIC_VALUES(TEXT("zoom"), TEXT("a")), 1);
  add(counters, DEAD, METRIC_VALUES(TEXT("zoom"), TEXT("b")), 1);
  add(counters, DEAD, METRIC_VALUES(TEXT("file"), TEXT("zoom")), 1);
  counters_retire(counters, "source", TEXT("zoom"));
  counters_retire(counters, "source", TEXT("zoom"));
  counters_retire(counters, "nothing", TEXT("file"));
  assert_seen(counters, "margay_records_total source=file 1\n"
                        "margay_dead_letters_total source=file reason=zoom 1\n" WITHOUT_LABELS);
  counters_free(counters);
}

static void a_handle_of_a_retired_series_can_be_written_until_it_is_closed(void **state) {
  (void)state;
  struct counters *counters = counters_new(metrics, METRICS);
  struct counter *old = counter_open(counters, FEW, TEXT_OF("a"), 0);
  struct counter *older = counter_open(counters, FEW, TEXT_OF("a"), 1);
  counter_add(old, 1);
  counters_retire(counters, "rule", TEXT("a"));
  counter_add(old, 2);
  assert_seen(counters, WITHOUT_LABELS);
  assert_int_equal(counters_value(counters, FEW, TEXT_OF("a")), 0);
  counter_close(old);
  counter_add(older, 4);

  /* Wanted again while somebody holds it: nothing that was counted is lost. */
  struct counter *again = counter_open(counters, FEW, TEXT_OF("a"), 0);
  assert_int_equal(counters_value(counters, FEW, TEXT_OF("a")), 7);
  counters_retire(counters, "rule", TEXT("a"));
  counter_close(older);
  counter_close(again);

  again = counter_open(counters, FEW, TEXT_OF("a"), 0);
  assert_int_equal(counters_value(counters, FEW, TEXT_OF("a")), 0);
  counter_close(again);
  counters_free(counters);
}

static void a_retired_series_comes_back_only_where_there_is_room(void **state) {
  (void)state;
  struct counters *counters = counters_new(metrics, METRICS);
  struct counter *held = counter_open(counters, FEW, TEXT_OF("a"), 0);
  counters_retire(counters, "rule", TEXT("a"));
  add(counters, FEW, TEXT_OF("b"), 1);
  add(counters, FEW, TEXT_OF("c"), 1);
  add(counters, FEW, TEXT_OF("a"), 1);
  assert_seen(counters, WITHOUT_LABELS "margay_few_total rule=b 1\n"
                                       "margay_few_total rule=c 1\n"
                                       "margay_few_total rule=other 1\n"
                                       "margay_metric_overflows_total metric=margay_few_total 1\n");
  counter_close(held);
  counters_free(counters);
}

static void reloads_do_not_make_the_registry_grow(void **state) {
  (void)state;
  char name[32];
  struct counters *counters = counters_new(metrics, METRICS);
  for (int i = 0; i < 2000; i++) {
    snprintf(name, sizeof name, "rule %d", i);
    struct counter *counter = counter_open(counters, FEW, TEXT_OF(name), 0);
    counter_add(counter, 1);
    counters_retire(counters, "rule", text_from(name));
    counter_close(counter);
  }
  assert_seen(counters, WITHOUT_LABELS); /* and nothing went to `other` */
  counters_free(counters);
}

static void hostile_label_values_are_cleaned_and_cut(void **state) {
  (void)state;
  char value[1000];
  struct counters *counters = counters_new(metrics, METRICS);
  memset(value, 'x', sizeof value);
  add(counters, RECORDS, METRIC_VALUES((struct text){value, sizeof value}), 1);
  add(counters, RECORDS, METRIC_VALUES((struct text){value, sizeof value - 1}), 2);
  add(counters, FEW, TEXT_OF("a\xff\n\"\\"), 4);
  add(counters, FEW, TEXT_OF("a\xfe\n\"\\"), 8);
  value[METRIC_VALUE_SIZE - 4] = '\0';
  char expected[2000];
  snprintf(expected, sizeof expected, "margay_records_total source=%s... 3\n%s%s", value,
           WITHOUT_LABELS, "margay_few_total rule=a?\\u{A}\"\\ 12\n");
  assert_seen(counters, expected);
  counters_retire(counters, "rule", TEXT("a\xfd\n\"\\"));
  assert_int_equal(counters_value(counters, FEW, TEXT_OF("a\xff\n\"\\")), 0);
  counters_free(counters);
}

static void without_a_registry_nothing_is_counted(void **state) {
  (void)state;
  struct seen seen = {.size = 0};
  struct counter *counter = counter_open(NULL, RECORDS, TEXT_OF("zoom"), 0);
  struct gauge *gauge = gauge_open(NULL, QUEUE, TEXT_OF("slack"));
  struct histogram *histogram = histogram_open(NULL, LATENCY, METRIC_NO_VALUES, 0);
  counter_add(counter, 1);
  gauge_set(gauge, 1);
  gauge_add(gauge, 1);
  histogram_observe(histogram, 1);
  counter_close(counter);
  gauge_close(gauge);
  histogram_close(histogram);
  counters_retire(NULL, "source", TEXT("zoom"));
  counters_each(NULL, see, &seen);
  assert_int_equal(counters_value(NULL, RECORDS, TEXT_OF("zoom")), 0);
  assert_int_equal(seen.size, 0);
  counters_free(NULL);
}

/* ---- threads ---- */

enum { THREADS = 6, ROUNDS = 200, ADDS = 500 };

struct crowd {
  struct counters *counters;
  struct counter *shared;
  atomic_uint next, finished; /* threads that have started, and ended */
  atomic_bool is_over;
};

/* Adds by a handle that all share and by one of its own, to a histogram, and to a series that
 * another thread retires all the time. */
static void *write_all(void *context) {
  struct crowd *crowd = context;
  unsigned index = atomic_fetch_add(&crowd->next, 1);
  struct counter *own = counter_open(crowd->counters, RECORDS, TEXT_OF("zoom"), index);
  for (int round = 0; round < ROUNDS; round++) {
    struct counter *brief = counter_open(crowd->counters, FEW, TEXT_OF("brief"), index);
    struct histogram *times = histogram_open(crowd->counters, LATENCY, METRIC_NO_VALUES, index);
    for (int i = 0; i < ADDS; i++) {
      counter_add(own, 2);
      counter_add(crowd->shared, 3);
      counter_add(brief, 1);
      histogram_observe(times, 500 * i);
    }
    histogram_close(times);
    counter_close(brief);
  }
  counter_close(own);
  atomic_fetch_add(&crowd->finished, 1);
  return NULL;
}

static void *retire_all(void *context) {
  struct crowd *crowd = context;
  while (!atomic_load(&crowd->is_over))
    counters_retire(crowd->counters, "rule", TEXT("brief"));
  return NULL;
}

struct reading {
  int64_t records, count, bound;
};

static void read_sample(void *context, const struct metric_sample *sample) {
  struct reading *reading = context;
  if (sample->metric == &metrics[RECORDS] && text_is(sample->values[0], "zoom"))
    reading->records = sample->value;
  if (sample->metric != &metrics[LATENCY])
    return;
  reading->count = sample->count;
  reading->bound = sample->at_most[0];
  for (size_t i = 0; i + 1 < sample->metric->bound_count; i++)
    assert_true(sample->at_most[i] <= sample->at_most[i + 1]);
  assert_true(sample->at_most[sample->metric->bound_count - 1] <= sample->count);
}

static void many_threads_add_while_others_read_and_retire(void **state) {
  (void)state;
  const int64_t adds = (int64_t)THREADS * ROUNDS * ADDS;
  pthread_t writers[THREADS], retirer;
  struct crowd crowd = {.counters = counters_new(metrics, METRICS)};
  struct reading before = {0};
  crowd.shared = counter_open(crowd.counters, RECORDS, TEXT_OF("file"), 0);
  assert_int_equal(pthread_create(&retirer, NULL, retire_all, &crowd), 0);
  for (size_t i = 0; i < THREADS; i++)
    assert_int_equal(pthread_create(&writers[i], NULL, write_all, &crowd), 0);
  while (atomic_load(&crowd.finished) < THREADS) {
    struct reading now = before;
    counters_each(crowd.counters, read_sample, &now);
    /* Counters never go down. */
    assert_true(now.records >= before.records && now.count >= before.count &&
                now.bound >= before.bound);
    before = now;
  }
  for (size_t i = 0; i < THREADS; i++)
    pthread_join(writers[i], NULL);
  atomic_store(&crowd.is_over, true);
  pthread_join(retirer, NULL);
  assert_true(counters_value(crowd.counters, RECORDS, TEXT_OF("zoom")) == 2 * adds);
  assert_true(counters_value(crowd.counters, RECORDS, TEXT_OF("file")) == 3 * adds);
  assert_true(counters_value(crowd.counters, LATENCY, METRIC_NO_VALUES) == adds);
  counter_close(crowd.shared);
  counters_free(crowd.counters);
}

/* ---- names ---- */

static void a_table_that_keeps_the_conventions_has_no_problems(void **state) {
  (void)state;
  struct problems problems = PROBLEMS_NONE;
  assert_true(counters_check(metrics, METRICS, &problems));
  problems_print(&problems, stderr);
  assert_int_equal(problems.count, 0);
}

#define HELP "Something."

static void each_broken_convention_is_a_problem(void **state) {
  (void)state;
  static const int64_t unsorted[] = {1, 1}, negative[] = {-1};
  static const struct {
    struct metric metric;
    const char *problem;
  } table[] = {
      {{"margayRecords_total", METRIC_COUNTER, METRIC_PLAIN, .help = HELP}, "is no name"},
      {{"margay__records_total", METRIC_COUNTER, METRIC_PLAIN, .help = HELP}, "is no name"},
      {{"margay:records_total", METRIC_COUNTER, METRIC_PLAIN, .help = HELP}, "is no name"},
      {{"1margay_total", METRIC_COUNTER, METRIC_PLAIN, .help = HELP}, "is no name"},
      {{"", METRIC_GAUGE, METRIC_PLAIN, .help = HELP}, "is no name"},
      {{"records_total", METRIC_COUNTER, METRIC_PLAIN, .help = HELP}, "has no prefix"},
      {{"margay_records", METRIC_COUNTER, METRIC_PLAIN, .help = HELP}, "_total is the end"},
      {{"margay_records_total", METRIC_GAUGE, METRIC_PLAIN, .help = HELP}, "_total is the end"},
      {{"margay_wait_ms", METRIC_GAUGE, METRIC_PLAIN, .help = HELP},
       "a word that no name has (ms)"},
      {{"margay_wait_minutes", METRIC_GAUGE, METRIC_PLAIN, .help = HELP}, "(minutes)"},
      {{"margay_counter_total", METRIC_COUNTER, METRIC_PLAIN, .help = HELP}, "(counter)"},
      {{"margay_wait", METRIC_GAUGE, METRIC_SECONDS, .help = HELP}, "a name ends with its unit"},
      {{"margay_wait_seconds", METRIC_GAUGE, METRIC_PLAIN, .help = HELP},
       "a name ends with its unit"},
      {{"margay_seconds_wait_total", METRIC_COUNTER, METRIC_SECONDS, .help = HELP},
       "a name ends with its unit"},
      {{"margay_sent_bytes_total", METRIC_COUNTER, METRIC_PLAIN, .help = HELP},
       "a name ends with its unit, and with no other (_bytes_total)"},
      {{"margay_record_count", METRIC_GAUGE, METRIC_PLAIN, .help = HELP}, "(_count)"},
      {{"margay_records_sum", METRIC_GAUGE, METRIC_PLAIN, .help = HELP}, "(_sum)"},
      {{"margay_queue", METRIC_GAUGE, METRIC_PLAIN, .help = NULL}, "its help is no sentence"},
      {{"margay_queue", METRIC_GAUGE, METRIC_PLAIN, .help = "no capital."},
       "its help is no sentence"},
      {{"margay_queue", METRIC_GAUGE, METRIC_PLAIN, .help = "No stop"}, "its help is no sentence"},
      {{"margay_queue", METRIC_GAUGE, METRIC_PLAIN, .help = "Two\nlines."},
       "its help is no sentence"},
      {{"margay_queue", METRIC_GAUGE, METRIC_PLAIN, .help = HELP, .labels = {"le"}}, "(le)"},
      {{"margay_queue", METRIC_GAUGE, METRIC_PLAIN, .help = HELP, .labels = {"__name__"}},
       "(__name__)"},
      {{"margay_queue", METRIC_GAUGE, METRIC_PLAIN, .help = HELP, .labels = {"logType"}},
       "(logType)"},
      {{"margay_queue", METRIC_GAUGE, METRIC_PLAIN, .help = HELP, .labels = {"a", "b", "a"}},
       "has a label twice (a)"},
      {{"margay_wait_seconds", METRIC_HISTOGRAM, METRIC_SECONDS, .help = HELP},
       "a histogram has bounds"},
      {{"margay_queue", METRIC_GAUGE, METRIC_PLAIN, .help = HELP, .bounds = negative,
        .bound_count = 1},
       "a histogram has bounds"},
      {{"margay_sizes", METRIC_HISTOGRAM, METRIC_PLAIN, .help = HELP, .bounds = unsorted,
        .bound_count = 2},
       "its bounds do not ascend"},
      {{"margay_sizes", METRIC_HISTOGRAM, METRIC_PLAIN, .help = HELP, .bounds = negative,
        .bound_count = 1},
       "its bounds do not ascend"},
      {{"margay_metric_overflows_total", METRIC_COUNTER, METRIC_PLAIN, .help = HELP},
       "is there twice"},
  };
  for (size_t i = 0; i < COUNT(table); i++) {
    struct problems problems = PROBLEMS_NONE;
    assert_false(counters_check(&table[i].metric, 1, &problems));
    if (problems.count != 1 || !strstr(problems.items[0].text, table[i].problem)) {
      problems_print(&problems, stderr);
      fail_msg("row %zu: not one problem with '%s'", i, table[i].problem);
    }
    problems_clear(&problems);
  }
}

static void a_name_that_is_there_twice_is_a_problem(void **state) {
  (void)state;
  const struct metric twice[] = {metrics[RECORDS], metrics[QUEUE], metrics[RECORDS]};
  struct problems problems = PROBLEMS_NONE;
  assert_false(counters_check(twice, COUNT(twice), &problems));
  assert_int_equal(problems.count, 1);
  problems_clear(&problems);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(counters_without_labels_are_there_from_the_start),
      cmocka_unit_test(a_gauge_is_there_once_it_was_opened),
      cmocka_unit_test(series_come_in_the_order_of_the_table_and_of_their_values),
      cmocka_unit_test(a_series_is_the_sum_of_its_shards),
      cmocka_unit_test(values_have_64_bits),
      cmocka_unit_test(a_histogram_counts_what_is_not_above_each_bound),
      cmocka_unit_test(a_metric_without_room_counts_as_other_and_says_so),
      cmocka_unit_test(a_retired_series_leaves_and_makes_room),
      cmocka_unit_test(everything_with_the_retired_value_of_the_key_leaves),
      cmocka_unit_test(a_handle_of_a_retired_series_can_be_written_until_it_is_closed),
      cmocka_unit_test(a_retired_series_comes_back_only_where_there_is_room),
      cmocka_unit_test(reloads_do_not_make_the_registry_grow),
      cmocka_unit_test(hostile_label_values_are_cleaned_and_cut),
      cmocka_unit_test(without_a_registry_nothing_is_counted),
      cmocka_unit_test(many_threads_add_while_others_read_and_retire),
      cmocka_unit_test(a_table_that_keeps_the_conventions_has_no_problems),
      cmocka_unit_test(each_broken_convention_is_a_problem),
      cmocka_unit_test(a_name_that_is_there_twice_is_a_problem),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

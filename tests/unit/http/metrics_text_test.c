/* The text that a Prometheus server reads; promtool, where it is installed, finds nothing in it. */
#include "base/clock.h"
#include "http/metrics_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

enum { START, BUILD, RECORDS, QUEUE, WATERMARK, WORK, COMMIT, DELIVERY, METRICS };

static const struct metric metrics[] = {
    [START] = {"process_start_time_seconds", METRIC_GAUGE, METRIC_SECONDS,
               .help = "When the program was started, in seconds since 1970."},
    [BUILD] = {"margay_build_info", METRIC_GAUGE, METRIC_PLAIN,
               .help = "Always 1; which margay this is.", .labels = {"version"}},
    [RECORDS] = {"margay_records_total", METRIC_COUNTER, METRIC_PLAIN,
                 .help = "Records that a source brought.", .labels = {"source", "log_type"},
                 .series_max = 300},
    [QUEUE] = {"margay_queue_bytes", METRIC_GAUGE, METRIC_BYTES, .help = "Bytes that wait."},
    [WATERMARK] = {"margay_watermark_timestamp_seconds", METRIC_GAUGE, METRIC_SECONDS,
                   .help = "The time up to which everything is here.", .labels = {"source"}},
    [WORK] = {"margay_work_seconds_total", METRIC_COUNTER, METRIC_SECONDS,
              .help = "Time spent on work."},
    [COMMIT] = {"margay_commit_duration_seconds", METRIC_HISTOGRAM, METRIC_SECONDS,
                .help = "How long commits take.",
                METRIC_BOUNDS(US_PER_MS, 25 * US_PER_MS, US_PER_SECOND, US_PER_MINUTE)},
    [DELIVERY] = {"margay_delivery_size_bytes", METRIC_HISTOGRAM, METRIC_BYTES,
                  .help = "How large deliveries are.", .labels = {"destination"},
                  METRIC_BOUNDS(1000, 10000)},
};

#define TEXT_OF(string) METRIC_VALUES(text_from(string))

static void add(struct counters *counters, size_t metric, struct metric_values values, uint64_t n) {
  struct counter *counter = counter_open(counters, metric, values, 0);
  counter_add(counter, n);
  counter_close(counter);
}

static void set(struct counters *counters, size_t metric, struct metric_values values, int64_t n) {
  struct gauge *gauge = gauge_open(counters, metric, values);
  gauge_set(gauge, n);
  gauge_close(gauge);
}

static void observe(struct counters *counters, size_t metric, struct metric_values values,
                    int64_t n) {
  struct histogram *histogram = histogram_open(counters, metric, values, 0);
  histogram_observe(histogram, n);
  histogram_close(histogram);
}

/* ---- tests ---- */

#define WORK_TEXT(n)                                                                               \
  "# HELP margay_work_seconds_total Time spent on work.\n"                                         \
  "# TYPE margay_work_seconds_total counter\n"                                                     \
  "margay_work_seconds_total " n "\n"

#define COMMIT_TEXT(a, b, c, d, all, sum)                                                          \
  "# HELP margay_commit_duration_seconds How long commits take.\n"                                 \
  "# TYPE margay_commit_duration_seconds histogram\n"                                              \
  "margay_commit_duration_seconds_bucket{le=\"0.001\"} " a "\n"                                    \
  "margay_commit_duration_seconds_bucket{le=\"0.025\"} " b "\n"                                    \
  "margay_commit_duration_seconds_bucket{le=\"1\"} " c "\n"                                        \
  "margay_commit_duration_seconds_bucket{le=\"60\"} " d "\n"                                       \
  "margay_commit_duration_seconds_bucket{le=\"+Inf\"} " all "\n"                                   \
  "margay_commit_duration_seconds_sum " sum "\n"                                                   \
  "margay_commit_duration_seconds_count " all "\n"

static void assert_text(struct counters *counters, const char *expected) {
  struct buffer out = BUFFER_NONE;
  metrics_text_write(counters, &out);
  assert_string_equal(buffer_text(&out).data, expected);
  buffer_free(&out);
}

static void a_new_registry_is_all_zeros(void **state) {
  (void)state;
  struct counters *counters = counters_new(metrics, METRICS);
  assert_text(counters, WORK_TEXT("0") COMMIT_TEXT("0", "0", "0", "0", "0", "0"));
  counters_free(counters);
  assert_text(NULL, "");
}

static void series_follow_the_help_and_type_of_their_metric(void **state) {
  (void)state;
  struct counters *counters = counters_new(metrics, METRICS);
  add(counters, RECORDS, METRIC_VALUES(TEXT("zoom"), TEXT("Zoom.Operation")), 12);
  add(counters, RECORDS, METRIC_VALUES(TEXT("zoom"), TEXT("Zoom.Activity")), 7);
  set(counters, QUEUE, METRIC_NO_VALUES, 4096);
  assert_text(counters,
              "# HELP margay_records_total Records that a source brought.\n"
              "# TYPE margay_records_total counter\n"
              "margay_records_total{source=\"zoom\",log_type=\"Zoom.Activity\"} 7\n"
              "margay_records_total{source=\"zoom\",log_type=\"Zoom.Operation\"} 12\n"
              "# HELP margay_queue_bytes Bytes that wait.\n"
              "# TYPE margay_queue_bytes gauge\n"
              "margay_queue_bytes 4096\n" WORK_TEXT("0") COMMIT_TEXT("0", "0", "0", "0", "0", "0"));
  counters_free(counters);
}

static void a_histogram_has_buckets_that_add_up_a_sum_and_a_count(void **state) {
  (void)state;
  struct counters *counters = counters_new(metrics, METRICS);
  observe(counters, COMMIT, METRIC_NO_VALUES, 900);
  observe(counters, COMMIT, METRIC_NO_VALUES, 25000);
  observe(counters, COMMIT, METRIC_NO_VALUES, 25001);
  observe(counters, COMMIT, METRIC_NO_VALUES, 90 * US_PER_SECOND);
  observe(counters, DELIVERY, TEXT_OF("slack"), 2500);
  assert_text(
      counters,
      WORK_TEXT("0") COMMIT_TEXT(
          "1", "2", "3", "3", "4",
          "90.050901") "# HELP margay_delivery_size_bytes How large deliveries are.\n"
                       "# TYPE margay_delivery_size_bytes histogram\n"
                       "margay_delivery_size_bytes_bucket{destination=\"slack\",le=\"1000\"} 0\n"
                       "margay_delivery_size_bytes_bucket{destination=\"slack\",le=\"10000\"} 1\n"
                       "margay_delivery_size_bytes_bucket{destination=\"slack\",le=\"+Inf\"} 1\n"
                       "margay_delivery_size_bytes_sum{destination=\"slack\"} 2500\n"
                       "margay_delivery_size_bytes_count{destination=\"slack\"} 1\n");
  counters_free(counters);
}

static void numbers_are_exact_in_the_unit_of_their_metric(void **state) {
  (void)state;
  static const struct {
    size_t metric;
    int64_t value;
    const char *text;
  } table[] = {
      {QUEUE, 0, "0"},
      {QUEUE, -12, "-12"},
      {QUEUE, INT64_MAX, "9223372036854775807"},
      {QUEUE, INT64_MIN + 1, "-9223372036854775807"},
      {QUEUE, GAUGE_NONE, "NaN"},
      {START, 0, "0"},
      {START, 1, "0.000001"},
      {START, -1500000, "-1.5"},
      {START, 1000000, "1"},
      {START, 10000000, "10"},
      {START, INT64_C(1711004943016789), "1711004943.016789"},
      {START, INT64_C(1711004943000780), "1711004943.00078"},
      {START, INT64_MAX, "9223372036854.775807"},
      {START, GAUGE_NONE, "NaN"},
  };
  for (size_t i = 0; i < COUNT(table); i++) {
    char expected[128];
    struct buffer out = BUFFER_NONE;
    struct counters *counters = counters_new(metrics, METRICS);
    set(counters, table[i].metric, METRIC_NO_VALUES, table[i].value);
    metrics_text_write(counters, &out);
    snprintf(expected, sizeof expected, "\n%s %s\n", metrics[table[i].metric].name, table[i].text);
    assert_true(text_contains(buffer_text(&out), text_from(expected)));
    buffer_free(&out);
    counters_free(counters);
  }
}

static void label_values_and_help_are_escaped(void **state) {
  (void)state;
  static const struct metric table[] = {{"margay_odd_total", METRIC_COUNTER, METRIC_PLAIN,
                                         .help = "A \"quoted\" back\\slash and\na line.",
                                         .labels = {"rule"}}};
  struct counters *counters = counters_new(table, COUNT(table));
  add(counters, 0, TEXT_OF("a\"b\\c\nd} 1\xff\xc3\xbc"), 1);
  add(counters, 0, TEXT_OF(""), 2);
  assert_text(counters, "# HELP margay_odd_total A \"quoted\" back\\\\slash and\\na line.\n"
                        "# TYPE margay_odd_total counter\n"
                        "margay_odd_total{rule=\"\"} 2\n"
                        "margay_odd_total{rule=\"a\\\"b\\\\c\\\\u{A}d} 1?\xc3\xbc\"} 1\n");
  counters_free(counters);
}

/* Every kind, every unit, every state, hostile values, and series that went to `other`. */
static struct counters *full_registry(void) {
  struct counters *counters = counters_new(metrics, METRICS);
  set(counters, START, METRIC_NO_VALUES, INT64_C(1711004943016789));
  set(counters, BUILD, TEXT_OF("0.1.0"), 1);
  set(counters, QUEUE, METRIC_NO_VALUES, -1);
  set(counters, WATERMARK, TEXT_OF("zoom"), GAUGE_NONE);
  set(counters, WATERMARK, TEXT_OF("file"), INT64_C(1711004943000000));
  add(counters, WORK, METRIC_NO_VALUES, 1234567);
  for (unsigned byte = 0; byte < 256; byte++) {
    const char value[] = {'"', (char)byte, '\\'};
    add(counters, RECORDS, METRIC_VALUES((struct text){value, 3}, TEXT("\xe2\x80\xae{}")), byte);
  }
  for (int i = 0; i < 400; i++) {
    char value[32];
    snprintf(value, sizeof value, "source %d", i);
    add(counters, RECORDS, METRIC_VALUES(text_from(value), TEXT("")), 1);
    observe(counters, COMMIT, METRIC_NO_VALUES, INT64_C(1) << i % 30);
    observe(counters, DELIVERY, TEXT_OF(i % 2 ? "slack" : "a\"\\b"), i * 100);
  }
  return counters;
}

/* Runs promtool over the text, by way of a file that has no name; its exit status, with what it
 * printed in `said`. */
static int run_promtool(const struct buffer *text, char *said, size_t said_size) {
  char input[] = "/tmp/margay-metrics-XXXXXX", command[100];
  int file = mkstemp(input);
  assert_true(file >= 0 && unlink(input) == 0);
  assert_true(write(file, text->data, text->size) == (ssize_t)text->size);
  snprintf(command, sizeof command, "promtool check metrics </dev/fd/%d 2>&1", file);
  FILE *pipe = popen(command, "r");
  assert_non_null(pipe);
  size_t size = fread(said, 1, said_size - 1, pipe);
  said[size] = '\0';
  int status = pclose(pipe);
  close(file);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void promtool_finds_nothing(void **state) {
  (void)state;
  char said[4096];
  struct buffer out = BUFFER_NONE;
  /* Debian: apt-get install prometheus */
  if (system("command -v promtool >/dev/null 2>&1") != 0)
    skip();
  struct counters *counters = full_registry();
  metrics_text_write(counters, &out);
  assert_true(text_contains(buffer_text(&out), TEXT("source=\"other\",log_type=\"other\"")));
  assert_true(text_contains(buffer_text(&out), TEXT("margay_metric_overflows_total")));
  int status = run_promtool(&out, said, sizeof said);
  if (status != 0 || said[0] != '\0')
    print_error("promtool: %s\n", said);
  assert_int_equal(status, 0);
  assert_string_equal(said, "");
  buffer_free(&out);
  counters_free(counters);
}

static void the_metrics_of_these_tests_keep_the_conventions(void **state) {
  (void)state;
  struct problems problems = PROBLEMS_NONE;
  bool ok = counters_check(metrics, METRICS, &problems);
  problems_print(&problems, stderr);
  problems_clear(&problems);
  assert_true(ok);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_new_registry_is_all_zeros),
      cmocka_unit_test(series_follow_the_help_and_type_of_their_metric),
      cmocka_unit_test(a_histogram_has_buckets_that_add_up_a_sum_and_a_count),
      cmocka_unit_test(numbers_are_exact_in_the_unit_of_their_metric),
      cmocka_unit_test(label_values_and_help_are_escaped),
      cmocka_unit_test(promtool_finds_nothing),
      cmocka_unit_test(the_metrics_of_these_tests_keep_the_conventions),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

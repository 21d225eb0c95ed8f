/* Searches page by page, within a time, and counted. */
#include "detect/detect_fixture.h"

#include "api/search/histogram.h"
#include "api/search/search.h"

#define START (INT64_C(1704067200) * US_PER_SECOND) /* 2024 */
#define EVENTS 120

static const char schema_text[] = "schema: Test.Log\n"
                                  "fields:\n"
                                  "  - {name: at, type: timestamp, required: true,"
                                  " timeFormat: unix, isEventTime: true}\n"
                                  "  - {name: who, type: string, indicators: [email]}\n";

struct fixture {
  struct schema_set *schemas;
  struct store *store;
  struct search *search;
  struct buffer found;
  time_us after_time;
  atomic_bool ending;
  struct error error;
};

/* Three events at each time, two of marge's among three. */
static int start(void **state) {
  struct fixture *f = memory_alloc(sizeof *f);
  struct problems problems = PROBLEMS_NONE;
  f->schemas = schema_set_load_text(TEXT(schema_text), "test.yml", &problems);
  f->store = store_open_scratch(&f->error);
  assert_int_equal(problems.count, 0);
  for (int i = 0; i < EVENTS; i++) {
    char record[128], row_id[16];
    const time_us time = START + i / 3 * 17 * US_PER_MINUTE;
    snprintf(record, sizeof record, "{\"at\":%lld,\"who\":\"%s@example.com\"}",
             (long long)(time / US_PER_SECOND), i % 3 ? "marge" : "homer");
    snprintf(row_id, sizeof row_id, "r%03d", i * 7 % EVENTS);
    const struct store_event event = {.row_id = text_from(row_id),
                                      .source_id = TEXT("test"),
                                      .log_type = TEXT("Test.Log"),
                                      .event_time = time,
                                      .parse_time = START,
                                      .record = text_from(record)};
    assert_true(store_event_add(f->store, &event, 1, &f->error));
  }
  *state = f;
  return 0;
}

static int end(void **state) {
  struct fixture *f = *state;
  search_free(f->search);
  store_close(f->store);
  schema_set_free(f->schemas);
  buffer_free(&f->found);
  free(f);
  return 0;
}

static void ask(struct fixture *f, struct search_ask what) {
  struct problems problems = PROBLEMS_NONE;
  const char *part = "";
  search_free(f->search);
  f->search = search_new(&what, f->schemas, &part, &problems);
  assert_non_null(f->search);
}

static bool take(void *context, const struct store_event *stored, const struct event *event) {
  struct fixture *f = context;
  assert_non_null(event);
  buffer_printf(&f->found, "%lld %.*s\n", (long long)(stored->event_time - START),
                TEXT_ARGS(stored->row_id));
  f->after_time = stored->event_time;
  return true;
}

static struct search_counts page(struct fixture *f, struct search_run run) {
  struct search_counts counts;
  run.store = f->store;
  run.workers = 1;
  if (!search_page(f->search, &run, take, f, &counts, &f->error))
    fail_msg("%s", f->error.text);
  return counts;
}

/* All pages of so many events, one after the other. */
static char *all_pages(struct fixture *f, size_t limit) {
  struct search_run run = {.limit = limit};
  struct buffer row_id = BUFFER_NONE;
  buffer_reset(&f->found);
  for (size_t pages = 0; page(f, run).more; pages++) {
    assert_true(pages < EVENTS);
    const char *space = memrchr(f->found.data, ' ', f->found.size);
    buffer_reset(&row_id);
    buffer_append(&row_id, space + 1, strlen(space) - 2);
    run = (struct search_run){.limit = limit,
                              .goes_on = true,
                              .after_time = f->after_time,
                              .after_row_id = buffer_text(&row_id)};
  }
  buffer_free(&row_id);
  return buffer_steal(&f->found);
}

static size_t lines_of(const char *text) {
  size_t lines = 0;
  for (; *text; text++)
    lines += *text == '\n';
  return lines;
}

static void pages_follow_each_other_whatever_their_size(void **state) {
  struct fixture *f = *state;
  static const struct search_ask asks[] = {
      {.since = TIME_NONE, .until = TIME_NONE},
      {.since = START + US_PER_HOUR, .until = START + 5 * US_PER_HOUR},
      {.since = TIME_NONE, .until = TIME_NONE, .indicator = "marge@example.com"},
      {.since = TIME_NONE, .until = TIME_NONE, .lua = "event.who:find('homer')"}};
  for (size_t i = 0; i < sizeof asks / sizeof *asks; i++) {
    ask(f, asks[i]);
    char *whole = all_pages(f, EVENTS);
    assert_true(lines_of(whole) > 10);
    for (size_t limit = 1; limit < 40; limit = limit * 2 + 1) {
      char *paged = all_pages(f, limit);
      assert_string_equal(paged, whole);
      free(paged);
    }
    free(whole);
  }
}

static bool take_and_end(void *context, const struct store_event *stored,
                         const struct event *event) {
  struct fixture *f = context;
  atomic_store(&f->ending, true);
  return take(context, stored, event);
}

/* It is ended after its first span, and goes on where it had come to. */
static void a_search_that_ends_early_goes_on_where_it_was(void **state) {
  struct fixture *f = *state;
  struct search_counts counts;
  ask(f, (struct search_ask){.since = TIME_NONE, .until = START + 4 * US_PER_HOUR});
  char *whole = all_pages(f, EVENTS);
  const struct search_run run = {
      .store = f->store, .workers = 1, .limit = EVENTS, .ending = &f->ending};
  assert_true(search_page(f->search, &run, take_and_end, f, &counts, &f->error));
  assert_true(counts.late && counts.goes_on);
  assert_true(counts.reached == START + 3 * US_PER_HOUR);
  assert_true(lines_of(f->found.data) < lines_of(whole));
  atomic_store(&f->ending, false);
  counts =
      page(f, (struct search_run){.limit = EVENTS, .goes_on = true, .after_time = counts.reached});
  assert_false(counts.late);
  assert_string_equal(f->found.data, whole);
  free(whole);
}

static void a_search_whose_time_is_over_says_so(void **state) {
  struct fixture *f = *state;
  ask(f, (struct search_ask){.since = TIME_NONE, .until = TIME_NONE});
  const struct search_counts counts = page(f, (struct search_run){.limit = 10, .deadline = 1});
  assert_true(counts.late && !counts.goes_on && !counts.more);
  assert_int_equal(f->found.size, 0);
}

/* The events of its first hour are one batch, and each is costly. */
static void a_costly_search_ends_within_a_batch(void **state) {
  struct fixture *f = *state;
  ask(f, (struct search_ask){.since = TIME_NONE,
                             .until = START + 4 * US_PER_HOUR,
                             .lua = "string.rep('a', 20000):find('a*a*a*b') ~= nil"});
  const struct search_counts counts =
      page(f, (struct search_run){.limit = 10, .deadline = clock_monotonic() + 20 * US_PER_MS});
  assert_true(counts.late);
  assert_in_range(counts.failed, 1, 4);
}

/* ---- histograms ---------------------------------------------------------------------------- */

static struct histogram histogram_of(struct fixture *f, struct search_ask what, size_t buckets) {
  const struct search_run run = {.store = f->store, .workers = 1, .limit = 1};
  struct histogram histogram;
  ask(f, what);
  assert_true(histogram_count(f->search, &run, buckets, START + US_PER_DAY, &histogram, &f->error));
  return histogram;
}

/* With a condition that is always true the events are read; without, counted by the store. */
static void what_the_store_has_counted_is_what_reading_counts(void **state) {
  struct fixture *f = *state;
  for (int i = 0; i < 40; i++) {
    struct search_ask what = {.since = START + (i * 37 % 300 - 20) * US_PER_MINUTE,
                              .until = START + (400 + i * 53 % 400) * US_PER_MINUTE + i};
    const size_t buckets = (size_t)(1 + i * i % 97);
    const struct histogram counted = histogram_of(f, what, buckets);
    what.lua = "true";
    const struct histogram read = histogram_of(f, what, buckets);
    assert_true(counted.complete && read.complete && counted.total > 0);
    assert_int_equal(counted.count, read.count);
    assert_true(counted.count <= buckets || buckets == 1);
    assert_true(counted.begin == read.begin && counted.width == read.width);
    assert_int_equal(counted.total, read.total);
    assert_memory_equal(counted.counts, read.counts, counted.count * sizeof *read.counts);
  }
}

static void a_histogram_begins_with_the_first_event(void **state) {
  struct fixture *f = *state;
  const struct histogram histogram =
      histogram_of(f, (struct search_ask){.since = TIME_NONE, .until = TIME_NONE}, 24);
  assert_true(histogram.since == START);
  assert_true(histogram.until == START + US_PER_DAY);
  assert_int_equal(histogram.width / US_PER_MINUTE, 60);
  assert_int_equal(histogram.total, EVENTS);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
  const struct CMUnitTest tests[] = {
      TEST(pages_follow_each_other_whatever_their_size),
      TEST(a_search_that_ends_early_goes_on_where_it_was),
      TEST(a_search_whose_time_is_over_says_so),
      TEST(a_costly_search_ends_within_a_batch),
      TEST(what_the_store_has_counted_is_what_reading_counts),
      TEST(a_histogram_begins_with_the_first_event),
  };
  return cmocka_run_group_tests_name("search", tests, NULL, NULL);
}

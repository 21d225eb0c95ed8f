/* Retention: sweeps, their pace, and what is reported of them. */
#include "daemon/metrics.h"
#include "daemon/retention.h"
#include "store/store_fixture.h"

#define KEPT US_PER_HOUR

struct fixture {
  struct store_fixture *store;
  struct committer *committer;
  struct counters *counters;
  struct retention *retention;
  struct log *log;
  FILE *log_file;
  char *log_text;
  size_t log_size;
  bool commit_waits;
};

static bool commit_waits(void *context) {
  const struct fixture *f = context;
  return f->commit_waits;
}

static int start(void **state) {
  struct fixture *f = memory_alloc(sizeof *f);
  void *store;
  fixture_start(&store);
  f->store = store;
  const struct clock clock = clock_fixed(&f->store->now);
  f->committer =
      committer_new(&(struct committer_options){.store = f->store->store, .clock = clock});
  f->counters = daemon_counters_new();
  f->log_file = open_memstream(&f->log_text, &f->log_size);
  f->log = log_new(f->log_file, LOG_LEVEL_INFO, LOG_FORMAT_LOGFMT, clock);
  f->retention = retention_new(&(struct retention_options){.store = f->store->store,
                                                           .committer = f->committer,
                                                           .log = f->log,
                                                           .clock = clock,
                                                           .counters = f->counters,
                                                           .commit_waits = commit_waits,
                                                           .context = f});
  retention_use(f->retention, &(struct retention_times){.rows_us = KEPT});
  *state = f;
  return 0;
}

static int end(void **state) {
  struct fixture *f = *state;
  void *store = f->store;
  retention_free(f->retention);
  committer_free(f->committer);
  counters_free(f->counters);
  log_free(f->log);
  fclose(f->log_file);
  free(f->log_text);
  fixture_end(&store);
  free(f);
  return 0;
}

#define DONE_IN(f, call) assert_done((call), &(f)->store->error)
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

/* Events that came in at this time. */
static void add_events(struct fixture *f, size_t count, time_us parse_time) {
  struct store_event *events = memory_alloc_array(count, sizeof *events);
  for (size_t i = 0; i < count; i++) {
    events[i] = fixture_event("row", NOON);
    events[i].parse_time = parse_time;
  }
  assert_done(store_event_add(f->store->store, events, count, &f->store->error), &f->store->error);
  free(events);
}

/* A dead letter that is past its retention. */
static void add_letter(struct fixture *f) {
  const struct store_dead_letter letter = {.record = TEXT("{"), .received_at = NOON - 2 * KEPT};
  int64_t reason;
  assert_done(store_dead_letter_add(f->store->store, &letter, &reason, &f->store->error),
              &f->store->error);
}

static struct store_counts counts(struct fixture *f) {
  struct store_counts counts;
  assert_done(store_count(f->store->store, &counts, &f->store->error), &f->store->error);
  return counts;
}

static int64_t events(struct fixture *f) {
  return counts(f).events;
}

static int64_t letters(struct fixture *f) {
  return counts(f).dead_letters;
}

static int64_t stale(struct fixture *f) {
  return counters_value(f->counters, METRIC_RETENTION_STALE, METRIC_VALUES(TEXT("events")));
}

static int64_t deleted(struct fixture *f) {
  return counters_value(f->counters, METRIC_RETENTION_DELETED, METRIC_VALUES(TEXT("events")));
}

static int log_lines(struct fixture *f, const char *part) {
  int count = 0;
  fflush(f->log_file);
  for (const char *at = f->log_text; (at = strstr(at, part)); at++)
    count++;
  return count;
}

static void sweep(struct fixture *f) {
  retention_beat(f->retention);
  while (retention_next(f->retention) != INT64_MAX)
    retention_work(f->retention, 0);
}

static void a_sweep_deletes_what_is_past_its_retention_and_nothing_younger(void **state) {
  struct fixture *f = *state;
  add_events(f, 2500, NOON - KEPT - 1);
  add_events(f, 10, NOON - KEPT);
  sweep(f);
  assert_int_equal(events(f), 10);
  f->store->now++;
  sweep(f);
  assert_int_equal(events(f), 0);
  assert_int_equal(deleted(f), 2510);
}

/* Receipts go by their own time, whatever the record's, and whatever else is kept for ever. */
static void receipts_are_kept_for_their_time(void **state) {
  struct fixture *f = *state;
  const struct {
    char row_id[ROW_ID_SIZE + 1];
    time_us event_time, received_at;
  } rows[] = {{"00000000000000000000000000000001", NOON - US_PER_DAY, NOON},
              {"00000000000000000000000000000002", 0, NOON},
              {"00000000000000000000000000000003", NOON - US_PER_DAY, NOON - RECEIPTS_KEPT_US - 1},
              {"00000000000000000000000000000004", 0, NOON - RECEIPTS_KEPT_US - 1}};
  bool added;
  retention_use(f->retention, &(struct retention_times){.rows_us = 0});
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    assert_done(store_receipt_add(f->store->store, text_from(rows[i].row_id), rows[i].event_time,
                                  rows[i].received_at, &added, &f->store->error),
                &f->store->error);
  sweep(f);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    assert_done(store_receipt_add(f->store->store, text_from(rows[i].row_id), rows[i].event_time,
                                  NOON, &added, &f->store->error),
                &f->store->error);
    assert_int_equal(added, i >= 2);
  }
  assert_int_equal(
      counters_value(f->counters, METRIC_RETENTION_DELETED, METRIC_VALUES(TEXT("receipts"))), 2);
}

static void a_round_that_nothing_came_in_before_deletes_a_slice(void **state) {
  struct fixture *f = *state;
  add_events(f, 3 * RETENTION_SLICE_ROWS, NOON - 2 * KEPT);
  retention_beat(f->retention);
  retention_work(f->retention, 0);
  assert_in_range(events(f), 2 * RETENTION_SLICE_ROWS, 3 * RETENTION_SLICE_ROWS - 1);
  assert_true(retention_next(f->retention) < INT64_MAX);
}

static void every_part_gets_its_turn_beside_a_long_backlog_of_another(void **state) {
  struct fixture *f = *state;
  add_events(f, 8 * RETENTION_SLICE_ROWS, NOON - 2 * KEPT);
  add_letter(f);
  retention_beat(f->retention);
  do {
    retention_work(f->retention, 0);
    assert_true(events(f) > 0);
  } while (letters(f) > 0);
}

/* Deletes an event and a dead letter. Gives how many rounds that took. */
static int rounds(struct fixture *f) {
  int count = 0;
  add_events(f, 1, NOON - 2 * KEPT);
  add_letter(f);
  retention_beat(f->retention);
  for (; retention_next(f->retention) != INT64_MAX; count++)
    retention_work(f->retention, 0);
  assert_int_equal(events(f) + letters(f), 0);
  return count;
}

static void a_round_ends_with_its_slice_while_a_commit_waits(void **state) {
  struct fixture *f = *state;
  assert_int_equal(rounds(f), 1);
  f->commit_waits = true;
  assert_true(rounds(f) > 1);
}

static void what_is_kept_for_ever_stays(void **state) {
  struct fixture *f = *state;
  retention_use(f->retention, &(struct retention_times){.rows_us = 0});
  add_events(f, 10, NOON - 1000 * US_PER_DAY);
  sweep(f);
  assert_int_equal(events(f), 10);
  assert_int_equal(stale(f), 0);
}

static void the_log_says_what_was_deleted_at_first_and_at_the_end(void **state) {
  struct fixture *f = *state;
  add_events(f, 3, f->store->now - 2 * KEPT);
  sweep(f);
  fflush(f->log_file);
  assert_non_null(strstr(f->log_text, "msg=\"what was past its retention was deleted\""));
  assert_non_null(strstr(f->log_text, "rows=\"events 3\""));
  add_events(f, 5, f->store->now - 2 * KEPT);
  sweep(f);
  fflush(f->log_file);
  assert_null(strstr(f->log_text, "events 5"));
  retention_free(f->retention);
  f->retention = NULL;
  fflush(f->log_file);
  assert_non_null(strstr(f->log_text, "rows=\"events 5\""));
}

static void a_beat_says_how_many_rows_are_past_their_retention(void **state) {
  struct fixture *f = *state;
  add_events(f, 2500, NOON - 2 * KEPT);
  retention_beat(f->retention);
  assert_int_equal(stale(f), 2500);
  sweep(f);
  retention_beat(f->retention);
  assert_int_equal(stale(f), 0);
}

static void falling_behind_is_said_once_and_so_is_catching_up(void **state) {
  struct fixture *f = *state;
  add_events(f, 3 * RETENTION_SLICE_ROWS, NOON - 2 * KEPT);
  retention_beat(f->retention);
  retention_work(f->retention, 0);
  retention_beat(f->retention);
  assert_int_equal(log_lines(f, "fallen behind"), 0);
  f->store->now += US_PER_MINUTE;
  retention_beat(f->retention);
  retention_beat(f->retention);
  assert_int_equal(log_lines(f, "fallen behind"), 1);
  assert_int_equal(log_lines(f, "caught up"), 0);
  sweep(f);
  sweep(f);
  assert_int_equal(log_lines(f, "fallen behind"), 1);
  assert_int_equal(log_lines(f, "caught up"), 1);
}

static void the_state_files_sizes_are_measured(void **state) {
  struct fixture *f = *state;
  add_events(f, 10, NOON);
  retention_beat(f->retention);
  assert_true(counters_value(f->counters, METRIC_STATE_BYTES, METRIC_VALUES(TEXT("file"))) > 0);
  assert_true(counters_value(f->counters, METRIC_STATE_BYTES, METRIC_VALUES(TEXT("log"))) > 0);
}

/* 64 MiB, of which half stays for new rows. */
static void a_file_that_is_mostly_free_is_given_back(void **state) {
  struct fixture *f = *state;
  enum { MIB = 1 << 20 };
  char *large = memory_alloc(4 * MIB);
  memset(large, 'x', 4 * MIB);
  struct store_event event = fixture_event("row", NOON);
  event.parse_time = NOON - 2 * KEPT;
  event.record = (struct text){large, 4 * MIB};
  for (int i = 0; i < 16; i++)
    assert_done(store_event_add(f->store->store, &event, 1, &f->store->error), &f->store->error);
  free(large);
  struct store_space space;
  sweep(f);
  sweep(f); /* the second beat sees what the first sweep has freed */
  assert_done(store_space(f->store->store, &space, &f->store->error), &f->store->error);
  assert_int_equal(events(f), 0);
  assert_in_range(space.file_bytes, 30 * MIB, 36 * MIB);
}

/* ---- log types and size -------------------------------------------------------------------- */

static void add_events_of(struct fixture *f, const char *log_type, size_t count, time_us parse_time,
                          size_t record_size) {
  struct buffer record = BUFFER_NONE;
  struct store_event event = fixture_event("row", NOON);
  memset(buffer_reserve(&record, record_size), 'x', record_size);
  record.size = record_size;
  event.log_type = text_from(log_type);
  event.parse_time = parse_time;
  event.record = buffer_text(&record);
  DONE_IN(f, store_begin(f->store->store, &f->store->error));
  for (size_t i = 0; i < count; i++)
    DONE_IN(f, store_event_add(f->store->store, &event, 1, &f->store->error));
  DONE_IN(f, store_commit(f->store->store, &f->store->error));
  buffer_free(&record);
}

static void a_log_type_may_be_kept_for_longer_or_shorter(void **state) {
  static const struct log_type_retention log_types[] = {
      {TEXT_INIT("Long"), 3 * KEPT}, {TEXT_INIT("Short"), KEPT / 2}, {TEXT_INIT("Ever"), 0}};
  struct fixture *f = *state;
  for (int i = 0; i < 4; i++) {
    add_events_of(f, "Long", 3, NOON + i * KEPT, 10);
    add_events_of(f, "Ever", 3, NOON + i * KEPT, 10);
    add_events_of(f, "Short", 3, NOON + i * KEPT, 10);
    add_events_of(f, "Other", 3, NOON + i * KEPT, 10);
  }
  f->store->now = NOON + 3 * KEPT + 1;
  retention_use(f->retention, &(struct retention_times){
                                  .rows_us = KEPT, .log_types = log_types, .log_type_count = 3});
  sweep(f);
  /* Long: those of NOON + 1 to 3 KEPT; Ever: all; Short: the last; Other: the last. */
  assert_int_equal(events(f), 9 + 12 + 3 + 3);
  f->store->now += KEPT;
  sweep(f);
  assert_int_equal(events(f), 6 + 12);
  retention_use(f->retention, &(struct retention_times){.rows_us = KEPT});
  sweep(f);
  assert_int_equal(events(f), 0);
}

static void the_oldest_events_go_when_the_state_is_as_large_as_it_may_be(void **state) {
  struct fixture *f = *state;
  struct store_space space;
  retention_use(f->retention, &(struct retention_times){.state_bytes = 4 << 20});
  for (int i = 0; i < 20; i++) {
    f->store->now += US_PER_MINUTE;
    add_events_of(f, i % 2 ? "A" : "B", 100, f->store->now, 4000);
  }
  sweep(f);
  DONE_IN(f, store_space(f->store->store, &space, &f->store->error));
  /* A slice ends with its time, so a fast machine deletes a little more than it must. */
  assert_in_range(space.file_bytes - space.free_bytes, 2 << 20, 4 << 20);
  assert_in_range(events(f), 300, 1200);
  assert_int_equal(counters_value(f->counters, METRIC_RETENTION_DELETED,
                                  METRIC_VALUES(TEXT("events_over_size"))),
                   2000 - events(f));
  assert_int_equal(log_lines(f, "the state has the size that it may have"), 1);
  assert_int_equal(log_lines(f, "kept_since=2023-11-14T22:2"), 1);
  int64_t before = events(f);
  sweep(f);
  assert_int_equal(events(f), before);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_sweep_deletes_what_is_past_its_retention_and_nothing_younger),
      TEST(receipts_are_kept_for_their_time),
      TEST(a_round_that_nothing_came_in_before_deletes_a_slice),
      TEST(every_part_gets_its_turn_beside_a_long_backlog_of_another),
      TEST(a_round_ends_with_its_slice_while_a_commit_waits),
      TEST(what_is_kept_for_ever_stays),
      TEST(the_log_says_what_was_deleted_at_first_and_at_the_end),
      TEST(a_beat_says_how_many_rows_are_past_their_retention),
      TEST(falling_behind_is_said_once_and_so_is_catching_up),
      TEST(the_state_files_sizes_are_measured),
      TEST(a_file_that_is_mostly_free_is_given_back),
      TEST(a_log_type_may_be_kept_for_longer_or_shorter),
      TEST(the_oldest_events_go_when_the_state_is_as_large_as_it_may_be),
  };
  return cmocka_run_group_tests_name("retention", tests, NULL, NULL);
}

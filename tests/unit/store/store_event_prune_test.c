/* Retention by log type: an event goes if and only if it is past that of its log type, whatever
 * lies around it, however the slices fall, and whatever is changed in between. */
#include "store/store_fixture.h"

#include "store/store_archive.h"

static const char *const names[] = {"A", "B", "C", "D"};
#define NAMES 4

static void add(struct store_fixture *f, const char *log_type, time_us parse_time) {
  struct store_event event = fixture_event("row", NOON);
  event.log_type = text_from(log_type);
  event.parse_time = parse_time;
  DONE(store_event_add(f->store, &event, 1, &f->error));
}

static int64_t count(struct store_fixture *f, const char *log_type, time_us before) {
  char sql[160];
  sqlite3_stmt *statement;
  sqlite3_snprintf(sizeof sql, sql,
                   "SELECT count(*) FROM event WHERE log_type = '%q' AND parse_time < %lld",
                   log_type, (long long)before);
  assert_int_equal(sqlite3_prepare_v2(f->store->db, sql, -1, &statement, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  int64_t result = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return result;
}

/* Slices until nothing is left; returns how many events went. */
static int64_t prune(struct store_fixture *f, const struct store_event_retention *retention,
                     int64_t rows) {
  const struct store_slice slice = {rows, US_PER_HOUR};
  struct store_pruned pruned = {.more = true};
  int64_t deleted = 0;
  for (int i = 0; pruned.more; i++) {
    assert_true(i < 100000);
    DONE(store_event_prune(f->store, retention, &slice, &pruned, &f->error));
    assert_true(pruned.rows <= rows);
    deleted += pruned.rows;
  }
  return deleted;
}

static void reopen(struct store_fixture *f) {
  store_close(f->store);
  f->store = fixture_open(f);
}

static void each_log_type_goes_by_its_own_retention(void **state) {
  struct store_fixture *f = *state;
  for (int i = 0; i < 30; i++)
    add(f, names[i % NAMES], NOON + i * HOUR);
  f->now = NOON + 30 * HOUR;
  const struct store_retention log_types[] = {{TEXT("B"), NOON + 20 * HOUR},
                                              {TEXT("C"), TIME_NONE}};
  const struct store_event_retention retention = {NOON + 10 * HOUR, log_types, 2};
  assert_int_equal(prune(f, &retention, 3), 5 + 5); /* A, D up to 9; B up to 17 */
  assert_int_equal(count(f, "A", NOON + 10 * HOUR) + count(f, "D", NOON + 10 * HOUR), 0);
  assert_int_equal(count(f, "B", NOON + 20 * HOUR), 0);
  assert_int_equal(count(f, "C", INT64_MAX), 7);
  assert_int_equal(prune(f, &retention, 3), 0);
  reopen(f);
  assert_int_equal(prune(f, &retention, 3), 0);
}

static void a_log_type_that_is_listed_no_more_goes_with_the_others(void **state) {
  struct store_fixture *f = *state;
  for (int i = 0; i < 40; i++)
    add(f, names[i % 2], NOON + i * HOUR);
  f->now = NOON + 40 * HOUR;
  const struct store_retention kept = {TEXT("B"), TIME_NONE}, other = {TEXT("C"), TIME_NONE};
  assert_int_equal(prune(f, &(struct store_event_retention){NOON + 30 * HOUR, &kept, 1}, 7), 15);
  assert_int_equal(prune(f, &(struct store_event_retention){NOON + 30 * HOUR, &other, 1}, 7), 15);
  assert_int_equal(count(f, "B", NOON + 30 * HOUR), 0);
  /* The same over a restart, and by the way without any list. */
  for (int i = 0; i < 10; i++)
    add(f, "B", NOON + 40 * HOUR);
  f->now = NOON + 50 * HOUR;
  prune(f, &(struct store_event_retention){NOON + 45 * HOUR, &kept, 1}, 7);
  reopen(f);
  assert_int_equal(prune(f, &(struct store_event_retention){NOON + 45 * HOUR, NULL, 0}, 7), 15);
  prune(f, &(struct store_event_retention){NOON + 45 * HOUR, &other, 1}, 7);
  assert_int_equal(count(f, "B", INT64_MAX), 0);
}

static void ids_that_come_again_are_looked_at(void **state) {
  struct store_fixture *f = *state;
  const struct store_retention log_type = {TEXT("B"), NOON + HOUR};
  const struct store_event_retention retention = {NOON + HOUR, &log_type, 1};
  for (int i = 0; i < 10; i++)
    add(f, names[i % 2], NOON);
  f->now = NOON + 2 * HOUR;
  assert_int_equal(prune(f, &retention, 100), 10);
  for (int i = 0; i < 6; i++)
    add(f, names[i % 2], NOON);
  assert_int_equal(prune(f, &retention, 100), 6);
}

static void what_a_clock_dated_later_is_in_nobodys_way_and_goes_in_its_time(void **state) {
  struct store_fixture *f = *state;
  const struct store_retention log_type = {TEXT("B"), NOON + HOUR};
  struct store_event_retention retention = {NOON + HOUR, &log_type, 1};
  add(f, "A", NOON + 10 * HOUR);
  for (int i = 0; i < 10; i++)
    add(f, names[i % 2], NOON);
  f->now = NOON + 2 * HOUR;
  assert_int_equal(prune(f, &retention, 4), 10);
  f->now = NOON + 12 * HOUR;
  retention.others = NOON + 11 * HOUR;
  assert_int_equal(prune(f, &retention, 4), 1);
}

static void a_slice_that_fails_forgets_what_it_said(void **state) {
  struct store_fixture *f = *state;
  const struct store_retention log_type = {TEXT("B"), NOON + HOUR};
  const struct store_event_retention retention = {NOON + HOUR, &log_type, 1};
  const struct store_slice slice = {100, US_PER_HOUR};
  struct store_pruned pruned;
  for (int i = 0; i < 10; i++)
    add(f, names[i % 2], NOON);
  f->now = NOON + 2 * HOUR;
  sqlite3_exec(f->store->db,
               "CREATE TEMP TRIGGER no AFTER DELETE ON event WHEN OLD.id = 6"
               " BEGIN SELECT RAISE (ABORT, 'no'); END",
               NULL, NULL, NULL);
  assert_refused(f, store_event_prune(f->store, &retention, &slice, &pruned, &f->error), "no");
  sqlite3_exec(f->store->db, "DROP TRIGGER no", NULL, NULL, NULL);
  assert_int_equal(count(f, "A", INT64_MAX) + count(f, "B", INT64_MAX), 10);
  assert_int_equal(prune(f, &retention, 100), 10);
}

/* Any order of adding, sweeping, changing and restarting ends with what is not past its retention.
 */
static void random_histories_leave_what_is_not_past_its_retention(void **state) {
  struct store_fixture *f = *state;
  uint64_t random = 42;
  time_us kept[NAMES] = {0}, *times = memory_alloc_array(400 * 7, sizeof *times);
  unsigned *types = memory_alloc_array(400 * 7, sizeof *types);
  size_t there = 0;
  for (int step = 0; step < 400; step++) {
    random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
    unsigned what = (unsigned)(random >> 40);
    f->now += HOUR;
    for (unsigned i = 0; i < what % 7; i++) {
      types[there] = ((what >> 3) + i) % NAMES;
      times[there] = f->now;
      add(f, names[types[there++]], f->now);
    }
    if (what % 11 == 0)
      reopen(f);
    if (step % 20 == 0)
      for (unsigned i = 0; i < NAMES; i++)
        kept[i] = (time_us)((what >> i) % 40 + 1) * HOUR;
    struct store_retention log_types[NAMES];
    size_t listed = 0;
    bool is_listed[NAMES] = {false};
    for (unsigned i = 1; i < NAMES; i++)
      if (step / 40 % (i + 1) == 0) {
        is_listed[i] = true;
        log_types[listed++] = (struct store_retention){text_from(names[i]), f->now - kept[i]};
      }
    const struct store_event_retention retention = {f->now - kept[0], log_types, listed};
    if (what % 3 == 0)
      continue;
    prune(f, &retention, 1 + what % 5);
    size_t left = 0;
    for (size_t i = 0; i < there; i++)
      if (times[i] >= f->now - kept[is_listed[types[i]] ? types[i] : 0]) {
        types[left] = types[i];
        times[left++] = times[i];
      }
    there = left;
    struct store_counts counts;
    DONE(store_count(f->store, &counts, &f->error));
    assert_int_equal(counts.events, there);
    for (unsigned i = 0; i < NAMES; i++)
      assert_int_equal(count(f, names[i], f->now - kept[is_listed[i] ? i : 0]), 0);
  }
  free(times);
  free(types);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(each_log_type_goes_by_its_own_retention),
      STORE_TEST(a_log_type_that_is_listed_no_more_goes_with_the_others),
      STORE_TEST(ids_that_come_again_are_looked_at),
      STORE_TEST(what_a_clock_dated_later_is_in_nobodys_way_and_goes_in_its_time),
      STORE_TEST(a_slice_that_fails_forgets_what_it_said),
      STORE_TEST(random_histories_leave_what_is_not_past_its_retention),
  };
  return cmocka_run_group_tests_name("store_event_prune", tests, NULL, NULL);
}

/* What is past its retention goes, in slices. */
#include "store/store_fixture.h"

#define YEAR (365 * US_PER_DAY)

static struct store_counts count(struct store_fixture *f) {
  struct store_counts counts;
  DONE(store_count(f->store, &counts, &f->error));
  return counts;
}

static int64_t prune(struct store_fixture *f, int64_t limit) {
  return fixture_prune(f, STORE_ALERTS, f->now - YEAR, limit);
}

/* An alert of the dedup string `id`, with matches. */
static void add_alert(struct store_fixture *f, const char *id, int matches) {
  struct alert alert = fixture_alert(id);
  alert.dedup = text_from(id);
  alert.created_at = f->now;
  DONE(store_alert_add(f->store, &alert, &f->error));
  for (int i = 0; i < matches; i++)
    fixture_add_match(f, alert.id, alert.rule_id, alert.dedup, TEXT("row"), NOON);
}

static void set_window(struct store_fixture *f, const char *rule_id, const char *dedup,
                       int64_t period) {
  DONE(store_window_set(f->store, text_from(rule_id), text_from(dedup), TEXT("x"), f->now + period,
                        &f->error));
}

static void an_old_alert_goes_with_its_matches_and_deliveries(void **state) {
  struct store_fixture *f = *state;
  add_alert(f, "old1", 3);
  DONE(store_outbox_add(f->store, TEXT("old1"), TEXT("slack"), NOON, &f->error));
  fixture_record(f, 1, OUTBOX_DELIVERED, NOON, "");
  f->now += YEAR;
  add_alert(f, "new1", 2);
  assert_int_equal(prune(f, 100), 0);
  f->now++;
  assert_int_equal(prune(f, 100), 4); /* it and its matches */
  assert_int_equal(prune(f, 100), 0);
  struct store_counts counts = count(f);
  assert_int_equal(counts.alerts, 1);
  assert_int_equal(counts.matches, 2);
  assert_int_equal(counts.outbox_delivered, 0);
}

static void very_many_matches_of_an_old_alert_go_in_steps(void **state) {
  static const int64_t steps[] = {4, 4, 3, 0};
  struct store_fixture *f = *state;
  add_alert(f, "old1", 6);
  add_alert(f, "old2", 3);
  f->now += YEAR + 1;
  for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
    assert_int_equal(prune(f, 4), steps[i]);
  assert_int_equal(count(f).alerts, 0);
  assert_int_equal(count(f).matches, 0);
}

static void an_alert_that_is_still_to_be_delivered_stays(void **state) {
  struct store_fixture *f = *state;
  add_alert(f, "old1", 1);
  DONE(store_outbox_add(f->store, TEXT("old1"), TEXT("slack"), NOON, &f->error));
  f->now += YEAR + 1;
  assert_int_equal(prune(f, 100), 0);
  fixture_record(f, 1, OUTBOX_PARKED, NOON, "404");
  assert_int_equal(prune(f, 100), 2);
}

static void alerts_that_stay_are_in_no_other_alerts_way(void **state) {
  struct store_fixture *f = *state;
  for (int i = 0; i < 5; i++) {
    char id[] = {'o', 'l', 'd', (char)('0' + i), '\0'};
    add_alert(f, id, 0);
    if (i < 4)
      DONE(store_outbox_add(f->store, text_from(id), TEXT("slack"), NOON, &f->error));
  }
  f->now += YEAR + 1;
  struct store_pruned pruned;
  int64_t deleted = 0;
  do {
    pruned = fixture_prune_slice(f, STORE_ALERTS, f->now - YEAR, 2);
    deleted += pruned.rows;
  } while (pruned.more);
  assert_int_equal(deleted, 1);
  assert_int_equal(count(f).alerts, 4);
}

/* A window of the same name is saved again with every match: only its period counts. */
static void an_alert_that_matches_may_join_stays_for_their_period(void **state) {
  static const char *const windows[][2] = {{"Zoom.PasscodeDisabled", "rule"},
                                           {"Zoom.PasscodeDisabled%error", "errr"}};
  struct store_fixture *f = *state;
  const int64_t period = 30 * US_PER_DAY;
  for (size_t i = 0; i < 2; i++) {
    struct alert alert = fixture_alert(windows[i][1]);
    alert.type = i ? ALERT_RULE_ERROR : ALERT_RULE;
    alert.created_at = f->now;
    alert.dedup = text_from(windows[i][1]);
    DONE(store_alert_add(f->store, &alert, &f->error));
  }
  f->now += YEAR;
  for (size_t i = 0; i < 2; i++)
    set_window(f, windows[i][0], windows[i][1], period);
  f->now += period;
  assert_int_equal(prune(f, 100), 0);
  f->now++;
  assert_int_equal(prune(f, 100), 2);
  assert_int_equal(count(f).alerts, 0);
}

/* ---- slices ------------------------------------------------------------------------------ */

static void add_event(struct store_fixture *f, time_us parse_time, struct text record) {
  struct store_event event = fixture_event("row", NOON);
  event.parse_time = parse_time;
  event.record = record;
  DONE(store_event_add(f->store, &event, 1, &f->error));
}

static void a_slice_says_whether_there_is_more(void **state) {
  struct store_fixture *f = *state;
  for (int i = 0; i < 5; i++)
    add_event(f, NOON - 1, TEXT("{}"));
  add_event(f, NOON, TEXT("{}"));
  struct store_pruned pruned = fixture_prune_slice(f, STORE_EVENTS, NOON, 3);
  assert_int_equal(pruned.rows, 3);
  assert_true(pruned.more);
  pruned = fixture_prune_slice(f, STORE_EVENTS, NOON, 3);
  assert_int_equal(pruned.rows, 2);
  assert_false(pruned.more);
}

static void a_slice_whose_time_is_over_deletes_one_row(void **state) {
  struct store_fixture *f = *state;
  const struct store_slice slice = {100, 0};
  struct store_pruned pruned;
  add_event(f, NOON - 1, TEXT("{}"));
  add_event(f, NOON - 1, TEXT("{}"));
  DONE(store_prune(f->store, STORE_EVENTS, NOON, &slice, &pruned, &f->error));
  assert_int_equal(pruned.rows, 1);
  assert_true(pruned.more);
}

/* The clock was ahead for a while. */
static void rows_dated_in_the_future_are_in_no_other_rows_way(void **state) {
  struct store_fixture *f = *state;
  for (int i = 0; i < 10; i++)
    add_event(f, f->now + YEAR, TEXT("{}"));
  for (int i = 0; i < 3; i++)
    add_event(f, f->now - 2, TEXT("{}"));
  add_event(f, f->now - 1, TEXT("{}"));
  struct store_pruned pruned;
  int64_t deleted = 0;
  do {
    pruned = fixture_prune_slice(f, STORE_EVENTS, f->now - 1, 2);
    deleted += pruned.rows;
  } while (pruned.more);
  assert_int_equal(deleted, 3);
}

static int64_t stale(struct store_fixture *f, enum store_part part, time_us before) {
  int64_t rows;
  DONE(store_stale(f->store, part, before, &rows, &f->error));
  return rows;
}

static void stale_rows_are_found_without_counting(void **state) {
  struct store_fixture *f = *state;
  assert_int_equal(stale(f, STORE_EVENTS, NOON), 0);
  for (int i = 0; i < 100; i++)
    add_event(f, NOON + i, TEXT("{}"));
  for (int i = 0; i <= 100; i++)
    assert_int_equal(stale(f, STORE_EVENTS, NOON + i), i);
  assert_int_equal(fixture_prune(f, STORE_EVENTS, NOON + 30, 100), 30);
  assert_int_equal(stale(f, STORE_EVENTS, NOON + 40), 10);
  assert_int_equal(stale(f, STORE_DEAD_LETTERS, NOON + 40), 0);
}

/* ---- space ------------------------------------------------------------------------------- */

static struct store_space space(struct store_fixture *f) {
  struct store_space space;
  DONE(store_space(f->store, &space, &f->error));
  return space;
}

#define MIB (INT64_C(1) << 20)

static void space_of_deleted_rows_is_given_back_in_small_steps(void **state) {
  struct store_fixture *f = *state;
  char *large = memory_alloc(MIB);
  memset(large, 'x', MIB);
  for (int i = 0; i < 8; i++)
    add_event(f, NOON - 1, (struct text){large, MIB});
  free(large);
  struct store_space full = space(f);
  assert_true(full.shrinks);
  assert_true(full.file_bytes > 8 * MIB);
  assert_int_equal(fixture_prune(f, STORE_EVENTS, NOON, 100), 8);
  assert_true(space(f).free_bytes > 7 * MIB);
  DONE(store_shrink(f->store, 2 * MIB, &f->error));
  struct store_space less = space(f);
  assert_in_range(full.file_bytes - less.file_bytes, 2 * MIB, 3 * MIB);
  assert_in_range(less.free_bytes, 5 * MIB, 7 * MIB);
}

static void the_log_is_cut_unless_somebody_reads_an_old_state(void **state) {
  struct store_fixture *f = *state;
  bool done;
  struct store *reader = fixture_open(f);
  assert_int_equal(sqlite3_exec(reader->db, "BEGIN; SELECT count(*) FROM event", NULL, NULL, NULL),
                   SQLITE_OK);
  add_event(f, NOON, TEXT("{}"));
  assert_true(space(f).log_bytes > 0);
  DONE(store_log_cut(f->store, US_PER_MS, &done, &f->error));
  assert_false(done);
  store_close(reader);
  DONE(store_log_cut(f->store, US_PER_MS, &done, &f->error));
  assert_true(done);
  assert_int_equal(space(f).log_bytes, 0);
}

/* Each of the two settings settles the other if it comes too early. */
static void a_new_file_shrinks_and_has_pages_of_8_kib(void **state) {
  struct store_fixture *f = *state;
  sqlite3_stmt *statement;
  assert_true(space(f).shrinks);
  assert_int_equal(sqlite3_prepare_v2(f->store->db, "PRAGMA page_size", -1, &statement, NULL),
                   SQLITE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  assert_int_equal(sqlite3_column_int(statement, 0), 8192);
  sqlite3_finalize(statement);
}

static void a_file_of_an_older_margay_is_rebuilt_if_it_is_small(void **state) {
  struct store_fixture *f = *state;
  bool made;
  add_event(f, NOON, TEXT("{\"a\":1}"));
  assert_int_equal(
      sqlite3_exec(f->store->db, "PRAGMA auto_vacuum = NONE; VACUUM", NULL, NULL, NULL), SQLITE_OK);
  store_close(f->store);
  f->store = fixture_open(f);
  assert_false(space(f).shrinks);
  DONE(store_make_shrinkable(f->store, 1, &made, &f->error));
  assert_false(made);
  DONE(store_make_shrinkable(f->store, 100 * MIB, &made, &f->error));
  assert_true(made);
  assert_true(space(f).shrinks);
  assert_int_equal(count(f).events, 1);
  DONE(store_make_shrinkable(f->store, 100 * MIB, &made, &f->error));
  assert_false(made);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(an_old_alert_goes_with_its_matches_and_deliveries),
      STORE_TEST(very_many_matches_of_an_old_alert_go_in_steps),
      STORE_TEST(an_alert_that_is_still_to_be_delivered_stays),
      STORE_TEST(alerts_that_stay_are_in_no_other_alerts_way),
      STORE_TEST(a_slice_says_whether_there_is_more),
      STORE_TEST(a_slice_whose_time_is_over_deletes_one_row),
      STORE_TEST(rows_dated_in_the_future_are_in_no_other_rows_way),
      STORE_TEST(stale_rows_are_found_without_counting),
      STORE_TEST(space_of_deleted_rows_is_given_back_in_small_steps),
      STORE_TEST(the_log_is_cut_unless_somebody_reads_an_old_state),
      STORE_TEST(a_new_file_shrinks_and_has_pages_of_8_kib),
      STORE_TEST(a_file_of_an_older_margay_is_rebuilt_if_it_is_small),
      STORE_TEST(an_alert_that_matches_may_join_stays_for_their_period),
  };
  return cmocka_run_group_tests_name("store_retention", tests, NULL, NULL);
}

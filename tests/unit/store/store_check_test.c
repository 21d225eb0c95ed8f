/* The archive looked at as a whole: each kind of damage is a line, and nothing else is. */
#include "store/store_fixture.h"

#include "store/store_archive.h"

#define EVENTS 700 /* of which the last 100 are compressed */

static void run_sql(struct store_fixture *f, const char *sql) {
  sqlite3_db_config(f->store->db, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
  assert_int_equal(sqlite3_exec(f->store->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static void add_events(struct store_fixture *f, int from, int to) {
  for (int i = from; i < to; i++) {
    char record[120], row_id[32];
    snprintf(
        record, sizeof record,
        "{\"operator\":\"user%d@example.com\",\"action\":\"Update\",\"detail\":\"Setting %d\"}",
        i * 7919 % 1000, i % 50);
    snprintf(row_id, sizeof row_id, "row-%d", i);
    struct store_event event = fixture_event(row_id, NOON + i * US_PER_SECOND);
    const struct store_indicator indicator = {(uint64_t)(i + 1) << 40, 0};
    event.record = text_from(record);
    DONE(store_event_add_indexed(f->store, &event, 1, &(struct store_indicators){&indicator, 1},
                                 &f->error));
    DONE(store_event_index(f->store, &f->error));
  }
}

static void fill(struct store_fixture *f) {
  struct store_dictionary made;
  store_archive_compress(f->store, true);
  DONE(store_begin(f->store, &f->error));
  add_events(f, 0, EVENTS - 100);
  DONE(store_commit(f->store, &f->error));
  DONE(store_archive_train(f->store, &made, &f->error));
  assert_int_equal(made.id, 1);
  DONE(store_begin(f->store, &f->error));
  add_events(f, EVENTS - 100, EVENTS);
  DONE(store_commit(f->store, &f->error));
}

struct faults {
  struct buffer lines;
  int64_t count, last_event;
};

static void keep_fault(void *context, int64_t event, struct text what) {
  struct faults *faults = context;
  buffer_append_text(&faults->lines, what);
  buffer_append_char(&faults->lines, '\n');
  faults->count++;
  faults->last_event = event;
}

static int64_t check(struct store_fixture *f, struct faults *faults) {
  const struct store_archive_check asked = {keep_fault, NULL, faults};
  int64_t events;
  faults->lines.size = 0;
  faults->count = faults->last_event = 0;
  DONE(store_archive_check(f->store, &asked, &events, &f->error));
  return events;
}

static void each_kind_of_damage_is_a_line(void **state) {
  static const struct {
    const char *damage, *line;
    int64_t faults, event;
  } cases[] = {
      {"UPDATE event SET packed = x'0102' WHERE id = 650",
       "the event row-649 (Zoom.Operation of 2023-11-14T22:24:09Z) cannot be read: its bytes are "
       "damaged",
       1, 650},
      {"UPDATE event_dictionary SET checksum = 1",
       "the dictionary 1 of Zoom.Operation is damaged: no event that was compressed with it can be "
       "read",
       1, 0},
      {"UPDATE indicator_page SET entries = x'ff' WHERE segment ="
       " (SELECT max(segment) FROM indicator_page)",
       "the index by indicators of ", 1, 0},
      {"DELETE FROM event_count",
       "the counts by hour of Zoom.Operation say 0 events, and there are 700: charts are wrong by "
       "the difference",
       1, 0},
  };
  struct store_fixture *f = *state;
  struct faults faults = {.lines = BUFFER_NONE};
  fill(f);
  assert_int_equal(check(f, &faults), EVENTS);
  assert_int_equal(faults.count, 0);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    run_sql(f, "BEGIN");
    run_sql(f, cases[i].damage);
    check(f, &faults);
    run_sql(f, "ROLLBACK");
    assert_int_equal(faults.count, cases[i].faults);
    assert_int_equal(faults.last_event, cases[i].event);
    if (!strstr(buffer_text(&faults.lines).data, cases[i].line))
      fail_msg("'%s' does not say '%s'", faults.lines.data, cases[i].line);
  }
  buffer_free(&faults.lines);
}

/* The index loses a row behind SQLite's back. */
static void an_index_that_does_not_agree_is_found(void **state) {
  struct store_fixture *f = *state;
  struct faults faults = {.lines = BUFFER_NONE};
  fill(f);
  run_sql(f, "PRAGMA writable_schema = ON;"
             "UPDATE sqlite_schema SET sql = sql || ' WHERE event_time <> 1700000000000000'"
             " WHERE name = 'event_by_type'; PRAGMA writable_schema = OFF");
  store_close(f->store);
  f->store = fixture_open(f);
  run_sql(f, "UPDATE event SET event_time = 1700000000000000 WHERE id = 3;"
             "PRAGMA writable_schema = ON;"
             "UPDATE sqlite_schema SET sql = replace(sql, ' WHERE event_time <> 1700000000000000',"
             " '') WHERE name = 'event_by_type'; PRAGMA writable_schema = OFF");
  store_close(f->store);
  f->store = fixture_open(f);
  check(f, &faults);
  assert_true(faults.count > 0);
  assert_non_null(strstr(faults.lines.data, "event_by_type"));
  buffer_free(&faults.lines);
}

static void see_log_type(void *context, const struct store_log_type *log_type) {
  int *seen = context;
  (*seen)++;
  assert_true(text_equal(log_type->log_type, TEXT("Zoom.Operation")));
  assert_int_equal(log_type->events, EVENTS);
  assert_int_equal(log_type->compressed, 100);
  assert_int_equal(log_type->dictionaries, 1);
  assert_int_equal(log_type->first, NOON);
  assert_int_equal(log_type->last, NOON + (EVENTS - 1) * US_PER_SECOND);
  assert_true(log_type->kept < log_type->plain);
}

static void see_name(void *context, struct text log_type) {
  buffer_append_text(context, log_type);
}

static void what_there_is_of_each_log_type_is_counted(void **state) {
  struct store_fixture *f = *state;
  struct buffer names = BUFFER_NONE;
  int seen = 0;
  DONE(store_archive_stats(f->store, see_log_type, &seen, &f->error));
  assert_int_equal(seen, 0);
  fill(f);
  DONE(store_archive_stats(f->store, see_log_type, &seen, &f->error));
  assert_int_equal(seen, 1);
  DONE(store_archive_log_types(f->store, see_name, &names, &f->error));
  assert_string_equal(names.data, "Zoom.Operation");
  buffer_free(&names);
}

static void an_event_is_deleted_with_its_count(void **state) {
  struct store_fixture *f = *state;
  struct faults faults = {.lines = BUFFER_NONE};
  fill(f);
  run_sql(f, "UPDATE event SET packed = x'00' WHERE id = 650");
  check(f, &faults);
  DONE(store_archive_delete(f->store, faults.last_event, &f->error));
  assert_int_equal(check(f, &faults), EVENTS - 1);
  assert_int_equal(faults.count, 0);
  buffer_free(&faults.lines);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(each_kind_of_damage_is_a_line),
      STORE_TEST(an_index_that_does_not_agree_is_found),
      STORE_TEST(what_there_is_of_each_log_type_is_counted),
      STORE_TEST(an_event_is_deleted_with_its_count),
  };
  return cmocka_run_group_tests_name("store_check", tests, NULL, NULL);
}

/* Events as few bytes: they are read as they came, and what is damaged is said with its place. */
#include "store/store_fixture.h"

#include "store/sqlite/archive/packer.h"
#include "store/store_archive.h"

#define TYPE "Zoom.Activity"

static void run_sql(struct store_fixture *f, const char *sql) {
  assert_int_equal(sqlite3_exec(f->store->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static int64_t number(struct store_fixture *f, const char *sql) {
  sqlite3_stmt *statement;
  assert_int_equal(sqlite3_prepare_v2(f->store->db, sql, -1, &statement, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  int64_t result = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return result;
}
static int64_t packed_count(struct store_fixture *f) {
  return number(f, "SELECT count(packed) FROM event");
}

static struct store_event event_of(const char *row_id, time_us time, struct text record) {
  struct store_event event = fixture_event(row_id, time);
  event.log_type = TEXT(TYPE);
  event.source_id = TEXT("zoom-reports");
  event.record = record;
  return event;
}

static void sign_in_record(char record[200], int64_t i) {
  snprintf(
      record, 200,
      "{\"email\":\"user%d@example.com\",\"time\":\"2026-01-05T%02d:%02d:07Z\",\"type\":\"Sign "
      "in\",\"ip_address\":\"198.51.100.%d\",\"client_type\":\"Windows\",\"version\":\"6.7.%d\"}",
      (int)(i * 7919 % 1000), (int)(i / 60 % 24), (int)(i % 60), (int)(i * 31 % 256), (int)(i % 9));
}

/* Event `i` has the row id "row-<i>" and is `i` seconds after NOON. */
static void add_sign_ins(struct store_fixture *f, int64_t from, int64_t count) {
  DONE(store_begin(f->store, &f->error));
  for (int64_t i = from; i < from + count; i++) {
    char record[200], row_id[32];
    sign_in_record(record, i);
    snprintf(row_id, sizeof row_id, "row-%lld", (long long)i);
    struct store_event event = event_of(row_id, NOON + i * US_PER_SECOND, text_from(record));
    DONE(store_event_add(f->store, &event, 1, &f->error));
  }
  DONE(store_commit(f->store, &f->error));
}

static int64_t train(struct store_fixture *f) {
  struct store_dictionary made;
  DONE(store_archive_train(f->store, &made, &f->error));
  if (made.log_type.size == 0)
    return 0;
  assert_true(text_equal(made.log_type, TEXT(TYPE)));
  assert_true(made.packed * 2 < made.plain);
  return made.id;
}

/* With a dictionary that 600 events made, which are kept as they are. */
static void begin_packed(struct store_fixture *f) {
  store_archive_compress(f->store, true);
  add_sign_ins(f, 0, 600);
  assert_int_equal(train(f), 1);
  assert_int_equal(packed_count(f), 0);
}

/* ---- reading ----------------------------------------------------------------------------- */

struct seen {
  int64_t count;
};

static bool see_sign_in(void *context, const struct store_event *event) {
  struct seen *seen = context;
  char record[200], row_id[32];
  sign_in_record(record, seen->count);
  snprintf(row_id, sizeof row_id, "row-%lld", (long long)seen->count++);
  assert_true(text_equal(event->row_id, text_from(row_id)));
  assert_true(text_equal(event->record, text_from(record)));
  assert_true(text_equal(event->source_id, TEXT("zoom-reports")));
  return true;
}

static void assert_sign_ins(struct store_fixture *f, struct store *store, int64_t count) {
  static const struct text type = TEXT_INIT(TYPE);
  struct seen seen = {0};
  DONE(store_event_read(store, &(struct store_archive){&type, 1, TIME_NONE, TIME_NONE}, see_sign_in,
                        &seen, &f->error));
  assert_int_equal(seen.count, count);
}

static void packed_events_are_read_as_they_came(void **state) {
  struct store_fixture *f = *state;
  struct store *other = fixture_open(f); /* from before there was a dictionary */
  begin_packed(f);
  add_sign_ins(f, 600, 900);
  assert_int_equal(packed_count(f), 900);
  assert_true(number(f, "SELECT sum(length(packed)) FROM event") * 3 <
              number(f, "SELECT sum(length(record)) FROM event WHERE packed IS NULL") / 600 * 900);
  assert_sign_ins(f, f->store, 1500);
  assert_sign_ins(f, other, 1500);
  store_close(other);
}

static void keep_record(void *context, const struct store_event *event) {
  buffer_append_text(context, event->record);
  buffer_append_char(context, '|');
  buffer_append_text(context, event->source_id);
}

static void assert_kept(struct store_fixture *f, struct text source_id, struct text record) {
  struct buffer got = BUFFER_NONE, expected = BUFFER_NONE;
  struct store_event event = event_of("odd", NOON, record);
  bool known;
  event.source_id = source_id;
  run_sql(f, "DELETE FROM event WHERE row_id = 'odd'");
  DONE(store_event_add(f->store, &event, 1, &f->error));
  DONE(store_event_find(f->store, TEXT("odd"), keep_record, &got, &known, &f->error));
  assert_true(known);
  keep_record(&expected, &event);
  assert_true(text_equal(buffer_text(&got), buffer_text(&expected)));
  buffer_free(&got);
  buffer_free(&expected);
}

static void any_bytes_come_back(void **state) {
  struct store_fixture *f = *state;
  struct buffer large = BUFFER_NONE, noise = BUFFER_NONE;
  uint64_t random = 1;
  begin_packed(f);
  for (int i = 0; i < 40000; i++) {
    random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
    buffer_append_char(&noise, (char)(random >> 56));
    buffer_append_string(&large, "{\"email\":\"a@example.com\"}");
  }
  const struct text records[] = {TEXT(""),         TEXT("\0"),          TEXT("{}"),
                                 TEXT("\xff\xfe"), buffer_text(&large), buffer_text(&noise)};
  for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
    assert_kept(f, TEXT("zoom"), records[i]);
    assert_kept(f, TEXT(""), records[i]);
    assert_kept(f, TEXT("\0\x80"), records[i]);
    assert_kept(f, buffer_text(&noise), records[i]);
  }
  assert_kept(f, TEXT("zoom"), buffer_text(&large));
  assert_int_equal(packed_count(f), 1);
  assert_kept(f, TEXT("zoom"), buffer_text(&noise)); /* it would not get smaller */
  assert_int_equal(packed_count(f), 0);
  buffer_free(&large);
  buffer_free(&noise);
}

/* What a callback reads with the same handle does not touch the event that it was given. */
static bool read_another(void *context, const struct store_event *event, bool indexed) {
  struct store_fixture *f = context;
  char record[200];
  struct buffer other = BUFFER_NONE;
  bool known;
  (void)indexed;
  DONE(store_event_find(f->store, TEXT("row-601"), keep_record, &other, &known, &f->error));
  assert_true(known);
  buffer_free(&other);
  sign_in_record(record, (event->event_time - NOON) / US_PER_SECOND);
  assert_true(text_equal(event->record, text_from(record)));
  return true;
}

static void events_can_be_read_while_others_are(void **state) {
  struct store_fixture *f = *state;
  begin_packed(f);
  add_sign_ins(f, 600, 5);
  const struct store_search all = {
      .since = NOON + 600 * US_PER_SECOND, .each = read_another, .context = f};
  DONE(store_event_search(f->store, &all, &f->error));
}

/* ---- dictionaries ------------------------------------------------------------------------ */

static void events_are_packed_from_500_of_their_log_type_on(void **state) {
  struct store_fixture *f = *state;
  add_sign_ins(f, 0, 100);
  assert_int_equal(train(f), 0); /* nobody asked for it */
  store_archive_compress(f->store, true);
  add_sign_ins(f, 100, 399);
  assert_int_equal(train(f), 0);
  add_sign_ins(f, 499, 1);
  assert_int_equal(train(f), 1);
  add_sign_ins(f, 500, 10);
  assert_int_equal(packed_count(f), 10);
  struct store_event other = event_of("other", NOON, TEXT("{\"email\":\"a@example.com\"}"));
  other.log_type = TEXT("Zoom.Operation");
  DONE(store_event_add(f->store, &other, 1, &f->error));
  store_archive_compress(f->store, false);
  add_sign_ins(f, 510, 10);
  assert_int_equal(packed_count(f), 10);
  assert_sign_ins(f, f->store, 520);
}

static void a_handle_goes_on_with_the_latest_dictionary(void **state) {
  struct store_fixture *f = *state;
  begin_packed(f);
  store_close(f->store);
  f->store = fixture_open(f);
  store_archive_compress(f->store, true);
  add_sign_ins(f, 600, 10);
  assert_int_equal(packed_count(f), 10);
  assert_int_equal(train(f), 0);
  assert_int_equal(number(f, "SELECT tries FROM event_dictionary"), 1);
  /* As if 65,536 others had come: the next one is tried, and is hardly better. */
  run_sql(f, "UPDATE event SET id = id + 65536 WHERE row_id = 'row-609'");
  assert_int_equal(train(f), 0);
  assert_int_equal(number(f, "SELECT tries FROM event_dictionary"), 2);
}

static void a_better_dictionary_takes_the_place_of_the_one_before(void **state) {
  struct store_fixture *f = *state;
  begin_packed(f);
  add_sign_ins(f, 600, 10);
  run_sql(f, "UPDATE event SET id = id + 65536 WHERE row_id = 'row-609'");
  DONE(store_begin(f->store, &f->error));
  for (int i = 0; i < 4000; i++) {
    char record[200];
    snprintf(
        record, sizeof record,
        "{\"device_serial\":\"%d\",\"firmware_channel\":\"nightly\",\"battery_level_percent\":%d}",
        i * 31 % 1000, i % 100);
    struct store_event event = event_of("new", NOON + (610 + i) * US_PER_SECOND, text_from(record));
    DONE(store_event_add(f->store, &event, 1, &f->error));
  }
  DONE(store_commit(f->store, &f->error));
  assert_int_equal(train(f), 2);
  add_sign_ins(f, 610, 10);
  assert_int_equal(number(f, "SELECT count(*) FROM event WHERE substr(packed, 1, 1) = x'01'"
                             " AND row_id <> 'new'"),
                   10);
  assert_int_equal(number(f, "SELECT count(*) FROM event WHERE substr(packed, 1, 1) = x'02'"), 10);
  run_sql(f, "DELETE FROM event WHERE row_id = 'new'");
  assert_sign_ins(f, f->store, 620);
}

static void records_with_nothing_in_common_are_kept_as_they_are(void **state) {
  struct store_fixture *f = *state;
  uint64_t random = 7;
  store_archive_compress(f->store, true);
  DONE(store_begin(f->store, &f->error));
  for (int i = 0; i < 1100; i++) {
    char record[64];
    for (size_t k = 0; k < sizeof record; k++) {
      random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
      record[k] = (char)(random >> 56);
    }
    struct store_event event = event_of("row", NOON, (struct text){record, sizeof record});
    DONE(store_event_add(f->store, &event, 1, &f->error));
  }
  DONE(store_commit(f->store, &f->error));
  assert_int_equal(train(f), 0);
  assert_int_equal(number(f, "SELECT count(*) FROM event_dictionary"), 0);
}

/* ---- damage ------------------------------------------------------------------------------ */

static bool see_any(void *context, const struct store_event *event) {
  (void)context;
  (void)event;
  return true;
}

/* Reading it with a handle that has read no dictionary yet. */
static void assert_damaged(struct store_fixture *f, const char *why) {
  static const struct text type = TEXT_INIT(TYPE);
  struct store *store = fixture_open(f);
  bool ok = store_event_read(store, &(struct store_archive){&type, 1, TIME_NONE, TIME_NONE},
                             see_any, NULL, &f->error);
  assert_refused(f, ok, why);
  store_close(store);
}

static void damage_is_an_error_with_its_place(void **state) {
  static const struct {
    const char *sql, *why;
  } cases[] = {
      {"UPDATE event SET packed = x'' WHERE row_id = 'row-603'",
       "margay.db: the event row-603 (Zoom.Activity of 2023-11-14T22:23:23Z) cannot be read: "
       "its "
       "bytes are damaged; `margay archive check` lists what is damaged"},
      {"UPDATE event SET packed = x'80' WHERE row_id = 'row-603'", "its bytes are damaged"},
      {"UPDATE event SET packed = x'00' WHERE row_id = 'row-603'", "its bytes are damaged"},
      {"UPDATE event SET packed = x'8100' WHERE row_id = 'row-603'", "its bytes are damaged"},
      {"UPDATE event SET packed = x'01' WHERE row_id = 'row-603'", "its bytes are damaged"},
      {"UPDATE event SET packed = CAST(packed || x'00' AS BLOB) WHERE row_id = 'row-603'",
       "its bytes are damaged"},
      {"UPDATE event SET packed = substr(packed, 1, length(packed) - 1) WHERE row_id = 'row-603'",
       "its bytes are damaged"},
      {"UPDATE event SET packed = CAST(substr(packed, 1, length(packed) - 1) || x'55' AS BLOB)"
       " WHERE row_id = 'row-603'",
       "its bytes are damaged"},
      {"UPDATE event SET packed = CAST(x'07' || substr(packed, 2) AS BLOB) WHERE row_id = "
       "'row-603'",
       "its dictionary 7 is not there"},
      {"UPDATE event_dictionary SET bytes = substr(bytes, 2)", "its dictionary 1 is damaged"},
      {"UPDATE event_dictionary SET checksum = 0", "its dictionary 1 is damaged"},
      {"UPDATE event_dictionary SET format = 2",
       "its dictionary 1 was made by a newer margay: update this one"},
      {"DELETE FROM event_dictionary", "its dictionary 1 is not there"},
  };
  struct store_fixture *f = *state;
  begin_packed(f);
  add_sign_ins(f, 600, 5);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    run_sql(f, "CREATE TEMP TABLE e AS SELECT * FROM event;"
               "CREATE TEMP TABLE d AS SELECT * FROM event_dictionary");
    run_sql(f, cases[i].sql);
    assert_damaged(f, cases[i].why);
    run_sql(f, "DELETE FROM event; DELETE FROM event_dictionary; INSERT INTO event SELECT * FROM e;"
               "INSERT INTO event_dictionary SELECT * FROM d; DROP TABLE e; DROP TABLE d");
  }
  assert_sign_ins(f, f->store, 605);
}

static void a_damaged_dictionary_is_not_used_any_more(void **state) {
  struct store_fixture *f = *state;
  begin_packed(f);
  run_sql(f, "UPDATE event_dictionary SET checksum = 0");
  store_close(f->store);
  f->store = fixture_open(f);
  store_archive_compress(f->store, true);
  add_sign_ins(f, 600, 10);
  assert_int_equal(packed_count(f), 0);
  assert_int_equal(train(f), 2);
  add_sign_ins(f, 610, 10);
  assert_int_equal(packed_count(f), 10);
  assert_sign_ins(f, f->store, 620);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(packed_events_are_read_as_they_came),
      STORE_TEST(any_bytes_come_back),
      STORE_TEST(events_can_be_read_while_others_are),
      STORE_TEST(events_are_packed_from_500_of_their_log_type_on),
      STORE_TEST(a_handle_goes_on_with_the_latest_dictionary),
      STORE_TEST(a_better_dictionary_takes_the_place_of_the_one_before),
      STORE_TEST(records_with_nothing_in_common_are_kept_as_they_are),
      STORE_TEST(damage_is_an_error_with_its_place),
      STORE_TEST(a_damaged_dictionary_is_not_used_any_more),
  };
  return cmocka_run_group_tests_name("store_packing", tests, NULL, NULL);
}

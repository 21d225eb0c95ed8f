/* State files of older versions open and keep what is in them. */
#include "store/store_fixture.h"
#include "store/store_number.h"

#define ALERT "500d18557d9b7d14ed0f8281fc38d387"

static void write_file(const char *path, const char *dump) {
  FILE *file = fopen(dump, "r");
  struct buffer text = BUFFER_NONE;
  char part[4096];
  assert_non_null(file);
  for (size_t size; (size = fread(part, 1, sizeof part, file)) > 0;)
    buffer_append(&text, part, size);
  fclose(file);
  sqlite3 *db;
  assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
  assert_int_equal(sqlite3_exec(db, text.data, NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close(db);
  buffer_free(&text);
}

static void write_version_1(const char *path) {
  write_file(path, "tests/unit/store/store_version_1.sql");
}

static bool add_record(void *context, const struct store_event *event) {
  buffer_append_text(context, event->record);
  return true;
}

static struct store *open_version_1(struct store_fixture *f) {
  char path[160];
  snprintf(path, sizeof path, "%s/version_1.db", f->directory);
  write_version_1(path);
  struct store *store = store_open(path, &f->error);
  assert_done(store, &f->error);
  return store;
}

static void a_file_of_version_1_opens_with_all_that_is_in_it(void **state) {
  struct store_fixture *f = *state;
  struct store *store = open_version_1(f);
  struct store_counts counts;
  struct buffer records = BUFFER_NONE, checkpoint = BUFFER_NONE;
  bool found;
  DONE(store_count(store, &counts, &f->error));
  assert_int_equal(counts.events, 3);
  assert_int_equal(counts.dead_letters, 1);
  assert_int_equal(counts.alerts, 1);
  assert_int_equal(counts.matches, 2);
  assert_int_equal(counts.outbox_delivered, 1);
  DONE(store_alert_events(store, TEXT(ALERT), 10, add_record, &records, &f->error));
  assert_non_null(strstr(records.data, "Springfield"));
  assert_non_null(strstr(records.data, "Shelbyville"));
  assert_null(strstr(records.data, "Add User"));
  DONE(store_checkpoint_get(store, TEXT("file"), &checkpoint, &found, &f->error));
  assert_true(found);
  buffer_free(&records);
  buffer_free(&checkpoint);
  store_close(store);
}

static void what_waits_has_the_severity_of_its_alert(void **state) {
  struct store_fixture *f = *state;
  char path[160];
  snprintf(path, sizeof path, "%s/waiting.db", f->directory);
  write_version_1(path);
  sqlite3 *db;
  assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
  assert_int_equal(sqlite3_exec(db, "UPDATE outbox SET state = 0", NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close(db);
  struct store *store = store_open(path, &f->error);
  assert_done(store, &f->error);
  sqlite3_stmt *statement;
  assert_int_equal(
      sqlite3_prepare_v2(store->db,
                         "SELECT count(*), sum(o.severity = a.severity), max(a.severity)"
                         " FROM outbox o JOIN alert a ON a.id = o.alert_id",
                         -1, &statement, NULL),
      SQLITE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  assert_int_equal(sqlite3_column_int(statement, 0), 1);
  assert_int_equal(sqlite3_column_int(statement, 1), 1);
  assert_true(sqlite3_column_int(statement, 2) > 0);
  sqlite3_finalize(statement);
  store_close(store);
}

/* Its index of open matches is another one by now. */
static void matches_of_before_are_found_by_what_comes_later(void **state) {
  struct store_fixture *f = *state;
  struct store *store = open_version_1(f);
  struct buffer records = BUFFER_NONE;
  assert_int_equal(
      sqlite3_exec(store->db, "UPDATE rule_match SET alert_id = NULL", NULL, NULL, NULL),
      SQLITE_OK);
  DONE(store_match_claim(store, TEXT(ALERT), TEXT("Test.PasscodeOff"), TEXT("homer@example.com"),
                         INT64_C(1711004400000000), INT64_C(1711005600000000), &f->error));
  DONE(store_alert_events(store, TEXT(ALERT), 10, add_record, &records, &f->error));
  assert_non_null(strstr(records.data, "Springfield"));
  assert_non_null(strstr(records.data, "Shelbyville"));
  buffer_free(&records);
  store_close(store);
}

static void append_schema(struct store *store, struct buffer *out) {
  sqlite3_stmt *statement;
  assert_int_equal(sqlite3_prepare_v2(store->db,
                                      "SELECT name || ': ' || ifnull(sql, '') FROM sqlite_schema"
                                      " WHERE name NOT LIKE 'sqlite_s%' ORDER BY name",
                                      -1, &statement, NULL),
                   SQLITE_OK);
  while (sqlite3_step(statement) == SQLITE_ROW) {
    buffer_append_text(out, column_text(statement, 0));
    buffer_append_char(out, '\n');
  }
  sqlite3_finalize(statement);
}

static void an_old_file_becomes_what_a_new_one_is(void **state) {
  struct store_fixture *f = *state;
  struct store *store = open_version_1(f);
  struct buffer old = BUFFER_NONE, new = BUFFER_NONE;
  append_schema(store, &old);
  append_schema(f->store, &new);
  assert_string_equal(old.data, new.data);
  buffer_free(&old);
  buffer_free(&new);
  store_close(store);
}

/* Of two rules, the second with two questions; a key may hold any bytes. */
static const char questions_in_kv[] =
    "INSERT INTO kv (rule_id, key, type, value, expires_at, expiry_given, changed_at) VALUES"
    " (char(1) || 'A', 'questions', 4, x'30', 9, 1, 8),"
    " (char(1) || 'A', '00000000000000aa key', 4, x'0100000000000000', 7, 1, 6),"
    " (char(1) || 'B', '00000000000000aa ', 4, x'01', 2, 1, 2),"
    " (char(1) || 'B', '00000000000000bb \xc3\xa9' || char(29) || char(0) || 'v', 4, x'78', 3, 1, "
    "3),"
    " ('A', 'key', 1, x'35', 4, 1, 4)";

static void what_questions_remember_moves_from_kv(void **state) {
  struct store_fixture *f = *state;
  char path[160];
  sqlite3 *db;
  snprintf(path, sizeof path, "%s/kv.db", f->directory);
  write_file(path, "tests/unit/store/state_0.1.0.sql");
  assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
  assert_int_equal(sqlite3_exec(db, questions_in_kv, NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close(db);
  struct store *store = store_open(path, &f->error);
  assert_done(store, &f->error);
  sqlite3_stmt *statement;
  struct buffer rows = BUFFER_NONE;
  assert_int_equal(
      sqlite3_prepare_v2(store->db,
                         "SELECT rule_id || ' ' || meaning || ' ' || hex(name) || ' ' || hex(state)"
                         " || ' ' || expires_at || ' ' || changed_at"
                         " FROM question_state JOIN question ON id = question ORDER BY expires_at",
                         -1, &statement, NULL),
      SQLITE_OK);
  while (sqlite3_step(statement) == SQLITE_ROW)
    buffer_printf(&rows, "%s\n", (const char *)sqlite3_column_text(statement, 0));
  sqlite3_finalize(statement);
  assert_string_equal(rows.data, "B 00000000000000aa  01 2 2\n"
                                 "B 00000000000000bb C3A91D0076 78 3 3\n"
                                 "A 00000000000000aa 6B6579 0100000000000000 7 6\n");
  assert_int_equal(store_number(store, "SELECT count(*) FROM kv WHERE type = 4"), 1);
  assert_int_equal(store_number(store, "SELECT count(*) FROM kv WHERE rule_id = 'A'"), 1);
  buffer_free(&rows);
  store_close(store);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(a_file_of_version_1_opens_with_all_that_is_in_it),
      STORE_TEST(matches_of_before_are_found_by_what_comes_later),
      STORE_TEST(what_waits_has_the_severity_of_its_alert),
      STORE_TEST(an_old_file_becomes_what_a_new_one_is),
      STORE_TEST(what_questions_remember_moves_from_kv),
  };
  return cmocka_run_group_tests_name("store_migration", tests, NULL, NULL);
}

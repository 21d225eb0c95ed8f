/* Opening, transactions, and what a source keeps. */
#include "store/store_fixture.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

static int64_t events_in(struct store_fixture *f, struct store *store) {
  struct store_counts counts;
  DONE(store_count(store, &counts, &f->error));
  return counts.events;
}

static void add_events(struct store_fixture *f, struct store *store, int count) {
  for (int i = 0; i < count; i++) {
    struct store_event event = fixture_event("00112233445566778899aabbccddeeff", NOON + i);
    DONE(store_event_add(store, &event, 1, &f->error));
  }
}

static void write_file(const char *path, const char *bytes, size_t size) {
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, size, file), size);
  fclose(file);
}

static void sql(const char *path, const char *text) {
  sqlite3 *db;
  assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
  assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close(db);
}

/* ---- opening ----------------------------------------------------------------------------- */

static void a_new_store_is_a_file_for_its_owner_alone(void **state) {
  struct store_fixture *f = *state;
  struct stat status;
  assert_int_equal(stat(f->path, &status), 0);
  assert_int_equal(status.st_mode & 07777, 0600);
}

static void the_log_beside_the_store_is_for_its_owner_alone(void **state) {
  struct store_fixture *f = *state;
  add_events(f, f->store, 1);
  char path[160];
  snprintf(path, sizeof path, "%s-wal", f->path);
  struct stat status;
  assert_int_equal(stat(path, &status), 0);
  assert_int_equal(status.st_mode & 07777, 0600);
}

static void every_commit_waits_for_the_disk_and_keys_are_checked(void **state) {
  static const struct {
    const char *pragma, *value;
  } cases[] = {{"PRAGMA journal_mode", "wal"},
               {"PRAGMA synchronous", "2"},
               {"PRAGMA foreign_keys", "1"},
               {"PRAGMA temp_store", "2"},
               {"PRAGMA busy_timeout", "30000"}};
  struct store_fixture *f = *state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_prepare_v2(f->store->db, cases[i].pragma, -1, &statement, NULL), 0);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(statement, 0), cases[i].value);
    sqlite3_finalize(statement);
  }
}

static void what_was_written_is_there_after_opening_again(void **state) {
  struct store_fixture *f = *state;
  add_events(f, f->store, 3);
  store_close(f->store);
  f->store = fixture_open(f);
  assert_int_equal(events_in(f, f->store), 3);
}

static size_t files_in(const char *directory) {
  size_t count = 0;
  DIR *files = opendir(directory);
  assert_non_null(files);
  for (struct dirent *file; (file = readdir(files));)
    count += file->d_name[0] != '.';
  closedir(files);
  return count;
}

static void a_store_that_is_only_read_is_left_as_it_is(void **state) {
  struct store_fixture *f = *state;
  for (int closed = 1; closed >= 0; closed--) { /* with and without a log beside it */
    add_events(f, f->store, 3);
    if (closed)
      store_close(f->store);
    size_t before = files_in(f->directory);
    struct store *store = store_open_to_read(f->path, &f->error);
    assert_non_null(store);
    struct store_counts counts;
    DONE(store_count(store, &counts, &f->error));
    assert_int_equal(counts.events, closed ? 3 : 6);
    assert_false(store_begin(store, &f->error) &&
                 store_checkpoint_set(store, TEXT("s"), TEXT("c"), &f->error));
    error_clear(&f->error);
    store_close(store);
    assert_int_equal(files_in(f->directory), before);
    if (closed)
      f->store = fixture_open(f);
  }
}

static void a_scratch_store_is_private_and_works(void **state) {
  struct store_fixture *f = *state;
  struct store *one = store_open_scratch(&f->error), *two = store_open_scratch(&f->error);
  assert_non_null(one);
  assert_non_null(two);
  DONE(store_begin(one, &f->error));
  add_events(f, one, 5);
  DONE(store_commit(one, &f->error));
  assert_int_equal(events_in(f, one), 5);
  assert_int_equal(events_in(f, two), 0);
  store_close(one);
  store_close(two);
}

static void a_store_without_a_path_is_refused(void **state) {
  struct store_fixture *f = *state;
  assert_refused(f, store_open("", &f->error), "name a file");
}

static void closing_nothing_is_fine(void **state) {
  (void)state;
  store_close(NULL);
}

static int schema_version(struct store *store) {
  sqlite3_stmt *statement = NULL;
  assert_int_equal(sqlite3_prepare_v2(store->db, "PRAGMA user_version", -1, &statement, NULL),
                   SQLITE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  int version = sqlite3_column_int(statement, 0);
  sqlite3_finalize(statement);
  return version;
}

static void a_newer_schema_is_refused_and_left_alone(void **state) {
  struct store_fixture *f = *state;
  char back[64];
  snprintf(back, sizeof back, "PRAGMA user_version = %d", schema_version(f->store));
  add_events(f, f->store, 2);
  store_close(f->store);
  sql(f->path, "PRAGMA user_version = 999");
  f->store = NULL;
  assert_refused(f, store_open(f->path, &f->error), "newer margay");
  sql(f->path, back);
  f->store = fixture_open(f);
  assert_int_equal(events_in(f, f->store), 2);
}

static void the_database_of_another_program_is_refused(void **state) {
  struct store_fixture *f = *state;
  char path[160];
  snprintf(path, sizeof path, "%s/other.db", f->directory);
  sql(path, "CREATE TABLE bookmark (url TEXT)");
  assert_refused(f, store_open(path, &f->error), "another program");
}

static void a_file_that_is_no_database_is_refused_and_left_alone(void **state) {
  struct store_fixture *f = *state;
  char path[160], read_back[64] = "";
  static const char notes[] = "milk, eggs, bread and a long list of other things";
  snprintf(path, sizeof path, "%s/notes.txt", f->directory);
  write_file(path, notes, sizeof notes - 1);
  assert_refused(f, store_open(path, &f->error), "is not a database");
  FILE *file = fopen(path, "r");
  assert_int_equal(fread(read_back, 1, sizeof read_back, file), sizeof notes - 1);
  fclose(file);
  assert_string_equal(read_back, notes);
}

static void an_empty_file_becomes_a_store(void **state) {
  struct store_fixture *f = *state;
  char path[160];
  snprintf(path, sizeof path, "%s/empty.db", f->directory);
  write_file(path, "", 0);
  struct store *store = store_open(path, &f->error);
  assert_done(store, &f->error);
  store_close(store);
}

static void a_missing_directory_is_named(void **state) {
  struct store_fixture *f = *state;
  char path[160];
  snprintf(path, sizeof path, "%s/no/margay.db", f->directory);
  assert_refused(f, store_open(path, &f->error), "its directory is not there");
}

static void a_directory_is_no_store(void **state) {
  struct store_fixture *f = *state;
  assert_refused(f, store_open(f->directory, &f->error), "is not a file");
}

static void a_damaged_store_says_so(void **state) {
  struct store_fixture *f = *state;
  DONE(store_begin(f->store, &f->error));
  add_events(f, f->store, 2000);
  DONE(store_commit(f->store, &f->error));
  store_close(f->store);
  FILE *file = fopen(f->path, "r+");
  static char rubbish[256 * 1024];
  memset(rubbish, 0x5a, sizeof rubbish);
  fseek(file, 8192, SEEK_SET);
  fwrite(rubbish, 1, sizeof rubbish, file);
  fclose(file);
  struct store_event event = fixture_event("row", NOON);
  f->store = store_open(f->path, &f->error);
  assert_refused(f, f->store && store_event_add(f->store, &event, 1, &f->error), "is damaged");
}

/* Root may write where the mode says nobody may, so this looks as another user. */
static void a_store_that_may_not_be_written_says_so(void **state) {
  struct store_fixture *f = *state;
  store_close(f->store);
  f->store = NULL;
  assert_int_equal(chmod(f->path, 0444), 0);
  assert_int_equal(chmod(f->directory, 0555), 0);
  pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && setuid(65534) != 0)
      _exit(2);
    struct error error = ERROR_NONE;
    struct store *store = store_open(f->path, &error);
    bool reported = !store && (strstr(error.text, "read-only") || strstr(error.text, "permission"));
    _exit(reported ? 0 : 1);
  }
  int status;
  waitpid(child, &status, 0);
  chmod(f->directory, 0700);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
}

/* ---- transactions ------------------------------------------------------------------------ */

static void a_rolled_back_batch_leaves_nothing(void **state) {
  struct store_fixture *f = *state;
  DONE(store_begin(f->store, &f->error));
  add_events(f, f->store, 10);
  DONE(store_checkpoint_set(f->store, TEXT("zoom"), TEXT("later"), &f->error));
  store_rollback(f->store);
  bool found;
  struct buffer out = BUFFER_NONE;
  DONE(store_checkpoint_get(f->store, TEXT("zoom"), &out, &found, &f->error));
  assert_false(found);
  assert_int_equal(events_in(f, f->store), 0);
  buffer_free(&out);
}

static void closing_in_a_transaction_takes_it_back(void **state) {
  struct store_fixture *f = *state;
  DONE(store_begin(f->store, &f->error));
  add_events(f, f->store, 10);
  store_close(f->store);
  f->store = fixture_open(f);
  assert_int_equal(events_in(f, f->store), 0);
}

static void rolling_back_nothing_is_fine(void **state) {
  struct store_fixture *f = *state;
  store_rollback(f->store);
  add_events(f, f->store, 1);
  assert_int_equal(events_in(f, f->store), 1);
}

static void a_reader_sees_only_what_was_committed_and_never_waits(void **state) {
  struct store_fixture *f = *state;
  struct store *reader = fixture_open(f);
  DONE(store_begin(f->store, &f->error));
  add_events(f, f->store, 10);
  assert_int_equal(events_in(f, reader), 0);
  DONE(store_commit(f->store, &f->error));
  assert_int_equal(events_in(f, reader), 10);
  store_close(reader);
}

static void a_second_writer_gets_the_error_that_the_store_is_locked(void **state) {
  struct store_fixture *f = *state;
  struct store *other = fixture_open(f);
  sqlite3_busy_timeout(other->db, 1);
  DONE(store_begin(f->store, &f->error));
  assert_refused(f, store_begin(other, &f->error), "locked by another process");
  DONE(store_commit(f->store, &f->error));
  DONE(store_begin(other, &f->error));
  add_events(f, other, 1);
  DONE(store_commit(other, &f->error));
  store_close(other);
}

static bool write_batch(struct store *store, int events, struct text checkpoint) {
  struct error error = ERROR_NONE;
  bool ok = store_begin(store, &error);
  for (int i = 0; ok && i < events; i++) {
    struct store_event event = fixture_event("row", NOON + i);
    ok = store_event_add(store, &event, 1, &error);
  }
  return ok && store_checkpoint_set(store, TEXT("zoom"), checkpoint, &error);
}

/* One batch is committed; a part of the next is in the log already, because the page cache is too
 * small for it. */
static _Noreturn void writer_until_killed(const char *path, int ready) {
  struct error error = ERROR_NONE;
  struct store *store = store_open(path, &error);
  if (store && write_batch(store, 7, TEXT("one")) && store_commit(store, &error) &&
      sqlite3_exec(store->db, "PRAGMA cache_size = 10", NULL, NULL, NULL) == SQLITE_OK &&
      write_batch(store, 5000, TEXT("two")) && write(ready, "x", 1) == 1)
    pause();
  _exit(1);
}

static void a_killed_writer_leaves_the_last_commit(void **state) {
  struct store_fixture *f = *state;
  store_close(f->store);
  f->store = NULL;
  int ready[2];
  assert_int_equal(pipe(ready), 0);
  pid_t child = fork();
  if (child == 0)
    writer_until_killed(f->path, ready[1]);
  char byte;
  close(ready[1]);
  assert_int_equal(read(ready[0], &byte, 1), 1);
  close(ready[0]);
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);

  f->store = fixture_open(f);
  bool found;
  struct buffer out = BUFFER_NONE;
  DONE(store_checkpoint_get(f->store, TEXT("zoom"), &out, &found, &f->error));
  assert_true(found && text_is(buffer_text(&out), "one"));
  assert_int_equal(events_in(f, f->store), 7);
  buffer_free(&out);
}

/* ---- a source's own ---------------------------------------------------------------------- */

static void a_checkpoint_is_replaced_by_the_next(void **state) {
  struct store_fixture *f = *state;
  struct buffer out = BUFFER_NONE;
  bool found = true;
  DONE(store_checkpoint_get(f->store, TEXT("zoom"), &out, &found, &f->error));
  assert_false(found);
  DONE(store_checkpoint_set(f->store, TEXT("zoom"), TEXT("{\"day\":1}"), &f->error));
  DONE(store_checkpoint_set(f->store, TEXT("other"), TEXT("x"), &f->error));
  DONE(store_checkpoint_set(f->store, TEXT("zoom"), TEXT("{\"day\":2}"), &f->error));
  DONE(store_checkpoint_get(f->store, TEXT("zoom"), &out, &found, &f->error));
  assert_true(found && text_is(buffer_text(&out), "{\"day\":2}"));
  buffer_free(&out);
}

static void list_part(void *context, struct text part, struct text checkpoint) {
  buffer_printf(context, "%.*s=%.*s ", TEXT_ARGS(part), TEXT_ARGS(checkpoint));
}

static void parts_of_a_source_have_checkpoints_of_their_own(void **state) {
  struct store_fixture *f = *state;
  struct buffer out = BUFFER_NONE;
  DONE(store_checkpoint_part_set(f->store, TEXT("files"), TEXT("b"), TEXT("1"), &f->error));
  DONE(store_checkpoint_part_set(f->store, TEXT("files"), TEXT("a"), TEXT("2"), &f->error));
  DONE(store_checkpoint_part_set(f->store, TEXT("files"), TEXT("c"), TEXT("3"), &f->error));
  DONE(store_checkpoint_part_set(f->store, TEXT("others"), TEXT("d"), TEXT("4"), &f->error));
  DONE(store_checkpoint_part_set(f->store, TEXT("files"), TEXT("b"), TEXT("5"), &f->error));
  DONE(store_checkpoint_part_set(f->store, TEXT("files"), TEXT("c"), TEXT(""), &f->error));
  DONE(store_checkpoint_parts(f->store, TEXT("files"), list_part, &out, &f->error));
  assert_string_equal(out.data, "a=2 b=5 ");
  buffer_free(&out);
}

static void an_empty_checkpoint_is_found(void **state) {
  struct store_fixture *f = *state;
  struct buffer out = BUFFER_NONE;
  bool found;
  DONE(store_checkpoint_set(f->store, TEXT("zoom"), (struct text){NULL, 0}, &f->error));
  DONE(store_checkpoint_get(f->store, TEXT("zoom"), &out, &found, &f->error));
  assert_true(found);
  assert_int_equal(out.size, 0);
  buffer_free(&out);
}

static void a_token_is_kept_with_its_end(void **state) {
  struct store_fixture *f = *state;
  struct buffer token = BUFFER_NONE;
  time_us expires;
  bool found;
  DONE(store_token_get(f->store, TEXT("account"), &token, &expires, &found, &f->error));
  assert_false(found);
  DONE(store_token_set(f->store, TEXT("account"), TEXT("old"), NOON, &f->error));
  DONE(store_token_set(f->store, TEXT("account"), TEXT("new"), NOON + HOUR, &f->error));
  DONE(store_token_get(f->store, TEXT("account"), &token, &expires, &found, &f->error));
  assert_true(found && text_is(buffer_text(&token), "new"));
  assert_int_equal(expires, NOON + HOUR);
  buffer_free(&token);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(a_new_store_is_a_file_for_its_owner_alone),
      STORE_TEST(the_log_beside_the_store_is_for_its_owner_alone),
      STORE_TEST(every_commit_waits_for_the_disk_and_keys_are_checked),
      STORE_TEST(what_was_written_is_there_after_opening_again),
      STORE_TEST(a_store_that_is_only_read_is_left_as_it_is),
      STORE_TEST(a_scratch_store_is_private_and_works),
      STORE_TEST(a_store_without_a_path_is_refused),
      cmocka_unit_test(closing_nothing_is_fine),
      STORE_TEST(a_newer_schema_is_refused_and_left_alone),
      STORE_TEST(the_database_of_another_program_is_refused),
      STORE_TEST(a_file_that_is_no_database_is_refused_and_left_alone),
      STORE_TEST(an_empty_file_becomes_a_store),
      STORE_TEST(a_missing_directory_is_named),
      STORE_TEST(a_directory_is_no_store),
      STORE_TEST(a_damaged_store_says_so),
      STORE_TEST(a_store_that_may_not_be_written_says_so),
      STORE_TEST(a_rolled_back_batch_leaves_nothing),
      STORE_TEST(closing_in_a_transaction_takes_it_back),
      STORE_TEST(rolling_back_nothing_is_fine),
      STORE_TEST(a_reader_sees_only_what_was_committed_and_never_waits),
      STORE_TEST(a_second_writer_gets_the_error_that_the_store_is_locked),
      STORE_TEST(a_killed_writer_leaves_the_last_commit),
      STORE_TEST(a_checkpoint_is_replaced_by_the_next),
      STORE_TEST(parts_of_a_source_have_checkpoints_of_their_own),
      STORE_TEST(an_empty_checkpoint_is_found),
      STORE_TEST(a_token_is_kept_with_its_end),
  };
  return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}

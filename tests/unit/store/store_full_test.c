/* A full disk: a clear error, nothing half-written, and the same batch succeeds later. */
#include "store/store_fixture.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define BATCH 2000

/* Events, their rows, and the checkpoint: all or nothing. */
static bool batch_write(struct store *store, struct error *error) {
  if (!store_begin(store, error))
    return false;
  bool ok = true;
  for (int i = 0; ok && i < BATCH; i++) {
    char row_id[33];
    snprintf(row_id, sizeof row_id, "%032x", (unsigned)i);
    struct store_event event = fixture_event(row_id, NOON + i);
    bool added;
    ok = store_row_add(store, event.source_id, event.row_id, event.event_time, &added, error) &&
         store_event_add(store, &event, 1, error);
  }
  ok = ok && store_checkpoint_set(store, TEXT("zoom"), TEXT("done"), error) &&
       store_commit(store, error);
  if (!ok)
    store_rollback(store);
  return ok;
}

static void assert_holds(struct store_fixture *f, struct store *store, bool batch) {
  struct store_counts counts;
  DONE(store_count(store, &counts, &f->error));
  assert_int_equal(counts.events, batch ? BATCH : 0);
  bool known, found;
  DONE(store_row_known(store, TEXT("zoom"), TEXT("00000000000000000000000000000001"), &known,
                       &f->error));
  assert_int_equal(known, batch);
  struct buffer out = BUFFER_NONE;
  DONE(store_checkpoint_get(store, TEXT("zoom"), &out, &found, &f->error));
  assert_int_equal(found, batch);
  buffer_free(&out);
}

static void limit_pages(struct store *store, const char *sql) {
  assert_int_equal(sqlite3_exec(store->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static void a_full_store_refuses_the_batch_and_takes_it_when_there_is_room(void **state) {
  struct store_fixture *f = *state;
  limit_pages(f->store, "PRAGMA max_page_count = 40");
  assert_refused(f, batch_write(f->store, &f->error), "the disk that holds ");
  assert_holds(f, f->store, false);
  limit_pages(f->store, "PRAGMA max_page_count = 1073741823");
  DONE(batch_write(f->store, &f->error));
  assert_holds(f, f->store, true);
}

static void after_a_failed_write_the_transaction_takes_nothing_more(void **state) {
  struct store_fixture *f = *state;
  limit_pages(f->store, "PRAGMA max_page_count = 40");
  DONE(store_begin(f->store, &f->error));
  struct store_event event = fixture_event("row", NOON);
  int added = 0;
  while (store_event_add(f->store, &event, 1, &f->error))
    added++;
  assert_true(added > 0);
  f->error = ERROR_NONE;
  assert_refused(f, store_checkpoint_set(f->store, TEXT("zoom"), TEXT("x"), &f->error),
                 "can only be taken back");
  assert_refused(f, store_commit(f->store, &f->error), "can only be taken back");
  store_rollback(f->store);
  assert_holds(f, f->store, false);
}

static bool limit_file_size(rlim_t bytes) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_FSIZE, &limit) != 0)
    return false;
  limit.rlim_cur = bytes == RLIM_INFINITY ? limit.rlim_max : bytes;
  return setrlimit(RLIMIT_FSIZE, &limit) == 0;
}

/* 0, or the number of the step that went wrong. */
static int fill_and_go_on(const char *path) {
  struct error error = ERROR_NONE;
  struct store_counts counts;
  signal(SIGXFSZ, SIG_IGN);
  struct store *store = store_open(path, &error);
  if (!store || !limit_file_size((rlim_t)120 * 1024))
    return 2;
  if (batch_write(store, &error) || !strstr(error.text, "may not grow"))
    return 3;
  error = ERROR_NONE;
  if (!store_count(store, &counts, &error) || counts.events != 0)
    return 4;
  if (!limit_file_size(RLIM_INFINITY) || !batch_write(store, &error))
    return 5;
  store_close(store);
  return 0;
}

/* The kernel's limit on a file's size stands for the full disk: writing fails in the middle. */
static void a_write_that_fails_in_the_kernel_is_taken_back_and_works_later(void **state) {
  struct store_fixture *f = *state;
  store_close(f->store);
  f->store = NULL;
  pid_t child = fork();
  if (child == 0)
    _exit(fill_and_go_on(f->path));
  int status;
  waitpid(child, &status, 0);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
  f->store = fixture_open(f);
  assert_holds(f, f->store, true);
}

/* ---- several handles ------------------------------------------------------------------------ */

#define WRITERS 4
#define ROUNDS 25

struct writer {
  const char *path;
  int number;
  bool ok;
  struct error error;
};

static void *writer_run(void *argument) {
  struct writer *writer = argument;
  struct store *store = store_open(writer->path, &writer->error);
  writer->ok = store;
  for (int i = 0; writer->ok && i < ROUNDS; i++) {
    struct store_event event = fixture_event("row", NOON + i);
    writer->ok = store_begin(store, &writer->error) &&
                 store_event_add(store, &event, 1, &writer->error) &&
                 store_commit(store, &writer->error);
  }
  store_close(store);
  return NULL;
}

static void writers_of_several_threads_that_open_a_new_store_take_turns(void **state) {
  struct store_fixture *f = *state;
  char path[160];
  snprintf(path, sizeof path, "%s/new.db", f->directory);
  struct writer writers[WRITERS];
  pthread_t threads[WRITERS];
  for (int i = 0; i < WRITERS; i++) {
    writers[i] = (struct writer){.path = path, .number = i};
    assert_int_equal(pthread_create(&threads[i], NULL, writer_run, &writers[i]), 0);
  }
  for (int i = 0; i < WRITERS; i++) {
    pthread_join(threads[i], NULL);
    assert_done(writers[i].ok, &writers[i].error);
  }
  struct store *store = store_open(path, &f->error);
  assert_done(store, &f->error);
  struct store_counts counts;
  DONE(store_count(store, &counts, &f->error));
  assert_int_equal(counts.events, WRITERS * ROUNDS);
  store_close(store);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(a_full_store_refuses_the_batch_and_takes_it_when_there_is_room),
      STORE_TEST(after_a_failed_write_the_transaction_takes_nothing_more),
      STORE_TEST(a_write_that_fails_in_the_kernel_is_taken_back_and_works_later),
      STORE_TEST(writers_of_several_threads_that_open_a_new_store_take_turns),
  };
  return cmocka_run_group_tests_name("store_full", tests, NULL, NULL);
}

/* The engine: started and stopped in every state, with sources that the tests make. */
#include "daemon/engine.h"
#include "detect/detect_fixture.h"
#include "store/sqlite/internal.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_STEPS = 20000, NUMBERS = 300 };

/* A source of numbered records, one a batch, that goes on at its checkpoint. */
struct numbers {
  int last;             /* 0: without an end */
  bool drains;          /* after every batch */
  bool fails;           /* at its end */
  atomic_int pushed;    /* of the last run: the highest number */
  atomic_int committed; /* what a drain said to be committed */
};

struct fixture {
  char folder[64], path[96];
  struct detection *detection;
  struct log *log;
  char *log_text;
  size_t log_size;
  FILE *log_file;
  struct numbers numbers[2];
  struct source sources[2];
  size_t source_count, files_open;
};

static int checkpoint_of(struct store *store, struct text source_id) {
  struct buffer text = BUFFER_NONE;
  struct error error = ERROR_NONE;
  bool found;
  assert_true(store_checkpoint_get(store, source_id, &text, &found, &error));
  int number = found ? (int)strtol(text.data, NULL, 10) : 0;
  buffer_free(&text);
  return number;
}

static int own_checkpoint(const struct source_memory *memory) {
  struct error error = ERROR_NONE;
  struct buffer text = BUFFER_NONE;
  bool found;
  assert_true(memory->checkpoint(memory->context, &text, &found, &error));
  int number = found ? (int)strtol(text.data, NULL, 10) : 0;
  buffer_free(&text);
  return number;
}

static bool run_numbers(const struct source_run *run, struct error *error) {
  struct numbers *numbers = run->source->options;
  int at = own_checkpoint(&run->memory);
  while (!numbers->last || at < numbers->last) {
    char word[32];
    snprintf(word, sizeof word, "%d", ++at);
    struct batch *batch = fixture_event(at, word);
    batch->checkpoint = memory_copy_string(word);
    atomic_store(&numbers->pushed, at);
    if (!run->output.push(run->output.context, batch))
      return true;
    if (!numbers->drains)
      continue;
    if (!run->output.drain(run->output.context))
      return true;
    atomic_store(&numbers->committed, at);
  }
  return !numbers->fails || error_set(error, "this source fails");
}

static const struct source_type numbers_type = {.name = "numbers", .run = run_numbers};

static size_t count_open_files(void) {
  size_t count = 0;
  DIR *folder = opendir("/proc/self/fd");
  while (readdir(folder))
    count++;
  closedir(folder);
  return count;
}

static int start(void **state) {
  struct fixture *f = memory_alloc(sizeof *f);
  f->files_open = count_open_files();
  snprintf(f->folder, sizeof f->folder, "/tmp/margay-engine-XXXXXX");
  assert_non_null(mkdtemp(f->folder));
  snprintf(f->path, sizeof f->path, "%s/margay.db", f->folder);
  f->detection = fixture_detection(FIXTURE_RULE);
  f->log_file = open_memstream(&f->log_text, &f->log_size);
  f->log = log_new(f->log_file, LOG_LEVEL_INFO, LOG_FORMAT_LOGFMT, clock_system());
  for (unsigned i = 0; i < 2; i++)
    f->sources[i] = (struct source){.type = &numbers_type,
                                    .id = i ? TEXT("two") : TEXT("one"),
                                    .options = &f->numbers[i]};
  f->source_count = 2;
  *state = f;
  return 0;
}

static int end(void **state) {
  struct fixture *f = *state;
  static const char *const suffixes[] = {"", "-wal", "-shm"};
  char path[128];
  detection_release(f->detection);
  log_free(f->log);
  fclose(f->log_file);
  free(f->log_text);
  for (size_t i = 0; i < 3; i++) {
    snprintf(path, sizeof path, "%s%s", f->path, suffixes[i]);
    remove(path);
  }
  assert_int_equal(remove(f->folder), 0);
  assert_int_equal(count_open_files(), f->files_open);
  free(f);
  return 0;
}

static struct engine *start_engine(struct fixture *f, const char *path, struct error *error) {
  const struct engine_options options = {.state_path = path,
                                         .sources = f->sources,
                                         .source_count = f->source_count,
                                         .detection = f->detection,
                                         .workers = 2,
                                         .keep_events = true,
                                         .log = f->log,
                                         .clock = clock_system()};
  return engine_start(&options, error);
}

static struct engine *start_well(struct fixture *f) {
  struct error error = ERROR_NONE;
  struct engine *engine = start_engine(f, f->path, &error);
  assert_string_equal(error.text, "");
  return engine;
}

static void nap(void) {
  nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static void wait_for_number(atomic_int *number, int least) {
  for (int i = 0; atomic_load(number) < least; i++, nap())
    assert_true(i < WAIT_STEPS);
}

static void wait_for_log(struct fixture *f, const char *part) {
  for (int i = 0;; i++, nap()) {
    fflush(f->log_file);
    if (strstr(f->log_text, part))
      return;
    assert_true(i < WAIT_STEPS);
  }
}

static void wait_for_end(struct engine *engine) {
  struct pollfd ended = {.fd = engine_ended_fd(engine), .events = POLLIN};
  assert_int_equal(poll(&ended, 1, 60000), 1);
}

static void change(struct fixture *f, const char *sql) {
  struct error error = ERROR_NONE;
  struct store *store = store_open(f->path, &error);
  assert_int_equal(sqlite3_exec(store->db, sql, NULL, NULL, NULL), SQLITE_OK);
  store_close(store);
}

/* The checkpoints say what the store holds, and nothing else. */
static int assert_whole(struct fixture *f) {
  struct error error = ERROR_NONE;
  struct store_counts counts;
  struct store *store = store_open(f->path, &error);
  assert_true(store_count(store, &counts, &error));
  int numbers = checkpoint_of(store, TEXT("one")) + checkpoint_of(store, TEXT("two"));
  store_close(store);
  assert_int_equal(counts.events, numbers);
  assert_int_equal(counts.matches, numbers);
  return numbers;
}

static void sources_that_end_by_themselves_end_the_engine(void **state) {
  struct fixture *f = *state;
  struct commit_counts counts;
  f->numbers[0].last = f->numbers[1].last = NUMBERS;
  f->numbers[1].drains = true;
  struct engine *engine = start_well(f);
  wait_for_end(engine);
  assert_true(engine_stop(engine, true, US_PER_SECOND, &counts));
  assert_int_equal(counts.events, 2 * NUMBERS);
  assert_int_equal(assert_whole(f), 2 * NUMBERS);
}

static void batches_that_are_ready_together_share_a_transaction(void **state) {
  struct fixture *f = *state;
  struct commit_counts counts;
  f->numbers[0].last = f->numbers[1].last = NUMBERS;
  struct engine *engine = start_well(f);
  wait_for_end(engine);
  assert_true(engine_stop(engine, false, 0, &counts));
  assert_int_equal(counts.batches, 2 * NUMBERS);
  assert_true(counts.transactions < counts.batches / 2);
  assert_int_equal(assert_whole(f), 2 * NUMBERS);
}

static void a_source_that_fails_is_told_and_the_others_go_on(void **state) {
  struct fixture *f = *state;
  f->numbers[0].last = f->numbers[1].last = NUMBERS;
  f->numbers[0].fails = true;
  struct engine *engine = start_well(f);
  wait_for_end(engine);
  assert_false(engine_stop(engine, true, US_PER_SECOND, NULL));
  assert_int_equal(assert_whole(f), 2 * NUMBERS);
  fflush(f->log_file);
  assert_non_null(strstr(f->log_text, "this source fails"));
}

static void an_engine_can_be_stopped_at_once_and_again_and_again(void **state) {
  struct fixture *f = *state;
  f->numbers[1].drains = true;
  for (int i = 0; i < 20; i++) {
    struct engine *engine = start_well(f);
    if (i % 2)
      wait_for_number(&f->numbers[0].pushed, i * 10);
    assert_true(engine_stop(engine, false, 0, NULL));
    assert_whole(f);
  }
}

static void a_stop_while_commits_fail_loses_nothing(void **state) {
  struct fixture *f = *state;
  f->numbers[1].drains = true;
  /* Now one can be told that the pipeline is full, and one waits for its commit. */
  change(f, "CREATE TRIGGER fail BEFORE INSERT ON event WHEN NEW.event_time % 7 = 0"
            " BEGIN SELECT RAISE(ABORT, 'no'); END");
  for (int i = 0; i < 5; i++) {
    struct engine *engine = start_well(f);
    wait_for_log(f, "could not be committed");
    assert_true(engine_stop(engine, true, US_PER_SECOND, NULL));
    assert_whole(f);
  }
  change(f, "DROP TRIGGER fail");
  f->numbers[0].last = f->numbers[1].last = NUMBERS;
  struct engine *engine = start_well(f);
  wait_for_end(engine);
  engine_stop(engine, false, 0, NULL);
  assert_int_equal(assert_whole(f), 2 * NUMBERS);
}

static void a_drain_says_nothing_of_a_batch_that_failed_at_the_stop(void **state) {
  struct fixture *f = *state;
  f->source_count = 1;
  f->numbers[0].drains = true;
  change(f, "CREATE TRIGGER fail BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'no'); END");
  for (int i = 0; i < 20; i++) {
    struct engine *engine = start_well(f);
    wait_for_number(&f->numbers[0].pushed, 1);
    assert_true(engine_stop(engine, false, 0, NULL));
    assert_int_equal(atomic_load(&f->numbers[0].committed), 0);
  }
  assert_int_equal(assert_whole(f), 0);
}

static void a_start_that_fails_leaves_nothing_behind(void **state) {
  struct fixture *f = *state;
  struct error error = ERROR_NONE, locked = ERROR_NONE;
  assert_null(start_engine(f, f->folder, &error));
  assert_non_null(strstr(error.text, "not a file"));
  int lock = open(f->path, O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
  assert_int_equal(flock(lock, LOCK_EX), 0);
  assert_null(start_engine(f, f->path, &locked));
  assert_non_null(strstr(locked.text, "in use"));
  close(lock);
  assert_true(engine_stop(start_well(f), false, 0, NULL));
}

static void rules_can_be_swapped_while_batches_are_inside(void **state) {
  struct fixture *f = *state;
  struct engine *engine = start_well(f);
  for (int i = 1; i <= 20; i++) {
    struct detection *next = fixture_detection(FIXTURE_RULE);
    wait_for_number(&f->numbers[0].pushed, i * 5);
    engine_replace(engine, next);
    detection_release(next);
  }
  assert_true(engine_stop(engine, false, 0, NULL));
  assert_whole(f);
}

#define ENGINE_TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void) {
  const struct CMUnitTest tests[] = {
      ENGINE_TEST(sources_that_end_by_themselves_end_the_engine),
      ENGINE_TEST(batches_that_are_ready_together_share_a_transaction),
      ENGINE_TEST(a_source_that_fails_is_told_and_the_others_go_on),
      ENGINE_TEST(an_engine_can_be_stopped_at_once_and_again_and_again),
      ENGINE_TEST(a_stop_while_commits_fail_loses_nothing),
      ENGINE_TEST(a_drain_says_nothing_of_a_batch_that_failed_at_the_stop),
      ENGINE_TEST(a_start_that_fails_leaves_nothing_behind),
      ENGINE_TEST(rules_can_be_swapped_while_batches_are_inside),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

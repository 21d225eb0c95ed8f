/* An engine over a state file of its own, with two sources of numbered records. */
#ifndef TESTS_ENGINE_FIXTURE_H
#define TESTS_ENGINE_FIXTURE_H

#include "daemon/engine.h"
#include "daemon/metrics.h"
#include "detect/detect_fixture.h"
#include "store/sqlite/internal.h"

#include <dirent.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

/* Of a millisecond and more: two minutes. A commit that failed is tried again after up to half a
 * minute, the longer it has failed before, and it fails for longer where the machine has more to
 * do. */
enum { WAIT_STEPS = 120000, NUMBERS = 300 };

/* A source of numbered records, one per batch, that continues from its checkpoint. */
struct numbers {
  int last;    /* 0: without an end */
  bool drains; /* after every batch */
  bool fails;  /* at its end */
  bool stays;  /* at its end, until it is stopped */
  atomic_int runs;
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
  int64_t retention;
  atomic_int released; /* setups */
  struct counters *counters;
};

static inline int checkpoint_of(struct store *store, struct text source_id) {
  struct buffer text = BUFFER_NONE;
  struct error error = ERROR_NONE;
  bool found;
  assert_true(store_checkpoint_get(store, source_id, &text, &found, &error));
  int number = found ? (int)strtol(text.data, NULL, 10) : 0;
  buffer_free(&text);
  return number;
}

/* On a source's own thread, where nothing can be asserted. */
static inline bool own_checkpoint(const struct source_memory *memory, int *number,
                                  struct error *error) {
  struct buffer text = BUFFER_NONE;
  bool found;
  bool ok = memory->checkpoint(memory->context, &text, &found, error);
  *number = ok && found ? (int)strtol(text.data, NULL, 10) : 0;
  buffer_free(&text);
  return ok;
}

static inline bool run_numbers(const struct source_run *run, struct error *error) {
  struct numbers *numbers = run->source->options;
  int at;
  bool ok = own_checkpoint(&run->memory, &at, error);
  atomic_fetch_add(&numbers->runs, 1);
  if (!ok)
    return false;
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
  while (numbers->stays && source_wait(run, US_PER_HOUR))
    continue;
  return !numbers->fails || error_set(error, "this source fails");
}

static const struct source_type numbers_type = {.kind = {.name = "numbers"}, .run = run_numbers};

static inline size_t count_open_files(void) {
  size_t count = 0;
  DIR *folder = opendir("/proc/self/fd");
  while (readdir(folder))
    count++;
  closedir(folder);
  return count;
}

static inline int start(void **state) {
  struct fixture *f = memory_alloc(sizeof *f);
  f->files_open = count_open_files();
  snprintf(f->folder, sizeof f->folder, "/tmp/margay-engine-XXXXXX");
  assert_non_null(mkdtemp(f->folder));
  snprintf(f->path, sizeof f->path, "%s/margay.db", f->folder);
  f->detection = fixture_detection(FIXTURE_RULE);
  f->counters = daemon_counters_new();
  f->log_file = open_memstream(&f->log_text, &f->log_size);
  f->log = log_new(f->log_file, LOG_LEVEL_INFO, LOG_FORMAT_LOGFMT, clock_system());
  for (unsigned i = 0; i < 2; i++)
    f->sources[i] = (struct source){
        .type = &numbers_type, .id = i ? TEXT("two") : TEXT("one"), .options = &f->numbers[i]};
  f->source_count = 2;
  *state = f;
  return 0;
}

static inline int end(void **state) {
  struct fixture *f = *state;
  static const char *const suffixes[] = {"", "-wal", "-shm", ".lock"};
  char path[128];
  detection_release(f->detection);
  counters_free(f->counters);
  log_free(f->log);
  fclose(f->log_file);
  free(f->log_text);
  for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
    snprintf(path, sizeof path, "%s%s", f->path, suffixes[i]);
    remove(path);
  }
  assert_int_equal(remove(f->folder), 0);
  assert_int_equal(count_open_files(), f->files_open);
  free(f);
  return 0;
}

static inline void count_release(void *owner) {
  atomic_fetch_add((atomic_int *)owner, 1);
}

static inline struct engine_setup setup_of(struct fixture *f) {
  return (struct engine_setup){.sources = f->sources,
                               .source_count = f->source_count,
                               .detection = f->detection,
                               .keep_events = true,
                               .retention = f->retention,
                               .release = count_release,
                               .owner = &f->released};
}

static inline struct engine_options options_of(struct fixture *f, const char *path) {
  return (struct engine_options){.state_path = path,
                                 .workers = 2,
                                 .log = f->log,
                                 .clock = clock_system(),
                                 .counters = f->counters};
}

static inline struct engine *start_engine(struct fixture *f, const char *path,
                                          struct error *error) {
  const struct engine_options options = options_of(f, path);
  const struct engine_setup setup = setup_of(f);
  return engine_start(&options, &setup, error);
}

/* Ends it; true when all went well. */
static inline bool stop_engine(struct engine *engine, struct commit_counts *counts) {
  bool ok = engine_halt(engine);
  if (counts)
    engine_count(engine, counts);
  engine_free(engine);
  return ok;
}

static inline void reload(struct engine *engine, const struct engine_setup *setup) {
  struct error error = ERROR_NONE;
  if (!engine_reload(engine, setup, &error))
    fail_msg("%s", error.text);
}

static inline struct engine *start_well(struct fixture *f) {
  struct error error = ERROR_NONE;
  struct engine *engine = start_engine(f, f->path, &error);
  assert_string_equal(error.text, "");
  return engine;
}

static inline void nap(void) {
  nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static inline void wait_for_number(atomic_int *number, int least) {
  for (int i = 0; atomic_load(number) < least; i++, nap())
    assert_true(i < WAIT_STEPS);
}

static inline void wait_for_log(struct fixture *f, const char *part) {
  for (int i = 0;; i++, nap()) {
    fflush(f->log_file);
    if (strstr(f->log_text, part))
      return;
    assert_true(i < WAIT_STEPS);
  }
}

static inline void wait_for_end(struct engine *engine) {
  struct pollfd ended = {.fd = engine_ended_fd(engine), .events = POLLIN};
  assert_int_equal(poll(&ended, 1, 60000), 1);
}

static inline void change(struct fixture *f, const char *sql) {
  struct error error = ERROR_NONE;
  struct store *store = store_open(f->path, &error);
  assert_int_equal(sqlite3_exec(store->db, sql, NULL, NULL, NULL), SQLITE_OK);
  store_close(store);
}

/* The checkpoints say what the store holds, and nothing else. */
static inline int assert_whole(struct fixture *f) {
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

#define ENGINE_TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

#endif

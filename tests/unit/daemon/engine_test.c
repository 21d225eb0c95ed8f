/* The engine: started and stopped in every state, with sources that the tests make. */
#include "daemon/engine.h"
#include "daemon/metrics.h"
#include "detect/detect_fixture.h"
#include "store/sqlite/internal.h"
#include "store/store_health.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
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

static int checkpoint_of(struct store *store, struct text source_id) {
  struct buffer text = BUFFER_NONE;
  struct error error = ERROR_NONE;
  bool found;
  assert_true(store_checkpoint_get(store, source_id, &text, &found, &error));
  int number = found ? (int)strtol(text.data, NULL, 10) : 0;
  buffer_free(&text);
  return number;
}

/* On a source's own thread, where nothing can be asserted. */
static bool own_checkpoint(const struct source_memory *memory, int *number, struct error *error) {
  struct buffer text = BUFFER_NONE;
  bool found;
  bool ok = memory->checkpoint(memory->context, &text, &found, error);
  *number = ok && found ? (int)strtol(text.data, NULL, 10) : 0;
  buffer_free(&text);
  return ok;
}

static bool run_numbers(const struct source_run *run, struct error *error) {
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

static int end(void **state) {
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

static void count_release(void *owner) {
  atomic_fetch_add((atomic_int *)owner, 1);
}

static struct engine_setup setup_of(struct fixture *f) {
  return (struct engine_setup){.sources = f->sources,
                               .source_count = f->source_count,
                               .detection = f->detection,
                               .keep_events = true,
                               .retention = f->retention,
                               .release = count_release,
                               .owner = &f->released};
}

static struct engine_options options_of(struct fixture *f, const char *path) {
  return (struct engine_options){.state_path = path,
                                 .workers = 2,
                                 .log = f->log,
                                 .clock = clock_system(),
                                 .counters = f->counters};
}

static struct engine *start_engine(struct fixture *f, const char *path, struct error *error) {
  const struct engine_options options = options_of(f, path);
  const struct engine_setup setup = setup_of(f);
  return engine_start(&options, &setup, error);
}

/* Ends it; true when all went well. */
static bool stop_engine(struct engine *engine, struct commit_counts *counts) {
  bool ok = engine_halt(engine);
  if (counts)
    engine_count(engine, counts);
  engine_free(engine);
  return ok;
}

static void reload(struct engine *engine, const struct engine_setup *setup) {
  struct error error = ERROR_NONE;
  if (!engine_reload(engine, setup, &error))
    fail_msg("%s", error.text);
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
  assert_true(stop_engine(engine, &counts));
  assert_int_equal(counts.events, 2 * NUMBERS);
  assert_int_equal(assert_whole(f), 2 * NUMBERS);
}

static void batches_that_are_ready_together_share_a_transaction(void **state) {
  struct fixture *f = *state;
  struct commit_counts counts;
  f->numbers[0].last = f->numbers[1].last = NUMBERS;
  struct engine *engine = start_well(f);
  wait_for_end(engine);
  assert_true(stop_engine(engine, &counts));
  assert_int_equal(counts.batches, 2 * NUMBERS);
  assert_true(counts.transactions < counts.batches / 2);
  assert_int_equal(assert_whole(f), 2 * NUMBERS);
}

static void a_source_that_fails_is_reported_and_the_others_go_on(void **state) {
  struct fixture *f = *state;
  f->numbers[0].last = f->numbers[1].last = NUMBERS;
  f->numbers[0].fails = true;
  struct engine *engine = start_well(f);
  wait_for_end(engine);
  assert_false(stop_engine(engine, NULL));
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
    assert_true(stop_engine(engine, NULL));
    assert_whole(f);
  }
}

static void a_stop_while_commits_fail_loses_nothing(void **state) {
  struct fixture *f = *state;
  f->numbers[1].drains = true;
  /* One source sees that the pipeline is full, the other waits for its commit. */
  change(f, "CREATE TRIGGER fail BEFORE INSERT ON event WHEN NEW.event_time % 7 = 0"
            " BEGIN SELECT RAISE(ABORT, 'no'); END");
  for (int i = 0; i < 5; i++) {
    struct engine *engine = start_well(f);
    wait_for_log(f, "could not be committed");
    assert_true(stop_engine(engine, NULL));
    assert_whole(f);
  }
  change(f, "DROP TRIGGER fail");
  f->numbers[0].last = f->numbers[1].last = NUMBERS;
  struct engine *engine = start_well(f);
  wait_for_end(engine);
  stop_engine(engine, NULL);
  assert_int_equal(assert_whole(f), 2 * NUMBERS);
}

static void a_drain_does_not_report_a_batch_that_failed_at_the_stop(void **state) {
  struct fixture *f = *state;
  f->source_count = 1;
  f->numbers[0].drains = true;
  change(f, "CREATE TRIGGER fail BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'no'); END");
  for (int i = 0; i < 20; i++) {
    struct engine *engine = start_well(f);
    wait_for_number(&f->numbers[0].pushed, 1);
    assert_true(stop_engine(engine, NULL));
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
  assert_true(stop_engine(start_well(f), NULL));
}

/* ---- reload ------------------------------------------------------------------------------ */

static void an_engine_that_is_merely_open_has_the_store_and_reads_nothing(void **state) {
  struct fixture *f = *state;
  struct error error = ERROR_NONE;
  const struct engine_options options = options_of(f, f->path);
  const struct engine_setup setup = setup_of(f);
  struct engine *engine = engine_open(&options, &setup, &error);
  assert_non_null(engine);
  assert_null(engine_open(&options, &setup, &error));
  assert_non_null(strstr(error.text, "in use"));
  engine_free(engine);
  assert_int_equal(f->released, 2);
  assert_int_equal(atomic_load(&f->numbers[0].runs), 0);
  assert_true(stop_engine(start_well(f), NULL));
}

static void rules_can_be_swapped_while_batches_are_inside(void **state) {
  struct fixture *f = *state;
  struct engine *engine = start_well(f);
  for (int i = 1; i <= 20; i++) {
    struct engine_setup next = setup_of(f);
    next.detection = fixture_detection(FIXTURE_RULE);
    wait_for_number(&f->numbers[0].pushed, i * 5);
    reload(engine, &next);
    detection_release(next.detection);
  }
  assert_true(stop_engine(engine, NULL));
  assert_whole(f);
  assert_int_equal(f->released, 21);
}

static void a_source_that_stays_as_it_is_goes_on_while_others_come_and_go(void **state) {
  struct fixture *f = *state;
  struct engine *engine = start_well(f);
  struct engine_setup without = setup_of(f), with = setup_of(f);
  without.source_count = 1;
  wait_for_number(&f->numbers[1].pushed, 5);
  reload(engine, &without);
  int at = atomic_load(&f->numbers[0].pushed);
  wait_for_number(&f->numbers[0].pushed, at + 5);
  reload(engine, &with);
  at = atomic_load(&f->numbers[1].pushed);
  wait_for_number(&f->numbers[1].pushed, at + 5);
  assert_int_equal(atomic_load(&f->numbers[0].runs), 1);
  assert_int_equal(atomic_load(&f->numbers[1].runs), 2);
  assert_true(stop_engine(engine, NULL));
  assert_whole(f);
}

static void note_source(void *context, const struct metric_sample *sample) {
  bool *shown = context;
  if (sample->metric == &daemon_metrics[METRIC_RECORDS] && text_is(sample->values[0], "two"))
    *shown = true;
}

static void the_metrics_of_a_source_go_with_it(void **state) {
  struct fixture *f = *state;
  struct engine *engine = start_well(f);
  struct engine_setup without = setup_of(f);
  bool shown = false;
  without.source_count = 1;
  for (int i = 0; !shown; i++, nap()) {
    counters_each(f->counters, note_source, &shown);
    assert_true(i < WAIT_STEPS);
  }
  reload(engine, &without);
  for (int i = 0; shown; i++, nap()) {
    shown = false;
    counters_each(f->counters, note_source, &shown);
    assert_true(i < WAIT_STEPS);
  }
  assert_true(stop_engine(engine, NULL));
  assert_true(counters_value(f->counters, METRIC_RECORDS, METRIC_VALUES(TEXT("one"))) > 0);
}

static void a_changed_source_starts_again_when_all_it_pushed_is_committed(void **state) {
  struct fixture *f = *state;
  struct engine *engine = start_well(f);
  for (int i = 1; i <= 100; i++) {
    struct source changed[2] = {f->sources[0], f->sources[1]};
    changed[i % 2].label = i % 3 ? TEXT("this") : TEXT("that");
    struct engine_setup next = setup_of(f);
    struct source *copy = memory_alloc_array(2, sizeof *copy);
    memcpy(copy, changed, sizeof changed);
    next.sources = copy;
    next.release = free;
    next.owner = copy;
    reload(engine, &next);
    if (i % 10 == 0)
      wait_for_number(&f->numbers[0].pushed, i);
  }
  assert_true(stop_engine(engine, NULL));
  assert_whole(f);
  assert_int_equal(f->released, 1);
}

static void sources_are_replaced_while_commits_fail_and_nothing_is_lost(void **state) {
  struct fixture *f = *state;
  change(f, "CREATE TRIGGER fail BEFORE INSERT ON event WHEN NEW.event_time % 7 = 0"
            " BEGIN SELECT RAISE(ABORT, 'no'); END");
  struct engine *engine = start_well(f);
  wait_for_log(f, "could not be committed");
  struct source changed[2] = {f->sources[0], f->sources[1]};
  changed[0].label = TEXT("other");
  struct engine_setup next = setup_of(f);
  next.sources = changed;
  reload(engine, &next);
  change(f, "DROP TRIGGER fail");
  wait_for_number(&f->numbers[0].runs, 2);
  wait_for_number(&f->numbers[0].pushed, NUMBERS / 10);
  assert_true(stop_engine(engine, NULL));
  assert_whole(f);
}

/* ---- time passes without records --------------------------------------------------------- */

static int count_events(struct fixture *f) {
  struct error error = ERROR_NONE;
  struct store_counts counts;
  struct store *store = store_open(f->path, &error);
  assert_true(store_count(store, &counts, &error));
  store_close(store);
  return (int)counts.events;
}

static void an_idle_engine_deletes_what_is_past_its_retention(void **state) {
  struct fixture *f = *state;
  f->numbers[0] = f->numbers[1] = (struct numbers){.last = 5, .stays = true};
  struct engine *engine = start_well(f);
  for (int i = 0; count_events(f) < 10; i++, nap())
    assert_true(i < WAIT_STEPS);
  struct engine_setup next = setup_of(f);
  next.retention = 1; /* their parse time is years ago */
  reload(engine, &next);
  for (int i = 0; count_events(f) > 0; i++, nap())
    assert_true(i < WAIT_STEPS);
  assert_true(stop_engine(engine, NULL));
}

static void an_engine_whose_state_file_is_gone_stops_and_no_second_one_starts(void **state) {
  static const bool replaced[] = {false, true};
  struct fixture *f = *state;
  for (size_t i = 0; i < sizeof replaced / sizeof *replaced; i++) {
    struct error error = ERROR_NONE;
    f->numbers[0] = f->numbers[1] = (struct numbers){.last = 1, .stays = true};
    struct engine *engine = start_well(f);
    for (size_t k = 0; k < 2; k++) /* they have read their checkpoints */
      wait_for_number(&f->numbers[k].runs, 1);
    assert_int_equal(remove(f->path), 0);
    if (replaced[i])
      close(open(f->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    assert_null(start_engine(f, f->path, &error));
    assert_non_null(strstr(error.text, "in use"));
    wait_for_end(engine);
    struct engine_health health;
    engine_health(engine, &health);
    assert_false(health.attached);
    assert_false(stop_engine(engine, NULL));
    wait_for_log(f, "deleted or replaced");
    remove(f->path);
  }
}

static void an_idle_engine_shows_that_it_is_alive(void **state) {
  struct fixture *f = *state;
  f->numbers[0] = f->numbers[1] = (struct numbers){.last = 1, .stays = true};
  struct engine *engine = start_well(f);
  struct engine_health health;
  engine_health(engine, &health);
  assert_int_equal(health.sources_running, 2);
  assert_true(health.commits && !health.ending);
  int64_t oldest = health.beat_age_us;
  for (int i = 0; health.beat_age_us >= oldest; i++, nap()) { /* it went round again */
    oldest = health.beat_age_us > oldest ? health.beat_age_us : oldest;
    engine_health(engine, &health);
    assert_true(i < WAIT_STEPS);
  }
  assert_true(stop_engine(engine, NULL));
}

/* ---- health ------------------------------------------------------------------------------ */

static bool run_reporting(const struct source_run *run, struct error *error) {
  struct numbers *numbers = run->source->options;
  struct error refused = ERROR_NONE;
  (void)error;
  error_set(&refused, "no token");
  source_fails(run, "report", SOURCE_FAULT_CREDENTIALS, &refused);
  for (int i = 0; source_wait(run, US_PER_MS); i++) {
    source_works(run, "other");
    source_rejects(run, 1);
    source_compares(run, clock_now(&run->clock), clock_now(&run->clock));
    atomic_store(&numbers->pushed, i);
  }
  return true;
}

static const struct source_type reporting_type = {.kind = {.name = "reporting"},
                                                  .run = run_reporting};

static void note_health(void *context, const struct store_source_health *source) {
  buffer_printf(context, "%.*s %.*s %.*s: %.*s\n", TEXT_ARGS(source->source_id),
                TEXT_ARGS(source->state), TEXT_ARGS(source->fault), TEXT_ARGS(source->error));
}

/* What the store says of sources; empty while it says nothing. */
static void read_sources(struct fixture *f, struct buffer *out) {
  struct error error = ERROR_NONE;
  struct store *store = store_open(f->path, &error);
  buffer_reset(out);
  assert_true(store_health_sources(store, note_health, out, &error));
  store_close(store);
}

static void what_sources_report_is_in_the_store_and_in_the_gauges(void **state) {
  struct fixture *f = *state;
  struct buffer sources = BUFFER_NONE, stopped = BUFFER_NONE, alarms = BUFFER_NONE;
  const struct text id = f->sources[0].id;
  int steps = 0;
  f->source_count = 1;
  f->sources[0].type = &reporting_type;
  struct engine *engine = start_well(f);
  /* The first look may come before the source's first report. */
  while (sources.size == 0 || strcmp(sources.data, "one starting : \n") == 0) {
    nap();
    read_sources(f, &sources);
    assert_true(steps++ < WAIT_STEPS);
  }
  assert_string_equal(sources.data, "one failing credentials: no token\n");
  /* No limits are set, but credentials need none. */
  for (int i = 0; alarms.size == 0; i++, nap()) {
    assert_true(i < WAIT_STEPS);
    engine_health_lines(engine, &stopped, &alarms);
  }
  assert_string_equal(alarms.data, "alarm: source_credentials\n");
  assert_int_equal(stopped.size, 0);
  for (int i = 0; counters_value(f->counters, METRIC_SOURCE_LAST_SUCCESS, METRIC_VALUES(id)) <= 0;
       i++, nap()) {
    assert_true(i < WAIT_STEPS);
    engine_health_update(engine);
  }
  assert_int_equal(counters_value(f->counters, METRIC_SOURCE_UP, METRIC_VALUES(id)), 0);
  assert_true(counters_value(f->counters, METRIC_DISK_FREE, METRIC_NO_VALUES) > 0);
  assert_true(stop_engine(engine, NULL));
  buffer_free(&sources);
  buffer_free(&stopped);
  buffer_free(&alarms);
}

#define ENGINE_TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void) {
  const struct CMUnitTest tests[] = {
      ENGINE_TEST(sources_that_end_by_themselves_end_the_engine),
      ENGINE_TEST(batches_that_are_ready_together_share_a_transaction),
      ENGINE_TEST(a_source_that_fails_is_reported_and_the_others_go_on),
      ENGINE_TEST(an_engine_can_be_stopped_at_once_and_again_and_again),
      ENGINE_TEST(a_stop_while_commits_fail_loses_nothing),
      ENGINE_TEST(a_drain_does_not_report_a_batch_that_failed_at_the_stop),
      ENGINE_TEST(a_start_that_fails_leaves_nothing_behind),
      ENGINE_TEST(an_engine_that_is_merely_open_has_the_store_and_reads_nothing),
      ENGINE_TEST(rules_can_be_swapped_while_batches_are_inside),
      ENGINE_TEST(a_source_that_stays_as_it_is_goes_on_while_others_come_and_go),
      ENGINE_TEST(the_metrics_of_a_source_go_with_it),
      ENGINE_TEST(a_changed_source_starts_again_when_all_it_pushed_is_committed),
      ENGINE_TEST(sources_are_replaced_while_commits_fail_and_nothing_is_lost),
      ENGINE_TEST(an_idle_engine_deletes_what_is_past_its_retention),
      ENGINE_TEST(an_idle_engine_shows_that_it_is_alive),
      ENGINE_TEST(what_sources_report_is_in_the_store_and_in_the_gauges),
      ENGINE_TEST(an_engine_whose_state_file_is_gone_stops_and_no_second_one_starts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

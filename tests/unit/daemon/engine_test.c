/* The engine: started and stopped in every state, with sources that the tests make. */
#include "daemon/engine_fixture.h"
#include "store/store_health.h"

#include <fcntl.h>
#include <sys/file.h>

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
      ENGINE_TEST(an_idle_engine_deletes_what_is_past_its_retention),
      ENGINE_TEST(an_idle_engine_shows_that_it_is_alive),
      ENGINE_TEST(what_sources_report_is_in_the_store_and_in_the_gauges),
      ENGINE_TEST(an_engine_whose_state_file_is_gone_stops_and_no_second_one_starts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

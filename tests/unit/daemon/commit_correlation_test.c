/* Correlations in the one transaction: across batches, restarts, failures and other rules. */
#include "daemon/commit/commit.h"
#include "detect/detect_fixture.h"
#include "store/store_number.h"

static bool brings_its_own(const void *options, struct text log_type) {
  return text_is(log_type, options);
}

static const struct source_type own_type = {.kind = {.name = "own"}, .brings = brings_its_own};
static char log_type[] = "Test.Log", other_type[] = "Test.Other";

/* The first two bring what the rules are for. */
static const struct source sources[] = {
    {.id = TEXT_INIT("one"), .type = &own_type, .options = log_type},
    {.id = TEXT_INIT("two"), .type = &own_type, .options = log_type},
    {.id = TEXT_INIT("other"), .type = &own_type, .options = other_type}};

#define A                                                                                          \
  "metadata { id = 'A', log_types = { 'Test.Log' }, severity = 'info', create_alert = false, "     \
  "where = { bad = true } }"
#define B                                                                                          \
  "metadata { id = 'B', log_types = { 'Test.Log' }, severity = 'info', create_alert = false, "     \
  "where = { bad = false } }"
#define A_THEN_B                                                                                   \
  "correlation { id = 'X', severity = 'high', sequence = { 'A', 'B' }, on = 'who', "               \
  "within_minutes = 60 }"
#define A_WITHOUT_B                                                                                \
  "correlation { id = 'X', severity = 'high', sequence = { 'A', { rule = 'B', absent = true } }, " \
  "on = 'who', within_minutes = 60, late_minutes = 10 }"

/* As FIXTURE_SCHEMA, but an event need not have a time. */
#define SCHEMA                                                                                     \
  "schema: Test.Log\n"                                                                             \
  "fields:\n"                                                                                      \
  "  - {name: at, type: timestamp, timeFormat: unix, isEventTime: true}\n"                         \
  "  - {name: who, type: string, required: true}\n"                                                \
  "  - {name: bad, type: boolean}\n"

struct fixture {
  struct detection *detection;
  struct pipeline *pipeline;
  struct store *store;
  struct committer *committer;
  time_us now;
};

static struct detection *read_rules(const char *correlation) {
  struct problems problems = PROBLEMS_NONE;
  struct schema_set *schemas = schema_set_load_text(text_from(SCHEMA), "test.yml", &problems);
  const struct rule_file files[] = {{.path = "a.lua", .source = TEXT(A)},
                                    {.path = "b.lua", .source = TEXT(B)},
                                    {.path = "x.lua", .source = text_from(correlation)}};
  struct rule_set *rules = rule_set_load_files(files, 3, &problems);
  problems_print(&problems, stderr);
  assert_int_equal(problems.count, 0);
  return detection_new(schemas, rules);
}

static void start_committer(struct fixture *fixture) {
  const struct committer_options options = {.store = fixture->store,
                                            .setup = {.sources = sources, .source_count = 3},
                                            .clock = clock_fixed(&fixture->now)};
  fixture->committer = committer_new(&options);
}

static void restart(struct fixture *fixture) {
  committer_free(fixture->committer);
  start_committer(fixture);
}

static void start(struct fixture *fixture, const char *correlation) {
  struct error error = ERROR_NONE;
  fixture->now = INT64_C(1735689600) * US_PER_SECOND;
  fixture->detection = read_rules(correlation);
  const struct pipeline_options options = {.detection = fixture->detection, .workers = 1};
  fixture->pipeline = pipeline_new(&options, &error);
  fixture->store = store_open_scratch(&error);
  assert_string_equal(error.text, "");
  start_committer(fixture);
}

static void replace(struct fixture *fixture, const char *correlation) {
  detection_release(fixture->detection);
  fixture->detection = read_rules(correlation);
  pipeline_replace(fixture->pipeline, fixture->detection, false, false);
}

static void stop(struct fixture *fixture) {
  committer_free(fixture->committer);
  pipeline_free(fixture->pipeline);
  store_close(fixture->store);
  detection_release(fixture->detection);
}

static bool commit(struct fixture *fixture, struct batch *batch, struct error *error) {
  batch->received_at = fixture->now;
  fixture_push(fixture->pipeline, batch);
  struct batch_result *result = pipeline_next(fixture->pipeline);
  bool ok = committer_commit(fixture->committer, &result, 1, error);
  if (!ok) { /* as the engine does; the second time nothing is wrong */
    struct error again = ERROR_NONE;
    assert_int_equal(
        sqlite3_exec(fixture->store->db, "DROP TRIGGER IF EXISTS fail", NULL, NULL, NULL), 0);
    ok = committer_commit(fixture->committer, &result, 1, &again);
  }
  pipeline_done(fixture->pipeline, result, true);
  return ok;
}

/* An event of source 0 and log type Test.Log at a minute of 2024: bad ones are rule A's, the others
 * rule B's. */
static struct batch *event_at(int minute, const char *who, bool bad) {
  char line[256];
  snprintf(line, sizeof line, "{\"at\":%lld,\"who\":\"%s\",\"bad\":%s}\n",
           1704067200LL + minute * 60LL, who, bad ? "true" : "false");
  return fixture_batch(line);
}

static void commit_ok(struct fixture *fixture, struct batch *batch) {
  struct error error = ERROR_NONE;
  assert_true(commit(fixture, batch, &error));
  assert_string_equal(error.text, "");
}

static void commit_end(struct fixture *fixture, unsigned source) {
  struct batch *batch = batch_new_listed(0);
  batch->tag = source;
  batch->watermark = BATCH_ENDED;
  commit_ok(fixture, batch);
}

static void commit_complete(struct fixture *fixture, unsigned source, int minute) {
  struct batch *batch = batch_new_listed(0);
  batch->tag = source;
  batch->log_type = TEXT("Test.Log");
  batch->watermark = (INT64_C(1704067200) + minute * INT64_C(60)) * US_PER_SECOND;
  commit_ok(fixture, batch);
}

static int64_t alerts(struct fixture *fixture) {
  return store_number(fixture->store, "SELECT count(*) FROM alert");
}

static void a_sequence_goes_on_across_batches_and_restarts(void **state) {
  struct fixture fixture;
  (void)state;
  start(&fixture, A_THEN_B);
  commit_ok(&fixture, event_at(0, "homer", true));
  commit_ok(&fixture, event_at(0, "marge", true));
  restart(&fixture);
  commit_ok(&fixture, event_at(5, "homer", false));
  assert_int_equal(alerts(&fixture), 1);
  assert_int_equal(store_number(fixture.store, "SELECT title = 'X: homer' FROM alert"), 1);
  restart(&fixture);
  commit_ok(&fixture, event_at(6, "homer", false)); /* homer's start is used up */
  commit_ok(&fixture, event_at(7, "marge", false));
  assert_int_equal(alerts(&fixture), 2);
  /* The instances are matches of the correlation. */
  assert_int_equal(
      store_number(fixture.store, "SELECT count(*) FROM rule_match WHERE rule_id = 'X'"), 2);
  stop(&fixture);
}

static void a_correlation_may_be_a_signal(void **state) {
  struct fixture fixture;
  (void)state;
  start(&fixture, "correlation { id = 'X', severity = 'high', sequence = { 'A', 'B' }, on = 'who', "
                  "within_minutes = 60, create_alert = false }");
  commit_ok(&fixture, event_at(0, "homer", true));
  commit_ok(&fixture, event_at(5, "homer", false));
  assert_int_equal(alerts(&fixture), 0);
  assert_int_equal(
      store_number(fixture.store, "SELECT count(*) FROM rule_match WHERE rule_id = 'X'"), 1);
  stop(&fixture);
}

static void a_row_that_is_read_again_does_not_count_again(void **state) {
  struct fixture fixture;
  (void)state;
  start(&fixture, "correlation { id = 'X', severity = 'high', group = { { rule = 'A', min = 2 } }, "
                  "within_minutes = 60 }");
  for (int i = 0; i < 3; i++) {
    struct batch *batch = event_at(0, "homer", true);
    batch->rereads = true;
    commit_ok(&fixture, batch);
  }
  assert_int_equal(alerts(&fixture), 0);
  stop(&fixture);
}

static void a_commit_that_fails_leaves_nothing_and_gives_the_same_again(void **state) {
  char *ids[2] = {NULL, NULL};
  (void)state;
  for (int fails = 0; fails < 2; fails++) {
    struct fixture fixture;
    start(&fixture, A_THEN_B);
    commit_ok(&fixture, event_at(0, "homer", true));
    if (fails)
      assert_int_equal(
          sqlite3_exec(
              fixture.store->db,
              "CREATE TRIGGER fail BEFORE INSERT ON alert BEGIN SELECT RAISE (ABORT, 'no'); END",
              NULL, NULL, NULL),
          SQLITE_OK);
    struct error error = ERROR_NONE;
    assert_true(commit(&fixture, event_at(5, "homer", false), &error));
    assert_int_equal(error.set, fails);
    assert_int_equal(alerts(&fixture), 1);
    sqlite3_stmt *statement;
    sqlite3_prepare_v2(fixture.store->db, "SELECT id FROM alert", -1, &statement, NULL);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    ids[fails] = memory_copy_string((const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    commit_ok(&fixture, event_at(6, "homer", false));
    assert_int_equal(alerts(&fixture), 1);
    stop(&fixture);
  }
  assert_string_equal(ids[0], ids[1]);
  free(ids[0]);
  free(ids[1]);
}

static void a_changed_correlation_starts_anew_and_another_change_keeps_on(void **state) {
  struct fixture fixture;
  (void)state;
  start(&fixture, A_THEN_B);
  commit_ok(&fixture, event_at(0, "homer", true));
  replace(&fixture, A_THEN_B " function title() return 'with a title' end");
  commit_ok(&fixture, event_at(1, "homer", false));
  assert_int_equal(
      store_number(fixture.store, "SELECT count(*) FROM alert WHERE title = 'with a title'"), 1);
  commit_ok(&fixture, event_at(100, "homer", true));
  replace(&fixture, "correlation { id = 'X', severity = 'high', sequence = { 'A', 'B' }, on = "
                    "'who', within_minutes = 61 }");
  commit_ok(&fixture, event_at(101, "homer", false));
  assert_int_equal(alerts(&fixture), 1);
  commit_ok(&fixture, event_at(102, "homer", true));
  commit_ok(&fixture, event_at(103, "homer", false));
  assert_int_equal(alerts(&fixture), 2);
  stop(&fixture);
}

static void an_absence_waits_for_every_source_that_could_end_it(void **state) {
  struct fixture fixture;
  (void)state;
  start(&fixture, A_WITHOUT_B);
  commit_ok(&fixture, event_at(0, "homer", true));
  commit_ok(&fixture, event_at(200, "marge", false));
  assert_int_equal(alerts(&fixture), 0); /* nothing was heard of the second source */
  restart(&fixture);
  commit_complete(&fixture, 1, 69); /* ten minutes may be missing of that */
  assert_int_equal(alerts(&fixture), 0);
  restart(&fixture);
  commit_complete(&fixture, 1, 71);
  assert_int_equal(alerts(&fixture), 1);
  stop(&fixture);
}

static void a_source_at_its_end_holds_nothing_back(void **state) {
  struct fixture fixture;
  (void)state;
  start(&fixture, A_WITHOUT_B);
  commit_ok(&fixture, event_at(0, "homer", true));
  commit_end(&fixture, 1);
  commit_ok(&fixture, event_at(69, "marge", true));
  assert_int_equal(alerts(&fixture), 0);
  commit_end(&fixture, 0); /* everything until the last event is known */
  assert_int_equal(alerts(&fixture), 1);
  /* The source had not ended, so later matches are waited for again. */
  commit_ok(&fixture, event_at(70, "bart", true));
  commit_ok(&fixture, event_at(135, "lisa", true));
  assert_int_equal(alerts(&fixture), 1);
  restart(&fixture);
  commit_end(&fixture, 0);
  assert_int_equal(alerts(&fixture), 3);
  stop(&fixture);
}

static void an_absence_is_found_without_a_batch_when_nothing_holds_it_back_any_more(void **state) {
  struct fixture fixture;
  struct error error = ERROR_NONE;
  struct commit_counts counts;
  (void)state;
  start(&fixture, A_WITHOUT_B);
  commit_ok(&fixture, event_at(0, "homer", true));
  commit_ok(&fixture, event_at(200, "marge", true));
  committer_count(fixture.committer, &counts);
  uint64_t transactions = counts.transactions;
  assert_true(committer_advance(fixture.committer, fixture.detection, &error));
  assert_int_equal(alerts(&fixture), 0); /* the second source may still bring the answer */
  committer_use(fixture.committer,
                &(struct committer_setup){.sources = sources, .source_count = 1});
  assert_true(committer_advance(fixture.committer, fixture.detection, &error));
  assert_int_equal(alerts(&fixture), 1);
  assert_true(committer_advance(fixture.committer, fixture.detection, &error));
  committer_count(fixture.committer, &counts);
  assert_int_equal(counts.transactions,
                   transactions + 1); /* what has nothing to do writes nothing */
  stop(&fixture);
}

static void an_absence_that_is_answered_is_none(void **state) {
  struct fixture fixture;
  (void)state;
  start(&fixture, A_WITHOUT_B);
  commit_ok(&fixture, event_at(0, "homer", true));
  restart(&fixture);
  commit_ok(&fixture, event_at(65, "marge", true));
  commit_ok(&fixture, event_at(59, "homer", false)); /* late */
  commit_end(&fixture, 0);
  commit_end(&fixture, 1);
  assert_int_equal(alerts(&fixture), 0);
  stop(&fixture);
}

static void an_event_from_the_future_ends_no_waiting(void **state) {
  struct fixture fixture;
  (void)state;
  start(&fixture, A_WITHOUT_B);
  commit_end(&fixture, 1);
  commit_ok(&fixture, event_at(0, "homer", true));
  commit_ok(&fixture, event_at(60 * 24 * 3660, "marge", true));
  commit_ok(&fixture, event_at(60 * 24 * 3660, "marge", false));
  assert_int_equal(alerts(&fixture), 0);
  stop(&fixture);
}

/* Its time is that of the reading, years after the others'. */
static void an_event_without_a_time_ends_no_waiting(void **state) {
  struct fixture fixture;
  (void)state;
  start(&fixture, A_WITHOUT_B);
  commit_end(&fixture, 1);
  commit_ok(&fixture, event_at(0, "homer", true));
  commit_ok(&fixture, fixture_batch("{\"who\":\"marge\",\"bad\":true}\n"));
  commit_ok(&fixture, event_at(0, "bart", true));
  assert_int_equal(alerts(&fixture), 0);
  commit_ok(&fixture, event_at(71, "lisa", true));
  assert_int_equal(alerts(&fixture), 2);
  stop(&fixture);
}

static void an_event_without_a_time_ages_no_other(void **state) {
  struct fixture fixture;
  (void)state;
  start(&fixture, A_THEN_B);
  commit_ok(&fixture, event_at(0, "homer", true));
  commit_ok(&fixture, fixture_batch("{\"who\":\"homer\",\"bad\":true}\n"));
  commit_ok(&fixture, event_at(5, "homer", false));
  assert_int_equal(alerts(&fixture), 1);
  stop(&fixture);
}

static void old_states_are_deleted_in_the_end(void **state) {
  struct fixture fixture;
  struct error error = ERROR_NONE;
  const struct store_slice slice = {100, US_PER_HOUR};
  struct store_pruned pruned;
  (void)state;
  start(&fixture, A_THEN_B);
  fixture.store->clock = clock_fixed(&fixture.now);
  commit_ok(&fixture, event_at(0, "homer", true));
  commit_ok(&fixture, event_at(60 * 24 * 2, "marge", true));
  assert_true(committer_prune_correlations(fixture.committer, &slice, &pruned, &error));
  assert_int_equal(pruned.rows, 0);
  fixture.now += 31 * US_PER_DAY;
  assert_true(committer_prune_correlations(fixture.committer, &slice, &pruned, &error));
  assert_int_equal(pruned.rows, 1);
  commit_ok(&fixture, event_at(60 * 24 * 2 + 1, "marge", false));
  assert_int_equal(alerts(&fixture), 1);
  stop(&fixture);
}

#define TEST(name) cmocka_unit_test(name)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_sequence_goes_on_across_batches_and_restarts),
      TEST(a_correlation_may_be_a_signal),
      TEST(a_row_that_is_read_again_does_not_count_again),
      TEST(a_commit_that_fails_leaves_nothing_and_gives_the_same_again),
      TEST(a_changed_correlation_starts_anew_and_another_change_keeps_on),
      TEST(an_absence_waits_for_every_source_that_could_end_it),
      TEST(a_source_at_its_end_holds_nothing_back),
      TEST(an_absence_is_found_without_a_batch_when_nothing_holds_it_back_any_more),
      TEST(an_absence_that_is_answered_is_none),
      TEST(an_event_from_the_future_ends_no_waiting),
      TEST(an_event_without_a_time_ends_no_waiting),
      TEST(an_event_without_a_time_ages_no_other),
      TEST(old_states_are_deleted_in_the_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

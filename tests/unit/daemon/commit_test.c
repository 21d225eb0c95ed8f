/* The one transaction, against a real store. */
#include "daemon/commit/commit.h"
#include "detect/detect_fixture.h"
#include "store/sqlite/internal.h"

#include <signal.h>
#include <sys/resource.h>

extern const struct destination_type destination_console;

static const struct source sources[] = {{.id = TEXT_INIT("one")}, {.id = TEXT_INIT("two")}};
static const struct destination destinations[] = {
    {.type = &destination_console, .id = TEXT_INIT("all"), .severities = ~0u, .alert_types = ~0u},
    {.type = &destination_console,
     .id = TEXT_INIT("critical"),
     .severities = 1u << SEVERITY_CRITICAL,
     .alert_types = ~0u}};

/* Batches in a group at most. */
enum { GROUP = 8 };

struct fixture {
  struct detection *detection;
  struct pipeline *pipeline;
  struct store *store;
  struct committer *committer;
  time_us now;
};

static void start_committer(struct fixture *fixture) {
  const struct committer_options options = {.store = fixture->store,
                                            .setup = {.sources = sources,
                                                      .source_count = 2,
                                                      .destinations = destinations,
                                                      .destination_count = 2,
                                                      .keep_events = true},
                                            .clock = clock_fixed(&fixture->now)};
  fixture->committer = committer_new(&options);
}

static void start(struct fixture *fixture, const char *rule) {
  struct error error = ERROR_NONE;
  fixture->now = INT64_C(1704067200) * US_PER_SECOND;
  fixture->detection = fixture_detection(rule);
  const struct pipeline_options options = {
      .detection = fixture->detection, .list_events = true, .workers = 1, .held = GROUP};
  fixture->pipeline = pipeline_new(&options, &error);
  fixture->store = store_open_scratch(&error);
  assert_string_equal(error.text, "");
  start_committer(fixture);
}

static void stop(struct fixture *fixture) {
  committer_free(fixture->committer);
  pipeline_free(fixture->pipeline);
  store_close(fixture->store);
  detection_release(fixture->detection);
}

static bool commit(struct fixture *fixture, struct batch *batch, struct error *error) {
  fixture_push(fixture->pipeline, batch);
  struct batch_result *result = pipeline_next(fixture->pipeline);
  bool ok = committer_commit(fixture->committer, &result, 1, error);
  pipeline_done(fixture->pipeline, result, true);
  return ok;
}

static void take_group(struct fixture *fixture, struct batch *const *batches, size_t count,
                       struct batch_result **results) {
  for (size_t i = 0; i < count; i++)
    fixture_push(fixture->pipeline, batches[i]);
  for (size_t i = 0; i < count; i++)
    results[i] = pipeline_next(fixture->pipeline);
}

static void done_group(struct fixture *fixture, struct batch_result *const *results, size_t count) {
  for (size_t i = 0; i < count; i++)
    pipeline_done(fixture->pipeline, results[i], true);
}

static void commit_ok(struct fixture *fixture, struct batch *batch) {
  struct error error = ERROR_NONE;
  assert_true(commit(fixture, batch, &error));
  assert_string_equal(error.text, "");
}

static struct store_counts counts(struct fixture *fixture) {
  struct store_counts counts;
  struct error error = ERROR_NONE;
  assert_true(store_count(fixture->store, &counts, &error));
  return counts;
}

static void a_batch_commits_events_dead_letters_alerts_outbox_and_checkpoint(void **state) {
  (void)state;
  struct fixture fixture;
  start(&fixture, FIXTURE_RULE);
  struct batch *batch = fixture_batch("{\"at\":1,\"who\":\"a\",\"bad\":true}\n"
                                      "{\"at\":2,\"who\":\"a\",\"bad\":true}\n"
                                      "{\"at\":3,\"who\":\"b\"}\n"
                                      "garbage\n");
  batch->checkpoint = memory_copy_string("{\"day\":\"2024-01-01\"}");
  commit_ok(&fixture, batch);
  struct store_counts after = counts(&fixture);
  assert_int_equal(after.events, 3);
  assert_int_equal(after.dead_letters, 1);
  assert_int_equal(after.alerts, 1);
  assert_int_equal(after.matches, 2);
  assert_int_equal(after.outbox_pending, 1); /* HIGH is not routed to `critical` */
  struct buffer checkpoint = BUFFER_NONE;
  struct error error = ERROR_NONE;
  bool found;
  assert_true(store_checkpoint_get(fixture.store, TEXT("one"), &checkpoint, &found, &error));
  assert_true(found);
  assert_string_equal(checkpoint.data, "{\"day\":\"2024-01-01\"}");
  buffer_free(&checkpoint);
  stop(&fixture);
}

static void rows_of_a_re_read_source_are_taken_once(void **state) {
  (void)state;
  struct fixture fixture;
  start(&fixture, FIXTURE_RULE);
  for (int i = 0; i < 3; i++) {
    struct batch *batch = fixture_batch("{\"at\":1,\"who\":\"a\",\"bad\":true}\nbroken\n");
    batch->rereads = true;
    commit_ok(&fixture, batch);
  }
  struct store_counts after = counts(&fixture);
  assert_int_equal(after.events, 1);
  assert_int_equal(after.matches, 1);
  assert_int_equal(after.dead_letters, 1);
  struct commit_counts committed;
  committer_count(fixture.committer, &committed);
  assert_int_equal(committed.repeated, 4);
  stop(&fixture);
}

static bool find_alert(void *context, const struct alert *alert) {
  struct alert *copy = context;
  copy->match_count = alert->match_count;
  copy->first_event_time = alert->first_event_time;
  copy->last_event_time = alert->last_event_time;
  return true;
}

static struct alert newest_alert(struct fixture *fixture) {
  struct alert found = {.match_count = -1};
  struct error error = ERROR_NONE;
  const struct alert_filter filter = {.since = TIME_NONE, .until = TIME_NONE, .limit = 1};
  assert_true(store_alert_list(fixture->store, &filter, find_alert, &found, &error));
  return found;
}

static void later_matches_join_the_alert_also_after_a_restart(void **state) {
  (void)state;
  struct fixture fixture;
  start(&fixture, FIXTURE_RULE);
  commit_ok(&fixture, fixture_event(0, "x"));
  committer_free(fixture.committer);
  start_committer(&fixture);
  commit_ok(&fixture, fixture_event(59, "x"));
  struct alert alert = newest_alert(&fixture);
  assert_int_equal(counts(&fixture).alerts, 1);
  assert_int_equal(alert.match_count, 2);
  assert_int_equal(alert.last_event_time - alert.first_event_time, 59 * US_PER_MINUTE);
  commit_ok(&fixture, fixture_event(60, "x"));
  assert_int_equal(counts(&fixture).alerts, 2);
  stop(&fixture);
}

static void a_threshold_counts_across_batches_and_restarts(void **state) {
  (void)state;
  struct fixture fixture;
  start(&fixture, "metadata { id = 'Test.Three', log_types = { 'Test.Log' }, severity = 'low',\n"
                  "  threshold = 3, where = { bad = true } }\n");
  commit_ok(&fixture, fixture_event(0, "a"));
  commit_ok(&fixture, fixture_event(1, "b"));
  assert_int_equal(counts(&fixture).alerts, 0);
  assert_int_equal(counts(&fixture).matches, 2);
  committer_free(fixture.committer);
  start_committer(&fixture);
  commit_ok(&fixture, fixture_event(2, "c"));
  struct alert alert = newest_alert(&fixture);
  assert_int_equal(counts(&fixture).alerts, 1);
  assert_int_equal(alert.match_count, 3);
  assert_int_equal(alert.last_event_time - alert.first_event_time, 2 * US_PER_MINUTE);
  stop(&fixture);
}

static void a_signal_is_recorded_and_makes_no_alert(void **state) {
  (void)state;
  struct fixture fixture;
  start(&fixture, "metadata { id = 'Test.Signal', log_types = { 'Test.Log' }, severity = 'low',\n"
                  "  create_alert = false, where = { bad = true } }\n");
  commit_ok(&fixture, fixture_event(0, "a"));
  assert_int_equal(counts(&fixture).alerts, 0);
  assert_int_equal(counts(&fixture).matches, 1);
  stop(&fixture);
}

static void a_failing_rule_makes_one_alert_of_its_own_type_past_any_threshold(void **state) {
  (void)state;
  struct fixture fixture;
  start(&fixture, "metadata { id = 'Test.Broken', log_types = { 'Test.Log' }, severity = 'low',\n"
                  "  threshold = 100 }\n"
                  "function rule(event) error('no') end\n");
  commit_ok(&fixture, fixture_event(0, "a"));
  commit_ok(&fixture, fixture_event(1, "b"));
  struct commit_counts committed;
  committer_count(fixture.committer, &committed);
  assert_int_equal(committed.rule_errors, 1);
  assert_int_equal(counts(&fixture).alerts, 1);
  assert_int_equal(newest_alert(&fixture).match_count, 2);
  stop(&fixture);
}

static void a_commit_that_fails_leaves_nothing_and_works_when_tried_again(void **state) {
  (void)state;
  struct fixture fixture;
  char folder[] = "/tmp/margay-commit-XXXXXX", path[64];
  struct error error = ERROR_NONE;
  assert_non_null(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/margay.db", folder);
  start(&fixture, FIXTURE_RULE);
  store_close(fixture.store);
  committer_free(fixture.committer);
  fixture.store = store_open(path, &error);
  assert_non_null(fixture.store);
  start_committer(&fixture);
  commit_ok(&fixture, fixture_event(0, "x"));

  /* As on a full disk: no file may grow. */
  struct rlimit limit, none;
  signal(SIGXFSZ, SIG_IGN);
  getrlimit(RLIMIT_FSIZE, &limit);
  none = (struct rlimit){.rlim_cur = 0, .rlim_max = limit.rlim_max};
  fixture_push(fixture.pipeline, fixture_event(1, "x"));
  struct batch_result *result = pipeline_next(fixture.pipeline);
  setrlimit(RLIMIT_FSIZE, &none);
  bool committed = committer_commit(fixture.committer, &result, 1, &error);
  setrlimit(RLIMIT_FSIZE, &limit);
  assert_false(committed);
  assert_true(error.set);
  assert_int_equal(counts(&fixture).events, 1);

  struct error again = ERROR_NONE;
  assert_true(committer_commit(fixture.committer, &result, 1, &again));
  pipeline_done(fixture.pipeline, result, true);
  assert_int_equal(counts(&fixture).events, 2);
  assert_int_equal(newest_alert(&fixture).match_count, 2);
  stop(&fixture);
  static const char *const suffixes[] = {"", "-wal", "-shm"};
  for (size_t i = 0; i < 3; i++) {
    snprintf(path, sizeof path, "%s/margay.db%s", folder, suffixes[i]);
    remove(path);
  }
  assert_int_equal(remove(folder), 0);
}

static int64_t number_of(struct fixture *fixture, const char *query) {
  sqlite3_stmt *statement;
  assert_int_equal(sqlite3_prepare_v2(fixture->store->db, query, -1, &statement, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  int64_t number = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return number;
}

static void an_alert_counts_the_matches_that_it_has_in_the_store(void **state) {
  (void)state;
  static const struct {
    int minute;
    const char *who;
  } events[] = {{0, "a"}, {5, "x"}, {50, "a"}, {66, "b"}, {67, "c"}, {68, "x"}};
  struct fixture fixture;
  start(&fixture, "metadata { id = 'Test.Unique', log_types = { 'Test.Log' }, severity = 'low',\n"
                  "  threshold = 3, where = { bad = true } }\n"
                  "function unique(event) return event.who end\n");
  for (size_t i = 0; i < sizeof events / sizeof *events; i++)
    commit_ok(&fixture, fixture_event(events[i].minute, events[i].who));
  assert_int_equal(counts(&fixture).alerts, 1);
  assert_int_equal(newest_alert(&fixture).match_count,
                   number_of(&fixture, "SELECT count(*) FROM rule_match WHERE alert_id NOTNULL"));
  stop(&fixture);
}

/* Any order of any times: no match is of two alerts, or counted by one that does not have it. */
static void alerts_count_what_they_have_in_whatever_order_matches_come(void **state) {
  (void)state;
  uint32_t random = 20261121;
  for (int round = 0; round < 24; round++) {
    struct fixture fixture;
    char rule[400];
    snprintf(rule, sizeof rule,
             "metadata { id = 'Test.Random', log_types = { 'Test.Log' }, severity = 'low',\n"
             "  threshold = %d, where = { bad = true } }\n%s",
             1 + round % 4, round % 2 ? "function unique(event) return event.who end\n" : "");
    start(&fixture, rule);
    for (int i = 0; i < 150; i++) {
      static const char *const names[] = {"a", "b", "c", "d", "e"};
      random = random * 1664525 + 1013904223;
      int minute = i * 4 + (int)(random >> 16) % (round < 12 ? 20 : 300);
      commit_ok(&fixture, fixture_event(minute, names[(random >> 8) % 5]));
    }
    assert_int_equal(number_of(&fixture, "SELECT count(*) FROM alert_count c JOIN alert a"
                                         " USING (number) WHERE match_count <> (SELECT count(*)"
                                         " FROM rule_match m WHERE m.alert_id = a.id)"),
                     0);
    assert_true(counts(&fixture).alerts > 1);
    assert_int_equal(counts(&fixture).matches, 150);
    stop(&fixture);
  }
}

static void dedup_strings_are_kept_apart_behind_a_nul(void **state) {
  (void)state;
  struct fixture fixture;
  start(&fixture, FIXTURE_RULE);
  commit_ok(&fixture, fixture_event(0, "a\\u0000b"));
  commit_ok(&fixture, fixture_event(1, "a\\u0000c"));
  commit_ok(&fixture, fixture_event(2, "a"));
  committer_free(fixture.committer);
  start_committer(&fixture);
  commit_ok(&fixture, fixture_event(3, "a\\u0000b"));
  assert_int_equal(counts(&fixture).alerts, 3);
  assert_int_equal(number_of(&fixture, "SELECT count(*) FROM rule_window"), 3);
  stop(&fixture);
}

static void a_window_is_kept_for_its_period_however_short_the_retention(void **state) {
  (void)state;
  struct fixture fixture;
  struct error error = ERROR_NONE;
  int64_t deleted;
  start(&fixture, "metadata { id = 'Test.Long', log_types = { 'Test.Log' }, severity = 'low',\n"
                  "  dedup_period_minutes = 60 * 24 * 90, where = { bad = true } }\n");
  fixture.store->clock = clock_fixed(&fixture.now);
  commit_ok(&fixture, fixture_event(0, "a"));
  fixture.now += 89 * US_PER_DAY;
  assert_true(store_prune(fixture.store, fixture.now - US_PER_DAY, 100, &deleted, &error));
  committer_free(fixture.committer);
  start_committer(&fixture);
  commit_ok(&fixture, fixture_event(89 * 24 * 60, "a"));
  assert_int_equal(counts(&fixture).alerts, 1);

  fixture.now += 92 * US_PER_DAY;
  assert_true(store_prune(fixture.store, fixture.now - US_PER_DAY, 100, &deleted, &error));
  assert_int_equal(number_of(&fixture, "SELECT count(*) FROM rule_window"), 0);
  stop(&fixture);
}

/* The first line of a log that is replaced every day, say: the same bytes at the same place. */
static void a_row_without_a_time_that_comes_again_makes_an_alert_again(void **state) {
  (void)state;
  struct fixture fixture;
  struct problems problems = PROBLEMS_NONE;
  start(&fixture, FIXTURE_RULE);
  struct schema_set *schemas =
      schema_set_load_text(TEXT("schema: Test.Log\n"
                                "fields:\n"
                                "  - {name: who, type: string, required: true}\n"
                                "  - {name: bad, type: boolean}\n"),
                           "test.yml", &problems);
  struct rule_file file = {.path = "rules/test.lua", .source = TEXT(FIXTURE_RULE)};
  struct detection *timeless = detection_new(schemas, rule_set_load_files(&file, 1, &problems));
  pipeline_replace(fixture.pipeline, timeless, true);
  detection_release(timeless);
  for (int day = 0; day < 2; day++) {
    struct batch *batch = fixture_batch("{\"who\":\"a\",\"bad\":true}\n");
    batch->received_at += day * US_PER_DAY;
    commit_ok(&fixture, batch);
  }
  assert_int_equal(counts(&fixture).alerts, 2);
  assert_int_equal(counts(&fixture).outbox_pending, 2);
  stop(&fixture);
}

/* A file that is written anew is read anew; its old windows may be gone by then. */
static void a_row_that_opens_its_alert_again_counts_towards_it(void **state) {
  (void)state;
  struct fixture fixture;
  start(&fixture, FIXTURE_RULE);
  for (int i = 0; i < 2; i++) {
    commit_ok(&fixture, fixture_event(0, "a"));
    assert_int_equal(sqlite3_exec(fixture.store->db, "DELETE FROM rule_window", NULL, NULL, NULL),
                     SQLITE_OK);
    committer_free(fixture.committer);
    start_committer(&fixture);
  }
  assert_int_equal(counts(&fixture).alerts, 1);
  assert_int_equal(counts(&fixture).outbox_pending, 1);
  assert_int_equal(newest_alert(&fixture).match_count, 2);
  assert_int_equal(number_of(&fixture, "SELECT count(*) FROM rule_match WHERE alert_id NOTNULL"),
                   2);
  stop(&fixture);
}

/* A file is read that is older than the alerts which are kept. */
static void a_match_that_comes_after_its_alert_was_deleted_stands_alone(void **state) {
  (void)state;
  struct fixture fixture;
  start(&fixture, FIXTURE_RULE);
  commit_ok(&fixture, fixture_event(0, "a"));
  assert_int_equal(sqlite3_exec(fixture.store->db, "DELETE FROM alert", NULL, NULL, NULL),
                   SQLITE_OK);
  commit_ok(&fixture, fixture_event(1, "a"));
  commit_ok(&fixture, fixture_event(60, "a"));
  assert_int_equal(counts(&fixture).alerts, 1);
  assert_int_equal(newest_alert(&fixture).match_count, 1);
  assert_int_equal(number_of(&fixture, "SELECT count(*) FROM rule_match WHERE alert_id IS NULL"),
                   1);
  stop(&fixture);
}

/* ---- a commit that fails at any statement ------------------------------------------------ */

#define THRESHOLD_RULE                                                                             \
  "metadata { id = 'Test.Two', log_types = { 'Test.Log' }, severity = 'high', threshold = 2,\n"    \
  "  where = { bad = true } }\n"                                                                   \
  "function title(event) return 'bad: ' .. event.who end\n"                                        \
  "function dedup(event) return event.who end\n"

/* Counts, joins, opens and claims; has a row that repeats, and a dead letter. */
static struct batch *batch_of_everything(bool second) {
  struct batch *batch = fixture_batch(second ? "{\"at\":2,\"who\":\"a\",\"bad\":true}\n"
                                               "{\"at\":3,\"who\":\"a\",\"bad\":true}\n"
                                               "{\"at\":4,\"who\":\"b\",\"bad\":true}\n"
                                               "more garbage\n"
                                             : "{\"at\":1,\"who\":\"a\",\"bad\":true}\n"
                                               "garbage\n");
  batch->rereads = true;
  batch->checkpoint = memory_copy_string(second ? "two" : "one");
  return batch;
}

static void fail_at(struct fixture *fixture, const char *moment, const char *table) {
  char sql[256];
  snprintf(sql, sizeof sql,
           "CREATE TRIGGER fail BEFORE %s ON %s BEGIN SELECT RAISE(ABORT, 'no'); END", moment,
           table);
  assert_int_equal(sqlite3_exec(fixture->store->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static void assert_checkpoint_of(struct fixture *fixture, struct text source_id,
                                 const char *expected) {
  struct buffer checkpoint = BUFFER_NONE;
  struct error error = ERROR_NONE;
  bool found;
  assert_true(store_checkpoint_get(fixture->store, source_id, &checkpoint, &found, &error));
  assert_int_equal(found, expected != NULL);
  assert_true(!expected || text_is(buffer_text(&checkpoint), expected));
  buffer_free(&checkpoint);
}

static void assert_checkpoint(struct fixture *fixture, const char *expected) {
  assert_checkpoint_of(fixture, TEXT("one"), expected);
}

static void assert_batches(struct fixture *fixture, int batches) {
  struct store_counts after = counts(fixture);
  assert_int_equal(after.events, batches == 1 ? 1 : 4);
  assert_int_equal(after.dead_letters, batches);
  assert_int_equal(after.matches, batches == 1 ? 1 : 4);
  assert_int_equal(after.alerts, batches == 1 ? 0 : 1);
  assert_int_equal(after.outbox_pending, batches == 1 ? 0 : 1);
  assert_checkpoint(fixture, batches == 1 ? "one" : "two");
  if (batches == 2)
    assert_int_equal(newest_alert(fixture).match_count, 3);
}

static void a_commit_that_fails_at_any_statement_is_taken_back_whole(void **state) {
  (void)state;
  static const char *const tables[] = {"row",        "event",       "dead_letter",
                                       "rule_match", "alert",       "alert_count",
                                       "outbox",     "rule_window", "checkpoint"};
  static const char *const moments[] = {"INSERT", "UPDATE"};
  size_t failed = 0;
  for (size_t i = 0; i < 2 * sizeof tables / sizeof *tables; i++) {
    struct fixture fixture;
    struct error error = ERROR_NONE;
    start(&fixture, THRESHOLD_RULE);
    commit_ok(&fixture, batch_of_everything(false));
    fail_at(&fixture, moments[i % 2], tables[i / 2]);
    fixture_push(fixture.pipeline, batch_of_everything(true));
    struct batch_result *result = pipeline_next(fixture.pipeline);
    bool ok = committer_commit(fixture.committer, &result, 1, &error);
    if (!ok) {
      failed++;
      assert_batches(&fixture, 1);
      assert_int_equal(sqlite3_exec(fixture.store->db, "DROP TRIGGER fail", NULL, NULL, NULL),
                       SQLITE_OK);
      struct error again = ERROR_NONE;
      assert_true(committer_commit(fixture.committer, &result, 1, &again));
    }
    pipeline_done(fixture.pipeline, result, true);
    assert_batches(&fixture, 2);
    struct commit_counts committed;
    committer_count(fixture.committer, &committed);
    assert_int_equal(committed.events, 4);
    assert_int_equal(committed.matches, 4);
    assert_int_equal(committed.alerts, 1);
    stop(&fixture);
  }
  /* All tables are written to; those that also change rows: matches, counts, windows, checkpoint.
   */
  assert_int_equal(failed, 9 + 4);
}

/* ---- groups ------------------------------------------------------------------------------ */

/* Two batches of one source and one of another. */
static void take_group_of_everything(struct fixture *fixture, struct batch_result **results) {
  struct batch *other = fixture_event(5, NULL);
  other->tag = 1;
  other->checkpoint = memory_copy_string("other one");
  struct batch *const batches[] = {batch_of_everything(false), other, batch_of_everything(true)};
  take_group(fixture, batches, 3, results);
}

static void assert_group(struct fixture *fixture, bool committed) {
  struct store_counts after = counts(fixture);
  assert_int_equal(after.events, committed ? 5 : 0);
  assert_int_equal(after.dead_letters, committed ? 2 : 0);
  assert_int_equal(after.matches, committed ? 4 : 0);
  assert_int_equal(after.alerts, committed ? 1 : 0);
  assert_int_equal(after.outbox_pending, committed ? 1 : 0);
  assert_checkpoint(fixture, committed ? "two" : NULL);
  assert_checkpoint_of(fixture, TEXT("two"), committed ? "other one" : NULL);
}

static void a_group_that_fails_at_any_statement_is_taken_back_whole_and_tried_again(void **state) {
  (void)state;
  static const char *const tables[] = {"row",        "event",       "dead_letter",
                                       "rule_match", "alert",       "alert_count",
                                       "outbox",     "rule_window", "checkpoint"};
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
    struct fixture fixture;
    struct batch_result *results[3];
    struct error error = ERROR_NONE, again = ERROR_NONE;
    struct commit_counts committed;
    start(&fixture, THRESHOLD_RULE);
    take_group_of_everything(&fixture, results);
    fail_at(&fixture, "INSERT", tables[i]);
    assert_false(committer_commit(fixture.committer, results, 3, &error));
    assert_group(&fixture, false);
    assert_int_equal(sqlite3_exec(fixture.store->db, "DROP TRIGGER fail", NULL, NULL, NULL),
                     SQLITE_OK);
    assert_true(committer_commit(fixture.committer, results, 3, &again));
    done_group(&fixture, results, 3);
    assert_group(&fixture, true);
    committer_count(fixture.committer, &committed);
    assert_int_equal(committed.transactions, 1);
    assert_int_equal(committed.batches, 3);
    assert_int_equal(committed.records, 7);
    assert_int_equal(committed.events, 5);
    assert_int_equal(committed.alerts, 1);
    stop(&fixture);
  }
}

/* Everything that a store holds, as text, but for the times of the wall clock. */
static char *store_dump(struct fixture *fixture) {
  static const char *const queries[] = {
      "SELECT hex(row_id) || record FROM event ORDER BY id",
      "SELECT record || error FROM dead_letter ORDER BY id",
      "SELECT id || title || event || created_at FROM alert ORDER BY number",
      "SELECT number || ' ' || first_event_time || ' ' || last_event_time || ' ' || match_count"
      " FROM alert_count ORDER BY number",
      "SELECT ifnull(alert_id, '-') || hex(row_id) || dedup FROM rule_match ORDER BY id",
      "SELECT alert_id || destination_id || idempotency_key FROM outbox ORDER BY id",
      "SELECT dedup || hex(state) FROM rule_window ORDER BY dedup",
      "SELECT source_id || checkpoint FROM checkpoint ORDER BY source_id",
  };
  struct buffer dump = BUFFER_NONE;
  for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_prepare_v2(fixture->store->db, queries[i], -1, &statement, NULL),
                     SQLITE_OK);
    while (sqlite3_step(statement) == SQLITE_ROW) {
      buffer_append_string(&dump, (const char *)sqlite3_column_text(statement, 0));
      buffer_append_char(&dump, '\n');
    }
    sqlite3_finalize(statement);
  }
  return buffer_steal(&dump);
}

static void how_batches_are_grouped_makes_no_difference(void **state) {
  (void)state;
  char *expected = NULL;
  for (size_t size = 1; size <= GROUP; size++) {
    struct fixture fixture;
    uint32_t random = 20261121;
    start(&fixture, THRESHOLD_RULE);
    for (int i = 0; i < 120;) {
      struct batch *batches[GROUP];
      struct batch_result *results[GROUP];
      struct error error = ERROR_NONE;
      size_t count = 0;
      for (; count < size && i < 120; i++) {
        static const char *const names[] = {"a", "b", "c", NULL};
        random = random * 1664525 + 1013904223;
        batches[count] = fixture_event(i * 4 + (int)(random >> 16) % 90, names[(random >> 8) % 4]);
        batches[count]->tag = random >> 31;
        batches[count]->rereads = random >> 31 && i % 2;
        batches[count]->position = (uint64_t)i;
        batches[count]->checkpoint = memory_copy_string(i % 3 ? "odd" : "even");
        count++;
      }
      take_group(&fixture, batches, count, results);
      assert_true(committer_commit(fixture.committer, results, count, &error));
      done_group(&fixture, results, count);
    }
    char *dump = store_dump(&fixture);
    assert_true(counts(&fixture).alerts > 3);
    if (expected)
      assert_string_equal(dump, expected);
    else
      expected = memory_copy_string(dump);
    free(dump);
    stop(&fixture);
  }
  free(expected);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_batch_commits_events_dead_letters_alerts_outbox_and_checkpoint),
      cmocka_unit_test(rows_of_a_re_read_source_are_taken_once),
      cmocka_unit_test(later_matches_join_the_alert_also_after_a_restart),
      cmocka_unit_test(a_threshold_counts_across_batches_and_restarts),
      cmocka_unit_test(a_signal_is_recorded_and_makes_no_alert),
      cmocka_unit_test(a_failing_rule_makes_one_alert_of_its_own_type_past_any_threshold),
      cmocka_unit_test(a_commit_that_fails_leaves_nothing_and_works_when_tried_again),
      cmocka_unit_test(an_alert_counts_the_matches_that_it_has_in_the_store),
      cmocka_unit_test(alerts_count_what_they_have_in_whatever_order_matches_come),
      cmocka_unit_test(dedup_strings_are_kept_apart_behind_a_nul),
      cmocka_unit_test(a_window_is_kept_for_its_period_however_short_the_retention),
      cmocka_unit_test(a_row_without_a_time_that_comes_again_makes_an_alert_again),
      cmocka_unit_test(a_row_that_opens_its_alert_again_counts_towards_it),
      cmocka_unit_test(a_match_that_comes_after_its_alert_was_deleted_stands_alone),
      cmocka_unit_test(a_commit_that_fails_at_any_statement_is_taken_back_whole),
      cmocka_unit_test(a_group_that_fails_at_any_statement_is_taken_back_whole_and_tried_again),
      cmocka_unit_test(how_batches_are_grouped_makes_no_difference),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A transaction that fails leaves nothing, and how batches are grouped makes no difference. */
#include "daemon/commit_fixture.h"

#include <signal.h>
#include <sys/resource.h>

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

/* ---- a commit that fails at any statement ------------------------------------------------ */

#define THRESHOLD_RULE                                                                             \
  "metadata { id = 'Test.Two', log_types = { 'Test.Log' }, severity = 'high', threshold = 2,\n"    \
  "  where = { bad = true } }\n"                                                                   \
  "function title(event) return 'bad: ' .. event.who end\n"                                        \
  "function dedup(event) return event.who end\n"

/* Matches that count, join, open and are claimed; a row that repeats; a dead letter. */
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
  assert_int_equal(after.alerts, batches);
  assert_int_equal(after.outbox_pending, batches);
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
    assert_int_equal(committed.alerts, 2);
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
  assert_int_equal(after.alerts, committed ? 2 : 0);
  assert_int_equal(after.outbox_pending, committed ? 2 : 0);
  assert_checkpoint(fixture, committed ? "two" : NULL);
  assert_checkpoint_of(fixture, TEXT("two"), committed ? "other one" : NULL);
}

static void a_group_that_fails_at_any_statement_is_taken_back_whole_and_tried_again(void **state) {
  (void)state;
  static const char *const tables[] = {
      "row",         "event",  "dead_letter_reason", "dead_letter", "rule_match", "alert",
      "alert_count", "outbox", "rule_window",        "checkpoint"};
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
    assert_int_equal(committed.alerts, 2);
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
      cmocka_unit_test(a_commit_that_fails_leaves_nothing_and_works_when_tried_again),
      cmocka_unit_test(a_commit_that_fails_at_any_statement_is_taken_back_whole),
      cmocka_unit_test(a_group_that_fails_at_any_statement_is_taken_back_whole_and_tried_again),
      cmocka_unit_test(how_batches_are_grouped_makes_no_difference),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

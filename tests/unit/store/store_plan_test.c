/* What the store is asked is found by indexes, however much is in it: as SQLite's query plans say.
 */
#include "store/store_fixture.h"

/* ---- every statement of the store -------------------------------------------------------- */

/* Statements that read a table or index from its start, and why they may. */
static const struct {
  enum statement_id statement;
  const char *line;
} allowed_scans[] = {
    /* the events of a batch, in memory */
    {STATEMENT_EVENT_ADD, "SCAN event_feed"},
    /* the few log types that there are */
    {STATEMENT_ALERT_EVENTS, "SCAN type"},
    {STATEMENT_ALERT_EVENTS, "SCAN CONSTANT ROW"},
    /* one row, and as many rows as the limit */
    {STATEMENT_KV_PRUNE, "SCAN kv_progress"},
    {STATEMENT_KV_PRUNE, "SCAN (subquery"},
    /* as many rows as the limit */
    {STATEMENT_CORRELATION_PRUNE, "SCAN (subquery"},
    /* a row for each source and log type */
    {STATEMENT_PROGRESS_LIST, "SCAN source_progress"},
    /* two ids at most */
    {STATEMENT_ALERT_FIND, "SCAN (subquery"},
    /* from the oldest row up to the limit */
    {STATEMENT_EVENT_PRUNE, "SCAN event"},
    {STATEMENT_EVENT_PRUNE, "SCAN (subquery"},
    {STATEMENT_DEAD_LETTER_PRUNE, "SCAN dead_letter"},
    {STATEMENT_DEAD_LETTER_PRUNE, "SCAN (subquery"},
    {STATEMENT_MATCH_PRUNE, "SCAN rule_match"},
    {STATEMENT_MATCH_PRUNE, "SCAN (subquery"},
    /* the first matches of one alert */
    {STATEMENT_ALERT_ATTRIBUTES, "SCAN m"},
    /* everything is counted */
    {STATEMENT_TOTALS, "SCAN "},
    {STATEMENT_OUTBOX_TOTALS, "SCAN outbox USING COVERING INDEX outbox_by_state"},
};

static bool is_allowed(enum statement_id statement, const char *line) {
  for (size_t i = 0; i < sizeof allowed_scans / sizeof allowed_scans[0]; i++)
    if (allowed_scans[i].statement == statement &&
        strncmp(line, allowed_scans[i].line, strlen(allowed_scans[i].line)) == 0)
      return true;
  return false;
}

static void check_plan(struct store_fixture *f, enum statement_id statement) {
  const char *sql = sqlite3_sql(statement_prepare(f->store, statement, &f->error));
  sqlite3_stmt *plan;
  char *explain = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql);
  assert_int_equal(sqlite3_prepare_v2(f->store->db, explain, -1, &plan, NULL), SQLITE_OK);
  sqlite3_free(explain);
  while (sqlite3_step(plan) == SQLITE_ROW) {
    const char *line = (const char *)sqlite3_column_text(plan, 3);
    if (strncmp(line, "SCAN ", 5) == 0 && !is_allowed(statement, line))
      fail_msg("%s\n  reads all: %s", sql, line);
  }
  sqlite3_finalize(plan);
}

static void no_statement_reads_a_table_through_to_find_something(void **state) {
  for (size_t i = 0; i < STATEMENT_COUNT; i++)
    check_plan(*state, (enum statement_id)i);
}

/* ---- what people ask --------------------------------------------------------------------- */

static void questions_by_time_type_actor_and_rule_have_an_index(void **state) {
  static const struct {
    const char *sql, *plan;
  } questions[] = {
      {"SELECT record FROM event WHERE log_type = 'a' AND event_time BETWEEN 1 AND 2"
       " ORDER BY event_time DESC LIMIT 100",
       "SEARCH event USING INDEX event_by_type (log_type=? AND event_time>? AND event_time<?)"},
      {"SELECT record FROM event WHERE log_type IN ('a', 'b') AND event_time > 1",
       "SEARCH event USING INDEX event_by_type (log_type=? AND event_time>?)"},
      {"SELECT * FROM alert WHERE created_at > 1 ORDER BY created_at DESC LIMIT 100",
       "SEARCH alert USING INDEX alert_by_time (created_at>?)"},
      {"SELECT * FROM alert WHERE rule_id = 'a' ORDER BY created_at DESC LIMIT 100",
       "SEARCH alert USING INDEX alert_by_rule (rule_id=?)"},
      {"SELECT * FROM alert WHERE log_type = 'a' AND created_at > 1 ORDER BY created_at DESC",
       "SEARCH alert USING INDEX alert_by_type (log_type=? AND created_at>?)"},
      {"SELECT * FROM alert WHERE actor = 'a' AND created_at > 1 ORDER BY created_at DESC",
       "SEARCH alert USING INDEX alert_by_actor (actor=? AND created_at>?)"},
      {"SELECT actor, count(*) FROM alert WHERE severity >= 3 GROUP BY actor",
       "SCAN alert USING COVERING INDEX alert_by_actor"},
      {"SELECT row_id FROM rule_match WHERE rule_id = 'a' AND event_time BETWEEN 1 AND 2"
       " ORDER BY event_time DESC",
       "SEARCH rule_match USING INDEX rule_match_by_rule"
       " (rule_id=? AND event_time>? AND event_time<?)"},
  };
  struct store_fixture *f = *state;
  for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
    sqlite3_stmt *plan;
    char *explain = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", questions[i].sql);
    assert_int_equal(sqlite3_prepare_v2(f->store->db, explain, -1, &plan, NULL), SQLITE_OK);
    sqlite3_free(explain);
    assert_int_equal(sqlite3_step(plan), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(plan, 3), questions[i].plan);
    assert_int_equal(sqlite3_step(plan), SQLITE_DONE); /* and nothing is sorted */
    sqlite3_finalize(plan);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(no_statement_reads_a_table_through_to_find_something),
      STORE_TEST(questions_by_time_type_actor_and_rule_have_an_index),
  };
  return cmocka_run_group_tests_name("store_plan", tests, NULL, NULL);
}

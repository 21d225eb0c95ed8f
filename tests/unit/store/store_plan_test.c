/* Every statement uses an index, however much the store holds: SQLite's query plans show it. */
#include "store/store_fixture.h"

/* ---- every statement of the store -------------------------------------------------------- */

/* Statements that read a table or index from its start, and why they may. */
static const struct {
  enum statement_id statement;
  const char *line;
} allowed_scans[] = {
    /* the events of a batch, in memory */
    {STATEMENT_EVENT_ADD, "SCAN event_feed"},
    {STATEMENT_EVENT_ADD_ALIKE, "SCAN event_feed"},
    /* a row for each hour and log type, and each alert that is kept: for an overview */
    {STATEMENT_EVENT_HOURS, "SCAN event_count"},
    {STATEMENT_ALERT_OPEN, "SCAN c"},
    /* the hours that have matches */
    {STATEMENT_MATCH_CLAIM, "SCAN hour"},
    {STATEMENT_MATCH_CLAIM, "SCAN CONSTANT ROW"},
    {STATEMENT_MATCH_LIST, "SCAN hour"},
    {STATEMENT_MATCH_LIST, "SCAN CONSTANT ROW"},
    /* the few log types that there are, a row for each dictionary, and whoever checks all */
    {STATEMENT_EVENT_LOG_TYPES, "SCAN "},
    {STATEMENT_DICTIONARY_LIST, "SCAN event_dictionary"},
    {STATEMENT_EVENT_COUNT_CHECK, "SCAN "},
    {STATEMENT_BLOCK_CHECK, "SCAN "},
    /* a row for each log type with a retention of its own, or for each hour and log type */
    {STATEMENT_EVENT_PRUNED_LIST, "SCAN event_pruned"},
    {STATEMENT_EVENT_PRUNED_BOUND, "SCAN event_pruned"},
    {STATEMENT_EVENT_TOTAL, "SCAN event_count"},
    /* the two ends of an index */
    {STATEMENT_EVENT_SPAN, "SCAN CONSTANT ROW"},
    /* some hundred segments, and the oldest one */
    {STATEMENT_SEGMENT_LIST, "SCAN indicator_segment"},
    {STATEMENT_SEGMENT_PAST, "SCAN indicator_segment"},
    {STATEMENT_SEGMENT_PAST, "SCAN (subquery"},
    /* the few log types that there are */
    {STATEMENT_ALERT_EVENTS, "SCAN type"},
    {STATEMENT_ALERT_EVENTS, "SCAN CONSTANT ROW"},
    {STATEMENT_EVENT_FIND, "SCAN type"},
    {STATEMENT_EVENT_FIND, "SCAN CONSTANT ROW"},
    /* one row, and as many rows as the limit */
    {STATEMENT_KV_PAST, "SCAN kv_progress"},
    {STATEMENT_KV_PAST, "SCAN (subquery"},
    {STATEMENT_QUESTION_STATE_PAST, "SCAN kv_progress"},
    {STATEMENT_QUESTION_STATE_PAST, "SCAN (subquery"},
    /* all of it, once at the start */
    {STATEMENT_QUESTION_LOG_LIST, "SCAN question_log"},
    /* as many rows as the limit */
    {STATEMENT_CORRELATION_PAST, "SCAN (subquery"},
    /* a row for each source and log type */
    {STATEMENT_PROGRESS_LIST, "SCAN source_progress"},
    /* what is to be summed up, once a while */
    {STATEMENT_HISTORY_LIST, "SCAN a USING INDEX alert_to_sum_up"},
    /* a row for each time that somebody asked */
    {STATEMENT_BACKFILL_LIST, "SCAN backfill"},
    /* a thousand sessions at most, when one begins */
    {STATEMENT_ACCESS_SESSION_LIMIT,
     "SCAN access_session USING COVERING INDEX access_session_by_expiry"},
    /* a row for each token that somebody made */
    {STATEMENT_ACCESS_TOKEN_LIST, "SCAN access_token"},
    /* as many alerts as the limit */
    {STATEMENT_LIFE_CHANGED, "SCAN h"},
    /* two ids at most */
    {STATEMENT_ALERT_FIND, "SCAN (subquery"},
    /* a row for each source, log type and reason */
    {STATEMENT_DEAD_LETTER_REASON_LIST, "SCAN r"},
    {STATEMENT_DEAD_LETTER_REASON_MARKED, "SCAN d USING INDEX dead_letter_to_retry"},
    {STATEMENT_DEAD_LETTER_REASON_PRUNE, "SCAN dead_letter_reason"},
    /* matches that tuning keeps from alerts, which the index alone has */
    {STATEMENT_MATCH_SUPPRESSED, "SCAN rule_match USING INDEX rule_match_suppressed"},
    /* the first matches of one alert */
    {STATEMENT_ALERT_ATTRIBUTES, "SCAN m"},
    /* the rows that somebody holds */
    {STATEMENT_OUTBOX_RELEASE_ALL, "SCAN outbox USING INDEX outbox_leased"},
    /* a row for each source, each alarm, each destination */
    {STATEMENT_SOURCE_HEALTH_LIST, "SCAN source_health"},
    {STATEMENT_SOURCE_HEALTH_FORGET, "SCAN source_health"},
    {STATEMENT_ALARM_LIST, "SCAN alarm"},
    {STATEMENT_DESTINATION_HEALTH_LIST, "SCAN destination_health"},
    {STATEMENT_OUTBOX_BACKLOG, "SCAN "},
    /* what waits for one destination, when an outage of it is over */
    {STATEMENT_STORM_HOLD_BACKLOG, "SCAN (subquery"},
    /* somebody asks for what may be all of it */
    {STATEMENT_OUTBOX_FIND, "SCAN o"},
    {STATEMENT_OUTBOX_DROP, "SCAN o"},
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

static sqlite3_stmt *explain(struct store_fixture *f, const char *sql) {
  sqlite3_stmt *plan;
  char *text = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql);
  assert_int_equal(sqlite3_prepare_v2(f->store->db, text, -1, &plan, NULL), SQLITE_OK);
  sqlite3_free(text);
  return plan;
}

static const char *sql_of(struct store_fixture *f, enum statement_id statement) {
  return sqlite3_sql(statement_prepare(f->store, statement, &f->error));
}

static void check_plan(struct store_fixture *f, enum statement_id statement) {
  const char *sql = sql_of(f, statement);
  sqlite3_stmt *plan = explain(f, sql);
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

/* ---- every index ------------------------------------------------------------------------- */

/* The lines of all plans. */
static void append_plans(struct store_fixture *f, struct buffer *out) {
  for (size_t i = 0; i < STATEMENT_COUNT; i++) {
    sqlite3_stmt *plan = explain(f, sql_of(f, (enum statement_id)i));
    while (sqlite3_step(plan) == SQLITE_ROW)
      buffer_printf(out, "%s \n", (const char *)sqlite3_column_text(plan, 3));
    sqlite3_finalize(plan);
  }
}

/* Every insert pays for every index. */
static void every_index_is_used_by_a_statement(void **state) {
  struct store_fixture *f = *state;
  struct buffer plans = BUFFER_NONE;
  sqlite3_stmt *indexes;
  append_plans(f, &plans);
  assert_int_equal(sqlite3_prepare_v2(f->store->db,
                                      "SELECT name FROM sqlite_schema WHERE type = 'index'"
                                      " AND sql IS NOT NULL",
                                      -1, &indexes, NULL),
                   SQLITE_OK);
  while (sqlite3_step(indexes) == SQLITE_ROW) {
    char used[80];
    const char *name = (const char *)sqlite3_column_text(indexes, 0);
    snprintf(used, sizeof used, " INDEX %s ", name);
    if (!strstr(plans.data, used))
      fail_msg("no statement uses the index %s", name);
  }
  sqlite3_finalize(indexes);
  buffer_free(&plans);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(no_statement_reads_a_table_through_to_find_something),
      STORE_TEST(every_index_is_used_by_a_statement),
  };
  return cmocka_run_group_tests_name("store_plan", tests, NULL, NULL);
}

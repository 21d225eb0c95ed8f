/* What windows, stateful rules and correlations remember, and how far the sources were read. */
#include "store/sqlite/internal.h"

/* ---- windows -----------------------------------------------------------------------------------
 */

bool store_window_get(struct store *store, struct text rule_id, struct text dedup,
                      struct buffer *state, bool *found, struct error *error) {
  *found = false;
  buffer_reset(state);
  sqlite3_stmt *statement = statement_start(store, STATEMENT_WINDOW_GET, error,
                                            STATEMENT_ARGUMENTS(AS_TEXT(rule_id), AS_TEXT(dedup)));
  bool ok = statement && statement_next(store, statement, found, error);
  if (ok && *found)
    buffer_append_text(state, column_text(statement, 0));
  statement_end(statement);
  return ok;
}

bool store_window_set(struct store *store, struct text rule_id, struct text dedup,
                      struct text state, time_us needed_until, struct error *error) {
  return statement_run(store, STATEMENT_WINDOW_SET, error,
                       STATEMENT_ARGUMENTS(AS_TEXT(rule_id), AS_TEXT(dedup), AS_TEXT(state),
                                           AS_INTEGER(needed_until),
                                           AS_INTEGER(clock_now(&store->clock))));
}

/* ---- stateful rules ----------------------------------------------------------------------------
 */

bool store_kv_get(struct store *store, struct text rule_id, struct text key, struct buffer *value,
                  struct store_kv *entry, bool *found, struct error *error) {
  *found = false;
  buffer_reset(value);
  sqlite3_stmt *statement = statement_start(store, STATEMENT_KV_GET, error,
                                            STATEMENT_ARGUMENTS(AS_TEXT(rule_id), AS_TEXT(key)));
  bool ok = statement && statement_next(store, statement, found, error);
  if (ok && *found) {
    buffer_append_text(value, column_text(statement, 1));
    *entry = (struct store_kv){.type = sqlite3_column_int(statement, 0),
                               .value = buffer_text(value),
                               .expires_at = sqlite3_column_int64(statement, 2),
                               .expiry_given = sqlite3_column_int64(statement, 3) != 0};
  }
  statement_end(statement);
  return ok;
}

bool store_kv_set(struct store *store, struct text rule_id, struct text key,
                  const struct store_kv *entry, struct error *error) {
  return statement_run(store, STATEMENT_KV_SET, error,
                       STATEMENT_ARGUMENTS(AS_TEXT(rule_id), AS_TEXT(key), AS_INTEGER(entry->type),
                                           AS_TEXT(entry->value), AS_INTEGER(entry->expires_at),
                                           AS_INTEGER(entry->expiry_given),
                                           AS_INTEGER(clock_now(&store->clock))));
}

bool store_kv_delete(struct store *store, struct text rule_id, struct text key,
                     struct error *error) {
  return statement_run(store, STATEMENT_KV_DELETE, error,
                       STATEMENT_ARGUMENTS(AS_TEXT(rule_id), AS_TEXT(key)));
}

bool store_kv_advance(struct store *store, time_us event_time, struct error *error) {
  return statement_run(store, STATEMENT_KV_ADVANCE, error,
                       STATEMENT_ARGUMENTS(AS_INTEGER(event_time)));
}

/* ---- correlations ------------------------------------------------------------------------------
 */

bool store_correlation_get(struct store *store, struct text rule_id, struct text key,
                           struct buffer *state, struct store_correlation *row, bool *found,
                           struct error *error) {
  *found = false;
  buffer_reset(state);
  sqlite3_stmt *statement = statement_start(store, STATEMENT_CORRELATION_GET, error,
                                            STATEMENT_ARGUMENTS(AS_TEXT(rule_id), AS_TEXT(key)));
  bool ok = statement && statement_next(store, statement, found, error);
  if (ok && *found) {
    bool waits = sqlite3_column_type(statement, 1) == SQLITE_INTEGER;
    buffer_append_text(state, column_text(statement, 0));
    *row = (struct store_correlation){.state = buffer_text(state),
                                      .due = waits ? sqlite3_column_int64(statement, 1) : TIME_NONE,
                                      .expires_at = sqlite3_column_int64(statement, 2)};
  }
  statement_end(statement);
  return ok;
}

bool store_correlation_set(struct store *store, struct text rule_id, struct text key,
                           const struct store_correlation *row, struct error *error) {
  return statement_run(store, STATEMENT_CORRELATION_SET, error,
                       STATEMENT_ARGUMENTS(AS_TEXT(rule_id), AS_TEXT(key), AS_TEXT(row->state),
                                           AS_INTEGER(row->due != TIME_NONE), AS_INTEGER(row->due),
                                           AS_INTEGER(row->expires_at),
                                           AS_INTEGER(clock_now(&store->clock))));
}

bool store_correlation_delete(struct store *store, struct text rule_id, struct text key,
                              struct error *error) {
  return statement_run(store, STATEMENT_CORRELATION_DELETE, error,
                       STATEMENT_ARGUMENTS(AS_TEXT(rule_id), AS_TEXT(key)));
}

bool store_correlation_due(struct store *store, struct text rule_id, time_us before, int64_t limit,
                           void (*each)(void *context, struct text key, time_us due), void *context,
                           struct error *error) {
  bool row = false;
  sqlite3_stmt *statement =
      statement_start(store, STATEMENT_CORRELATION_DUE, error,
                      STATEMENT_ARGUMENTS(AS_TEXT(rule_id), AS_INTEGER(before), AS_INTEGER(limit)));
  bool ok = statement != NULL;
  while (ok && (ok = statement_next(store, statement, &row, error)) && row)
    each(context, column_text(statement, 0), sqlite3_column_int64(statement, 1));
  statement_end(statement);
  return ok;
}

bool store_correlation_bound(struct store *store, struct text rule_id, int64_t most,
                             int64_t *deleted, struct error *error) {
  bool ok = statement_run(store, STATEMENT_CORRELATION_BOUND, error,
                          STATEMENT_ARGUMENTS(AS_TEXT(rule_id), AS_INTEGER(most)));
  *deleted = ok ? sqlite3_changes(store->db) : 0;
  return ok;
}

bool store_progress_list(struct store *store,
                         void (*each)(void *context, const struct store_progress *progress),
                         void *context, struct error *error) {
  bool row = false;
  sqlite3_stmt *statement = statement_start(store, STATEMENT_PROGRESS_LIST, error, NULL, 0);
  bool ok = statement != NULL;
  while (ok && (ok = statement_next(store, statement, &row, error)) && row) {
    const struct store_progress progress = {.source_id = column_text(statement, 0),
                                            .log_type = column_text(statement, 1),
                                            .latest = sqlite3_column_int64(statement, 2),
                                            .watermark = sqlite3_column_int64(statement, 3)};
    each(context, &progress);
  }
  statement_end(statement);
  return ok;
}

bool store_progress_set(struct store *store, const struct store_progress *progress,
                        struct error *error) {
  return statement_run(
      store, STATEMENT_PROGRESS_SET, error,
      STATEMENT_ARGUMENTS(AS_TEXT(progress->source_id), AS_TEXT(progress->log_type),
                          AS_INTEGER(progress->latest), AS_INTEGER(progress->watermark)));
}

/* History: when sources began, and alerts of what happened before. */
#include "store/sqlite/internal.h"

bool store_source_start(struct store *store, struct text source_id, time_us now, time_us *started,
                        struct error *error) {
  *started = now;
  if (!statement_run(store, STATEMENT_SOURCE_START_ADD, error,
                     STATEMENT_ARGUMENTS(AS_TEXT(source_id), AS_INTEGER(now))))
    return false;
  sqlite3_stmt *statement = statement_start(store, STATEMENT_SOURCE_START_GET, error,
                                            STATEMENT_ARGUMENTS(AS_TEXT(source_id)));
  bool row = false, ok = statement && statement_next(store, statement, &row, error);
  if (ok && row)
    *started = sqlite3_column_int64(statement, 0);
  statement_end(statement);
  return ok;
}

bool store_alert_release(struct store *store, struct text alert_id, bool *released,
                         struct error *error) {
  *released = false;
  if (!statement_run(store, STATEMENT_ALERT_RELEASE, error, STATEMENT_ARGUMENTS(AS_TEXT(alert_id))))
    return false;
  *released = sqlite3_changes(store->db) == 1;
  return true;
}

bool store_history_list(struct store *store,
                        void (*each)(void *context, const struct store_history *history),
                        void *context, struct error *error) {
  sqlite3_stmt *statement = statement_start(store, STATEMENT_HISTORY_LIST, error, NULL, 0);
  bool ok = statement != NULL, row = false;
  while (ok && (ok = statement_next(store, statement, &row, error)) && row) {
    const struct store_history history = {
        .source_id = column_text(statement, 0),
        .rule_id = column_text(statement, 1),
        .source_label = column_text(statement, 2),
        .display_name = column_text(statement, 3),
        .log_type = column_text(statement, 4),
        .severity = (enum severity)column_choice(statement, 5, SEVERITY_COUNT),
        .alerts = sqlite3_column_int64(statement, 6),
        .matches = sqlite3_column_int64(statement, 7),
        .first_event_time = sqlite3_column_int64(statement, 8),
        .last_event_time = sqlite3_column_int64(statement, 9),
    };
    each(context, &history);
  }
  statement_end(statement);
  return ok;
}

bool store_history_actors(struct store *store, struct text source_id, struct text rule_id,
                          int64_t limit,
                          void (*each)(void *context, struct text actor, int64_t matches),
                          void *context, struct error *error) {
  sqlite3_stmt *statement =
      statement_start(store, STATEMENT_HISTORY_ACTORS, error,
                      STATEMENT_ARGUMENTS(AS_TEXT(source_id), AS_TEXT(rule_id), AS_INTEGER(limit)));
  bool ok = statement != NULL, row = false;
  while (ok && (ok = statement_next(store, statement, &row, error)) && row)
    each(context, column_text(statement, 0), sqlite3_column_int64(statement, 1));
  statement_end(statement);
  return ok;
}

bool store_history_done(struct store *store, struct text source_id, struct text rule_id,
                        struct error *error) {
  return statement_run(store, STATEMENT_HISTORY_DONE, error,
                       STATEMENT_ARGUMENTS(AS_TEXT(source_id), AS_TEXT(rule_id)));
}

/* Backfills: what somebody asked to be read once more. */
#include "store/sqlite/internal.h"

bool store_backfill_ask(struct store *store, const struct store_backfill *backfill, time_us now,
                        struct error *error) {
  return statement_run(store, STATEMENT_BACKFILL_ASK, error,
                       STATEMENT_ARGUMENTS(AS_TEXT(backfill->source_id), AS_INTEGER(backfill->from),
                                           AS_INTEGER(backfill->to), AS_INTEGER(backfill->alerts),
                                           AS_INTEGER(now)));
}

bool store_backfill_list(struct store *store,
                         bool (*each)(void *context, const struct store_backfill *backfill),
                         void *context, struct error *error) {
  sqlite3_stmt *statement = statement_start(store, STATEMENT_BACKFILL_LIST, error, NULL, 0);
  bool ok = statement != NULL, row = ok;
  while (ok && row && (ok = statement_next(store, statement, &row, error)) && row) {
    const struct store_backfill backfill = {
        .id = sqlite3_column_int64(statement, 0),
        .source_id = column_text(statement, 1),
        .from = sqlite3_column_int64(statement, 2),
        .to = sqlite3_column_int64(statement, 3),
        .alerts = column_choice(statement, 4, 3),
        .state = (enum backfill_state)column_choice(statement, 5, BACKFILL_STATE_COUNT),
        .started_at = sqlite3_column_int64(statement, 6),
        .updated_at = sqlite3_column_int64(statement, 7),
        .share = sqlite3_column_int64(statement, 8),
        .records = sqlite3_column_int64(statement, 9),
        .error = column_text(statement, 10),
    };
    row = each(context, &backfill);
  }
  statement_end(statement);
  return ok;
}

bool store_backfill_update(struct store *store, const struct store_backfill *backfill, time_us now,
                           struct error *error) {
  return statement_run(store, STATEMENT_BACKFILL_UPDATE, error,
                       STATEMENT_ARGUMENTS(AS_INTEGER(backfill->id), AS_INTEGER(backfill->state),
                                           AS_INTEGER(now), AS_INTEGER(backfill->share),
                                           AS_INTEGER(backfill->records),
                                           AS_TEXT(backfill->error)));
}

bool store_event_known(struct store *store, const struct store_event *event, bool *known,
                       struct error *error) {
  sqlite3_stmt *statement =
      statement_start(store, STATEMENT_EVENT_KNOWN, error,
                      STATEMENT_ARGUMENTS(AS_TEXT(event->log_type), AS_INTEGER(event->event_time),
                                          AS_TEXT(event->row_id)));
  *known = false;
  bool ok = statement && statement_next(store, statement, known, error);
  statement_end(statement);
  return ok;
}

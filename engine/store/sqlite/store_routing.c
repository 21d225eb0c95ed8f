/* What routing decided of alerts. */
#include "store/store_routing.h"

#include "store/sqlite/internal.h"

bool store_alert_mute(struct store *store, struct text alert_id, struct text route,
                      struct error *error) {
  return statement_run(store, STATEMENT_ALERT_MUTE, error,
                       STATEMENT_ARGUMENTS(AS_TEXT(alert_id), AS_TEXT(route)));
}

bool store_alert_muted(struct store *store, struct text alert_id, struct buffer *route,
                       struct error *error) {
  sqlite3_stmt *statement =
      statement_start(store, STATEMENT_ALERT_MUTED, error, STATEMENT_ARGUMENTS(AS_TEXT(alert_id)));
  bool row;
  bool ok = statement && statement_next(store, statement, &row, error);
  if (ok && row)
    buffer_append_text(route, column_text(statement, 0));
  statement_end(statement);
  return ok;
}

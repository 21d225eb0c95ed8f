/* The rows that were taken, and the archive of events. */
#include "store/sqlite/internal.h"

bool store_row_add(struct store *store, struct text source_id, struct text row_id,
                   time_us event_time, bool *added, struct error *error) {
  *added = false;
  if (!statement_run(
          store, STATEMENT_ROW_ADD, error,
          STATEMENT_ARGUMENTS(AS_TEXT(source_id), AS_TEXT(row_id), AS_INTEGER(event_time))))
    return false;
  *added = sqlite3_changes(store->db) == 1;
  return true;
}

bool store_row_known(struct store *store, struct text source_id, struct text row_id, bool *known,
                     struct error *error) {
  *known = false;
  sqlite3_stmt *statement = statement_start(
      store, STATEMENT_ROW_KNOWN, error, STATEMENT_ARGUMENTS(AS_TEXT(source_id), AS_TEXT(row_id)));
  bool ok = statement && statement_next(store, statement, known, error);
  statement_end(statement);
  return ok;
}

bool store_receipt_add(struct store *store, struct text row_id, time_us event_time,
                       time_us received_at, bool *added, struct error *error) {
  *added = false;
  if (!statement_run(
          store, STATEMENT_RECEIPT_ADD, error,
          STATEMENT_ARGUMENTS(AS_INTEGER(event_time), AS_TEXT(row_id), AS_INTEGER(received_at))))
    return false;
  *added = sqlite3_changes(store->db) == 1;
  return true;
}

bool store_event_add(struct store *store, const struct store_event *events, size_t count,
                     struct error *error) {
  store->feed = (struct event_feed){events, count};
  bool ok = statement_run(store, STATEMENT_EVENT_ADD, error, NULL, 0);
  store->feed = (struct event_feed){NULL, 0};
  return ok;
}

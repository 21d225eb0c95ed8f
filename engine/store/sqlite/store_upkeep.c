/* How much there is of everything. */
#include "store/sqlite/internal.h"
#include "store/store_outbox.h"

bool store_count(struct store *store, struct store_counts *counts, struct error *error) {
  *counts = (struct store_counts){.events = 0};
  sqlite3_stmt *statement = statement_start(store, STATEMENT_TOTALS, error, NULL, 0);
  bool row = false;
  bool ok = statement && statement_next(store, statement, &row, error);
  if (ok) {
    counts->events = sqlite3_column_int64(statement, 0);
    counts->dead_letters = sqlite3_column_int64(statement, 1);
    counts->alerts = sqlite3_column_int64(statement, 2);
    counts->matches = sqlite3_column_int64(statement, 3);
  }
  statement_end(statement);
  if (!ok)
    return false;

  int64_t *const by_state[] = {
      [OUTBOX_PENDING] = &counts->outbox_pending,
      [OUTBOX_DELIVERED] = &counts->outbox_delivered,
      [OUTBOX_PARKED] = &counts->outbox_parked,
      [OUTBOX_HELD] = &counts->outbox_held,
  };
  statement = statement_start(store, STATEMENT_OUTBOX_TOTALS, error, NULL, 0);
  ok = row = statement;
  while (ok && (ok = statement_next(store, statement, &row, error)) && row) {
    int64_t state = sqlite3_column_int64(statement, 0);
    if (state >= OUTBOX_PENDING && state < OUTBOX_STATE_COUNT)
      *by_state[state] = sqlite3_column_int64(statement, 1);
  }
  statement_end(statement);
  return ok;
}

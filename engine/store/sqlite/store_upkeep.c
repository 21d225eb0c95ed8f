/* Numbers, and deleting what is past its retention. */
#include "store/sqlite/internal.h"

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
  };
  statement = statement_start(store, STATEMENT_OUTBOX_TOTALS, error, NULL, 0);
  ok = row = statement;
  while (ok && (ok = statement_next(store, statement, &row, error)) && row) {
    int64_t state = sqlite3_column_int64(statement, 0);
    if (state >= OUTBOX_PENDING && state <= OUTBOX_PARKED)
      *by_state[state] = sqlite3_column_int64(statement, 1);
  }
  statement_end(statement);
  return ok;
}

/* Each step deletes what the ones before it left of the limit. */
static bool prune_steps(struct store *store, const enum statement_id *steps, size_t count,
                        time_us before, int64_t limit, int64_t *deleted, struct error *error) {
  int64_t gone = 0;
  *deleted = 0;
  struct store_scope scope;
  if (!store_scope_begin(store, &scope, error))
    return false;
  bool ok = true;
  for (size_t i = 0; ok && gone < limit && i < count; i++) {
    ok = statement_run(store, steps[i], error,
                       STATEMENT_ARGUMENTS(AS_INTEGER(before), AS_INTEGER(limit - gone)));
    if (ok)
      gone += sqlite3_changes(store->db);
  }
  ok = store_scope_end(store, &scope, ok, error);
  if (ok)
    *deleted = gone;
  return ok;
}

bool store_prune(struct store *store, time_us before, int64_t limit, int64_t *deleted,
                 struct error *error) {
  static const enum statement_id steps[] = {STATEMENT_EVENT_PRUNE, STATEMENT_DEAD_LETTER_PRUNE,
                                            STATEMENT_MATCH_PRUNE, STATEMENT_WINDOW_PRUNE};
  return prune_steps(store, steps, sizeof steps / sizeof steps[0], before, limit, deleted, error) &&
         (*deleted == 0 ||
          statement_run(store, STATEMENT_DEAD_LETTER_REASON_PRUNE, error, NULL, 0));
}

bool store_alert_prune(struct store *store, time_us before, int64_t limit, int64_t *deleted,
                       struct error *error) {
  /* Alerts whose matches are gone come first: else every step would look at them again before it
   * finds matches. */
  static const enum statement_id steps[] = {STATEMENT_WINDOW_PRUNE, STATEMENT_ALERT_PRUNE,
                                            STATEMENT_ALERT_MATCH_PRUNE};
  return prune_steps(store, steps, sizeof steps / sizeof steps[0], before, limit, deleted, error);
}

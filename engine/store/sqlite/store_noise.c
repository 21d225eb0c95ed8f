/* How much each rule has found, and of whom. */
#include "store/store_noise.h"
#include "store/sqlite/internal.h"

/* A match comes in after its event, so no row before the first one of `since` is asked for. */
bool store_noise_matches(struct store *store, time_us since,
                         void (*each)(void *context, const struct store_noise *noise),
                         void *context, struct error *error) {
  int64_t first, id;
  if (!store_id_at(store, STORE_MATCHES, since, &first, &id, error))
    return false;
  sqlite3_stmt *statement = statement_start(store, STATEMENT_NOISE_MATCHES, error,
                                            STATEMENT_ARGUMENTS(AS_INTEGER(id), AS_INTEGER(since)));
  bool ok = statement != NULL, row = false;
  while (ok && (ok = statement_next(store, statement, &row, error)) && row) {
    const struct store_noise noise = {.rule_id = column_text(statement, 0),
                                      .actor = column_text(statement, 1),
                                      .matches = sqlite3_column_int64(statement, 2),
                                      .first = sqlite3_column_int64(statement, 3)};
    each(context, &noise);
  }
  statement_end(statement);
  return ok;
}

bool store_noise_alerts(struct store *store, time_us since,
                        void (*each)(void *context, struct text rule_id, int64_t alerts,
                                     time_us first),
                        void *context, struct error *error) {
  sqlite3_stmt *statement =
      statement_start(store, STATEMENT_NOISE_ALERTS, error, STATEMENT_ARGUMENTS(AS_INTEGER(since)));
  bool ok = statement != NULL, row = false;
  while (ok && (ok = statement_next(store, statement, &row, error)) && row)
    each(context, column_text(statement, 0), sqlite3_column_int64(statement, 1),
         sqlite3_column_int64(statement, 2));
  statement_end(statement);
  return ok;
}

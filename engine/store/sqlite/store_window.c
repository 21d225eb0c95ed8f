/* Windows. */
#include "store/sqlite/internal.h"

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

/* What routing decided of alerts; what waits, and what a storm holds back. */
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

/* ---- what waits ---------------------------------------------------------------------------- */

bool store_hold_set(struct store *store, struct text alert_id, struct text destination_id,
                    enum hold_kind hold, time_us due, struct error *error) {
  return statement_run(store, STATEMENT_HOLD_SET, error,
                       STATEMENT_ARGUMENTS(AS_TEXT(alert_id), AS_TEXT(destination_id),
                                           AS_INTEGER(hold), AS_INTEGER(due)));
}

bool store_hold_put_off(struct store *store, struct text destination_id, enum severity severity,
                        time_us now, enum hold_kind hold, time_us until, int64_t *count,
                        struct error *error) {
  *count = 0;
  if (!statement_run(store, STATEMENT_HOLD_PUT_OFF, error,
                     STATEMENT_ARGUMENTS(AS_TEXT(destination_id), AS_INTEGER(severity),
                                         AS_INTEGER(now), AS_INTEGER(hold), AS_INTEGER(until))))
    return false;
  *count = sqlite3_changes(store->db);
  return true;
}

bool store_hold_forget(struct store *store, struct text destination_id, time_us now, bool all,
                       struct error *error) {
  return statement_run(
      store, STATEMENT_HOLD_FORGET, error,
      STATEMENT_ARGUMENTS(AS_TEXT(destination_id), AS_INTEGER(now), AS_INTEGER(all)));
}

bool store_digest_list(struct store *store, struct text destination_id, time_us now,
                       void (*each)(void *context, const struct store_held *held), void *context,
                       struct error *error) {
  sqlite3_stmt *statement =
      statement_start(store, STATEMENT_DIGEST_LIST, error,
                      STATEMENT_ARGUMENTS(AS_TEXT(destination_id), AS_INTEGER(now),
                                          AS_INTEGER(STORE_DIGEST_ROWS_MAX)));
  bool row = statement, ok = statement;
  while (ok && row && (ok = statement_next(store, statement, &row, error)) && row) {
    const struct store_held held = {
        .alert_id = column_text(statement, 0),
        .severity = (enum severity)column_choice(statement, 1, SEVERITY_COUNT),
        .rule_id = column_text(statement, 2),
        .title = column_text(statement, 3),
        .actor = column_text(statement, 4),
        .created_at = sqlite3_column_int64(statement, 5),
    };
    each(context, &held);
  }
  statement_end(statement);
  return ok;
}

static bool hold_back(struct store *store, enum statement_id id, const struct argument *arguments,
                      size_t argument_count, int64_t *count, struct error *error) {
  *count = 0;
  if (!statement_run(store, id, error, arguments, argument_count))
    return false;
  *count = sqlite3_changes(store->db);
  return true;
}

bool store_digest_take(struct store *store, struct text destination_id, time_us now,
                       struct text reason, int64_t *count, struct error *error) {
  return hold_back(store, STATEMENT_DIGEST_TAKE,
                   STATEMENT_ARGUMENTS(AS_TEXT(destination_id), AS_INTEGER(now), AS_TEXT(reason),
                                       AS_INTEGER(STORE_DIGEST_ROWS_MAX)),
                   count, error);
}

/* ---- storms -------------------------------------------------------------------------------- */

bool store_storm_hold(struct store *store, struct text destination_id, time_us now, time_us since,
                      struct text reason, int64_t limit, int64_t *count, struct error *error) {
  return hold_back(store, STATEMENT_STORM_HOLD,
                   STATEMENT_ARGUMENTS(AS_TEXT(destination_id), AS_INTEGER(now), AS_TEXT(reason),
                                       AS_INTEGER(limit), AS_INTEGER(since)),
                   count, error);
}

bool store_storm_hold_backlog(struct store *store, struct text destination_id, time_us now,
                              const struct store_backlog *backlog, struct text reason,
                              int64_t limit, int64_t *count, struct error *error) {
  return hold_back(store, STATEMENT_STORM_HOLD_BACKLOG,
                   STATEMENT_ARGUMENTS(AS_TEXT(destination_id), AS_INTEGER(now), AS_TEXT(reason),
                                       AS_INTEGER(limit), AS_INTEGER(backlog->a_minute),
                                       AS_INTEGER(backlog->before)),
                   count, error);
}

bool store_storm_get(struct store *store, struct text destination_id, struct store_storm *storm,
                     bool *found, struct error *error) {
  *found = false;
  sqlite3_stmt *statement = statement_start(store, STATEMENT_STORM_GET, error,
                                            STATEMENT_ARGUMENTS(AS_TEXT(destination_id)));
  bool ok = statement && statement_next(store, statement, found, error);
  if (ok && *found)
    *storm = (struct store_storm){sqlite3_column_int64(statement, 0),
                                  sqlite3_column_int64(statement, 1)};
  statement_end(statement);
  return ok;
}

bool store_storm_set(struct store *store, struct text destination_id,
                     const struct store_storm *storm, struct error *error) {
  return statement_run(store, STATEMENT_STORM_SET, error,
                       STATEMENT_ARGUMENTS(AS_TEXT(destination_id), AS_INTEGER(storm->began),
                                           AS_INTEGER(storm->held)));
}

bool store_storm_end(struct store *store, struct text destination_id, struct error *error) {
  return statement_run(store, STATEMENT_STORM_END, error,
                       STATEMENT_ARGUMENTS(AS_TEXT(destination_id)));
}

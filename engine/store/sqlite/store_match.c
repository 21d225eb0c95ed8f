/* Matches, their values that an alert sums up (summary_attributes), and how many there are. */
#include "alert/attribute_summary.h"
#include "store/sqlite/internal.h"
#include "store/store_noise.h"

bool store_match_add(struct store *store, const struct store_match *match, struct error *error) {
  struct store_scope scope;
  if (!store_scope_begin(store, &scope, error))
    return false;
  bool ok = statement_run(
      store, STATEMENT_MATCH_ADD, error,
      STATEMENT_ARGUMENTS(AS_TEXT(match->alert_id), AS_TEXT(match->rule_id), AS_TEXT(match->dedup),
                          AS_TEXT(match->row_id), AS_INTEGER(match->event_time),
                          AS_INTEGER(clock_now(&store->clock)), AS_TEXT(match->actor),
                          AS_INTEGER(match->suppressed)));
  int64_t id = sqlite3_last_insert_rowid(store->db);
  for (size_t i = 0; ok && i < match->attribute_count; i++)
    ok = statement_run(store, STATEMENT_ATTRIBUTE_ADD, error,
                       STATEMENT_ARGUMENTS(AS_INTEGER(id), AS_TEXT(match->attributes[i].name),
                                           AS_TEXT(match->attributes[i].value)));
  return store_scope_end(store, &scope, ok, error);
}

bool store_match_claim(struct store *store, struct text alert_id, struct text rule_id,
                       struct text dedup, time_us from, time_us to, struct error *error) {
  return statement_run(store, STATEMENT_MATCH_CLAIM, error,
                       STATEMENT_ARGUMENTS(AS_TEXT(alert_id), AS_TEXT(rule_id), AS_TEXT(dedup),
                                           AS_INTEGER(from), AS_INTEGER(to)));
}

bool store_suppressed(struct store *store,
                      void (*each)(void *context, const struct store_suppressed *suppressed),
                      void *context, struct error *error) {
  sqlite3_stmt *statement = statement_start(store, STATEMENT_MATCH_SUPPRESSED, error, NULL, 0);
  bool row = statement;
  bool ok = statement;
  while (ok && row && (ok = statement_next(store, statement, &row, error)) && row)
    each(context, &(struct store_suppressed){.rule_id = column_text(statement, 0),
                                             .count = sqlite3_column_int64(statement, 1),
                                             .latest = sqlite3_column_int64(statement, 2)});
  statement_end(statement);
  return ok;
}

bool store_alert_attributes(struct store *store, struct alert *alert, struct buffer *json,
                            struct error *error) {
  struct attribute_summary summary = {.out = json};
  buffer_reset(json);
  alert->attributes = TEXT("");
  if (!alert->sums_up)
    return true;
  sqlite3_stmt *statement =
      statement_start(store, STATEMENT_ALERT_ATTRIBUTES, error,
                      STATEMENT_ARGUMENTS(AS_TEXT(alert->id), AS_INTEGER(ATTRIBUTE_MATCHES_MAX)));
  bool row = statement;
  bool ok = statement;
  while (ok && row && (ok = statement_next(store, statement, &row, error)) && row)
    attribute_summary_add(&summary, column_text(statement, 0), column_text(statement, 1),
                          sqlite3_column_int64(statement, 2));
  statement_end(statement);
  attribute_summary_end(&summary);
  alert->attributes = buffer_text(json);
  return ok;
}

/* ---- noise -------------------------------------------------------------------------------- */

bool store_noise_matches(struct store *store, time_us since,
                         void (*each)(void *context, const struct store_noise *noise),
                         void *context, struct error *error) {
  sqlite3_stmt *statement = statement_start(store, STATEMENT_NOISE_MATCHES, error,
                                            STATEMENT_ARGUMENTS(AS_INTEGER(since)));
  bool ok = statement != NULL, row = false;
  while (ok && (ok = statement_next(store, statement, &row, error)) && row) {
    const struct store_noise noise = {.rule_id = column_text(statement, 0),
                                      .actor = column_text(statement, 1),
                                      .matches = sqlite3_column_int64(statement, 2),
                                      .first = sqlite3_column_int64(statement, 3),
                                      .suppressed = sqlite3_column_int64(statement, 4)};
    each(context, &noise);
  }
  statement_end(statement);
  return ok;
}

bool store_noise_alerts(struct store *store, time_us since,
                        void (*each)(void *context, const struct store_noise_alerts *noise),
                        void *context, struct error *error) {
  sqlite3_stmt *statement =
      statement_start(store, STATEMENT_NOISE_ALERTS, error, STATEMENT_ARGUMENTS(AS_INTEGER(since)));
  bool ok = statement != NULL, row = false;
  while (ok && (ok = statement_next(store, statement, &row, error)) && row) {
    struct store_noise_alerts noise = {.rule_id = column_text(statement, 0),
                                       .alerts = sqlite3_column_int64(statement, 1),
                                       .first = sqlite3_column_int64(statement, 2)};
    for (int i = 0; i < ALERT_RESOLUTION_COUNT; i++)
      noise.resolved[i] = sqlite3_column_int64(statement, 3 + i);
    each(context, &noise);
  }
  statement_end(statement);
  return ok;
}

/* The values of matches that an alert sums up (summary_attributes). */
#include "alert/attribute_summary.h"
#include "store/sqlite/internal.h"

bool store_match_attribute_add(struct store *store, struct text name, struct text value,
                               struct error *error) {
  return statement_run(store, STATEMENT_ATTRIBUTE_ADD, error,
                       STATEMENT_ARGUMENTS(AS_TEXT(name), AS_TEXT(value)));
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

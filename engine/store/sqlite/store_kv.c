/* What stateful rules remember. */
#include "store/sqlite/internal.h"

bool store_kv_get(struct store *store, struct text rule_id, struct text key, struct buffer *value,
                  struct store_kv *entry, bool *found, struct error *error) {
  *found = false;
  buffer_reset(value);
  sqlite3_stmt *statement = statement_start(store, STATEMENT_KV_GET, error,
                                            STATEMENT_ARGUMENTS(AS_TEXT(rule_id), AS_TEXT(key)));
  bool ok = statement && statement_next(store, statement, found, error);
  if (ok && *found) {
    buffer_append_text(value, column_text(statement, 1));
    *entry = (struct store_kv){.type = sqlite3_column_int(statement, 0),
                               .value = buffer_text(value),
                               .expires_at = sqlite3_column_int64(statement, 2),
                               .expiry_given = sqlite3_column_int64(statement, 3) != 0};
  }
  statement_end(statement);
  return ok;
}

bool store_kv_set(struct store *store, struct text rule_id, struct text key,
                  const struct store_kv *entry, struct error *error) {
  return statement_run(store, STATEMENT_KV_SET, error,
                       STATEMENT_ARGUMENTS(AS_TEXT(rule_id), AS_TEXT(key), AS_INTEGER(entry->type),
                                           AS_TEXT(entry->value), AS_INTEGER(entry->expires_at),
                                           AS_INTEGER(entry->expiry_given),
                                           AS_INTEGER(clock_now(&store->clock))));
}

bool store_kv_delete(struct store *store, struct text rule_id, struct text key,
                     struct error *error) {
  return statement_run(store, STATEMENT_KV_DELETE, error,
                       STATEMENT_ARGUMENTS(AS_TEXT(rule_id), AS_TEXT(key)));
}

bool store_kv_advance(struct store *store, time_us event_time, struct error *error) {
  return statement_run(store, STATEMENT_KV_ADVANCE, error,
                       STATEMENT_ARGUMENTS(AS_INTEGER(event_time)));
}

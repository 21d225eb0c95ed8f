/* Checkpoints and tokens: what a source keeps between two runs. */
#include "store/sqlite/internal.h"

bool store_checkpoint_get(struct store *store, struct text source_id, struct buffer *out,
                          bool *found, struct error *error) {
  *found = false;
  buffer_reset(out);
  sqlite3_stmt *statement = statement_start(store, STATEMENT_CHECKPOINT_GET, error,
                                            STATEMENT_ARGUMENTS(AS_TEXT(source_id)));
  bool ok = statement && statement_next(store, statement, found, error);
  if (ok && *found)
    buffer_append_text(out, column_text(statement, 0));
  statement_end(statement);
  return ok;
}

bool store_checkpoint_set(struct store *store, struct text source_id, struct text checkpoint,
                          struct error *error) {
  return statement_run(store, STATEMENT_CHECKPOINT_SET, error,
                       STATEMENT_ARGUMENTS(AS_TEXT(source_id), AS_TEXT(checkpoint)));
}

bool store_checkpoint_part_set(struct store *store, struct text source_id, struct text part,
                               struct text checkpoint, struct error *error) {
  if (checkpoint.size == 0)
    return statement_run(store, STATEMENT_CHECKPOINT_PART_DELETE, error,
                         STATEMENT_ARGUMENTS(AS_TEXT(source_id), AS_TEXT(part)));
  return statement_run(store, STATEMENT_CHECKPOINT_PART_SET, error,
                       STATEMENT_ARGUMENTS(AS_TEXT(source_id), AS_TEXT(part), AS_TEXT(checkpoint)));
}

bool store_checkpoint_parts(struct store *store, struct text source_id,
                            void (*each)(void *context, struct text part, struct text checkpoint),
                            void *context, struct error *error) {
  sqlite3_stmt *statement = statement_start(store, STATEMENT_CHECKPOINT_PART_LIST, error,
                                            STATEMENT_ARGUMENTS(AS_TEXT(source_id)));
  bool ok = statement != NULL, row = false;
  while (ok && (ok = statement_next(store, statement, &row, error)) && row)
    each(context, column_text(statement, 0), column_text(statement, 1));
  statement_end(statement);
  return ok;
}

bool store_token_get(struct store *store, struct text key, struct buffer *token, time_us *expires,
                     bool *found, struct error *error) {
  *found = false;
  *expires = TIME_NONE;
  buffer_reset(token);
  sqlite3_stmt *statement =
      statement_start(store, STATEMENT_TOKEN_GET, error, STATEMENT_ARGUMENTS(AS_TEXT(key)));
  bool ok = statement && statement_next(store, statement, found, error);
  if (ok && *found) {
    buffer_append_text(token, column_text(statement, 0));
    *expires = sqlite3_column_int64(statement, 1);
  }
  statement_end(statement);
  return ok;
}

bool store_token_set(struct store *store, struct text key, struct text token, time_us expires,
                     struct error *error) {
  return statement_run(store, STATEMENT_TOKEN_SET, error,
                       STATEMENT_ARGUMENTS(AS_TEXT(key), AS_TEXT(token), AS_INTEGER(expires)));
}

/* Dead letters, and the reasons that they have. */
#include "store/sqlite/internal.h"

static bool find_reason(struct store *store, const struct store_dead_letter *letter, int64_t *id,
                        bool *found, struct error *error) {
  sqlite3_stmt *statement =
      statement_start(store, STATEMENT_DEAD_LETTER_REASON_FIND, error,
                      STATEMENT_ARGUMENTS(AS_TEXT(letter->source_id), AS_TEXT(letter->log_type),
                                          AS_TEXT(letter->reason)));
  bool ok = statement && statement_next(store, statement, found, error);
  if (ok && *found)
    *id = sqlite3_column_int64(statement, 0);
  statement_end(statement);
  return ok;
}

static bool add_reason(struct store *store, const struct store_dead_letter *letter, int64_t *id,
                       struct error *error) {
  if (!statement_run(store, STATEMENT_DEAD_LETTER_REASON_ADD, error,
                     STATEMENT_ARGUMENTS(AS_TEXT(letter->source_id), AS_TEXT(letter->source_label),
                                         AS_TEXT(letter->log_type), AS_TEXT(letter->reason),
                                         AS_INTEGER(letter->received_at))))
    return false;
  *id = sqlite3_last_insert_rowid(store->db);
  return true;
}

bool store_dead_letter_add(struct store *store, const struct store_dead_letter *letter,
                           int64_t *reason_id, struct error *error) {
  struct store_scope scope;
  bool found = false;
  *reason_id = 0;
  if (!store_scope_begin(store, &scope, error))
    return false;
  bool ok =
      find_reason(store, letter, reason_id, &found, error) &&
      (found || add_reason(store, letter, reason_id, error)) &&
      statement_run(store, STATEMENT_DEAD_LETTER_ADD, error,
                    STATEMENT_ARGUMENTS(AS_TEXT(letter->source_id), AS_TEXT(letter->log_type),
                                        AS_TEXT(letter->row_id), AS_TEXT(letter->record),
                                        AS_TEXT(letter->error), AS_INTEGER(letter->received_at),
                                        AS_INTEGER(*reason_id), AS_INTEGER(letter->occurrence)));
  return store_scope_end(store, &scope, ok, error);
}

static void reason_from_row(sqlite3_stmt *statement, struct store_dead_letter_reason *reason) {
  *reason = (struct store_dead_letter_reason){
      .id = sqlite3_column_int64(statement, 0),
      .source_id = column_text(statement, 1),
      .source_label = column_text(statement, 2),
      .log_type = column_text(statement, 3),
      .reason = column_text(statement, 4),
      .first_at = sqlite3_column_int64(statement, 5),
      .last_at = sqlite3_column_int64(statement, 6),
      .count = sqlite3_column_int64(statement, 7),
      .to_retry = sqlite3_column_int64(statement, 8),
  };
}

static bool each_reason(struct store *store, enum statement_id id,
                        store_dead_letter_reason_each *each, void *context, struct error *error) {
  struct store_dead_letter_reason reason;
  sqlite3_stmt *statement = statement_start(store, id, error, NULL, 0);
  bool row = statement;
  bool ok = statement;
  while (ok && (ok = statement_next(store, statement, &row, error)) && row) {
    reason_from_row(statement, &reason);
    each(context, &reason);
  }
  statement_end(statement);
  return ok;
}

bool store_dead_letter_reasons(struct store *store, store_dead_letter_reason_each *each,
                               void *context, struct error *error) {
  return each_reason(store, STATEMENT_DEAD_LETTER_REASON_LIST, each, context, error);
}

bool store_dead_letter_marked(struct store *store, store_dead_letter_reason_each *each,
                              void *context, struct error *error) {
  return each_reason(store, STATEMENT_DEAD_LETTER_REASON_MARKED, each, context, error);
}

static void letter_from_row(sqlite3_stmt *statement, struct row_id_space *space,
                            struct store_dead_letter *letter) {
  *letter = (struct store_dead_letter){
      .id = sqlite3_column_int64(statement, 0),
      .reason_id = sqlite3_column_int64(statement, 1),
      .source_id = column_text(statement, 2),
      .source_label = column_text(statement, 3),
      .log_type = column_text(statement, 4),
      .row_id = column_row_id(statement, 5, space),
      .record = column_text(statement, 6),
      .error = column_text(statement, 7),
      .reason = column_text(statement, 8),
      .occurrence = (uint64_t)sqlite3_column_int64(statement, 9),
      .received_at = sqlite3_column_int64(statement, 10),
  };
}

/* Calls `each` for the rows of a statement that was started (NULL: it was not); ends it. */
static bool each_letter(struct store *store, sqlite3_stmt *statement,
                        bool (*each)(void *context, const struct store_dead_letter *letter),
                        void *context, struct error *error) {
  struct row_id_space space;
  struct store_dead_letter letter;
  bool row = statement;
  bool ok = statement;
  bool goes_on = true;
  while (ok && goes_on && (ok = statement_next(store, statement, &row, error)) && row) {
    letter_from_row(statement, &space, &letter);
    goes_on = each(context, &letter);
  }
  statement_end(statement);
  return ok;
}

bool store_dead_letter_list(struct store *store, int64_t reason_id, int64_t limit,
                            bool (*each)(void *context, const struct store_dead_letter *letter),
                            void *context, struct error *error) {
  return each_letter(store,
                     statement_start(store, STATEMENT_DEAD_LETTER_LIST, error,
                                     STATEMENT_ARGUMENTS(AS_INTEGER(reason_id), AS_INTEGER(limit))),
                     each, context, error);
}

bool store_dead_letter_to_retry(struct store *store, int64_t reason_id, int64_t after,
                                int64_t limit,
                                bool (*each)(void *context, const struct store_dead_letter *letter),
                                void *context, struct error *error) {
  return each_letter(store,
                     statement_start(store, STATEMENT_DEAD_LETTER_TO_RETRY, error,
                                     STATEMENT_ARGUMENTS(AS_INTEGER(reason_id), AS_INTEGER(after),
                                                         AS_INTEGER(limit))),
                     each, context, error);
}

bool store_dead_letter_mark(struct store *store, int64_t reason_id, time_us now, int64_t limit,
                            int64_t *count, struct error *error) {
  *count = 0;
  if (!statement_run(
          store, STATEMENT_DEAD_LETTER_MARK, error,
          STATEMENT_ARGUMENTS(AS_INTEGER(reason_id), AS_INTEGER(now), AS_INTEGER(limit))))
    return false;
  *count = sqlite3_changes(store->db);
  return true;
}

bool store_dead_letter_remove(struct store *store, int64_t id, struct error *error) {
  return statement_run(store, STATEMENT_DEAD_LETTER_DELETE, error,
                       STATEMENT_ARGUMENTS(AS_INTEGER(id)));
}

bool store_dead_letter_drop(struct store *store, int64_t reason_id, int64_t limit, int64_t *count,
                            struct error *error) {
  struct store_scope scope;
  *count = 0;
  if (!store_scope_begin(store, &scope, error))
    return false;
  bool ok = statement_run(store, STATEMENT_DEAD_LETTER_DROP, error,
                          STATEMENT_ARGUMENTS(AS_INTEGER(reason_id), AS_INTEGER(limit)));
  int64_t gone = ok ? sqlite3_changes(store->db) : 0;
  ok = ok && statement_run(store, STATEMENT_DEAD_LETTER_REASON_PRUNE, error, NULL, 0);
  ok = store_scope_end(store, &scope, ok, error);
  if (ok)
    *count = gone;
  return ok;
}

/* What questions of rules remember: rows, and the log of changes. */
#include "store/store_question.h"

#include "base/digest.h"
#include "store/sqlite/prune_slice.h"

/* Sixteen hex digits, as people and SQL compare them. */
struct meaning_text {
  char digits[2 * sizeof(uint64_t) + 1];
};

static struct text write_meaning(uint64_t meaning, struct meaning_text *out) {
  uint8_t bytes[sizeof meaning];
  for (size_t i = 0; i < sizeof bytes; i++)
    bytes[i] = (uint8_t)(meaning >> (56 - 8 * i));
  hex_encode(bytes, sizeof bytes, out->digits);
  return (struct text){out->digits, 2 * sizeof bytes};
}

bool store_question_number(struct store *store, struct text rule_id, uint64_t meaning,
                           int64_t *number, struct error *error) {
  struct meaning_text space;
  struct text digits = write_meaning(meaning, &space);
  bool found = false;
  sqlite3_stmt *statement = statement_start(store, STATEMENT_QUESTION_GET, error,
                                            STATEMENT_ARGUMENTS(AS_TEXT(rule_id), AS_TEXT(digits)));
  bool ok = statement && statement_next(store, statement, &found, error);
  if (ok && found)
    *number = sqlite3_column_int64(statement, 0);
  statement_end(statement);
  if (!ok || found)
    return ok;
  if (!statement_run(store, STATEMENT_QUESTION_ADD, error,
                     STATEMENT_ARGUMENTS(AS_TEXT(rule_id), AS_TEXT(digits))))
    return false;
  *number = sqlite3_last_insert_rowid(store->db);
  return true;
}

/* ---- rows -------------------------------------------------------------------------------- */

bool store_question_get(struct store *store, int64_t question, struct text name,
                        struct buffer *state, struct store_question_state *row, bool *found,
                        struct error *error) {
  *found = false;
  buffer_reset(state);
  sqlite3_stmt *statement =
      statement_start(store, STATEMENT_QUESTION_STATE_GET, error,
                      STATEMENT_ARGUMENTS(AS_INTEGER(question), AS_TEXT(name)));
  bool ok = statement && statement_next(store, statement, found, error);
  if (ok && *found) {
    buffer_append_text(state, column_text(statement, 0));
    *row = (struct store_question_state){.question = question,
                                         .name = name,
                                         .state = buffer_text(state),
                                         .expires_at = sqlite3_column_int64(statement, 1)};
  }
  statement_end(statement);
  return ok;
}

bool store_question_set(struct store *store, const struct store_question_state *row,
                        struct error *error) {
  time_us now = clock_now(&store->clock);
  if (row->expiry_kept &&
      !statement_run(store, STATEMENT_QUESTION_STATE_CHANGE, error,
                     STATEMENT_ARGUMENTS(AS_INTEGER(row->question), AS_TEXT(row->name),
                                         AS_TEXT(row->state), AS_INTEGER(now))))
    return false;
  if (row->expiry_kept && sqlite3_changes(store->db) == 1)
    return true;
  return statement_run(store, STATEMENT_QUESTION_STATE_SET, error,
                       STATEMENT_ARGUMENTS(AS_INTEGER(row->question), AS_TEXT(row->name),
                                           AS_TEXT(row->state), AS_INTEGER(row->expires_at),
                                           AS_INTEGER(now)));
}

bool store_question_list(struct store *store, int64_t question,
                         bool (*each)(void *context, const struct store_question_state *row),
                         void *context, struct error *error) {
  sqlite3_stmt *statement = statement_start(store, STATEMENT_QUESTION_STATE_LIST, error,
                                            STATEMENT_ARGUMENTS(AS_INTEGER(question)));
  bool row = statement, ok = statement, more = true;
  while (ok && row && more && (ok = statement_next(store, statement, &row, error)) && row)
    more = each(context,
                &(struct store_question_state){.question = question,
                                               .name = column_text(statement, 0),
                                               .state = column_text(statement, 1),
                                               .expires_at = sqlite3_column_int64(statement, 2)});
  statement_end(statement);
  return ok;
}

/* The rows that are to go: they are read before the first is deleted. */
struct past {
  struct arena arena;
  struct past_row {
    int64_t question;
    struct text name;
  } * rows;
  int64_t count;
};

static bool read_past(struct slice *slice, int64_t grace, struct past *past, struct error *error) {
  struct store *store = slice->store;
  sqlite3_stmt *statement = statement_start(
      store, STATEMENT_QUESTION_STATE_PAST, error,
      STATEMENT_ARGUMENTS(AS_INTEGER(grace), AS_INTEGER(clock_now(&store->clock) - grace),
                          AS_INTEGER(slice->limit)));
  bool ok = statement, row = statement;
  past->rows = arena_take(&past->arena, (size_t)slice->limit * sizeof *past->rows);
  while (ok && past->count < slice->limit && (ok = statement_next(store, statement, &row, error)) &&
         row)
    past->rows[past->count++] = (struct past_row){
        sqlite3_column_int64(statement, 0), arena_copy(&past->arena, column_text(statement, 1))};
  statement_end(statement);
  return ok;
}

bool store_question_prune(struct store *store, int64_t grace, const struct store_slice *limits,
                          void (*each)(void *context, int64_t question, struct text name),
                          void *context, struct store_pruned *pruned, struct error *error) {
  struct slice slice;
  struct past past = {.arena = ARENA_NONE};
  *pruned = (struct store_pruned){.rows = 0};
  if (!slice_begin(&slice, store, limits, error))
    return false;
  bool ok = read_past(&slice, grace, &past, error);
  slice.pruned.more = past.count == slice.limit;
  for (int64_t i = 0; ok && i < past.count && !slice_is_over(&slice); i++) {
    const struct past_row *row = &past.rows[i];
    each(context, row->question, row->name);
    ok = statement_run(store, STATEMENT_QUESTION_STATE_DELETE, error,
                       STATEMENT_ARGUMENTS(AS_INTEGER(row->question), AS_TEXT(row->name)));
    slice.pruned.rows += ok;
  }
  arena_free(&past.arena);
  return slice_end(&slice, ok, pruned, error);
}

/* ---- the log ----------------------------------------------------------------------------- */

bool store_question_log(struct store *store, struct text changes, int64_t *id,
                        struct error *error) {
  if (!statement_run(store, STATEMENT_QUESTION_LOG_ADD, error,
                     STATEMENT_ARGUMENTS(AS_TEXT(changes))))
    return false;
  *id = sqlite3_last_insert_rowid(store->db);
  return true;
}

bool store_question_log_read(struct store *store,
                             void (*each)(void *context, int64_t id, struct text changes),
                             void *context, struct error *error) {
  sqlite3_stmt *statement = statement_start(store, STATEMENT_QUESTION_LOG_LIST, error, NULL, 0);
  bool row = statement, ok = statement;
  while (ok && row && (ok = statement_next(store, statement, &row, error)) && row)
    each(context, sqlite3_column_int64(statement, 0), column_text(statement, 1));
  statement_end(statement);
  return ok;
}

bool store_question_log_drop(struct store *store, int64_t until, struct error *error) {
  return statement_run(store, STATEMENT_QUESTION_LOG_DROP, error,
                       STATEMENT_ARGUMENTS(AS_INTEGER(until)));
}

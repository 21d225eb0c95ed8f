#include "store/sqlite/handle/statement.h"

#include "base/digest.h"
#include "store/sqlite/handle/handle.h"

#include <assert.h>
#include <errno.h>

/* 16 + the value of a lower-case hex digit; 0: none. */
static const unsigned char hex_values[256] = {
    ['0'] = 16, ['1'] = 17, ['2'] = 18, ['3'] = 19, ['4'] = 20, ['5'] = 21, ['6'] = 22, ['7'] = 23,
    ['8'] = 24, ['9'] = 25, ['a'] = 26, ['b'] = 27, ['c'] = 28, ['d'] = 29, ['e'] = 30, ['f'] = 31,
};

bool row_id_pack(struct text row_id, struct packed_row_id *packed) {
  if (row_id.size != 2 * ROW_ID_BYTES)
    return false;
  unsigned valid = 16;
  for (size_t i = 0; i < ROW_ID_BYTES; i++) {
    unsigned high = hex_values[(unsigned char)row_id.data[2 * i]];
    unsigned low = hex_values[(unsigned char)row_id.data[2 * i + 1]];
    valid &= high & low;
    packed->bytes[i] = (unsigned char)(high << 4 | (low & 0xf));
  }
  return valid != 0;
}

/* A NULL pointer would be bound as SQL's NULL. */
static int bind_text(sqlite3_stmt *statement, int index, struct text text) {
  return sqlite3_bind_text64(statement, index, text.data ? text.data : "", text.size, SQLITE_STATIC,
                             SQLITE_UTF8);
}

static int bind_row_id(sqlite3_stmt *statement, int index, struct text row_id) {
  struct packed_row_id packed;
  if (!row_id_pack(row_id, &packed))
    return bind_text(statement, index, row_id);
  return sqlite3_bind_blob(statement, index, packed.bytes, sizeof packed.bytes, SQLITE_TRANSIENT);
}

static int bind_argument(sqlite3_stmt *statement, int index, char letter,
                         const struct argument *argument) {
  assert(argument->is_text == (letter != 'i'));
  switch (letter) {
  case 'i':
    return sqlite3_bind_int64(statement, index, argument->integer);
  case 'b':
    return sqlite3_bind_blob64(statement, index, argument->text.data ? argument->text.data : "",
                               argument->text.size, SQLITE_STATIC);
  case 'r':
    return bind_row_id(statement, index, argument->text);
  case 'n':
    if (argument->text.size == 0)
      return sqlite3_bind_null(statement, index);
    return bind_text(statement, index, argument->text);
  default:
    return bind_text(statement, index, argument->text);
  }
}

static bool fail(struct store *store, struct error *error) {
  store->broken = store->in_transaction;
  return store_fail(store, error);
}

sqlite3_stmt *statement_prepare(struct store *store, enum statement_id id, struct error *error) {
  sqlite3_stmt **statement = &store->statements[id];
  if (!*statement && sqlite3_prepare_v3(store->db, statement_definitions[id].sql, -1,
                                        SQLITE_PREPARE_PERSISTENT, statement, NULL) != SQLITE_OK)
    fail(store, error);
  return *statement;
}

sqlite3_stmt *statement_start(struct store *store, enum statement_id id, struct error *error,
                              const struct argument *arguments, size_t count) {
  const struct statement_definition *definition = &statement_definitions[id];
  assert(strlen(definition->arguments) == count);
  if (store->broken) {
    error_set(error, "%s: a write of this transaction failed, so it can only be taken back",
              store->path);
    return NULL;
  }
  sqlite3_stmt *statement = statement_prepare(store, id, error);
  if (!statement)
    return NULL;
  assert(!sqlite3_stmt_busy(statement));
  for (size_t i = 0; i < count; i++) {
    if (bind_argument(statement, (int)i + 1, definition->arguments[i], &arguments[i]) !=
        SQLITE_OK) {
      fail(store, error);
      return NULL;
    }
  }
  return statement;
}

bool statement_next(struct store *store, sqlite3_stmt *statement, bool *row, struct error *error) {
  errno = 0; /* store_fail looks at it */
  int code = sqlite3_step(statement);
  *row = code == SQLITE_ROW;
  return code == SQLITE_ROW || code == SQLITE_DONE || fail(store, error);
}

void statement_end(sqlite3_stmt *statement) {
  sqlite3_reset(statement);
}

bool statement_run(struct store *store, enum statement_id id, struct error *error,
                   const struct argument *arguments, size_t count) {
  sqlite3_stmt *statement = statement_start(store, id, error, arguments, count);
  if (!statement)
    return false;
  bool row;
  bool ok = statement_next(store, statement, &row, error);
  assert(!ok || !row);
  statement_end(statement);
  return ok;
}

bool statement_read_number(struct store *store, const char *sql, int64_t *number,
                           struct error *error) {
  sqlite3_stmt *statement = NULL;
  bool ok = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) == SQLITE_OK &&
            sqlite3_step(statement) == SQLITE_ROW;
  if (ok)
    *number = sqlite3_column_int64(statement, 0);
  else
    store_fail(store, error);
  sqlite3_finalize(statement);
  return ok;
}

void statement_finalize_all(struct store *store) {
  for (size_t i = 0; i < STATEMENT_COUNT; i++)
    sqlite3_finalize(store->statements[i]);
}

struct text column_text(sqlite3_stmt *statement, int column) {
  const char *data = sqlite3_column_blob(statement, column);
  return (struct text){data ? data : "", (size_t)sqlite3_column_bytes(statement, column)};
}

struct text column_row_id(sqlite3_stmt *statement, int column, struct row_id_space *space) {
  struct text text = column_text(statement, column);
  if (sqlite3_column_type(statement, column) != SQLITE_BLOB || text.size != ROW_ID_BYTES)
    return text;
  hex_encode(text.data, text.size, space->hex);
  return (struct text){space->hex, 2 * ROW_ID_BYTES};
}

unsigned column_choice(sqlite3_stmt *statement, int column, unsigned count) {
  int64_t value = sqlite3_column_int64(statement, column);
  return value >= 0 && value < count ? (unsigned)value : 0;
}

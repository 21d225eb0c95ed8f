/* What a query of one number answers, for tests that look into the state file. */
#ifndef TESTS_STORE_NUMBER_H
#define TESTS_STORE_NUMBER_H

#include "store/sqlite/internal.h"

static inline int64_t store_number(struct store *store, const char *query) {
  sqlite3_stmt *statement;
  assert_int_equal(sqlite3_prepare_v2(store->db, query, -1, &statement, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  int64_t number = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return number;
}

#endif

/* Transactions. */
#include "store/sqlite/handle/handle.h"

#include <assert.h>

bool store_begin(struct store *store, struct error *error) {
  assert(!store->in_transaction);
  if (!statement_run(store, STATEMENT_BEGIN, error, NULL, 0))
    return false;
  store->in_transaction = true;
  return true;
}

bool store_commit(struct store *store, struct error *error) {
  bool ok = statement_run(store, STATEMENT_COMMIT, error, NULL, 0);
  if (ok)
    store->in_transaction = false;
  else
    store_rollback(store);
  return ok;
}

void store_rollback(struct store *store) {
  store->in_transaction = store->broken = false;
  store->rollbacks++;
  /* After a full disk or a failed write SQLite may have rolled back already. */
  if (store->db && !sqlite3_get_autocommit(store->db))
    statement_run(store, STATEMENT_ROLLBACK, &ERROR_NONE, NULL, 0);
}

bool store_scope_begin(struct store *store, struct store_scope *scope, struct error *error) {
  scope->own = !store->in_transaction;
  return !scope->own || store_begin(store, error);
}

bool store_scope_end(struct store *store, struct store_scope *scope, bool ok, struct error *error) {
  if (!scope->own)
    return ok;
  if (ok)
    return store_commit(store, error);
  store_rollback(store);
  return false;
}

void store_sync_commits(struct store *store, bool sync) {
  if (!store->in_transaction && store->path[0])
    sqlite3_exec(store->db, sync ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL",
                 NULL, NULL, NULL);
}

/* What the store takes on the disk, and giving it back. */
#include "store/sqlite/internal.h"

#include <sys/stat.h>

/* PRAGMA auto_vacuum: 0 none, 1 full, 2 incremental. */
#define AUTO_VACUUM_INCREMENTAL 2

static int64_t log_bytes(const struct store *store) {
  struct stat status;
  char *path = sqlite3_mprintf("%s-wal", store->path);
  int64_t bytes = path && stat(path, &status) == 0 ? (int64_t)status.st_size : 0;
  sqlite3_free(path);
  return bytes;
}

bool store_space(struct store *store, struct store_space *space, struct error *error) {
  int64_t page, pages, unused, vacuum;
  if (!statement_read_number(store, "PRAGMA page_size", &page, error) ||
      !statement_read_number(store, "PRAGMA page_count", &pages, error) ||
      !statement_read_number(store, "PRAGMA freelist_count", &unused, error) ||
      !statement_read_number(store, "PRAGMA auto_vacuum", &vacuum, error))
    return false;
  *space = (struct store_space){.file_bytes = pages * page,
                                .free_bytes = unused * page,
                                .log_bytes = log_bytes(store),
                                .shrinks = vacuum == AUTO_VACUUM_INCREMENTAL};
  return true;
}

bool store_shrink(struct store *store, int64_t bytes, struct error *error) {
  int64_t page, pages;
  char sql[64];
  if (!statement_read_number(store, "PRAGMA page_size", &page, error))
    return false;
  pages = bytes / page + 1;
  sqlite3_snprintf(sizeof sql, sql, "PRAGMA incremental_vacuum(%lld)", (long long)pages);
  store_sync_commits(store, false);
  bool ok = sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK || store_fail(store, error);
  store_sync_commits(store, true);
  return ok;
}

bool store_log_cut(struct store *store, int64_t wait_us, bool *done, struct error *error) {
  sqlite3_busy_timeout(store->db, (int)(wait_us / US_PER_MS));
  int code = sqlite3_wal_checkpoint_v2(store->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
  sqlite3_busy_timeout(store->db, STORE_BUSY_TIMEOUT_MS);
  *done = code == SQLITE_OK;
  return code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY || store_fail(store, error);
}

/* Rebuilding goes by way of a temporary file: in memory it would be as large as the store. */
bool store_make_shrinkable(struct store *store, int64_t most_bytes, bool *made,
                           struct error *error) {
  struct store_space space;
  *made = false;
  if (!store_space(store, &space, error))
    return false;
  if (space.shrinks || space.file_bytes > most_bytes)
    return true;
  *made =
      sqlite3_exec(store->db, "PRAGMA temp_store = FILE; PRAGMA auto_vacuum = INCREMENTAL; VACUUM",
                   NULL, NULL, NULL) == SQLITE_OK ||
      store_fail(store, error);
  sqlite3_exec(store->db, "PRAGMA temp_store = MEMORY", NULL, NULL, NULL);
  return *made;
}

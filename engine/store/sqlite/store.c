#include "store/store.h"

#include "base/memory.h"
#include "store/sqlite/internal.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#define BUSY_TIMEOUT_MS 30000

/*
 * For a file. Pages of 8 KiB hold some twenty Zoom records. The log is copied into the database
 * at 4000 pages (32 MiB), so a big batch does not pay for that at every commit, and a log that
 * one huge batch has blown up is cut back to 64 MiB.
 */
static const char *const file_settings[] = {
    "PRAGMA page_size = 8192",
    "PRAGMA synchronous = FULL",
    "PRAGMA wal_autocheckpoint = 4000",
    "PRAGMA journal_size_limit = 67108864",
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -8192",
    NULL,
};

/* What a step of the schema sorts may be large and goes to a file; nothing later does. */
static const char *const settled_settings[] = {"PRAGMA temp_store = MEMORY", NULL};

/* For a temporary database nothing has to survive. */
static const char *const temporary_settings[] = {
    "PRAGMA page_size = 8192",  "PRAGMA journal_mode = MEMORY", "PRAGMA synchronous = OFF",
    "PRAGMA foreign_keys = ON", "PRAGMA cache_size = -8192",    NULL,
};

static bool fail_full(struct store *store, struct error *error) {
  return error_set(error,
                   "the disk that holds %s is full; nothing was written by halves: free some "
                   "space, then it goes on",
                   store->path);
}

static bool fail_system(struct store *store, int number, struct error *error) {
  switch (number) {
  case ENOSPC:
  case EDQUOT:
    return fail_full(store, error);
  case EFBIG:
    return error_set(error,
                     "%s may not grow any more (a file size limit); raise the limit, then "
                     "it goes on",
                     store->path);
  case ENOENT:
  case ENOTDIR:
    return error_set(error, "cannot open %s: its directory is not there; create it first",
                     store->path);
  case EACCES:
  case EPERM:
    return error_set(error,
                     "cannot open %s: no permission; it and its directory must be "
                     "writable for this user",
                     store->path);
  case EROFS:
    return error_set(error, "%s cannot be written: its file system is read-only", store->path);
  default:
    return error_set(error, "cannot use %s: %s", store->path, strerror(number));
  }
}

bool store_fail(struct store *store, struct error *error) {
  /* SQLite keeps the number for some failures only; then errno still has it. */
  int called_with = errno;
  int code = sqlite3_extended_errcode(store->db), number = sqlite3_system_errno(store->db);
  if (number == 0)
    number = called_with;
  const char *path = store->path;
  switch (code & 0xff) {
  case SQLITE_FULL:
    return fail_full(store, error);
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return error_set(error, "%s is locked by another process; stop that process or try again",
                     path);
  case SQLITE_NOTADB:
    return error_set(error, "%s is not a database; name another file for the state", path);
  case SQLITE_CORRUPT:
    return error_set(error, "%s is damaged (%s); put a backup in its place, or move it away", path,
                     sqlite3_errmsg(store->db));
  case SQLITE_READONLY:
    if (code == SQLITE_READONLY_DBMOVED)
      return error_set(error, "%s was moved or deleted while margay used it; start margay again",
                       path);
    return error_set(error, "%s cannot be written: it or its directory is read-only", path);
  case SQLITE_IOERR:
  case SQLITE_CANTOPEN:
    if (number == 0 || (number == ENOENT && (code & 0xff) == SQLITE_IOERR))
      break;
    return fail_system(store, number, error);
  }
  return error_set(error, "cannot use %s: %s", path, sqlite3_errmsg(store->db));
}

/* The file is made here because SQLite would give it the mode of the umask. mknod and not open:
 * closing a descriptor would drop the locks that another handle of this process may have on the
 * file by then (https://www.sqlite.org/howtocorrupt.html, section 2.2). */
static bool file_create(struct store *store, struct error *error) {
  if (mknod(store->path, S_IFREG | 0600, 0) == 0)
    return true;
  if (errno != EEXIST)
    return fail_system(store, errno, error);
  struct stat status;
  if (stat(store->path, &status) == 0 && !S_ISREG(status.st_mode))
    return error_set(error, "cannot open %s: it is not a file; name a file for the state",
                     store->path);
  return true;
}

static int is_wal(void *context, int count, char **values, char **names) {
  (void)names;
  *(bool *)context = count == 1 && values[0] && strcmp(values[0], "wal") == 0;
  return 0;
}

/* Several handles may open a new file at once; the switch to WAL wants it alone and does not wait
 * by itself, so waiting is done here. */
static bool wal_enter(struct store *store, struct error *error) {
  bool wal = false;
  int code;
  for (int waited_ms = 0; waited_ms <= BUSY_TIMEOUT_MS; waited_ms += 10) {
    code = sqlite3_exec(store->db, "PRAGMA journal_mode = WAL", is_wal, &wal, NULL);
    if ((code & 0xff) != SQLITE_BUSY)
      break;
    nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
  }
  if (code != SQLITE_OK)
    return store_fail(store, error);
  return wal || error_set(error,
                          "%s lies on a file system that cannot share memory between "
                          "processes (a network share?); name a file on a local disk",
                          store->path);
}

static bool settings_apply(struct store *store, const char *const *settings, struct error *error) {
  for (; *settings; settings++) {
    if (sqlite3_exec(store->db, *settings, NULL, NULL, NULL) != SQLITE_OK)
      return store_fail(store, error);
  }
  return true;
}

static bool database_open(struct store *store, struct error *error) {
  bool temporary = store->path[0] == '\0';
  if (!temporary && !file_create(store, error))
    return false;
  /* One handle serves one thread, so it needs no locks of its own. */
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
              (temporary ? SQLITE_OPEN_CREATE : 0);
  if (sqlite3_open_v2(store->path, &store->db, flags, NULL) != SQLITE_OK)
    return store_fail(store, error);
  if (!event_feed_register(store, error))
    return false;
  sqlite3_busy_timeout(store->db, BUSY_TIMEOUT_MS);
  sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  if (!settings_apply(store, temporary ? temporary_settings : file_settings, error))
    return false;
  if (sqlite3_db_readonly(store->db, "main") == 1)
    return error_set(error, "%s cannot be written: it is read-only for this user", store->path);
  if (!temporary && !wal_enter(store, error))
    return false;
  return store_migrate(store, error) && settings_apply(store, settled_settings, error);
}

/* Counting every allocation, which nobody asks for, takes a lock for each. This must be said before
 * the first handle is opened; where someone else did that already, it stays as it is. */
static void library_configure(void) {
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

struct store *store_open(const char *path, struct error *error) {
  static pthread_once_t configured = PTHREAD_ONCE_INIT;
  pthread_once(&configured, library_configure);
  struct store *store = memory_alloc(sizeof *store);
  store->path = memory_copy_string(path);
  store->clock = clock_system();
  if (!database_open(store, error)) {
    store_close(store);
    return NULL;
  }
  return store;
}

void store_close(struct store *store) {
  if (!store)
    return;
  store_rollback(store);
  statement_finalize_all(store);
  sqlite3_close(store->db);
  free(store->path);
  free(store);
}

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

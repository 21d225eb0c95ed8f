#include "store/store.h"

#include "base/memory.h"
#include "store/sqlite/archive/packer.h"
#include "store/sqlite/internal.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

/*
 * For a file. Pages of 8 KiB hold some twenty Zoom records. The log is copied into the database
 * at 4000 pages (32 MiB), so a big batch does not pay for that at every commit, and a log that
 * one huge batch has blown up is cut back to 64 MiB. 8 MiB of pages in memory save no time that can
 * be measured over 6. The size of pages comes first, because setting auto_vacuum settles it; once
 * there is anything in the file both change nothing.
 */
static const char *const file_settings[] = {
    "PRAGMA page_size = 8192",
    "PRAGMA auto_vacuum = INCREMENTAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA wal_autocheckpoint = 4000",
    "PRAGMA journal_size_limit = 67108864",
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -6144",
    NULL,
};

/* What a step of the schema sorts may be large and goes to a file; nothing later does. */
static const char *const settled_settings[] = {"PRAGMA temp_store = MEMORY", NULL};

/* In a scratch store nothing has to survive. */
static const char *const scratch_settings[] = {
    "PRAGMA page_size = 8192",  "PRAGMA journal_mode = MEMORY", "PRAGMA synchronous = OFF",
    "PRAGMA foreign_keys = ON", "PRAGMA cache_size = -8192",    NULL,
};

/* The file is made here because SQLite would give it the mode of the umask. mknod and not open:
 * closing a descriptor would drop the locks that another handle of this process may have on the
 * file by then (https://www.sqlite.org/howtocorrupt.html, section 2.2). */
static bool file_create(struct store *store, struct error *error) {
  if (mknod(store->path, S_IFREG | 0600, 0) == 0)
    return true;
  if (errno != EEXIST)
    return store_fail_system(store, errno, error);
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
  for (int waited_ms = 0; waited_ms <= STORE_BUSY_TIMEOUT_MS; waited_ms += 10) {
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

/* What every handle has; `name` is the path, or a URI with SQLITE_OPEN_URI. One handle serves one
 * thread, so it needs no locks of its own. */
static bool handle_open(struct store *store, const char *name, int flags, struct error *error) {
  flags |= SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (sqlite3_open_v2(name, &store->db, flags, NULL) != SQLITE_OK)
    return store_fail(store, error);
  if (!event_feed_register(store, error))
    return false;
  sqlite3_busy_timeout(store->db, STORE_BUSY_TIMEOUT_MS);
  sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  return true;
}

static bool schema_make(struct store *store, struct error *error) {
  return store_migrate(store, error) && settings_apply(store, settled_settings, error);
}

static bool file_open(struct store *store, struct error *error) {
  if (!file_create(store, error) ||
      !handle_open(store, store->path, SQLITE_OPEN_READWRITE, error) ||
      !settings_apply(store, file_settings, error))
    return false;
  if (sqlite3_db_readonly(store->db, "main") == 1)
    return error_set(error, "%s cannot be written: it is read-only for this user", store->path);
  return wal_enter(store, error) && schema_make(store, error);
}

static bool scratch_open(struct store *store, struct error *error) {
  return handle_open(store, store->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, error) &&
         settings_apply(store, scratch_settings, error) && schema_make(store, error);
}

/* Without a log beside it the file is all there is, and nothing has to be made to read it
 * (https://www.sqlite.org/wal.html, "Read-Only Databases"). */
static void write_uri(const char *path, bool is_alone, struct buffer *uri) {
  buffer_append_string(uri, "file:");
  for (const char *c = path; *c; c++)
    if (strchr("?#%", *c))
      buffer_printf(uri, "%%%02X", (unsigned char)*c);
    else
      buffer_append_char(uri, *c);
  buffer_append_string(uri, is_alone ? "?immutable=1" : "");
}

static bool read_open(struct store *store, struct error *error) {
  struct buffer log = BUFFER_NONE, uri = BUFFER_NONE;
  struct stat status;
  buffer_printf(&log, "%s-wal", store->path);
  write_uri(store->path, stat(log.data, &status) != 0, &uri);
  bool ok = handle_open(store, uri.data, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, error) &&
            store_is_current(store, error) && settings_apply(store, settled_settings, error);
  buffer_free(&log);
  buffer_free(&uri);
  return ok;
}

/* Counting every allocation, which nobody asks for, takes a lock for each. This must be said before
 * the first handle is opened; where someone else did that already, it stays as it is. */
static void library_configure(void) {
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static struct store *open_with(const char *path, bool (*open)(struct store *, struct error *),
                               struct error *error) {
  static pthread_once_t configured = PTHREAD_ONCE_INIT;
  pthread_once(&configured, library_configure);
  struct store *store = memory_alloc(sizeof *store);
  store->path = memory_copy_string(path);
  store->clock = clock_system();
  if (open(store, error))
    return store;
  store_close(store);
  return NULL;
}

struct store *store_open(const char *path, struct error *error) {
  if (path[0] != '\0')
    return open_with(path, file_open, error);
  error_set(error, "the store has no path: name a file for the state");
  return NULL;
}

struct store *store_open_to_read(const char *path, struct error *error) {
  return open_with(path, read_open, error);
}

/* To SQLite a file without a name is a temporary one. */
struct store *store_open_scratch(struct error *error) {
  return open_with("", scratch_open, error);
}

struct store *store_open_scratch_begun(struct error *error) {
  struct store *store = store_open_scratch(error);
  if (!store || store_begin(store, error))
    return store;
  store_close(store);
  return NULL;
}

void store_close(struct store *store) {
  if (!store)
    return;
  store_rollback(store);
  statement_finalize_all(store);
  event_blocks_free(store);
  packing_free(store);
  packer_free(store->states);
  indicator_pending_free(store);
  event_pruning_free(store);
  sqlite3_close(store->db);
  free(store->path);
  free(store);
}

const char *store_engine_name(void) {
  return "SQLite";
}

const char *store_engine_version(void) {
  return sqlite3_libversion();
}

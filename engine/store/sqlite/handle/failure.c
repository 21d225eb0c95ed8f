/* What went wrong, in words for a person. */
#include "store/sqlite/handle/handle.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static bool fail_full(struct store *store, struct error *error) {
  return error_set(error,
                   "the disk that holds %s is full; nothing was written by halves: free some "
                   "space, then it goes on",
                   store->path);
}

/* A file beside the state that cannot be opened for writing is then opened for reading: if it is
 * not there, SQLite names that as the reason. */
static bool fail_missing(struct store *store, struct error *error) {
  const char *slash = strrchr(store->path, '/');
  struct buffer folder = BUFFER_NONE;
  struct stat status;
  if (slash)
    buffer_append(&folder, store->path, (size_t)(slash - store->path));
  buffer_append_string(&folder, slash ? "/." : ".");
  bool exists = stat(folder.data, &status) == 0;
  buffer_free(&folder);
  if (exists)
    return error_set(error,
                     "cannot open %s or a file beside it (-wal, -shm), though the directory is "
                     "there; look at the disk and at limits of open files",
                     store->path);
  return error_set(error, "cannot open %s: its directory is not there; create it first",
                   store->path);
}

bool store_fail_system(struct store *store, int number, struct error *error) {
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
    return fail_missing(store, error);
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
    if (called_with == EIO) /* SQLite takes a disk that gives no bytes for a damaged file */
      return error_set(error,
                       "%s could not be read: %s; look at the disk that holds it, then start "
                       "margay again",
                       path, strerror(EIO));
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
    return store_fail_system(store, number, error);
  }
  return error_set(error, "cannot use %s: %s", path, sqlite3_errmsg(store->db));
}

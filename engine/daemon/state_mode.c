#include "daemon/state_mode.h"

#include "base/buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Beside the file that SQLite opens, which follows symbolic links; "" is that file. */
static const char *const endings[] = {"", "-wal", "-shm", "-journal"};

/* Without opening the file: closing a descriptor would drop SQLite's locks
 * (https://www.sqlite.org/howtocorrupt.html, section 2.2). A link beside the state file is not
 * followed, since anybody who may write to the folder can make one. */
static bool tighten(const char *path, struct log *log, struct error *error) {
  struct stat status;
  if (lstat(path, &status) != 0 || !S_ISREG(status.st_mode) || !(status.st_mode & 077))
    return true;
  mode_t mode = status.st_mode & 0700;
  if (fchmodat(AT_FDCWD, path, mode, AT_SYMLINK_NOFOLLOW) != 0)
    return error_set(error,
                     "%s is open to others (mode %04o), and that cannot be changed: %s; let its "
                     "owner run chmod %04o",
                     path, status.st_mode & 07777, strerror(errno), mode);
  LOG_WARN(log, "a file of the state was open to others, and is not any more",
           LOG_STRING("path", path), LOG_INT("permissions", status.st_mode & 0777));
  return true;
}

bool state_mode_tighten(const char *path, struct log *log, struct error *error) {
  struct buffer name = BUFFER_NONE;
  char *target = realpath(path, NULL);
  bool ok = true;
  for (size_t i = 0; ok && i < sizeof endings / sizeof *endings; i++) {
    buffer_reset(&name);
    buffer_printf(&name, "%s%s", target ? target : path, endings[i]);
    ok = tighten(name.data, log, error);
  }
  buffer_reset(&name);
  buffer_printf(&name, "%s.lock", path);
  ok = ok && tighten(name.data, log, error);
  buffer_free(&name);
  free(target);
  return ok;
}

#include "daemon/state_lock.h"

#include "base/buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* False only when somebody else has the lock. */
static bool lock_file(const char *path, int *file) {
  *file = open(path, O_RDONLY | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0600);
  return *file < 0 || flock(*file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

bool state_lock_take(const char *path, struct state_lock *lock, struct error *error) {
  struct buffer beside = BUFFER_NONE;
  *lock = STATE_LOCK_NONE;
  if (*path == '\0')
    return true;
  buffer_printf(&beside, "%s.lock", path);
  struct stat status;
  bool is_file = stat(path, &status) != 0 || S_ISREG(status.st_mode);
  bool ok = !is_file || (lock_file(path, &lock->file) && lock_file(beside.data, &lock->beside));
  buffer_free(&beside);
  if (ok)
    return true;
  state_lock_release(lock);
  return error_set(error,
                   "%s is in use by another margay run; stop that one, or name another file for "
                   "the state",
                   path);
}

bool state_lock_is_attached(const struct state_lock *lock, const char *path) {
  struct stat locked, there;
  if (lock->file < 0 || fstat(lock->file, &locked) != 0)
    return true;
  return stat(path, &there) == 0 && there.st_dev == locked.st_dev && there.st_ino == locked.st_ino;
}

void state_lock_release(struct state_lock *lock) {
  if (lock->file >= 0)
    close(lock->file);
  if (lock->beside >= 0)
    close(lock->beside);
  *lock = STATE_LOCK_NONE;
}

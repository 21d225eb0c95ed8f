#include "daemon/state_lock.h"

#include "base/buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Who only looks whether the lock is free has it for a moment. */
#define TRIES 10
#define TRY_AGAIN_MS 10

/* False only when somebody else has the lock. */
static bool lock_file(const char *path, int *file) {
  *file = open(path, O_RDONLY | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0600);
  for (int i = 0; *file >= 0 && i < TRIES; i++) {
    if (flock(*file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
      return true;
    poll(NULL, 0, TRY_AGAIN_MS);
  }
  return *file < 0;
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

bool state_lock_is_free(const char *path) {
  struct buffer beside = BUFFER_NONE;
  buffer_printf(&beside, "%s.lock", path);
  int file = open(beside.data, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  bool is_free = file >= 0 && flock(file, LOCK_SH | LOCK_NB) == 0;
  if (file >= 0)
    close(file);
  buffer_free(&beside);
  return is_free;
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

#include "daemon/state_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

bool state_lock_take(const char *path, int *lock, struct error *error) {
  *lock = *path ? open(path, O_RDONLY | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0600) : -1;
  if (*lock < 0 || flock(*lock, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
    return true;
  close(*lock);
  *lock = -1;
  return error_set(error,
                   "%s is in use by another margay run; stop that one, or name another file for "
                   "the state",
                   path);
}

void state_lock_release(int lock) {
  if (lock >= 0)
    close(lock);
}

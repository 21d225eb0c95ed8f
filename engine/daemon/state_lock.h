/*
 * One engine at a time on one state file: windows are kept in memory between commits, so a second
 * engine would count matches that the first one has counted. The locks go with the process that
 * holds them, however that ends.
 *
 * Two files are locked: the state file itself, and `<path>.lock` beside it, which is made once and
 * stays. So a second engine is refused also when somebody has deleted or replaced the state file
 * under the first.
 *
 * Threads: one takes and releases a lock; meanwhile any may ask the rest.
 */
#ifndef DAEMON_STATE_LOCK_H
#define DAEMON_STATE_LOCK_H

#include "base/error.h"

#include <stdbool.h>

struct state_lock {
  int file, beside; /* descriptors; -1: none */
};

#define STATE_LOCK_NONE ((struct state_lock){-1, -1})

/* Makes the files when they are not there. False with the reason: another process has a lock. What
 * else is wrong with the path is left to store_open to report; nothing is locked then. */
bool state_lock_take(const char *path, struct state_lock *lock, struct error *error);

/* Whether it is certain that no process has the lock: `<path>.lock` is there, can be read, and is
 * free. Looks at nothing else, so a store may be open meanwhile. */
bool state_lock_is_free(const char *path);

/* Whether the path still leads to the file that is locked. True when nothing is locked. */
bool state_lock_is_attached(const struct state_lock *lock, const char *path);

/* After the last store on the file was closed: closing a descriptor drops the locks that SQLite
 * has on the file (https://www.sqlite.org/howtocorrupt.html, section 2.2). */
void state_lock_release(struct state_lock *lock);

#endif

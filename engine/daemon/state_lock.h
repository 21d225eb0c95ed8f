/*
 * One engine at a time on one state file: windows are kept in memory between commits, so a second
 * engine would count matches that the first one has counted. The lock goes with the process that
 * holds it, however that ends.
 */
#ifndef DAEMON_STATE_LOCK_H
#define DAEMON_STATE_LOCK_H

#include "base/error.h"

#include <stdbool.h>

/* Makes the file when it is not there. False with the reason: another process has the lock. What
 * else is wrong with the file is left to store_open to tell; *lock is -1 then. */
bool state_lock_take(const char *path, int *lock, struct error *error);

/* After the last store on the file was closed: closing a descriptor drops the locks that SQLite
 * has on the file (https://www.sqlite.org/howtocorrupt.html, section 2.2). -1 is fine. */
void state_lock_release(int lock);

#endif

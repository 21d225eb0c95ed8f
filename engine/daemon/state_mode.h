/*
 * The state file holds events, alerts and access tokens: it is for its owner alone. margay makes it
 * so, but a copy that came back from a backup may be open to others.
 */
#ifndef DAEMON_STATE_MODE_H
#define DAEMON_STATE_MODE_H

#include "base/error.h"
#include "base/log/log.h"

/*
 * Takes every right of others away from the state file, SQLite's files and the lock beside it, and
 * logs each that had some. False with the reason when that cannot be done: somebody else owns a
 * file. What is not there, or is no regular file, is left to store_open.
 */
bool state_mode_tighten(const char *path, struct log *log, struct error *error);

#endif

/* How the running daemon takes a changed configuration. */
#ifndef COMMAND_TUNING_TUNE_RELOAD_H
#define COMMAND_TUNING_TUNE_RELOAD_H

#include "command/terminal/options.h"
#include "store/store.h"

/* Sends the daemon that works on the store SIGHUP (`now`), or says how to. True when it was sent,
 * or nobody asked for it. `store` NULL: the daemon is not known. `quiet`: only what fails is
 * printed. */
bool tune_reload(const struct command *command, struct store *store, bool now, bool quiet);

#endif

/*
 * What a running daemon changes in its own configuration because somebody asks for it, by a button
 * in a message or the API: an entry of tuning is written into the file, and the main thread is
 * asked to reload it, as by everybody who changes the file.
 *
 * Threads: any. False with the reason: nothing was written, or the reload could not be asked for.
 */
#ifndef COMMAND_RUN_CHANGE_H
#define COMMAND_RUN_CHANGE_H

#include "api/api.h"

struct run_change {
  const char *config; /* the file */
};

/* `context` is a struct run_change. Mutes a rule for a day; `who` pressed the button. */
bool run_change_mute(void *context, struct text rule_id, struct text who, struct error *error);

/* The same; writes an exception or a mute. */
bool run_change_tune(void *context, const struct api_tuning *tuning, struct error *error);

#endif

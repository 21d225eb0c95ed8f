/*
 * `margay check --online`: tries what a configuration names, once each, so that a wrong secret, a
 * missing scope or a dead address is found before the daemon needs it.
 *
 * A source shows what its kind can try (source_type.probe). A destination is asked for an answer
 * with GET, which changes nothing; only `send` posts a test message there.
 */
#ifndef COMMAND_CONFIG_CONFIG_ONLINE_H
#define COMMAND_CONFIG_CONFIG_ONLINE_H

#include "command/config/config.h"

#include <stdio.h>

/* Opens the state file, for sources that need the tokens in it. NULL with the reason. */
typedef struct store *config_open_state(const char *path, struct error *error);

/* Prints a line for each step; returns how many failed. */
size_t config_try_online(const struct config *config, bool send, config_open_state *open_state,
                         FILE *out);

#endif

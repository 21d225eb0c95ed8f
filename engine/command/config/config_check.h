/*
 * What each part of a configuration may say, and the whole cannot mean: nothing to read, nowhere to
 * send, a severity that nobody takes. For who is about to run it, and for `margay check`.
 */
#ifndef COMMAND_CONFIG_CONFIG_CHECK_H
#define COMMAND_CONFIG_CONFIG_CHECK_H

#include "command/config/config.h"

/* Adds a problem for what keeps the daemon from starting. What it can run with is in the
 * configuration's warnings already. */
void config_check(const struct config *config, struct problems *problems);

/* While the file is read: adds those warnings, and problems for rules and schemas that are not
 * there, which are left out then. Each with its place. */
void config_check_read(const struct settings_reader *reader, const struct yaml_node *root,
                       struct config_settings *settings);

#endif

/* `margay --completion`. */
#ifndef COMMAND_TERMINAL_COMPLETION_H
#define COMMAND_TERMINAL_COMPLETION_H

#include "command/terminal/options.h"

#include <stdio.h>

/* Prints a script for bash: it completes commands, their options, and what an option takes when
 * that is one of a few words; everything else is completed as a file. Any thread. */
void completion_print(const struct command *const *commands, size_t count, FILE *out);

#endif

/* A moment that an option names: `--since 24h`. */
#ifndef COMMAND_TERMINAL_MOMENT_H
#define COMMAND_TERMINAL_MOMENT_H

#include "base/clock.h"
#include "command/terminal/options.h"

/* Reads a date, a time, or how long before now; TIME_NONE when nothing was given. False after the
 * mistake was reported. */
bool moment_read(const struct command *command, const char *option, const char *given,
                 time_us *moment);

#endif

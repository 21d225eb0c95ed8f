/* What the stream that a command prints to can show. */
#ifndef COMMAND_TERMINAL_TERMINAL_H
#define COMMAND_TERMINAL_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Only on a terminal, and not when NO_COLOR is set (https://no-color.org). */
bool terminal_colours(FILE *out);

/* Characters in a line; 0 when it is no terminal. */
size_t terminal_width(FILE *out);

#endif

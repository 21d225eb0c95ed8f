/* What the stream that a command prints to can show, and figures for it. Any thread. */
#ifndef COMMAND_TERMINAL_TERMINAL_H
#define COMMAND_TERMINAL_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Only on a terminal, and not when NO_COLOR is set (https://no-color.org). */
bool terminal_colours(FILE *out);

/* Characters in a line; 0 when it is no terminal. */
size_t terminal_width(FILE *out);

/* A number of bytes for people, written into `words`: "824 KiB", "9.7 MiB". */
struct size_words {
  char text[32];
};
const char *size_words(int64_t bytes, struct size_words *words);

#endif

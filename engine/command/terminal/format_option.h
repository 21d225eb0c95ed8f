/* `--format text|json`, of commands that print for people or for programs. */
#ifndef COMMAND_TERMINAL_FORMAT_OPTION_H
#define COMMAND_TERMINAL_FORMAT_OPTION_H

#include "command/terminal/options.h"

#include <stddef.h>

enum { FORMAT_TEXT, FORMAT_JSON };
extern const char *const format_names[];

/* Its row; it is `format`, an int, of a command's struct of options. */
#define FORMAT_OPTION(type, help)                                                                  \
  { "format", 'f', OPTION_CHOICE, offsetof(type, format), "text|json", help, 0, 0, format_names }
#define FORMAT_OPTION_LINES "text for people (default), or one JSON object per line"
#define FORMAT_OPTION_OBJECT "text for people (default), or one JSON object"

#endif

/* `margay scan --lua`: an expression on every record, instead of rules. */
#ifndef COMMAND_SCAN_LUA_H
#define COMMAND_SCAN_LUA_H

#include "command/terminal/options.h"
#include "detect/detection.h"

struct scan_lua {
  const struct command *command; /* of scan: its name stands before messages */
  struct detection *detection;
  const char *expression;
  const char *log_type; /* NULL: by the record */
  bool unchecked;
  char *const *files; /* "-" is standard input */
  size_t file_count;
};

/* Prints the value for each event as a line of JSON, in the order of the files; nothing for nil and
 * false. Returns the exit status: EXIT_FAILURES when a file could not be read or the expression
 * failed on an event, EXIT_USAGE when it is no Lua. */
int scan_lua(const struct scan_lua *scan);

#endif

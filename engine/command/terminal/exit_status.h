/* How a command ends. */
#ifndef COMMAND_TERMINAL_EXIT_STATUS_H
#define COMMAND_TERMINAL_EXIT_STATUS_H

enum exit_status {
  EXIT_DONE = 0,
  EXIT_FAILURES = 1, /* ran, and found failures */
  EXIT_USAGE = 2     /* usage or configuration */
};

#endif

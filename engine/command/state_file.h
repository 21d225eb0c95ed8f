/* The state file, for commands that look into it while `margay run` may be at work. */
#ifndef COMMAND_STATE_FILE_H
#define COMMAND_STATE_FILE_H

#include "command/terminal/options.h"
#include "store/store.h"

#include <stddef.h>

/* The rows of -c and --state, which are `config` and `state` of a command's struct of options. */
#define STATE_FILE_OPTIONS(type)                                                                   \
  {.name = "config",                                                                               \
   .letter = 'c',                                                                                  \
   .kind = OPTION_TEXT,                                                                            \
   .offset = offsetof(type, config),                                                               \
   .argument = "FILE",                                                                             \
   .help = "the configuration that names the state file (default: margay.yml)"},                   \
  {                                                                                                \
    .name = "state", .kind = OPTION_TEXT, .offset = offsetof(type, state), .argument = "PATH",     \
    .help = "the state file itself; no configuration is read"                                      \
  }

/* Opens `state`, or (NULL) the file that the configuration names; NULL for that: the default one. A
 * configuration with mistakes elsewhere still names the state file; they are reported on stderr
 * only when that file cannot be opened. Never makes a new file. NULL with the reason. */
struct store *state_file_open(const char *config, const char *state, struct error *error);

/* The same, and appends the file's path. */
struct store *state_file_open_named(const char *config, const char *state, struct buffer *path,
                                    struct error *error);

/* Finds an event by its row, in the same file: appends its record, with JSON_PADDING behind it, and
 * its log type. False with the reason: there is no such file, or no such event. */
bool state_file_find_event(const char *config, const char *state, const char *row,
                           struct buffer *record, struct buffer *log_type, struct error *error);

#endif

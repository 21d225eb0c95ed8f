/* The state file, for commands that look into it while `margay run` may be at work. */
#ifndef COMMAND_STATE_FILE_H
#define COMMAND_STATE_FILE_H

#include "store/store.h"

/* Opens `state`, or (NULL) the file that the configuration names; NULL for that: the default one. A
 * configuration with mistakes elsewhere still names the state file; they are reported on stderr
 * only when that file cannot be opened. Never makes a new file. NULL with the reason. */
struct store *state_file_open(const char *config, const char *state, struct error *error);

/* The same, and appends the file's path. */
struct store *state_file_open_named(const char *config, const char *state, struct buffer *path,
                                    struct error *error);

#endif

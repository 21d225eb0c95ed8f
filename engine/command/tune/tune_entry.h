/* The options of `margay tune`, and the entry that they make. Private to the room. */
#ifndef COMMAND_TUNE_TUNE_ENTRY_H
#define COMMAND_TUNE_TUNE_ENTRY_H

#include "command/terminal/options.h"

#include <jansson.h>

struct tune_options {
  const char *config, *state, *mute_until, *severity, *period, *destinations, *reason, *since;
  struct text_list_option excepts, hours;
  int64_t threshold; /* 0: not given */
  int mode;          /* index into the command's modes; -1: not given */
  int format;        /* index into the command's formats */
  bool off, dry_run, yes, reload;
};

/* A new reference; NULL after a mistake was reported. What the reader of configurations looks at
 * itself (severities, times, modifiers, a reason that is missing) is left to it. */
json_t *tune_entry(const struct command *command, const struct tune_options *options,
                   struct text rule);

#endif

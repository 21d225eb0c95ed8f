/* `margay explain` for what looks at several events: correlations, and rules with a threshold. */
#ifndef COMMAND_EXPLAIN_EXPLAIN_GROUP_H
#define COMMAND_EXPLAIN_EXPLAIN_GROUP_H

#include "command/terminal/options.h"
#include "detect/detection.h"

#include <stdio.h>

struct explain_group {
  const struct command *command; /* that reports what cannot be read */
  const struct detection *detection;
  const struct rule *rule;
  const char *file; /* of records */
  struct text log_type;
  bool unchecked, json;
};

/* Prints which records of the file match the rule, or the rules of the correlation's steps, and
 * which alerts they open together, or why none. The exit status: EXIT_FAILURES where there is no
 * alert. */
int explain_group(const struct explain_group *group, FILE *out);

#endif

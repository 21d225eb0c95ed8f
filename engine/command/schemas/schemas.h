/* The actions of `margay schemas` that work on files. Private to the folder. */
#ifndef COMMAND_SCHEMAS_SCHEMAS_H
#define COMMAND_SCHEMAS_SCHEMAS_H

#include "command/command.h"
#include "event/schema/schema.h"

struct schemas_tool {
  const struct command *command; /* for messages */
  const char *name;              /* of the log type that infer writes; NULL: the default */
  bool json;
  char **operands; /* behind the action's name */
  size_t count;
};

/* Each returns the exit status, having reported what went wrong. */
int schemas_infer(const struct schemas_tool *tool);
int schemas_test(const struct schemas_tool *tool, const struct schema_set *schemas,
                 const struct schema *schema);
int schemas_diff(const struct schemas_tool *tool);

#endif

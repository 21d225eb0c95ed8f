/* Commands whose first operand says what to do: `margay alerts show ID`. */
#ifndef COMMAND_TERMINAL_ACTION_H
#define COMMAND_TERMINAL_ACTION_H

#include "command/terminal/options.h"

#define ACTION_TAKES_ANY 2

struct action {
  const char *name;
  int takes_id;   /* true: needs one more operand; ACTION_TAKES_ANY: looks at them itself */
  bool takes_all; /* unless --all is given */
  void (*run)(void *call);
};

struct action_list {
  const struct action *items; /* the first one is meant when no operand is given */
  size_t count;
  const char *id; /* what an action may need: "the id of an alert" */
};

/* The action that the operands name. NULL after a mistake was reported: an unknown action, with the
 * nearest known one, or operands that do not fit it. */
const struct action *action_find(const struct command *command, const struct action_list *list,
                                 const struct operands *operands, bool all);

#endif

#include "command/terminal/action.h"

#include "base/suggestion.h"

#include <string.h>

static const struct action *find(const struct command *command, const struct action_list *list,
                                 const char *name, struct arena *arena) {
  const char **names = arena_alloc(arena, list->count * sizeof *names);
  for (size_t i = 0; i < list->count; i++) {
    names[i] = list->items[i].name;
    if (strcmp(name, names[i]) == 0)
      return &list->items[i];
  }
  struct suggestion suggestion;
  options_wrong(command, "unknown action '%s'%s", name,
                suggestion_find(text_from(name), names, list->count, &suggestion));
  return NULL;
}

const struct action *action_find(const struct command *command, const struct action_list *list,
                                 const struct operands *operands, bool all) {
  struct arena arena = ARENA_NONE;
  const struct action *action =
      find(command, list, operands->count > 0 ? operands->items[0] : list->items[0].name, &arena);
  arena_free(&arena);
  if (!action)
    return NULL;
  if (action->takes_id == ACTION_TAKES_ANY)
    return action;
  size_t wanted = action->takes_id && !all ? 2 : 1;
  if (all && !action->takes_all)
    options_wrong(command, "'%s' takes no --all", action->name);
  else if (operands->count > wanted)
    options_wrong(command, "'%s' is too much after '%s'", operands->items[wanted], action->name);
  else if (operands->count < wanted && wanted == 2)
    options_wrong(command, "'%s' needs %s", action->name, list->id);
  else
    return action;
  return NULL;
}

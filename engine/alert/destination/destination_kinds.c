#include "alert/destination/destination_kinds.h"

static const struct destination_type *const types[] = {
    &destination_slack,
    &destination_webhook,
    &destination_console,
};
#define TYPE_COUNT (sizeof types / sizeof types[0])

const struct destination_type *destination_type_find(struct text name) {
  for (size_t i = 0; i < TYPE_COUNT; i++)
    if (text_is(name, types[i]->name))
      return types[i];
  return NULL;
}

const char *const *destination_type_names(size_t *count) {
  static const char *const names[] = {"slack", "webhook", "console"};
  _Static_assert(sizeof names / sizeof names[0] == TYPE_COUNT, "a name for each type");
  *count = TYPE_COUNT;
  return names;
}

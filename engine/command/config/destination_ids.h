/* What the destinations of a configuration are called, for those who name them. Any thread. */
#ifndef COMMAND_CONFIG_DESTINATION_IDS_H
#define COMMAND_CONFIG_DESTINATION_IDS_H

#include "command/config/config.h"

/* Also of destinations with a mistake, such as a secret that is not there, and of all where they
 * were not asked for (config_load_detection). */
struct destination_ids {
  const char **items; /* in the arena */
  size_t count;
  bool open; /* one is called as a variable says, which is not known: it may be any */
};
struct destination_ids destination_ids_read(const struct config *config, struct arena *arena);

/* Whether one is called this, or may be. */
bool destination_ids_have(const struct destination_ids *ids, struct text id);

#endif

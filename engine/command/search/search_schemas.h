/* The schemas that the archive's events are read with. Private to the room. */
#ifndef COMMAND_SEARCH_SEARCH_SCHEMAS_H
#define COMMAND_SEARCH_SEARCH_SCHEMAS_H

#include "command/config/config.h"
#include "event/schema/schema.h"

struct search_schemas {
  const char *config, *state;             /* as on the command line; NULL: not given */
  const struct text_list_option *schemas; /* the same */
};

/* Those of the command line, else of the configuration, else the bundled ones. `config` takes the
 * configuration, to be freed, NULL where none is read; or is NULL. NULL after adding problems. */
struct schema_set *search_schemas_load(const struct search_schemas *wanted, struct config **config,
                                       struct problems *problems);

#endif

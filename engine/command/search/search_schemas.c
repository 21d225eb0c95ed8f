#include "command/search/search_schemas.h"

#include "command/config/bundled.h"
#include "command/config/load.h"

struct schema_set *search_schemas_load(const struct search_schemas *wanted, struct config **config,
                                       struct problems *problems) {
  const char *path = wanted->config ? wanted->config : CONFIG_DEFAULT_PATH;
  struct config *read =
      wanted->state && !wanted->config ? NULL : config_load_detection(path, problems);
  bool named = wanted->schemas->count > 0 || !read || !read->schemas;
  struct schema_set *schemas =
      named ? load_schemas(wanted->schemas, problems)
            : schema_set_load_all(read->schemas, bundled_count(read->schemas), problems);
  if (config)
    *config = read;
  else
    config_free(read);
  return schemas;
}

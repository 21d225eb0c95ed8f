#include "command/config/load_api.h"

#include "command/config/load.h"

static bool load(void *context, const struct rule_load *wanted, struct rules_loaded *loaded,
                 struct problems *problems) {
  struct load_paths paths = {.config = context, .given = wanted->given, .untuned = wanted->untuned};
  loaded->detection = load_selected(&loaded->arena, &paths, problems);
  loaded->fixtures = paths.fixture_folders;
  if (loaded->detection && wanted->given) /* it is meant, so its mistakes matter */
    load_add_mistakes(loaded->detection, problems);
  return loaded->detection && problems->count == 0;
}

struct rule_loader load_for_api(const char *config) {
  return (struct rule_loader){(void *)(uintptr_t)config, load};
}

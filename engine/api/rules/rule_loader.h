/* Reading rules anew, for operations that need them as their files say, or other ones: what knows
 * the configuration does it (command/config/load_api.h). */
#ifndef API_RULES_RULE_LOADER_H
#define API_RULES_RULE_LOADER_H

#include "base/yaml/problems.h"
#include "detect/detection.h"
#include "rule/load/rule_set_load.h"

struct rule_load {
  /* A rule in the place of the configuration's, which it may derive from and share libraries with;
   * NULL: those. */
  const struct rule_file *given;
  bool untuned; /* as the files say, whatever the configuration changes */
};

/* What was read; nobody else knows it yet, so its rules may be switched off. Starts zeroed; to be
 * cleared whatever happens. */
struct rules_loaded {
  struct detection *detection;
  const char *const *fixtures; /* folders that tests' fixtures are relative to; ends with NULL */
  struct arena arena;          /* owns the fixtures' names */
};

struct rule_loader {
  void *context;
  /* Takes as long as reading all rules does: some tenths of a second. Any thread. False after
   * adding problems. */
  bool (*load)(void *context, const struct rule_load *load, struct rules_loaded *loaded,
               struct problems *problems);
};

static inline void rules_loaded_clear(struct rules_loaded *loaded) {
  detection_release(loaded->detection);
  arena_free(&loaded->arena);
  *loaded = (struct rules_loaded){.detection = NULL};
}

#endif

/*
 * The section `risk` of margay.yml, as rule/tuning/risk.h takes it.
 *
 * Threads: as in config.h.
 */
#ifndef COMMAND_CONFIG_RISK_SETTINGS_H
#define COMMAND_CONFIG_RISK_SETTINGS_H

#include "base/settings/settings.h"
#include "rule/tuning/risk.h"

struct risk_points_settings {
  int64_t of[SEVERITY_COUNT];
};

struct risk_settings {
  int64_t threshold, within;
  int severity; /* enum severity */
  bool objects;
  struct risk_points_settings points;
  unsigned line; /* where it stands */
};

/* Of struct risk_settings. */
extern const struct settings_table risk_table;

/* What was read, as it is used; in the arena. NULL for NULL. */
const struct risk *risk_settings_take(const struct risk_settings *settings, const char *file,
                                      struct arena *arena);

#endif

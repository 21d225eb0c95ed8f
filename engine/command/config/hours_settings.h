/*
 * Hours of the week in margay.yml: `{days: mon-fri, from: "22:00", to: "06:00", time_zone: …}`.
 *
 * Threads: as in config.h.
 */
#ifndef COMMAND_CONFIG_HOURS_SETTINGS_H
#define COMMAND_CONFIG_HOURS_SETTINGS_H

#include "base/settings/settings.h"

struct week_hours;

struct hours_settings {
  struct setting_list days; /* "mon-fri" */
  struct text from, to, time_zone;
  unsigned day_bits; /* what they say, as in struct week_hours */
  int from_minute, to_minute;
};

/* Of struct hours_settings. */
extern const struct settings_table hours_table;

/* What was read, as it is used; in the arena. The caller frees the zones of all entries. */
struct week_hours *hours_settings_take(const struct setting_entries *entries, struct arena *arena);

#endif

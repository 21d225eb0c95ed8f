/*
 * When a destination hears of alerts, as margay.yml says it: quiet hours, digests, the storm guard.
 *
 * Threads: as in config.h.
 */
#ifndef COMMAND_CONFIG_HOLD_SETTINGS_H
#define COMMAND_CONFIG_HOLD_SETTINGS_H

#include "alert/destination/destination.h"
#include "alert/routing/hold.h"
#include "base/settings/settings.h"

#define DIGEST_EVERY_MIN US_PER_MINUTE
#define DIGEST_EVERY_MAX (7 * US_PER_DAY)

/* Among the settings of every destination. */
struct hold_settings {
  struct setting_entries quiet_hours; /* of struct hours_settings */
  int quiet_below, digest_below;      /* enum severity */
  struct setting_list digest;         /* "1h", or times of the day */
  int64_t storm_limit;
  bool has_storm_limit; /* else it is the kind's */
};

/* Checks what no row can say; fills has_storm_limit. */
bool hold_settings_check(const struct settings_reader *reader, const struct yaml_node *mapping,
                         struct hold_settings *settings);

/* Gives the destination what was read, in the arena; digests at times of the day are in the zone of
 * that name. hold_settings_release ends it. */
void hold_settings_take(const struct hold_settings *settings, struct text zone_name,
                        struct arena *arena, struct destination *destination);
void hold_settings_release(const struct destination *destination);

#endif

/*
 * The section `routes` of margay.yml, as alert/routing takes it.
 *
 * Threads: as in config.h.
 */
#ifndef COMMAND_CONFIG_ROUTE_SETTINGS_H
#define COMMAND_CONFIG_ROUTE_SETTINGS_H

#include "alert/routing/route.h"
#include "base/settings/settings.h"

struct route_settings {
  struct text name;
  struct setting_list asks[ROUTE_ASK_COUNT];
  struct setting_list severities, alert_types;
  int min_severity; /* enum severity */
  struct setting_list send_to;
  struct text mute_until;
  struct text reason;
  bool goes_on;
  time_us until;                /* what mute_until says; TIME_NONE: nothing */
  const struct yaml_node *node; /* the entry; which keys are given */
};

/* Of struct route_settings. */
extern const struct settings_table route_table;

/* What was read, as it is used; in the arena, whose texts it shares. */
struct route *route_settings_take(const struct setting_entries *entries, struct arena *arena);

#endif

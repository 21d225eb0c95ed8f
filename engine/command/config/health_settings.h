/* The section `health` of margay.yml: when alarms about margay's own work begin. */
#ifndef COMMAND_CONFIG_HEALTH_SETTINGS_H
#define COMMAND_CONFIG_HEALTH_SETTINGS_H

#include "base/settings/settings.h"
#include "daemon/health/alarm_kind.h"

/* Of struct health_limits. */
extern const struct settings_table health_table;

/* How long a source may be quiet when it does not say. */
#define QUIET_AFTER_USUAL "24h"

#endif

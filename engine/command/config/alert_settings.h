/* The section `alerts` of margay.yml: how alerts are shown, whatever the destination. */
#ifndef COMMAND_CONFIG_ALERT_SETTINGS_H
#define COMMAND_CONFIG_ALERT_SETTINGS_H

#include "alert/message/message.h"
#include "base/arena.h"
#include "base/settings/settings.h"

struct alert_settings {
  struct text time_zone, url;
};

/* Of struct alert_settings. */
extern const struct settings_table alert_table;

/* Lives in the arena, but for the zone, which the caller frees. A zone that cannot be read was
 * reported when the settings were, and is none. */
struct alert_display *alert_settings_take(const struct alert_settings *settings,
                                          struct arena *arena);

#endif

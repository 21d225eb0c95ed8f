/*
 * The sections `packs` and `tuning` of margay.yml, as rule/tuning takes them.
 *
 * Threads: as in config.h.
 */
#ifndef COMMAND_CONFIG_TUNING_SETTINGS_H
#define COMMAND_CONFIG_TUNING_SETTINGS_H

#include "base/settings/settings.h"
#include "command/config/hours_settings.h"
#include "rule/tuning/tuning.h"

struct tuning_settings {
  struct text rule;
  struct text except; /* SETTING_TREE: compiled from the node */
  struct text mute_until;
  struct setting_entries hours; /* of struct hours_settings */
  int severity;                 /* enum severity */
  int64_t threshold, dedup_period;
  struct setting_list destinations;
  bool enabled;
  int mode; /* enum rule_mode */
  struct text reason;
  time_us muted_until;          /* what mute_until says; TIME_NONE: nothing */
  const struct yaml_node *node; /* the entry; which keys are given */
};

/* Of struct tuning_settings. */
extern const struct settings_table tuning_table;

/* What was read, as it is applied; in the arena. Packs with another mode than those that there are
 * add a problem and are left out. The file must outlive the result. */
struct tuning tuning_settings_take(const struct settings_reader *reader,
                                   const struct yaml_node *root,
                                   const struct setting_entries *entries);

#endif

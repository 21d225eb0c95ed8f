/* What a configuration changes in rules, and how many matches it keeps from alerts. */
#ifndef COMMAND_RULES_RULES_TUNING_H
#define COMMAND_RULES_RULES_TUNING_H

#include "rule/rule_tuning.h"
#include "store/store.h"

#include <stdio.h>

/* Suppressed matches by rule, as the state file has them; in an arena. */
struct suppressed_counts {
  struct store_suppressed *items;
  size_t count;
};

/* Of the state file that the configuration names; none when there is no such file, or it cannot be
 * read. */
struct suppressed_counts suppressed_counts_read(struct arena *arena, const char *config_path);

/* For the rules that a configuration changes: what, why and where, below the table of rules. What
 * is so by the usual mode of a pack is left out. */
void rules_print_changes(const struct rule_list *rules, const struct suppressed_counts *counts,
                         FILE *out);

/* The same of one rule, as a part of all that is shown of it. */
void rules_print_changes_of(const struct rule *rule, FILE *out);

/* Appends `,"tuning":[{"change":…,"reason":…,"place":…}]` when there is something, and
 * `,"suppressed":N` when matches were. */
void rules_tuning_members(const struct rule *rule, const struct suppressed_counts *counts,
                          struct buffer *json);

#endif

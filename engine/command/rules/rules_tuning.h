/* What a configuration changes in rules, and how many matches it keeps from alerts. */
#ifndef COMMAND_RULES_RULES_TUNING_H
#define COMMAND_RULES_RULES_TUNING_H

#include "api/rules/rule_json.h"

#include <stdio.h>

/* The suppressed matches of the state file that the configuration names; none when there is no such
 * file, or it cannot be read. */
struct suppressed_counts rules_suppressed(struct arena *arena, const char *config_path);

/* For the rules that a configuration changes: what, why and where, below the table of rules. What
 * is so by the usual mode of a pack is left out. */
void rules_print_changes(const struct rule_list *rules, const struct suppressed_counts *counts,
                         FILE *out);

/* The same of one rule, as a part of all that is shown of it. */
void rules_print_changes_of(const struct rule *rule, FILE *out);

#endif

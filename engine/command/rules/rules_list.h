/*
 * The room command/rules is `margay rules`.
 *
 * `margay rules list` and `show`: rules as a table, or one JSON object each.
 */
#ifndef COMMAND_RULES_RULES_LIST_H
#define COMMAND_RULES_RULES_LIST_H

#include "command/rules/rules_routes.h"
#include "command/rules/rules_tuning.h"

#include <stdio.h>

void rules_print_table(const struct rule_list *rules, FILE *out);

/* All of one rule, for people. */
void rules_print_rule(const struct rule *rule, FILE *out);

/* A line of JSON; `whole`: with where, texts and tests. `routes` may be NULL. */
void rules_print_json(const struct rule *rule, const struct suppressed_counts *counts,
                      const struct rules_routes *routes, bool whole, FILE *out);

/* The rules' techniques as a layer of the ATT&CK Navigator (format 4.5). A technique's score is the
 * number of its rules. */
void rules_print_layer(const struct rule_list *rules, FILE *out);

#endif

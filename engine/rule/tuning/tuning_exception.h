/*
 * An exception of a rule: a table of fields in where's words, from YAML.
 *
 *   { operator: svc-provisioning@example.com }
 *   { operation_detail|contains: [Passcode, Password], operator|lookup: service_accounts }
 *   { object: { type: 8 } }
 *
 * All of a table must hold. Keys, modifiers and values are where's (rule/load/where.h), compiled by
 * the same code; `path|lookup: TABLE` asks besides whether the value has a row in a lookup table.
 * Private to the room; for the thread that makes the set.
 */
#ifndef RULE_TUNING_TUNING_EXCEPTION_H
#define RULE_TUNING_TUNING_EXCEPTION_H

#include "rule/tuning/tuning.h"

/* Compiles a table into the suppressor. False after adding problems, each with its place; then it
 * holds nothing that has to be released. */
bool tuning_exception_compile(struct rule_set *set, const struct tuning *tuning,
                              const struct tuning_world *world, const struct yaml_node *table,
                              struct rule_suppressor *suppressor);

/* Appends it as people write it: `operator = "svc@example.com" and operator|lookup = "admins"`. */
void tuning_exception_write(const struct rule_set *set, const struct rule_suppressor *suppressor,
                            struct buffer *out);

#endif

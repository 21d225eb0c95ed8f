/* What rules and data models must know of each other. */
#ifndef RULE_LOAD_RULE_MODEL_H
#define RULE_LOAD_RULE_MODEL_H

#include "event/schema/schema.h"
#include "rule/set/rule_set.h"

/* Adds a problem for each event:udm("name") in a rule or library whose name stands in no data
 * model, and for each function that a model names for such a name, or for an alert's actor, and no
 * library has. */
void rule_model_check(const struct rule_set *rules, const struct schema_set *schemas,
                      struct problems *problems);

/* Finds for each correlation which field of its key is who acted. Before anything runs the set. */
void rule_model_find_actors(struct rule_set *rules, const struct schema_set *schemas);

#endif

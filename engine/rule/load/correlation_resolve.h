/* From the ids that the steps of correlations name to rules. */
#ifndef RULE_LOAD_CORRELATION_RESOLVE_H
#define RULE_LOAD_CORRELATION_RESOLVE_H

#include "base/yaml/problems.h"
#include "rule/set/rule_set.h"

/* Finds the rules that steps name. What names a rule that is not in the set, that is switched off
 * or that is made of it in its turn gets a problem and leaves the set. Ids in `broken` belong to
 * rules that failed to load: what names them leaves the set without a further problem, as one of
 * its dependents. Rules must stand in order of id and are numbered anew. */
void correlations_resolve(struct rule_set *set, struct text_list broken, struct problems *problems);

#endif

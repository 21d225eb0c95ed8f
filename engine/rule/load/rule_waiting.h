/* Rules that wait for their base while a set is made. Private to the files that make a rule set. */
#ifndef RULE_LOAD_RULE_WAITING_H
#define RULE_LOAD_RULE_WAITING_H

#include "base/yaml/problems.h"
#include "rule/set/rule_set.h"

struct rule_waiting {
  struct rule *items; /* id, base, file, source and metadata_line are known */
  size_t count, capacity;
};
void rule_waiting_add(struct rule_waiting *waiting, const struct rule *rule);
void rule_waiting_free(struct rule_waiting *waiting);

/* Adds a problem for each rule that still waits: its base is not there, or they derive from each
 * other in a circle, or too many do. A rule that waits for one of the `broken`, itself or through
 * others, gets none and becomes a dependent of the set. */
void rule_waiting_report(const struct rule_waiting *waiting, struct rule_set *set,
                         struct text_list broken, struct problems *problems);

#endif

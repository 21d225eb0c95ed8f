/*
 * Derived rules: `metadata { base = "Some.Rule", id = "Mine", … }` is the base with other metadata,
 * other functions, and conditions on top. Private to the files that make a rule set.
 */
#ifndef RULE_LOAD_RULE_DERIVE_H
#define RULE_LOAD_RULE_DERIVE_H

#include "rule/rule.h"

#define RULE_DERIVED_MAX 8 /* rules that derive from each other */

/* Files that wait for their base. */
struct rule_waiting {
  struct rule *items; /* id, base, file, source and metadata_line are known */
  size_t count, capacity;
};
void rule_waiting_add(struct rule_waiting *waiting, const struct rule *rule);
void rule_waiting_free(struct rule_waiting *waiting);

/* What a rule that derives from `base` is before its own file has a say. */
struct rule rule_derive(struct rule_set *set, const struct rule *base, const char *file,
                        struct text source);

/* Puts the base's conditions before the rule's own, which are in `where`. */
void rule_derive_where(struct rule_set *set, const struct rule *base, struct rule *rule);

/* Tells why those that still wait could not be derived: their base is not there, or they go in a
 * circle, or are too many. What waits for a rule with mistakes is passed over. */
void rule_waiting_tell(const struct rule_waiting *waiting, const struct rule_set *set,
                       struct text_list broken, struct problems *problems);

#endif

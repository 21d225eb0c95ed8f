/*
 * Derived rules: `metadata { base = "Some.Rule", id = "Mine", … }` is the base with other metadata,
 * other functions, and conditions on top. Private to the files that make a rule set.
 */
#ifndef RULE_LOAD_RULE_DERIVE_H
#define RULE_LOAD_RULE_DERIVE_H

#include "rule/set/rule_set.h"

#define RULE_DERIVED_MAX 8 /* rules that derive from each other */

/* What a rule that derives from `base` is before its own file has a say. */
struct rule rule_derive(struct rule_set *set, const struct rule *base, const char *file,
                        struct text source);

/* Gives the rule the base's functions and templates, but for those that its own file has, as a
 * function or as a template. */
void rule_derive_functions(const struct rule *base, struct rule *rule);

/* Puts the base's conditions before the rule's own, which are in `where`. */
void rule_derive_where(struct rule_set *set, const struct rule *base, struct rule *rule);

#endif

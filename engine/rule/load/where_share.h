/* Conditions that several rules have alike, so that an event is asked once for all of them. */
#ifndef RULE_LOAD_WHERE_SHARE_H
#define RULE_LOAD_WHERE_SHARE_H

#include "rule/set/rule_set.h"

/* Gives the rules of a set whose `where` is the same tree of the same tests one number
 * (rule.where_shared). Once, when the set has all its rules. */
void where_share(struct rule_set *set);

#endif

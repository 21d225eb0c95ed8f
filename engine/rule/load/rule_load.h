/*
 * The room rule/load reads the files of a rule set and makes the set.
 *
 * From a file's text to a rule.
 *
 * Threads: a set is made by one thread, which alone uses what this room keeps meanwhile; several
 * sets may be made at once.
 */
#ifndef RULE_LOAD_RULE_LOAD_H
#define RULE_LOAD_RULE_LOAD_H

#include "base/yaml/problems.h"
#include "rule/sandbox/sandbox.h"
#include "rule/set/rule_set.h"

enum rule_loaded {
  RULE_LOADED,
  RULE_WAITS, /* it derives from rule->base: to be loaded again with that rule */
  RULE_BROKEN /* then `rule` holds nothing that needs releasing */
};

/* Reads the rule of a file whose text lives in the set's arena. Every mistake adds a problem.
 * `base` NULL: not known yet. */
enum rule_loaded rule_load(struct rule_set *set, struct sandbox *sandbox, const char *file,
                           struct text source, const struct rule *base, struct rule *rule,
                           struct problems *problems);

#endif

/* From a file's text to a rule. */
#ifndef RULE_LOAD_RULE_LOAD_H
#define RULE_LOAD_RULE_LOAD_H

#include "rule/rule.h"
#include "rule/sandbox/sandbox.h"

/* rule_set_load_files with other limits, and with a mapping for Sigma rules and somebody who asks
 * how far it is (both may be NULL). */
struct rule_set *rule_set_build(const struct rule_file *files, size_t count,
                                const struct sandbox_limits *limits,
                                const struct sigma_mapping *sigma,
                                const struct rule_progress *progress, struct problems *problems);

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

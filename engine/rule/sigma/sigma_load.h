/*
 * The room rule/sigma reads Sigma rules into the same conditions and rules as Lua files.
 *
 * Sigma rules: YAML files beside the Lua ones (docs/sigma.md), compiled to the same conditions.
 *
 * Written against the Sigma specification 2.1 (rules, modifiers, correlation rules, tags), and
 * where that is silent by what pySigma does. What Sigma has and margay has not is refused with a
 * reason, rule by rule; that is no mistake. What Sigma has not is a mistake.
 *
 * Threads: as in rule/load: one thread makes a set, and several sets may be made at once.
 */
#ifndef RULE_SIGMA_SIGMA_LOAD_H
#define RULE_SIGMA_SIGMA_LOAD_H

#include "base/yaml/problems.h"
#include "rule/set/rule_set.h"

struct sigma_logsources;

/* Reads files, one after the other, and then the correlation rules in all of them. */
struct sigma_loader;

/* All arguments must outlive the loader. */
struct sigma_loader *sigma_loader_new(struct rule_set *set,
                                      const struct sigma_logsources *logsources,
                                      struct problems *problems);
/* The texts live in the set's arena. */
void sigma_loader_add(struct sigma_loader *loader, const char *file, struct text source);

/* The rules so far; they are the caller's to copy, with their conditions. After this no file is
 * added. What was refused is in the set. */
struct rule *sigma_loader_finish(struct sigma_loader *loader, size_t *count);
void sigma_loader_free(struct sigma_loader *loader);

#endif

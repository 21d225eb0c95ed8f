/*
 * Running a rule set's files in a sandbox: what loading a set and a rule's vm share.
 *
 * A sandbox belongs to one thread at a time. The set is only read.
 */
#ifndef RULE_VM_RULE_RUN_H
#define RULE_VM_RULE_RUN_H

#include "rule/binding/event_binding.h"
#include "rule/sandbox/sandbox.h"
#include "rule/set/rule_set.h"

/* A sandbox with the modules re, ip, time and kv, the event, and the set's libraries for require().
 * The set and the binding must outlive it. */
struct sandbox *rule_sandbox_new(const struct rule_set *set, const struct sandbox_limits *limits,
                                 struct event_binding *binding);

/* Whether require() finds it: a library of the set, or a module. */
bool rule_library_exists(const struct rule_set *set, struct text name);
/* The nearest such name, in the arena, or NULL. */
const char *rule_library_nearest(const struct rule_set *set, struct text name, struct arena *arena);

/* Runs a library of the set. False with the error that it raised. */
bool rule_run_library(struct sandbox *sandbox, const struct rule_library *library,
                      struct error *error);

/* Runs a file whose declarations are known and pushes its environment. On an error nothing is
 * pushed. */
bool rule_run(struct sandbox *sandbox, const char *file, struct text source, struct error *error);

/* The same, but pushes the table that the file gave to `tests`, or nil. */
bool rule_run_for_tests(struct sandbox *sandbox, const char *file, struct text source,
                        struct error *error);

#endif

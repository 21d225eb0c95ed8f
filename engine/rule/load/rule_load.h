/* From a file's text to a rule, and the sandbox in which a rule set's files run: what rule_set.c
 * and rule_vm.c share. */
#ifndef RULE_LOAD_RULE_LOAD_H
#define RULE_LOAD_RULE_LOAD_H

#include "rule/binding/event_binding.h"
#include "rule/rule.h"
#include "rule/sandbox/sandbox.h"

/* rule_set_load_files with other limits, and with a mapping for Sigma rules and somebody who asks
 * how far it is (both may be NULL). */
struct rule_set *rule_set_build(const struct rule_file *files, size_t count,
                                const struct sandbox_limits *limits,
                                const struct sigma_mapping *sigma,
                                const struct rule_progress *progress, struct problems *problems);

/* A sandbox with the modules re, ip, time and kv, the event, and the set's libraries for require().
 */
struct sandbox *rule_sandbox_new(const struct rule_set *set, const struct sandbox_limits *limits,
                                 struct event_binding *binding);

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

/* Loads the library in the sandbox, for its mistakes. */
bool rule_load_library(struct sandbox *sandbox, const struct rule_library *library,
                       struct error *error);

/* Runs a file whose metadata is known and pushes its environment. */
bool rule_run(struct sandbox *sandbox, const char *file, struct text source, struct error *error);

/* The same, but pushes the table that the file gave to `tests`, or nil. */
bool rule_run_for_tests(struct sandbox *sandbox, const char *file, struct text source,
                        struct error *error);

/* The modules. Each pushes its table. */
int rule_open_re(lua_State *lua);
int rule_open_ip(lua_State *lua);
int rule_open_time(lua_State *lua);

#endif

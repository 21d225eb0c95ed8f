/*
 * A Lua expression, tried on one event after another: it sees what a rule sees (`event`, the
 * modules, rules/lib through require), in a sandbox of its own.
 *
 * An expression serves one thread at a time.
 */
#ifndef RULE_VM_RULE_EXPRESSION_H
#define RULE_VM_RULE_EXPRESSION_H

#include "rule/set/rule_set.h"

struct event;
struct lookup_set;
struct rule_expression;

/* `source` is an expression ("event.operator"), or statements that end in `return …`. `name` stands
 * for the file in errors. The set gives the libraries, the tables what event:lookup finds (NULL:
 * nothing); both must outlive the expression. NULL with the reason. */
struct rule_expression *rule_expression_new(const struct rule_set *set,
                                            const struct lookup_set *lookups, const char *name,
                                            struct text source, struct error *error);
void rule_expression_free(struct rule_expression *expression); /* NULL is fine */

/* Appends the value as JSON; nothing for nil and false. False with the reason. */
bool rule_expression_evaluate(struct rule_expression *expression, const struct event *event,
                              struct buffer *json, struct error *error);

#endif

/*
 * Where alerts go by a configuration, for people: of a rule, as far as that is known before there
 * is an alert, and of one alert.
 *
 * For one thread.
 */
#ifndef COMMAND_RULES_RULES_ROUTES_H
#define COMMAND_RULES_RULES_ROUTES_H

#include "alert/routing/routing.h"
#include "rule/rule.h"

#include <stdio.h>

/* The destinations and routes of a configuration; NULL where it names none, or cannot be read as
 * far as that (secrets that are not there are no matter). NULL for NULL. */
struct rules_routes;
struct rules_routes *rules_routes_read(const char *config_path);
void rules_routes_free(struct rules_routes *routes); /* NULL is fine */

/* Appends "chat, pager (route 2)", "nowhere (muted by weekend: migration)", "nowhere (its rule
 * names no destination)"; nothing when `routes` is NULL. */
void rules_routes_append(const struct rules_routes *routes, const struct routing_names *names,
                         const struct route_subject *subject, struct buffer *out);

/* The same for alerts of the rule with its own severity: first those of routes that ask for an
 * actor or a source, a line each ("for some actors: …"), then what is left. Lines end in a line
 * break. */
void rules_routes_append_rule(const struct rules_routes *routes, const struct rule *rule,
                              struct buffer *out);

/* Prints the section "sent to" of one rule; nothing when `routes` is NULL. */
void rules_routes_print_rule(const struct rules_routes *routes, const struct rule *rule, FILE *out);

/* Prints a table behind a list of rules: where alerts go, and of how many of these rules. Nothing
 * when `routes` is NULL. */
void rules_routes_print_table(const struct rules_routes *routes, const struct rule_list *rules,
                              FILE *out);

#endif

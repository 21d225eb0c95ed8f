/*
 * margay's own key in a Sigma rule: what alerts say and how matches are grouped
 * (rule/rule_template.h).
 *
 *   margay:
 *     title: Waiting room turned off by {operator}
 *     dedup: operator
 *     unique: ip_address
 *     alert_context: [operator, operation_detail]     or names with fields
 *     rate: {per: operator, at_least: 10, within: 1h}  and other questions (sigma_question.h)
 *
 * Private to Sigma's loader; for the thread that loads.
 */
#ifndef RULE_SIGMA_SIGMA_TEMPLATE_H
#define RULE_SIGMA_SIGMA_TEMPLATE_H

#include "rule/sigma/sigma_reader.h"

/* Reads the key, if it is there, into the rule, whose log types are known; fields are called as
 * the source's events call them. False on a mistake: a field that none of the log types has, too.
 */
bool sigma_templates_read(struct sigma_reader *reader, const struct sigma_log_source *source,
                          struct rule *rule);

/* For correlations over matches: false with a mistake when the key is there. */
bool sigma_templates_refuse(struct sigma_reader *reader);

#endif

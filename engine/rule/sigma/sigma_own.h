/*
 * margay's own key in a Sigma rule: how sure the rule is of its words, its pack, what alerts say
 * and how matches are grouped (rule/rule_template.h).
 *
 *   margay:
 *     evidence: sample
 *     pack: zoom-core
 *     title: Waiting room turned off by {operator}
 *     dedup: operator
 *     unique: ip_address
 *     alert_context: [operator, operation_detail]     or names with fields
 *     rate: {per: operator, at_least: 10, within: 1h}  and other questions (sigma_question.h)
 *
 * Private to Sigma's loader; for the thread that loads.
 */
#ifndef RULE_SIGMA_SIGMA_OWN_H
#define RULE_SIGMA_SIGMA_OWN_H

#include "rule/sigma/sigma_reader.h"

/* Whether a key is one that counts below `margay` and not at the top of a rule. */
bool sigma_own_is_key(struct text key);

/* Reads `evidence` and `pack`, if they are there, into the rule. False on a mistake. */
bool sigma_own_read_metadata(struct sigma_reader *reader, struct rule *rule);

/* Reads texts, context and questions, if they are there, into the rule, whose log types are known;
 * fields are called as the source's events call them. False on a mistake: an unknown key, or a
 * field that none of the log types has, too. */
bool sigma_own_read_texts(struct sigma_reader *reader, const struct sigma_log_source *source,
                          struct rule *rule);

/* For correlations over matches: false with a mistake at a key that is neither `evidence` nor
 * `pack`. */
bool sigma_own_check_correlation(struct sigma_reader *reader);

#endif

/* Questions of the events before (rule/question.h) in margay's own key of a Sigma rule. Private to
 * Sigma's loader; for the thread that loads. */
#ifndef RULE_SIGMA_SIGMA_QUESTION_H
#define RULE_SIGMA_SIGMA_QUESTION_H

#include "rule/sigma/sigma_reader.h"

/* Reads the questions that stand in the key's mapping into the rule, whose log types are known.
 * False on a mistake: a field that none of the log types has, too. */
bool sigma_questions_read(struct sigma_reader *reader, const struct rule_template_reading *fields,
                          const struct yaml_node *mapping, struct rule *rule);

#endif

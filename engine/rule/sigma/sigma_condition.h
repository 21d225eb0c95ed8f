/* A detection: its `condition` (and, or, not, parentheses, `1 of x*`, `all of them`) over its
 * search identifiers. Private to Sigma's loader. */
#ifndef RULE_SIGMA_SIGMA_CONDITION_H
#define RULE_SIGMA_SIGMA_CONDITION_H

#include "rule/sigma/sigma_search.h"

/* The whole, with what the logsource's mapping adds. NULL on a mistake, or when the rule is
 * refused. The condition is the caller's to release. */
const struct condition *sigma_detection_compile(const struct sigma_detection *detection);

/* The same for a rule of several sources, each with its own names of fields: what holds for an
 * event of one of them. `source` of the detection is not asked. */
const struct condition *sigma_detection_compile_all(const struct sigma_detection *detection,
                                                    const struct sigma_log_sources *sources);

#endif

/* A search identifier's definition, to a condition. Private to Sigma's loader. */
#ifndef RULE_SIGMA_SIGMA_SEARCH_H
#define RULE_SIGMA_SIGMA_SEARCH_H

#include "rule/sigma/sigma_reader.h"

/* What a detection names, and the logsource that says how its fields are called. */
struct sigma_detection {
  struct sigma_reader *reader;
  const struct sigma_log_source *source;
  const struct yaml_node *detection;
  bool filter;            /* of a filter: `rules` is no search identifier */
  struct text *aggregate; /* takes what stands behind a `|` in the condition; NULL: nothing may */
};

/* One search identifier's definition: a map, a list of maps, keywords. NULL on a mistake, or when
 * the rule is refused. The condition is the caller's to release. */
const struct condition *sigma_search_compile(const struct sigma_detection *detection,
                                             const struct yaml_node *definition);

/* The parts' AND or OR; NULL, and all released, when one of them is NULL. */
const struct condition *sigma_join(struct arena *arena, enum condition_kind kind,
                                   const struct condition *const *parts, size_t count);

#endif

/*
 * Aggregations in a condition, from before Sigma had correlation rules: `selection | count(field)
 * by host, user > 10`, over the detection's `timeframe`. Private to Sigma's loader; for the thread
 * that loads.
 */
#ifndef RULE_SIGMA_SIGMA_AGGREGATE_H
#define RULE_SIGMA_SIGMA_AGGREGATE_H

#include "rule/sigma/sigma_measure.h"

/* The span of an aggregation without a `timeframe`. */
#define SIGMA_TIMEFRAME_DEFAULT US_PER_HOUR

struct sigma_aggregate {
  struct sigma_measure measure;
  const struct yaml_node *place;                /* the condition */
  struct text group_by[CORRELATION_FIELDS_MAX]; /* as the rule calls them; in its tree */
  size_t group_count;
};

/* Reads what stands behind the `|`. False on a mistake, or when the rule is refused. */
bool sigma_aggregate_read(struct sigma_reader *reader, struct text text,
                          struct sigma_aggregate *aggregate);

#endif

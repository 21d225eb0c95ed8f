/* What is counted or calculated over several matches, and what of it alerts. Private to Sigma's
 * loader; for the thread that loads. */
#ifndef RULE_SIGMA_SIGMA_MEASURE_H
#define RULE_SIGMA_SIGMA_MEASURE_H

#include "rule/correlation.h"
#include "rule/sigma/sigma_reader.h"

struct sigma_measure {
  struct correlation_measure over; /* its bounds among them */
  struct text
      fields[CORRELATION_FIELDS_MAX]; /* whose values are asked for; as the rule calls them */
  size_t field_count;
  int64_t timespan;
};

/* A comparison that a value is to hold. False, with a mistake, when there are too many. */
bool sigma_measure_bound(struct sigma_reader *reader, const struct yaml_node *place,
                         enum correlation_comparison comparison, double value,
                         struct sigma_measure *measure);

/* Looks whether the bounds can hold, and not always; and takes `eq` for `gte` where a count goes
 * through every number. Ends the reading of a measure. */
bool sigma_measure_check(struct sigma_reader *reader, const struct yaml_node *place,
                         struct sigma_measure *measure);

/* The number that a count has to reach, when that is all that is asked for; 0 otherwise. */
int64_t sigma_measure_threshold(const struct sigma_measure *measure);

#endif

#include "rule/correlation.h"

bool correlation_measure_holds(const struct correlation_measure *measure, double value) {
  for (size_t i = 0; i < measure->bound_count; i++) {
    double bound = measure->bounds[i].value;
    const bool holds[] = {[CORRELATION_GT] = value > bound,  [CORRELATION_GTE] = value >= bound,
                          [CORRELATION_LT] = value < bound,  [CORRELATION_LTE] = value <= bound,
                          [CORRELATION_EQ] = value == bound, [CORRELATION_NEQ] = value != bound};
    if (!holds[measure->bounds[i].comparison])
      return false;
  }
  return true;
}

bool correlation_is_bounded(const struct correlation *correlation) {
  if (correlation->measure && !correlation->measure->at_once)
    return true;
  for (size_t i = 0; i < correlation->step_count; i++)
    if (correlation_step_is_bounded(&correlation->steps[i]))
      return true;
  return false;
}

unsigned correlation_depth(const struct correlation *correlation) {
  unsigned depth = 0;
  for (size_t i = 0; i < correlation->step_count; i++)
    for (size_t k = 0; k < correlation->steps[i].source_count; k++) {
      const struct rule *rule = correlation->steps[i].sources[k].rule;
      unsigned below = rule->correlation ? 1 + correlation_depth(rule->correlation) : 0;
      depth = below > depth ? below : depth;
    }
  return depth;
}

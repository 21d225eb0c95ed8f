#include "rule/correlation.h"

bool correlation_is_bounded(const struct correlation *correlation) {
  for (size_t i = 0; i < correlation->step_count; i++)
    if (correlation_step_is_bounded(&correlation->steps[i]))
      return true;
  return false;
}

#include "rule/sigma/sigma_measure.h"

#include <math.h>

#define COUNT_MOST 1e9

bool sigma_measure_bound(struct sigma_reader *reader, const struct yaml_node *place,
                         enum correlation_comparison comparison, double value,
                         struct sigma_measure *measure) {
  struct correlation_measure *over = &measure->over;
  if (over->bound_count == CORRELATION_BOUNDS_MAX)
    return yaml_problem(&reader->context, place, "condition: more than %d comparisons",
                        CORRELATION_BOUNDS_MAX);
  over->bounds[over->bound_count++] = (struct correlation_bound){comparison, value};
  return true;
}

static bool is_count(const struct correlation_measure *over) {
  return over->kind == CORRELATION_COUNT || over->kind == CORRELATION_VALUES;
}

/* The least count that holds, from 1 on; 0 when none does. What comes after the last bound is all
 * alike. */
static int64_t least_count(const struct correlation_measure *over) {
  double last = 1;
  for (size_t i = 0; i < over->bound_count; i++) {
    double candidates[] = {floor(over->bounds[i].value), floor(over->bounds[i].value) + 1};
    for (size_t k = 0; k < 2; k++)
      last = candidates[k] > last ? candidates[k] : last;
  }
  double least = 0;
  if (correlation_measure_holds(over, 1))
    return 1;
  for (size_t i = 0; i <= over->bound_count; i++) {
    double base = i < over->bound_count ? floor(over->bounds[i].value) : last;
    for (int beside = -1; beside <= 1; beside++) {
      double count = base + beside;
      if (count >= 1 && (least == 0 || count < least) && correlation_measure_holds(over, count))
        least = count;
    }
  }
  return (int64_t)least;
}

static bool only_from_below(const struct correlation_measure *over) {
  for (size_t i = 0; i < over->bound_count; i++)
    if (over->bounds[i].comparison != CORRELATION_GT &&
        over->bounds[i].comparison != CORRELATION_GTE)
      return false;
  return true;
}

bool sigma_measure_check(struct sigma_reader *reader, const struct yaml_node *place,
                         struct sigma_measure *measure) {
  struct correlation_measure *over = &measure->over;
  /* In a sliding window, a count reaches n before it exceeds n. */
  if (is_count(over) && over->bound_count == 1 && over->bounds[0].comparison == CORRELATION_EQ)
    over->bounds[0].comparison = CORRELATION_GTE;
  over->at_once = only_from_below(over) && (is_count(over) || over->kind == CORRELATION_SUM);
  if (!is_count(over))
    return true;
  for (size_t i = 0; i < over->bound_count; i++)
    if (fabs(over->bounds[i].value) > COUNT_MOST)
      return yaml_problem(&reader->context, place, "condition: a count of more than 1000000000");
  int64_t least = least_count(over);
  if (least == 0)
    return yaml_problem(&reader->context, place,
                        "a condition that never holds: there is one event "
                        "at least");
  return !(over->at_once && least == 1 && over->bounds[0].value < 1 &&
           !(over->bounds[0].comparison == CORRELATION_GT && over->bounds[0].value == 0)) ||
         yaml_problem(&reader->context, place, "a correlation's condition that always holds");
}

int64_t sigma_measure_threshold(const struct sigma_measure *measure) {
  bool count = is_count(&measure->over) && measure->over.at_once;
  return count ? least_count(&measure->over) : 0;
}

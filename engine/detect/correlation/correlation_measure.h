/* Looking for an instance of a correlation with a measure (rule/correlation.h). Private to
 * correlation_state.c. */
#ifndef DETECT_CORRELATION_CORRELATION_MEASURE_H
#define DETECT_CORRELATION_CORRELATION_MEASURE_H

#include "detect/correlation/correlation_find.h"

/*
 * The instance that ends first, at or after `from`. Of a measure that waits for its span's end, the
 * earliest span: CORRELATION_PASSED when it is over and is no instance, or is from before `from`;
 * then its matches (find->range of the step) are used up.
 */
enum correlation_finding correlation_measure_find(const struct correlation_state *state,
                                                  time_us from, time_us complete,
                                                  struct correlation_find *find);

#endif

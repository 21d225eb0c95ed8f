#include "detect/correlation/correlation_outlook.h"

#include "base/hash.h"
#include "base/memory.h"

#include <stdlib.h>

/* 1 MiB: five times as many places as a correlation may have keys in memory and store together
 * (CORRELATION_KEYS_MAX), so that few are shared. */
#define PLACE_BITS CORRELATION_OUTLOOK_BITS

void correlation_outlook_free(struct correlation_outlook *outlook) {
  free(outlook->steps);
  outlook->steps = NULL;
}

static bool names_correlation(const struct correlation_step *step) {
  for (size_t i = 0; i < step->source_count; i++)
    if (step->sources[i].rule->correlation)
      return true;
  return false;
}

uint16_t correlation_outlook_needed(const struct correlation *correlation) {
  unsigned needed = 0;
  if (correlation->step_count < 2)
    return 0;
  for (size_t i = 0; i < correlation->step_count; i++)
    if (correlation->steps[i].min > 0 && !names_correlation(&correlation->steps[i]))
      needed |= 1U << i;
  return (uint16_t)needed;
}

static uint32_t place_of(size_t number, struct text key) {
  return (uint32_t)(hash_8(hash_text(key), number) >> (64 - PLACE_BITS));
}

uint32_t correlation_outlook_expect(struct correlation_outlook *outlook, size_t number,
                                    struct text key, size_t step) {
  const uint32_t place = place_of(number, key);
  if (!outlook->steps)
    outlook->steps = memory_alloc_array((size_t)1 << PLACE_BITS, sizeof *outlook->steps);
  outlook->steps[place] = (uint16_t)(outlook->steps[place] | 1U << step);
  return place;
}

bool correlation_outlook_allows_place(const struct correlation_outlook *outlook, uint32_t place,
                                      uint16_t needed) {
  return (outlook->steps[place] & needed) == needed;
}

bool correlation_outlook_allows(const struct correlation_outlook *outlook, size_t number,
                                struct text key, uint16_t needed) {
  return needed == 0 || !outlook->steps ||
         correlation_outlook_allows_place(outlook, place_of(number, key), needed);
}

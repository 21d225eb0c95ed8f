/*
 * Any bytes as the file of a time zone, and as the rule that goes on behind it. What is read gives
 * an offset of some days at most, at any time.
 */
#include "base/zone/time_zone.h"
#include "base/zone/zone_rule.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A week of hours, and summer time beside it. */
#define OFFSET_MAX (15 * US_PER_DAY)

static void must(bool holds) {
  if (!holds)
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const time_us times[] = {TIME_BEGIN, -1, 0, INT64_C(1711846800) * US_PER_SECOND,
                                  TIME_END - 1};
  const struct text text = {(const char *)data, size};
  struct error error = ERROR_NONE;
  struct zone_rule rule;
  struct time_zone *zone = time_zone_parse(text, &error);
  must(zone || error.set);
  bool is_rule = zone_rule_parse(text, &rule);
  for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
    int64_t offset = zone ? time_zone_offset(zone, times[i]) : 0;
    must(offset >= -OFFSET_MAX && offset <= OFFSET_MAX);
    offset = is_rule ? zone_rule_offset(&rule, times[i] / US_PER_SECOND) * US_PER_SECOND : 0;
    must(offset >= -OFFSET_MAX && offset <= OFFSET_MAX);
  }
  time_zone_free(zone);
  return 0;
}

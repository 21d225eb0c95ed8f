#include "detect/detection.h"

#include "base/memory.h"

#include <stdlib.h>

struct detection *detection_new(struct schema_set *schemas, struct rule_set *rules) {
  struct detection *detection = memory_alloc(sizeof *detection);
  detection->schemas = schemas;
  detection->rules = rules;
  atomic_init(&detection->references, 1);
  return detection;
}

void detection_add_lookups(struct detection *detection, struct lookup_watch *lookups) {
  detection->lookups = lookups;
}

void detection_add_breaker(struct detection *detection) {
  detection->breaker = rule_breaker_new(detection->rules->count);
}

void detection_take_pauses(struct detection *detection, const struct detection *before) {
  if (detection->breaker && before->breaker)
    rule_breaker_take_over(detection->breaker, detection->rules, before->breaker, before->rules);
}

struct detection *detection_hold(struct detection *detection) {
  atomic_fetch_add(&detection->references, 1);
  return detection;
}

void detection_release(struct detection *detection) {
  if (!detection || atomic_fetch_sub(&detection->references, 1) > 1)
    return;
  rule_breaker_free(detection->breaker);
  rule_set_free(detection->rules);
  schema_set_free(detection->schemas);
  lookup_watch_free(detection->lookups);
  free(detection);
}

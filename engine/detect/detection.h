/*
 * What detects: a schema set, a rule set and lookup tables, read together and swapped together.
 * Shared by threads and counted: whoever keeps a pointer holds a reference.
 */
#ifndef DETECT_DETECTION_H
#define DETECT_DETECTION_H

#include "event/lookup/lookup_watch.h"
#include "event/schema/schema.h"
#include "rule/set/rule_set.h"
#include "rule/vm/rule_breaker.h"

#include <stdatomic.h>

struct detection {
  struct schema_set *schemas; /* NULL: records are taken unchecked */
  struct rule_set *rules;
  struct lookup_watch *lookups; /* NULL: there are no tables */
  struct rule_breaker *breaker; /* NULL: no rule is ever paused */
  atomic_int references;
};

/* Takes both sets over. One reference is the caller's. */
struct detection *detection_new(struct schema_set *schemas, struct rule_set *rules);
/* Takes the tables over. Before anybody else sees the detection. */
void detection_add_lookups(struct detection *detection, struct lookup_watch *lookups);
/* From now on rules that reach their limits again and again are paused (rule/vm/rule_breaker.h).
 * For a daemon, before anybody else sees the detection. */
void detection_add_breaker(struct detection *detection);
/* The rules that `before` has paused stay paused, if they are the same. Before anybody else sees
 * the detection. */
void detection_take_pauses(struct detection *detection, const struct detection *before);
struct detection *detection_hold(struct detection *detection);
void detection_release(struct detection *detection); /* NULL is fine */

#endif

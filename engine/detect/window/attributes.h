/*
 * summary_attributes: the values that a match has for the fields that its rule names, and the
 * commonest of them over an alert's matches.
 */
#ifndef DETECT_WINDOW_ATTRIBUTES_H
#define DETECT_WINDOW_ATTRIBUTES_H

#include "base/arena.h"
#include "base/map.h"
#include "rule/rule.h"

#define ATTRIBUTE_VALUES_MAX 20 /* of one event for one field */
#define ATTRIBUTE_SIZE_MAX 200  /* bytes of a value; the rest is cut */

/* The event's values for the rule's summary_attributes, as bytes that attributes_next takes apart;
 * empty when there are none. A list counts each of its elements, each once. Lives in the arena. */
struct text attributes_of_event(const struct rule *rule, const struct event *event,
                                struct arena *arena);

/* Takes the next pair off the front; false at the end. */
bool attributes_next(struct text *attributes, struct text *name, struct text *value);

/* Counts values over matches. Start it zeroed. */
struct attribute_counts {
  struct map counts; /* "name \0 value" -> struct attribute_count */
  int64_t matches;
};
void attribute_counts_add(struct attribute_counts *counts, struct text attributes);
void attribute_counts_clear(struct attribute_counts *counts);
/* What struct alert's `attributes` is to be. */
void attribute_counts_write(const struct attribute_counts *counts, struct buffer *out);

#endif

/*
 * An alert's commonest values as JSON: {"operator":{"a@example.com":3}}. It is written from counts
 * that come by name, the commonest value first; at most five values a name are shown.
 *
 * Threads: any; a summary serves one thread. Start it with where it goes: {.out = &buffer}.
 */
#ifndef ALERT_ATTRIBUTE_SUMMARY_H
#define ALERT_ATTRIBUTE_SUMMARY_H

#include "base/buffer.h"

#define ATTRIBUTE_VALUES_SHOWN 5     /* as Panther does */
#define ATTRIBUTE_MATCHES_MAX 100000 /* of an alert that are counted: its first */

struct attribute_summary {
  struct buffer *out;
  char name[256]; /* the last one; longer names are cut */
  size_t name_size, values;
  bool begun;
};

void attribute_summary_add(struct attribute_summary *summary, struct text name, struct text value,
                           int64_t count);
/* Without a value nothing is written. */
void attribute_summary_end(struct attribute_summary *summary);

#endif

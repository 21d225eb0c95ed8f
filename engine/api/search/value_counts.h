/* How often each value comes, for lists of the commonest. For one thread. */
#ifndef API_SEARCH_VALUE_COUNTS_H
#define API_SEARCH_VALUE_COUNTS_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/map.h"
#include "event/json/json.h"

struct value_count {
  struct text value;
  int64_t count;
};

/* Starts zeroed. */
struct value_counts {
  struct arena arena;
  struct map values; /* value -> struct value_count, in the arena */
};

/* Counts a value; one that is longer than VALUE_COUNT_BYTES is cut. */
#define VALUE_COUNT_BYTES ((size_t)256)
void value_counts_add(struct value_counts *counts, struct text value);

/* Counts a value of an event: a text as it is, numbers and booleans as JSON, each element of a
 * list. Nothing for null, objects and lists within lists. */
void value_counts_add_node(struct value_counts *counts, const struct json_node *node);

/* Appends [{"value":…,"count":…}], the commonest first, at most `most`. */
void value_counts_append(const struct value_counts *counts, size_t most, struct buffer *json);

void value_counts_clear(struct value_counts *counts);

#endif

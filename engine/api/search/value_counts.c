#include "api/search/value_counts.h"

#include "base/json_member.h"
#include "base/memory.h"

#include <inttypes.h>
#include <stdlib.h>

void value_counts_add(struct value_counts *counts, struct text value) {
  const struct text cut = text_cut(value, VALUE_COUNT_BYTES);
  struct value_count *count = map_get(&counts->values, cut);
  if (!count) {
    count = arena_alloc(&counts->arena, sizeof *count);
    count->value = arena_copy(&counts->arena, cut);
    map_put(&counts->values, count->value, count);
  }
  count->count++;
}

static void add_scalar(struct value_counts *counts, const struct json_node *node) {
  struct buffer shown = BUFFER_NONE;
  if (node->type == JSON_TYPE_NULL || json_is_container(node))
    return;
  if (node->type == JSON_TYPE_STRING) {
    value_counts_add(counts, json_text(node));
    return;
  }
  json_write(&shown, node);
  value_counts_add(counts, buffer_text(&shown));
  buffer_free(&shown);
}

void value_counts_add_node(struct value_counts *counts, const struct json_node *node) {
  if (!node)
    return;
  if (node->type != JSON_TYPE_ARRAY) {
    add_scalar(counts, node);
    return;
  }
  for (JSON_EACH(element, node))
    add_scalar(counts, element);
}

static int commonest_first(const void *a, const void *b) {
  const struct value_count *one = *(const struct value_count *const *)a,
                           *other = *(const struct value_count *const *)b;
  if (one->count != other->count)
    return one->count > other->count ? -1 : 1;
  return text_compare(one->value, other->value);
}

void value_counts_append(const struct value_counts *counts, size_t most, struct buffer *json) {
  const size_t count = counts->values.count;
  const struct value_count **sorted = memory_alloc_array(count + 1, sizeof *sorted);
  for (size_t i = 0; i < count; i++)
    sorted[i] = counts->values.entries[i].value;
  if (count > 1)
    qsort(sorted, count, sizeof *sorted, commonest_first);
  buffer_append_char(json, '[');
  for (size_t i = 0; i < count && i < most; i++) {
    buffer_append_string(json, i ? ",{" : "{");
    json_member_text(json, "value", sorted[i]->value);
    buffer_printf(json, ",\"count\":%" PRId64 "}", sorted[i]->count);
  }
  buffer_append_char(json, ']');
  free(sorted);
}

void value_counts_clear(struct value_counts *counts) {
  map_clear(&counts->values, NULL);
  arena_free(&counts->arena);
}

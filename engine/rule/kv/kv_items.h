/* The items of a string set: sorted, so that they are found, compared and given out in one order
 * whatever the order in which they came. Private to kv.c. The kv's thread only. */
#ifndef RULE_KV_KV_ITEMS_H
#define RULE_KV_KV_ITEMS_H

#include "base/buffer.h"

struct kv_items {
  struct text *items; /* sorted by bytes, each only once; every text is owned */
  size_t count, capacity;
  size_t bytes; /* that kv_items_encode gives */
};

bool kv_items_contain(const struct kv_items *items, struct text item);

/* Sorts the list and drops what it has twice; the count that is left. */
size_t kv_items_sort(struct text *list, size_t count);

/* Adds texts, which become owned. The list is sorted, and nothing of it is there. */
void kv_items_merge(struct kv_items *items, const struct text *list, size_t count);

/* Takes texts out without releasing them: into `taken`, or nowhere when that is NULL. The list is
 * sorted, and all of it is there. */
void kv_items_take(struct kv_items *items, const struct text *list, size_t count,
                   struct text *taken);

void kv_items_free(struct kv_items *items); /* empties */

/* Bytes that an item takes, encoded. */
static inline size_t kv_item_bytes(struct text item) {
  return sizeof(uint32_t) + item.size;
}

/* Each item with its size before it, for this machine only; and back. False when the bytes are
 * damaged: nothing is left in `items`. */
void kv_items_encode(const struct kv_items *items, struct buffer *out);
bool kv_items_decode(struct text bytes, struct kv_items *items);

#endif

#include "rule/kv/kv_items.h"

#include "base/codec.h"
#include "base/memory.h"

#include <stdlib.h>

static int compare_items(const void *a, const void *b) {
  return text_compare(*(const struct text *)a, *(const struct text *)b);
}

bool kv_items_contain(const struct kv_items *items, struct text item) {
  return items->count > 0 &&
         bsearch(&item, items->items, items->count, sizeof *items->items, compare_items) != NULL;
}

size_t kv_items_sort(struct text *list, size_t count) {
  size_t kept = 0;
  if (count > 1)
    qsort(list, count, sizeof *list, compare_items);
  for (size_t i = 0; i < count; i++)
    if (kept == 0 || !text_equal(list[kept - 1], list[i]))
      list[kept++] = list[i];
  return kept;
}

/* From the end, so that each text moves once. */
void kv_items_merge(struct kv_items *items, const struct text *list, size_t count) {
  size_t left = items->count, to = items->count + count;
  if (count == 0)
    return;
  items->items = memory_reserve(items->items, &items->capacity, to, sizeof *items->items);
  items->count = to;
  while (count > 0) {
    bool later = left > 0 && text_compare(items->items[left - 1], list[count - 1]) > 0;
    if (!later)
      items->bytes += kv_item_bytes(list[count - 1]);
    items->items[--to] = later ? items->items[--left] : list[--count];
  }
}

void kv_items_take(struct kv_items *items, const struct text *list, size_t count,
                   struct text *taken) {
  size_t kept = 0, gone = 0;
  for (size_t i = 0; i < items->count; i++) {
    struct text item = items->items[i];
    if (gone == count || text_compare(item, list[gone]) != 0) {
      items->items[kept++] = item;
      continue;
    }
    items->bytes -= kv_item_bytes(item);
    if (taken)
      taken[gone] = item;
    gone++;
  }
  items->count = kept;
}

void kv_items_free(struct kv_items *items) {
  for (size_t i = 0; i < items->count; i++)
    free((char *)(uintptr_t)items->items[i].data);
  free(items->items);
  *items = (struct kv_items){.items = NULL};
}

void kv_items_encode(const struct kv_items *items, struct buffer *out) {
  for (size_t i = 0; i < items->count; i++) {
    codec_put_u32(out, (uint32_t)items->items[i].size);
    codec_put_bytes(out, items->items[i].data, items->items[i].size);
  }
}

bool kv_items_decode(struct text bytes, struct kv_items *items) {
  struct codec_reader in = codec_reader_of(bytes);
  *items = (struct kv_items){.items = NULL};
  while (codec_rest(&in).size > 0) {
    struct text item = codec_take_bytes(&in, codec_take_u32(&in));
    /* In order: what finds an item relies on it. */
    if (items->count > 0 && text_compare(items->items[items->count - 1], item) >= 0)
      codec_refuse(&in);
    if (!codec_ok(&in))
      break;
    item.data = memory_copy_bytes(item.data, item.size);
    kv_items_merge(items, &item, 1);
  }
  if (!codec_ok(&in))
    kv_items_free(items);
  return codec_ok(&in);
}

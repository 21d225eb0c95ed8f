/* Counters, string sets and tables: what a rule can do with its entries. */
#include "rule/kv/kv_internal.h"

#include <stdlib.h>

static bool is_there(const struct kv *kv, const struct kv_entry *entry) {
  return entry->content.type != KV_NONE && kv->now < entry->content.expires_at;
}

/* The entry of the key, when it holds nothing or this type. */
static struct kv_entry *typed_entry(struct kv *kv, struct text key, enum kv_type type,
                                    struct error *error) {
  static const char *const names[] = {
      [KV_NONE] = "nothing",
      [KV_COUNTER] = "a counter",
      [KV_STRING_SET] = "a string set",
      [KV_TABLE] = "a table",
  };
  static const char *const resets[] = {
      [KV_COUNTER] = "counter", [KV_STRING_SET] = "string_set", [KV_TABLE] = "table"};
  struct kv_entry *entry = kv_entry_of(kv, key, error);
  if (!entry || !is_there(kv, entry) || entry->content.type == type)
    return entry;
  error_set(error, "the kv key holds %s, not %s: use another key, or kv.reset_%s first",
            names[entry->content.type], names[type], resets[entry->content.type]);
  return NULL;
}

static struct kv_content new_content(const struct kv *kv, enum kv_type type, int64_t lifetime) {
  return (struct kv_content){.type = type,
                             .expiry_given = lifetime > 0,
                             .expires_at = kv->now + (lifetime ? lifetime : KV_LIFETIME_DEFAULT)};
}

/* For what takes the place of the entry's content, which is of the same type. */
static struct kv_content next_content(const struct kv *kv, const struct kv_entry *entry,
                                      enum kv_type type, int64_t lifetime) {
  struct kv_content content = new_content(kv, type, lifetime);
  const struct kv_content *old = &entry->content;
  if (lifetime || !is_there(kv, entry))
    return content;
  content.expiry_given = old->expiry_given;
  if (old->expiry_given || old->expires_at > content.expires_at)
    content.expires_at = old->expires_at;
  return content;
}

/* Notes the expiry and the counter, and moves the expiry on as a write does. */
static void touch(struct kv *kv, struct kv_entry *entry, int64_t lifetime) {
  struct kv_content *content = &entry->content;
  struct kv_content *before = &kv_note_change(kv, entry, KV_CHANGE_SCALARS)->before;
  before->counter = content->counter;
  before->expires_at = content->expires_at;
  before->expiry_given = content->expiry_given;
  time_us by_default = kv->now + KV_LIFETIME_DEFAULT;
  if (lifetime) {
    content->expires_at = kv->now + lifetime;
    content->expiry_given = true;
  } else if (!content->expiry_given && content->expires_at < by_default) {
    content->expires_at = by_default;
  }
}

bool kv_type_of(struct kv *kv, struct text key, enum kv_type *type, struct error *error) {
  struct kv_entry *entry = kv_entry_of(kv, key, error);
  if (!entry)
    return false;
  *type = is_there(kv, entry) ? entry->content.type : KV_NONE;
  return true;
}

bool kv_reset(struct kv *kv, struct text key, enum kv_type type, struct error *error) {
  struct kv_entry *entry = typed_entry(kv, key, type, error);
  if (entry && entry->content.type != KV_NONE)
    kv_replace(kv, entry, (struct kv_content){.type = KV_NONE});
  return entry != NULL;
}

bool kv_set_lifetime(struct kv *kv, struct text key, int64_t lifetime, bool *found,
                     struct error *error) {
  struct kv_entry *entry = kv_entry_of(kv, key, error);
  if (!entry)
    return false;
  *found = is_there(kv, entry);
  if (*found)
    touch(kv, entry, lifetime);
  return true;
}

/* ---- counters ---- */

bool kv_counter_get(struct kv *kv, struct text key, int64_t *count, struct error *error) {
  struct kv_entry *entry = typed_entry(kv, key, KV_COUNTER, error);
  if (!entry)
    return false;
  *count = is_there(kv, entry) ? entry->content.counter : 0;
  return true;
}

bool kv_counter_add(struct kv *kv, struct text key, int64_t by, int64_t lifetime, int64_t *count,
                    struct error *error) {
  int64_t sum;
  struct kv_entry *entry = typed_entry(kv, key, KV_COUNTER, error);
  if (!entry)
    return false;
  if (__builtin_add_overflow(is_there(kv, entry) ? entry->content.counter : 0, by, &sum))
    return error_set(error, "a kv counter would leave the range of whole numbers");
  if (is_there(kv, entry))
    touch(kv, entry, lifetime);
  else
    kv_replace(kv, entry, new_content(kv, KV_COUNTER, lifetime));
  *count = entry->content.counter = sum;
  return true;
}

/* ---- string sets ---- */

static const struct kv_items *items_of(const struct kv *kv, const struct kv_entry *entry) {
  static const struct kv_items none = {.items = NULL};
  return is_there(kv, entry) ? &entry->content.items : &none;
}

bool kv_set_get(struct kv *kv, struct text key, const struct text **items, size_t *count,
                struct error *error) {
  struct kv_entry *entry = typed_entry(kv, key, KV_STRING_SET, error);
  if (!entry)
    return false;
  *items = items_of(kv, entry)->items;
  *count = items_of(kv, entry)->count;
  return true;
}

bool kv_set_contains(struct kv *kv, struct text key, struct text item, bool *contains,
                     struct error *error) {
  struct kv_entry *entry = typed_entry(kv, key, KV_STRING_SET, error);
  if (!entry)
    return false;
  *contains = kv_items_contain(items_of(kv, entry), item);
  return true;
}

/* Whether the sorted list may be added to the items. */
static bool check_items(const struct kv_items *items, const struct text *list, size_t count,
                        struct error *error) {
  size_t bytes = items->bytes;
  if (items->count + count > KV_ITEMS_MAX)
    return error_set(error, "a kv string set would have more than %d items", KV_ITEMS_MAX);
  for (size_t i = 0; i < count; i++) {
    if (list[i].size > KV_ITEM_SIZE_MAX)
      return error_set(error, "an item of a kv string set has more than %d bytes",
                       KV_ITEM_SIZE_MAX);
    bytes += kv_item_bytes(list[i]);
  }
  return bytes <= KV_SET_BYTES_MAX ||
         error_set(error, "a kv string set would be larger than %zu KiB", KV_SET_BYTES_MAX >> 10);
}

/* The list as texts of its own, for a change to hold. */
static struct text *copy_items(const struct text *list, size_t count) {
  struct text *copies = memory_alloc_array(count + 1, sizeof *copies);
  for (size_t i = 0; i < count; i++)
    copies[i] = kv_own(list[i]);
  return copies;
}

bool kv_set_put(struct kv *kv, struct text key, struct text *list, size_t count, int64_t lifetime,
                struct error *error) {
  static const struct kv_items none = {.items = NULL};
  struct kv_entry *entry = typed_entry(kv, key, KV_STRING_SET, error);
  count = kv_items_sort(list, count);
  if (!entry || !check_items(&none, list, count, error))
    return false;
  if (count == 0)
    return kv_reset(kv, key, KV_STRING_SET, error);
  struct kv_content content = next_content(kv, entry, KV_STRING_SET, lifetime);
  struct text *copies = copy_items(list, count);
  kv_items_merge(&content.items, copies, count);
  free(copies);
  kv_replace(kv, entry, content);
  return true;
}

/* Drops from the sorted list what the set has (or, `present`, what it has not). */
static size_t select_items(const struct kv_items *items, struct text *list, size_t count,
                           bool present) {
  size_t kept = 0;
  for (size_t i = 0; i < count; i++)
    if (kv_items_contain(items, list[i]) == present)
      list[kept++] = list[i];
  return kept;
}

bool kv_set_add(struct kv *kv, struct text key, struct text *list, size_t count, int64_t lifetime,
                struct kv_set_change *change, struct error *error) {
  struct kv_entry *entry = typed_entry(kv, key, KV_STRING_SET, error);
  if (!entry)
    return false;
  const struct kv_items *items = items_of(kv, entry);
  count = select_items(items, list, kv_items_sort(list, count), false);
  if (!check_items(items, list, count, error))
    return false;
  *change = (struct kv_set_change){.size = items->count + count, .changed = count};
  if (change->size == 0)
    return true;
  if (is_there(kv, entry))
    touch(kv, entry, lifetime);
  else
    kv_replace(kv, entry, new_content(kv, KV_STRING_SET, lifetime));
  if (count == 0)
    return true;
  struct kv_change *added = kv_note_change(kv, entry, KV_CHANGE_ADDED);
  size_t before = kv_content_bytes(&entry->content);
  added->items = copy_items(list, count);
  added->item_count = count;
  kv_items_merge(&entry->content.items, added->items, count);
  kv->bytes += kv_content_bytes(&entry->content) - before;
  return true;
}

bool kv_set_remove(struct kv *kv, struct text key, struct text *list, size_t count,
                   struct kv_set_change *change, struct error *error) {
  struct kv_entry *entry = typed_entry(kv, key, KV_STRING_SET, error);
  if (!entry)
    return false;
  const struct kv_items *items = items_of(kv, entry);
  count = select_items(items, list, kv_items_sort(list, count), true);
  *change = (struct kv_set_change){.size = items->count - count, .changed = count};
  if (count == 0)
    return true;
  if (change->size == 0)
    return kv_reset(kv, key, KV_STRING_SET, error);
  touch(kv, entry, 0);
  struct kv_change *removed = kv_note_change(kv, entry, KV_CHANGE_REMOVED);
  removed->items = memory_alloc_array(count, sizeof *removed->items);
  removed->item_count = count;
  size_t before = kv_content_bytes(&entry->content);
  kv_items_take(&entry->content.items, list, count, removed->items);
  kv->bytes -= before - kv_content_bytes(&entry->content);
  return true;
}

/* ---- tables ---- */

bool kv_table_get(struct kv *kv, struct text key, struct text *json, struct error *error) {
  struct kv_entry *entry = typed_entry(kv, key, KV_TABLE, error);
  if (!entry)
    return false;
  *json = is_there(kv, entry) ? entry->content.table : TEXT("");
  return true;
}

bool kv_table_put(struct kv *kv, struct text key, struct text json, int64_t lifetime,
                  struct error *error) {
  struct kv_entry *entry = typed_entry(kv, key, KV_TABLE, error);
  if (!entry)
    return false;
  if (json.size > KV_TABLE_BYTES_MAX)
    return error_set(error, "a kv table would be larger than %zu KiB of JSON",
                     KV_TABLE_BYTES_MAX >> 10);
  struct kv_content content = next_content(kv, entry, KV_TABLE, lifetime);
  content.table = kv_own(json);
  kv_replace(kv, entry, content);
  return true;
}

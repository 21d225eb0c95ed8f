#include "rule/kv/kv_internal.h"

#include <errno.h>
#include <stdlib.h>

/* Entries in memory take this much at most between two calls, as far as there is a backing to take
 * them from again. */
#define CACHE_BYTES_MAX ((size_t)16 << 20)

struct kv *kv_new(const struct kv_backing *backing) {
  struct kv *kv = memory_alloc(sizeof *kv);
  kv->has_backing = backing != NULL;
  if (backing)
    kv->backing = *backing;
  return kv;
}

static void text_release(struct text text) {
  free((char *)(uintptr_t)text.data);
}

static void content_free(struct kv_content *content) {
  kv_items_free(&content->items);
  text_release(content->table);
  *content = (struct kv_content){.type = KV_NONE};
}

static void entry_release(void *value) {
  struct kv_entry *entry = value;
  content_free(&entry->content);
  text_release(entry->rule_id);
  text_release(entry->key);
  free(entry);
}

void kv_forget(struct kv *kv) {
  map_clear(&kv->entries, entry_release);
  kv->bytes = 0;
  kv->changed_count = 0;
  kv->failure.set = false;
}

void kv_free(struct kv *kv) {
  if (!kv)
    return;
  kv_forget(kv);
  free(kv->changed);
  free(kv->log);
  buffer_free(&kv->joined);
  buffer_free(&kv->value);
  free(kv);
}

bool kv_is_sound(const struct kv *kv, struct error *error) {
  return !kv->failure.set || error_set(error, "%s", kv->failure.text);
}

size_t kv_content_bytes(const struct kv_content *content) {
  return content->items.bytes + content->items.capacity * sizeof(struct text) + content->table.size;
}

/* ---- to the backing and back ---- */

/* Decimal, so that a person can read it in the store. A NUL follows the value. */
static bool decode_counter(struct text value, int64_t *counter) {
  char *end;
  errno = 0;
  *counter = strtoll(value.data, &end, 10);
  return errno == 0 && value.size > 0 && end == value.data + value.size;
}

/* What is damaged is as if it were not there. */
static void decode(const struct kv_stored *stored, struct kv_content *content) {
  bool ok = false;
  *content = (struct kv_content){
      .type = stored->type, .expires_at = stored->expires_at, .expiry_given = stored->expiry_given};
  switch (stored->type) {
  case KV_COUNTER:
    ok = decode_counter(stored->value, &content->counter);
    break;
  case KV_STRING_SET:
    ok = kv_items_decode(stored->value, &content->items) && content->items.count > 0;
    break;
  case KV_TABLE:
    content->table = (struct text){memory_copy_bytes(stored->value.data, stored->value.size),
                                   stored->value.size};
    ok = stored->value.size > 0;
    break;
  default:
    break;
  }
  if (!ok)
    content_free(content);
}

static struct text encode(const struct kv_content *content, struct buffer *value) {
  if (content->type == KV_TABLE)
    return content->table;
  buffer_reset(value);
  if (content->type == KV_COUNTER)
    buffer_printf(value, "%lld", (long long)content->counter);
  else
    kv_items_encode(&content->items, value);
  return buffer_text(value);
}

static bool save_entry(struct kv *kv, struct kv_entry *entry, struct error *error) {
  const struct kv_content *content = &entry->content;
  if (content->type == KV_NONE) {
    bool ok = !entry->stored ||
              kv->backing.save(kv->backing.context, entry->rule_id, entry->key, NULL, error);
    entry->stored = entry->stored && !ok;
    return ok;
  }
  const struct kv_stored stored = {.type = content->type,
                                   .value = encode(content, &kv->value),
                                   .expires_at = content->expires_at,
                                   .expiry_given = content->expiry_given};
  entry->stored = true;
  return kv->backing.save(kv->backing.context, entry->rule_id, entry->key, &stored, error);
}

bool kv_save(struct kv *kv, struct error *error) {
  bool ok = kv_is_sound(kv, error);
  for (size_t i = 0; ok && kv->has_backing && i < kv->changed_count; i++) {
    ok = save_entry(kv, kv->changed[i], error);
    kv->changed[i]->changed = false;
  }
  kv->changed_count = 0;
  return ok;
}

/* NULL when the backing failed. */
static struct kv_entry *load(struct kv *kv, struct text key, struct error *error) {
  struct kv_stored stored = {.type = KV_NONE};
  bool found = false;
  buffer_reset(&kv->value);
  if (kv->has_backing && !kv->backing.load(kv->backing.context, kv->rule_id, key, &kv->value,
                                           &stored, &found, &kv->failure)) {
    error_set(error, "%s", kv->failure.text);
    return NULL;
  }
  struct kv_entry *entry = memory_alloc(sizeof *entry);
  entry->rule_id = kv_own(kv->rule_id);
  entry->key = kv_own(key);
  entry->stored = found;
  if (found) {
    stored.value = buffer_text(&kv->value);
    decode(&stored, &entry->content);
  }
  kv->bytes += sizeof *entry + 2 * kv->joined.size + kv_content_bytes(&entry->content);
  return entry;
}

/* ---- calls ---- */

void kv_begin(struct kv *kv, struct text rule_id, time_us now) {
  kv->rule_id = rule_id;
  kv->now = now;
  kv->call++;
  kv->call_keys = 0;
}

struct kv_change *kv_note_change(struct kv *kv, struct kv_entry *entry, enum kv_change_kind kind) {
  if (!entry->changed) {
    entry->changed = true;
    kv->changed = memory_reserve(kv->changed, &kv->changed_capacity, kv->changed_count + 1,
                                 sizeof *kv->changed);
    kv->changed[kv->changed_count++] = entry;
  }
  kv->log = memory_reserve(kv->log, &kv->log_capacity, kv->log_count + 1, sizeof *kv->log);
  struct kv_change *change = &kv->log[kv->log_count++];
  *change = (struct kv_change){.kind = kind, .entry = entry};
  return change;
}

static void forget_change(struct kv *kv, struct kv_change *change) {
  if (change->kind == KV_CHANGE_WHOLE) {
    kv->bytes -= kv_content_bytes(&change->before);
    content_free(&change->before);
  }
  for (size_t i = 0; change->kind == KV_CHANGE_REMOVED && i < change->item_count; i++)
    text_release(change->items[i]);
  free(change->items);
}

static void take_back(struct kv *kv, struct kv_change *change) {
  struct kv_content *content = &change->entry->content;
  kv->bytes -= kv_content_bytes(content);
  switch (change->kind) {
  case KV_CHANGE_WHOLE:
    content_free(content);
    *content = change->before;
    break;
  case KV_CHANGE_SCALARS:
    content->counter = change->before.counter;
    content->expires_at = change->before.expires_at;
    content->expiry_given = change->before.expiry_given;
    break;
  case KV_CHANGE_ADDED:
    kv_items_take(&content->items, change->items, change->item_count, NULL);
    for (size_t i = 0; i < change->item_count; i++)
      text_release(change->items[i]);
    break;
  case KV_CHANGE_REMOVED:
    kv_items_merge(&content->items, change->items, change->item_count);
    break;
  }
  /* What a whole change put aside was counted all the time. */
  if (change->kind != KV_CHANGE_WHOLE)
    kv->bytes += kv_content_bytes(content);
  free(change->items);
}

/* Whatever the entries take beyond the limit goes to the backing, from where it can be had again.
 */
static void shrink(struct kv *kv) {
  if (!kv->has_backing || kv->bytes <= CACHE_BYTES_MAX || kv->failure.set)
    return;
  if (kv_save(kv, &kv->failure))
    kv_forget(kv);
}

void kv_end(struct kv *kv, bool keep) {
  while (kv->log_count > 0) {
    struct kv_change *change = &kv->log[--kv->log_count];
    if (keep)
      forget_change(kv, change);
    else
      take_back(kv, change);
  }
  shrink(kv);
}

/* ---- entries ---- */

static bool check_key(struct text key, struct error *error) {
  if (key.size == 0)
    return error_set(error, "a kv key must not be empty");
  return key.size <= KV_KEY_SIZE_MAX ||
         error_set(error, "a kv key has more than %d bytes", KV_KEY_SIZE_MAX);
}

/* The entry of the key, whatever it holds. */
struct kv_entry *kv_entry_of(struct kv *kv, struct text key, struct error *error) {
  if (!check_key(key, error))
    return NULL;
  buffer_reset(&kv->joined);
  buffer_append_text(&kv->joined, kv->rule_id);
  buffer_append_char(&kv->joined, '\0');
  buffer_append_text(&kv->joined, key);
  struct kv_entry *entry = map_get(&kv->entries, buffer_text(&kv->joined));
  if (entry && entry->call == kv->call)
    return entry;
  if (kv->call_keys == KV_KEYS_A_CALL_MAX) {
    error_set(error, "uses more than %d kv keys for one event", KV_KEYS_A_CALL_MAX);
    return NULL;
  }
  if (!entry) {
    entry = load(kv, key, error);
    if (!entry)
      return NULL;
    map_put(&kv->entries, buffer_text(&kv->joined), entry);
  }
  entry->call = kv->call;
  kv->call_keys++;
  return entry;
}

void kv_replace(struct kv *kv, struct kv_entry *entry, struct kv_content content) {
  kv->bytes += kv_content_bytes(&content);
  kv_note_change(kv, entry, KV_CHANGE_WHOLE)->before = entry->content;
  entry->content = content;
}

/* What kv.c (entries, calls, the backing) and kv_value.c (what a rule can do) share. The kv's
 * thread only. */
#ifndef RULE_KV_KV_INTERNAL_H
#define RULE_KV_KV_INTERNAL_H

#include "base/map.h"
#include "base/memory.h"
#include "rule/kv/kv.h"
#include "rule/kv/kv_items.h"

struct kv_content {
  enum kv_type type;
  bool expiry_given;
  time_us expires_at;
  int64_t counter;
  struct kv_items items;
  struct text table; /* owned */
};

struct kv_entry {
  struct text rule_id, key; /* owned */
  struct kv_content content;
  uint64_t call; /* the last that asked for it */
  bool changed;  /* since it was saved */
  bool stored;   /* the backing has it */
};

enum kv_change_kind { KV_CHANGE_WHOLE, KV_CHANGE_SCALARS, KV_CHANGE_ADDED, KV_CHANGE_REMOVED };

/* What a call has done to an entry, so that it can be taken back. */
struct kv_change {
  enum kv_change_kind kind;
  struct kv_entry *entry;
  struct kv_content before; /* WHOLE: owned; SCALARS: counter and expiry */
  struct text *items;       /* ADDED: those of the set; REMOVED: owned, with their texts */
  size_t item_count;
};

struct kv {
  struct kv_backing backing;
  bool has_backing;
  struct map entries; /* "rule id \0 key" -> struct kv_entry */
  size_t bytes;       /* of the entries, about */
  struct kv_entry **changed;
  size_t changed_count, changed_capacity;
  struct kv_change *log; /* of the call */
  size_t log_count, log_capacity;
  struct text rule_id; /* of the call; owned by the caller of kv_begin */
  time_us now;
  uint64_t call; /* counts calls */
  size_t call_keys;
  struct buffer joined, value;
  struct error failure; /* of the backing */
};

/* The entry of the key, whatever it holds; it lives until the call ends. NULL with the reason. */
struct kv_entry *kv_entry_of(struct kv *kv, struct text key, struct error *error);

/* Notes that the call changes the entry. The caller fills in what was before. */
struct kv_change *kv_note_change(struct kv *kv, struct kv_entry *entry, enum kv_change_kind kind);

/* Puts new content (the entry's from now on) in the place of the old. */
void kv_replace(struct kv *kv, struct kv_entry *entry, struct kv_content content);

/* Bytes that it takes beside itself. */
size_t kv_content_bytes(const struct kv_content *content);

static inline struct text kv_own(struct text text) {
  return (struct text){memory_copy_bytes(text.data, text.size), text.size};
}

#endif

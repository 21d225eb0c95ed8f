/*
 * The room rule/kv holds what stateful rules remember.
 *
 * kv: what stateful rules remember from one event to the next: counters, string sets and tables,
 * each under a key of its rule, each with an expiry in event time.
 *
 * A kv is a cache over something that lasts (the backing), for one thread. What it gives depends
 * only on the calls made and on their order: never on the wall clock, on how often it was
 * saved, or on what was in memory.
 *
 * Calls: everything that one call of a rule's function does stands between kv_begin and kv_end,
 * which keeps all of it or none. Expiry: an entry is gone for every event whose time has reached
 * its expiry. A write that names a lifetime makes the entry expire that long after its event; one
 * that names none gives a new entry 90 days, and moves the expiry of an entry that never was given
 * one on to 90 days after its event.
 *
 * Functions return false with the reason when a limit is crossed, the key holds another type, or
 * the backing fails; they have changed nothing then. The reason names no key: keys are made of
 * events, and errors of a rule are distinguished by their text. Keys and items are copied.
 */
#ifndef RULE_KV_KV_H
#define RULE_KV_KV_H

#include "base/buffer.h"
#include "base/clock.h"

/* A key is a word and an id or two; an item an id, an address, a country. The longest email
 * address has 254 bytes. */
#define KV_KEY_SIZE_MAX 512
#define KV_ITEM_SIZE_MAX 1024
/* What changed is written whole with its batch, so its size is what an event can cost on the disk.
 */
#define KV_ITEMS_MAX 10000
#define KV_SET_BYTES_MAX ((size_t)256 << 10)
#define KV_TABLE_BYTES_MAX ((size_t)64 << 10) /* of its JSON */
/* Entries that one call may look at or change: they stay in memory until it ends. */
#define KV_KEYS_A_CALL_MAX 256
#define KV_LIFETIME_DEFAULT (90 * US_PER_DAY)
#define KV_LIFETIME_MAX (3660 * US_PER_DAY) /* ten years */

/* KV_QUESTION: what the questions of a rule mean, in a store; no kv of a rule sees it. */
enum kv_type { KV_NONE, KV_COUNTER, KV_STRING_SET, KV_TABLE, KV_QUESTION };

/* An entry as a backing keeps it. */
struct kv_stored {
  enum kv_type type;
  struct text value; /* bytes that only the kv understands */
  time_us expires_at;
  bool expiry_given; /* by a rule: no write moves it on by itself */
};

struct kv_backing {
  void *context;
  /* Finds the entry; its value is put into `value`, and `stored->value` is left alone. */
  bool (*load)(void *context, struct text rule_id, struct text key, struct buffer *value,
               struct kv_stored *stored, bool *found, struct error *error);
  /* Keeps the entry, or forgets it (NULL). */
  bool (*save)(void *context, struct text rule_id, struct text key, const struct kv_stored *stored,
               struct error *error);
};

struct kv;

/* The backing's context must outlive the kv. NULL: everything stays in memory. */
struct kv *kv_new(const struct kv_backing *backing);
void kv_free(struct kv *kv); /* NULL is fine; what was not saved is lost */

/* Starts a call of a function of this rule for an event of this time. */
void kv_begin(struct kv *kv, struct text rule_id, time_us now);
/* Ends it: keeps what it changed, or takes it back. */
void kv_end(struct kv *kv, bool keep);

/* False with the reason when the backing failed since the kv was made or last forgot: what rules
 * were given since then is not to be trusted, and the transaction is to be taken back. */
bool kv_is_sound(const struct kv *kv, struct error *error);

/* Writes what changed to the backing. Between calls. */
bool kv_save(struct kv *kv, struct error *error);

/* Forgets everything in memory: after a transaction was taken back. Between calls. */
void kv_forget(struct kv *kv);

/* ---- what a rule can do, within a call. `lifetime`: microseconds, 0 = none named ---- */

bool kv_counter_get(struct kv *kv, struct text key, int64_t *count, struct error *error);
bool kv_counter_add(struct kv *kv, struct text key, int64_t by, int64_t lifetime, int64_t *count,
                    struct error *error);

/* The items, sorted; they live until the kv is used again. */
bool kv_set_get(struct kv *kv, struct text key, const struct text **items, size_t *count,
                struct error *error);
bool kv_set_contains(struct kv *kv, struct text key, struct text item, bool *contains,
                     struct error *error);
/* These sort the list given. A set without items is the same as none. */
bool kv_set_put(struct kv *kv, struct text key, struct text *list, size_t count, int64_t lifetime,
                struct error *error);
struct kv_set_change {
  size_t size;    /* of the set afterwards */
  size_t changed; /* items that were added or removed */
};
bool kv_set_add(struct kv *kv, struct text key, struct text *list, size_t count, int64_t lifetime,
                struct kv_set_change *change, struct error *error);
bool kv_set_remove(struct kv *kv, struct text key, struct text *list, size_t count,
                   struct kv_set_change *change, struct error *error);

/* A table's JSON, empty when there is none; it lives until the kv is used again. */
bool kv_table_get(struct kv *kv, struct text key, struct text *json, struct error *error);
bool kv_table_put(struct kv *kv, struct text key, struct text json, int64_t lifetime,
                  struct error *error);

/* Forgets an entry, which must be of that type when it is there. */
bool kv_reset(struct kv *kv, struct text key, enum kv_type type, struct error *error);

/* Gives an entry of any type a lifetime. *found = false when there is none. */
bool kv_set_lifetime(struct kv *kv, struct text key, int64_t lifetime, bool *found,
                     struct error *error);

/* Of which type the entry is; KV_NONE when there is none. */
bool kv_type_of(struct kv *kv, struct text key, enum kv_type *type, struct error *error);

#endif

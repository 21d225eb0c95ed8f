/* A kv over a backing in memory that counts and may fail, and short forms of its calls. A failed
 * call fails the test. */
#ifndef TESTS_KV_FIXTURE_H
#define TESTS_KV_FIXTURE_H

#include "rule/kv/kv.h"

#include "base/map.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define NOW (INT64_C(1700000000) * US_PER_SECOND)

/* ---- a backing in memory ---- */

struct kept {
  struct kv_stored stored;
  bool there;
};

struct backing {
  struct map entries;
  bool fails;
  int loads, saves;
};

static inline void joined(struct buffer *out, struct text rule_id, struct text key) {
  buffer_append_text(out, rule_id);
  buffer_append_char(out, '/');
  buffer_append_text(out, key);
}

static inline bool load(void *context, struct text rule_id, struct text key, struct buffer *value,
                        struct kv_stored *stored, bool *found, struct error *error) {
  struct backing *backing = context;
  struct buffer name = BUFFER_NONE;
  backing->loads++;
  if (backing->fails)
    return error_set(error, "the disk is gone");
  joined(&name, rule_id, key);
  const struct kept *kept = map_get(&backing->entries, buffer_text(&name));
  *found = kept && kept->there;
  if (*found) {
    *stored = kept->stored;
    buffer_append_text(value, kept->stored.value);
  }
  buffer_free(&name);
  return true;
}

static inline bool save(void *context, struct text rule_id, struct text key,
                        const struct kv_stored *stored, struct error *error) {
  struct backing *backing = context;
  struct buffer name = BUFFER_NONE;
  backing->saves++;
  if (backing->fails)
    return error_set(error, "the disk is full");
  joined(&name, rule_id, key);
  struct kept *kept = map_get(&backing->entries, buffer_text(&name));
  if (!kept) {
    kept = memory_alloc(sizeof *kept);
    map_put(&backing->entries, buffer_text(&name), kept);
  }
  free((char *)(uintptr_t)kept->stored.value.data);
  *kept = (struct kept){.there = stored != NULL};
  if (stored) {
    kept->stored = *stored;
    kept->stored.value.data = memory_copy_bytes(stored->value.data, stored->value.size);
  }
  buffer_free(&name);
  return true;
}

static inline void kept_free(void *value) {
  struct kept *kept = value;
  free((char *)(uintptr_t)kept->stored.value.data);
  free(kept);
}

/* ---- the fixture ---- */

struct fixture {
  struct backing backing;
  struct kv *kv;
  struct error error;
};

static inline int start(void **state) {
  struct fixture *f = memory_alloc(sizeof *f);
  const struct kv_backing backing = {.context = &f->backing, .load = load, .save = save};
  f->kv = kv_new(&backing);
  kv_begin(f->kv, TEXT("A"), NOW);
  *state = f;
  return 0;
}

static inline int stop(void **state) {
  struct fixture *f = *state;
  kv_end(f->kv, true);
  kv_free(f->kv);
  map_clear(&f->backing.entries, kept_free);
  free(f);
  return 0;
}

static inline void next_call(struct fixture *f, const char *rule_id, time_us now) {
  kv_end(f->kv, true);
  kv_begin(f->kv, text_from(rule_id), now);
}

/* Everything must come from the backing again. */
static inline void save_and_forget(struct fixture *f) {
  kv_end(f->kv, true);
  assert_true(kv_save(f->kv, &f->error));
  kv_forget(f->kv);
  kv_begin(f->kv, TEXT("A"), NOW);
}

static inline void done(struct fixture *f, bool ok) {
  if (!ok)
    fail_msg("%s", f->error.text);
}

static inline void refused(struct fixture *f, bool ok, const char *part) {
  assert_false(ok);
  if (!strstr(f->error.text, part))
    fail_msg("'%s' does not say '%s'", f->error.text, part);
  f->error = ERROR_NONE;
}

static inline int64_t count(struct fixture *f, const char *key) {
  int64_t result = -1;
  done(f, kv_counter_get(f->kv, text_from(key), &result, &f->error));
  return result;
}

static inline int64_t add(struct fixture *f, const char *key, int64_t by, int64_t lifetime) {
  int64_t result = -1;
  done(f, kv_counter_add(f->kv, text_from(key), by, lifetime, &result, &f->error));
  return result;
}

/* "a,b,c" */
static inline size_t split(const char *words, struct text *list) {
  size_t items = 0;
  for (const char *word = words; *word;) {
    size_t size = strcspn(word, ",");
    list[items++] = (struct text){word, size};
    word += size + (word[size] == ',');
  }
  return items;
}

static inline struct kv_set_change set_add(struct fixture *f, const char *key, const char *words) {
  struct text list[16];
  struct kv_set_change change = {0};
  size_t size = split(words, list);
  done(f, kv_set_add(f->kv, text_from(key), list, size, 0, &change, &f->error));
  return change;
}

static inline struct kv_set_change set_remove(struct fixture *f, const char *key,
                                              const char *words) {
  struct text list[16];
  struct kv_set_change change = {0};
  size_t size = split(words, list);
  done(f, kv_set_remove(f->kv, text_from(key), list, size, &change, &f->error));
  return change;
}

static inline void set_put(struct fixture *f, const char *key, const char *words) {
  struct text list[16];
  size_t size = split(words, list);
  done(f, kv_set_put(f->kv, text_from(key), list, size, 0, &f->error));
}

static inline void assert_set(struct fixture *f, const char *key, const char *expected) {
  const struct text *items;
  size_t size;
  struct buffer words = BUFFER_NONE;
  done(f, kv_set_get(f->kv, text_from(key), &items, &size, &f->error));
  buffer_append_string(&words, "");
  for (size_t i = 0; i < size; i++) {
    if (i)
      buffer_append_char(&words, ',');
    buffer_append_text(&words, items[i]);
  }
  assert_string_equal(words.data, expected);
  buffer_free(&words);
}

static inline void assert_table(struct fixture *f, const char *key, const char *expected) {
  struct text json;
  done(f, kv_table_get(f->kv, text_from(key), &json, &f->error));
  assert_true(text_is(json, expected));
}

static inline void table_put(struct fixture *f, const char *key, const char *json) {
  done(f, kv_table_put(f->kv, text_from(key), text_from(json), 0, &f->error));
}

#define KV_TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

#endif

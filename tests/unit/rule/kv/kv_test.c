/* What stateful rules remember: values, types, expiry, limits, calls that are taken back. */
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

static void joined(struct buffer *out, struct text rule_id, struct text key) {
  buffer_append_text(out, rule_id);
  buffer_append_char(out, '/');
  buffer_append_text(out, key);
}

static bool load(void *context, struct text rule_id, struct text key, struct buffer *value,
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

static bool save(void *context, struct text rule_id, struct text key,
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

static void kept_free(void *value) {
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

static int start(void **state) {
  struct fixture *f = memory_alloc(sizeof *f);
  const struct kv_backing backing = {.context = &f->backing, .load = load, .save = save};
  f->kv = kv_new(&backing);
  kv_begin(f->kv, TEXT("A"), NOW);
  *state = f;
  return 0;
}

static int stop(void **state) {
  struct fixture *f = *state;
  kv_end(f->kv, true);
  kv_free(f->kv);
  map_clear(&f->backing.entries, kept_free);
  free(f);
  return 0;
}

static void next_call(struct fixture *f, const char *rule_id, time_us now) {
  kv_end(f->kv, true);
  kv_begin(f->kv, text_from(rule_id), now);
}

/* Everything must come from the backing again. */
static void save_and_forget(struct fixture *f) {
  kv_end(f->kv, true);
  assert_true(kv_save(f->kv, &f->error));
  kv_forget(f->kv);
  kv_begin(f->kv, TEXT("A"), NOW);
}

static void done(struct fixture *f, bool ok) {
  if (!ok)
    fail_msg("%s", f->error.text);
}

static void refused(struct fixture *f, bool ok, const char *part) {
  assert_false(ok);
  if (!strstr(f->error.text, part))
    fail_msg("'%s' does not say '%s'", f->error.text, part);
  f->error = ERROR_NONE;
}

static int64_t count(struct fixture *f, const char *key) {
  int64_t result = -1;
  done(f, kv_counter_get(f->kv, text_from(key), &result, &f->error));
  return result;
}

static int64_t add(struct fixture *f, const char *key, int64_t by, int64_t lifetime) {
  int64_t result = -1;
  done(f, kv_counter_add(f->kv, text_from(key), by, lifetime, &result, &f->error));
  return result;
}

/* "a,b,c" */
static size_t split(const char *words, struct text *list) {
  size_t items = 0;
  for (const char *word = words; *word;) {
    size_t size = strcspn(word, ",");
    list[items++] = (struct text){word, size};
    word += size + (word[size] == ',');
  }
  return items;
}

static struct kv_set_change set_add(struct fixture *f, const char *key, const char *words) {
  struct text list[16];
  struct kv_set_change change = {0};
  size_t size = split(words, list);
  done(f, kv_set_add(f->kv, text_from(key), list, size, 0, &change, &f->error));
  return change;
}

static struct kv_set_change set_remove(struct fixture *f, const char *key, const char *words) {
  struct text list[16];
  struct kv_set_change change = {0};
  size_t size = split(words, list);
  done(f, kv_set_remove(f->kv, text_from(key), list, size, &change, &f->error));
  return change;
}

static void set_put(struct fixture *f, const char *key, const char *words) {
  struct text list[16];
  size_t size = split(words, list);
  done(f, kv_set_put(f->kv, text_from(key), list, size, 0, &f->error));
}

static void assert_set(struct fixture *f, const char *key, const char *expected) {
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

static void assert_table(struct fixture *f, const char *key, const char *expected) {
  struct text json;
  done(f, kv_table_get(f->kv, text_from(key), &json, &f->error));
  assert_true(text_is(json, expected));
}

static void table_put(struct fixture *f, const char *key, const char *json) {
  done(f, kv_table_put(f->kv, text_from(key), text_from(json), 0, &f->error));
}

/* ---- values ---- */

static void what_was_never_set_is_nought_empty_or_nothing(void **state) {
  struct fixture *f = *state;
  bool contains = true;
  assert_int_equal(count(f, "k"), 0);
  assert_set(f, "k", "");
  assert_table(f, "k", "");
  done(f, kv_set_contains(f->kv, TEXT("k"), TEXT("a"), &contains, &f->error));
  assert_false(contains);
}

static void a_counter_counts_up_and_down_and_starts_again_after_a_reset(void **state) {
  struct fixture *f = *state;
  assert_int_equal(add(f, "k", 1, 0), 1);
  assert_int_equal(add(f, "k", 41, 0), 42);
  assert_int_equal(add(f, "k", -50, 0), -8);
  assert_int_equal(count(f, "k"), -8);
  done(f, kv_reset(f->kv, TEXT("k"), KV_COUNTER, &f->error));
  assert_int_equal(count(f, "k"), 0);
  assert_int_equal(add(f, "k", 1, 0), 1);
}

static void a_string_set_is_sorted_and_holds_each_item_once(void **state) {
  struct fixture *f = *state;
  struct kv_set_change change = set_add(f, "k", "c,a,c");
  assert_int_equal(change.size, 2);
  assert_int_equal(change.changed, 2);
  change = set_add(f, "k", "b,a,d,bb");
  assert_int_equal(change.size, 5);
  assert_int_equal(change.changed, 3);
  assert_set(f, "k", "a,b,bb,c,d");
  change = set_remove(f, "k", "a,x,d");
  assert_int_equal(change.size, 3);
  assert_int_equal(change.changed, 2);
  assert_set(f, "k", "b,bb,c");
  set_put(f, "k", "z,y,z");
  assert_set(f, "k", "y,z");
}

static void a_set_without_items_is_none_so_the_key_may_hold_something_else(void **state) {
  struct fixture *f = *state;
  set_add(f, "k", "a");
  assert_int_equal(set_remove(f, "k", "a").size, 0);
  assert_int_equal(add(f, "k", 1, 0), 1);
  set_put(f, "s", "a");
  set_put(f, "s", "");
  assert_int_equal(add(f, "s", 1, 0), 1);
}

static void what_was_saved_comes_back(void **state) {
  struct fixture *f = *state;
  add(f, "counter", INT64_MIN, 0);
  set_add(f, "set", "b,a,");
  table_put(f, "table", "{\"a\":[1,2]}");
  add(f, "gone", 1, 0);
  save_and_forget(f);
  done(f, kv_reset(f->kv, TEXT("gone"), KV_COUNTER, &f->error));
  save_and_forget(f);
  assert_true(count(f, "counter") == INT64_MIN);
  assert_set(f, "set", "a,b");
  assert_table(f, "table", "{\"a\":[1,2]}");
  assert_int_equal(count(f, "gone"), 0);
}

static void only_what_changed_is_saved(void **state) {
  struct fixture *f = *state;
  add(f, "a", 1, 0);
  add(f, "a", 1, 0);
  add(f, "b", 1, 0);
  count(f, "c");
  save_and_forget(f);
  assert_int_equal(f->backing.saves, 2);
  count(f, "a");
  save_and_forget(f);
  assert_int_equal(f->backing.saves, 2);
}

static void what_was_not_saved_is_forgotten(void **state) {
  struct fixture *f = *state;
  add(f, "a", 1, 0);
  save_and_forget(f);
  add(f, "a", 1, 0);
  kv_end(f->kv, true);
  kv_forget(f->kv);
  kv_begin(f->kv, TEXT("A"), NOW);
  assert_int_equal(count(f, "a"), 1);
}

static void damaged_values_are_as_if_they_were_not_there(void **state) {
  static const struct {
    enum kv_type type;
    struct text value;
  } damaged[] = {
      {KV_COUNTER, TEXT_INIT("")},
      {KV_COUNTER, TEXT_INIT("x")},
      {KV_COUNTER, TEXT_INIT("1 ")},
      {KV_COUNTER, TEXT_INIT("9223372036854775808")},
      {KV_STRING_SET, TEXT_INIT("")},
      {KV_STRING_SET, TEXT_INIT("\1\0")},
      {KV_STRING_SET, TEXT_INIT("\5\0\0\0ab")},
      {KV_STRING_SET, TEXT_INIT("\1\0\0\0b\1\0\0\0a")},
      {KV_STRING_SET, TEXT_INIT("\1\0\0\0a\1\0\0\0a")},
      {KV_TABLE, TEXT_INIT("")},
      {KV_NONE, TEXT_INIT("x")},
      {(enum kv_type)7, TEXT_INIT("x")},
  };
  struct fixture *f = *state;
  for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
    const struct kv_stored stored = {
        .type = damaged[i].type, .value = damaged[i].value, .expires_at = NOW + 1};
    enum kv_type type = KV_TABLE;
    save(&f->backing, TEXT("A"), TEXT("k"), &stored, &f->error);
    kv_end(f->kv, true);
    kv_forget(f->kv);
    kv_begin(f->kv, TEXT("A"), NOW);
    done(f, kv_type_of(f->kv, TEXT("k"), &type, &f->error));
    assert_int_equal(type, KV_NONE);
  }
}

/* ---- keys and types ---- */

static void rules_do_not_see_each_others_keys(void **state) {
  struct fixture *f = *state;
  add(f, "k", 5, 0);
  next_call(f, "B", NOW);
  assert_int_equal(count(f, "k"), 0);
  set_add(f, "k", "b");
  next_call(f, "A", NOW);
  assert_int_equal(count(f, "k"), 5);
  /* Nor by a key that looks like another rule's. */
  next_call(f, "A/k", NOW);
  assert_int_equal(count(f, "k"), 0);
}

static void a_key_of_another_type_is_refused_with_a_way_out(void **state) {
  struct fixture *f = *state;
  struct text list[] = {TEXT_INIT("a")}, json;
  const struct text *items;
  struct kv_set_change change;
  size_t size;
  int64_t number;
  bool contains;
  add(f, "counter", 1, 0);
  set_add(f, "set", "a");
  table_put(f, "table", "{}");
  struct text counter = TEXT("counter"), set = TEXT("set"), table = TEXT("table");
  refused(f, kv_set_get(f->kv, counter, &items, &size, &f->error),
          "the kv key holds a counter, not a string set: use another key, or "
          "kv.reset_counter first");
  refused(f, kv_set_contains(f->kv, counter, list[0], &contains, &f->error), "a counter");
  refused(f, kv_set_add(f->kv, counter, list, 1, 0, &change, &f->error), "a counter");
  refused(f, kv_set_remove(f->kv, counter, list, 1, &change, &f->error), "a counter");
  refused(f, kv_set_put(f->kv, counter, list, 1, 0, &f->error), "a counter");
  refused(f, kv_table_put(f->kv, counter, json = TEXT("{}"), 0, &f->error), "not a table");
  refused(f, kv_table_get(f->kv, set, &json, &f->error),
          "the kv key holds a string set, not a table: use another key, or "
          "kv.reset_string_set first");
  refused(f, kv_counter_get(f->kv, set, &number, &f->error), "not a counter");
  refused(f, kv_counter_add(f->kv, table, 1, 0, &number, &f->error),
          "the kv key holds a table, not a counter");
  refused(f, kv_reset(f->kv, table, KV_COUNTER, &f->error), "not a counter");
  assert_int_equal(count(f, "counter"), 1);
  assert_set(f, "set", "a");
  assert_table(f, "table", "{}");
}

/* ---- expiry ---- */

static void an_entry_is_there_until_its_expiry_and_gone_at_it(void **state) {
  struct fixture *f = *state;
  add(f, "k", 3, 10);
  next_call(f, "A", NOW + 9);
  assert_int_equal(count(f, "k"), 3);
  next_call(f, "A", NOW + 10);
  assert_int_equal(count(f, "k"), 0);
  set_add(f, "k", "a"); /* it may be of another type now */
  next_call(f, "A", NOW + 10);
  assert_set(f, "k", "a");
}

static void without_a_lifetime_an_entry_lives_90_days_from_the_last_write(void **state) {
  struct fixture *f = *state;
  int64_t days = KV_LIFETIME_DEFAULT;
  assert_true(days == 90 * US_PER_DAY);
  add(f, "k", 1, 0);
  next_call(f, "A", NOW + days - 1);
  assert_int_equal(add(f, "k", 1, 0), 2);
  next_call(f, "A", NOW); /* a late event does not take it back */
  assert_int_equal(add(f, "k", 1, 0), 3);
  next_call(f, "A", NOW + 2 * days - 2);
  assert_int_equal(count(f, "k"), 3);
  next_call(f, "A", NOW + 2 * days - 1);
  assert_int_equal(count(f, "k"), 0);
}

static void a_lifetime_that_was_given_is_not_moved_on_by_other_writes(void **state) {
  struct fixture *f = *state;
  struct text list[] = {TEXT_INIT("x")};
  add(f, "counter", 1, 10);
  set_add(f, "set", "a");
  table_put(f, "table", "{}");
  bool found;
  done(f, kv_set_lifetime(f->kv, TEXT("set"), 10, &found, &f->error));
  assert_true(found);
  done(f, kv_set_lifetime(f->kv, TEXT("table"), 10, &found, &f->error));
  save_and_forget(f);
  next_call(f, "A", NOW + 9);
  add(f, "counter", 1, 0);
  done(f, kv_set_put(f->kv, TEXT("set"), list, 1, 0, &f->error));
  table_put(f, "table", "{\"a\":1}");
  next_call(f, "A", NOW + 10);
  assert_int_equal(count(f, "counter"), 0);
  assert_set(f, "set", "");
  assert_table(f, "table", "");
}

static void a_write_that_names_a_lifetime_begins_it_anew(void **state) {
  struct fixture *f = *state;
  add(f, "k", 1, 10);
  next_call(f, "A", NOW + 9);
  add(f, "k", 1, 10);
  next_call(f, "A", NOW + 18);
  assert_int_equal(count(f, "k"), 2);
  next_call(f, "A", NOW + 19);
  assert_int_equal(count(f, "k"), 0);
}

static void what_is_not_there_gets_no_lifetime(void **state) {
  struct fixture *f = *state;
  bool found = true;
  done(f, kv_set_lifetime(f->kv, TEXT("k"), 10, &found, &f->error));
  assert_false(found);
  add(f, "k", 1, 10);
  next_call(f, "A", NOW + 10);
  done(f, kv_set_lifetime(f->kv, TEXT("k"), 10, &found, &f->error));
  assert_false(found);
}

/* ---- limits ---- */

static void keys_have_at_least_one_byte_and_at_most_512(void **state) {
  struct fixture *f = *state;
  char key[KV_KEY_SIZE_MAX + 1];
  int64_t number;
  memset(key, 'k', sizeof key);
  done(f, kv_counter_get(f->kv, (struct text){key, KV_KEY_SIZE_MAX}, &number, &f->error));
  refused(f, kv_counter_get(f->kv, (struct text){key, KV_KEY_SIZE_MAX + 1}, &number, &f->error),
          "a kv key has more than 512 bytes");
  refused(f, kv_counter_get(f->kv, TEXT(""), &number, &f->error), "must not be empty");
}

static void a_counter_stays_within_whole_numbers(void **state) {
  struct fixture *f = *state;
  int64_t number;
  add(f, "k", INT64_MAX, 0);
  refused(f, kv_counter_add(f->kv, TEXT("k"), 1, 0, &number, &f->error),
          "a kv counter would leave the range of whole numbers");
  assert_true(count(f, "k") == INT64_MAX);
}

/* `count` different items of `size` bytes each. */
static struct text *make_items(size_t items, size_t size, char **space) {
  struct text *list = memory_alloc_array(items, sizeof *list);
  *space = memory_alloc_array(items, size + 16);
  for (size_t i = 0; i < items; i++) {
    char *item = *space + i * (size + 16);
    memset(item, 'x', size);
    char digits[16];
    int used = snprintf(digits, sizeof digits, "%06zu", i);
    memcpy(item, digits, (size_t)used);
    list[i] = (struct text){item, size};
  }
  return list;
}

static void a_string_set_has_at_most_10000_items(void **state) {
  struct fixture *f = *state;
  struct kv_set_change change;
  char *space;
  struct text *list = make_items(KV_ITEMS_MAX + 1, 6, &space), one = TEXT("one more");
  refused(f, kv_set_put(f->kv, TEXT("k"), list, KV_ITEMS_MAX + 1, 0, &f->error),
          "a kv string set would have more than 10000 items");
  done(f, kv_set_add(f->kv, TEXT("k"), list, KV_ITEMS_MAX, 0, &change, &f->error));
  assert_int_equal(change.size, KV_ITEMS_MAX);
  refused(f, kv_set_add(f->kv, TEXT("k"), &one, 1, 0, &change, &f->error), "more than 10000 items");
  done(f, kv_set_add(f->kv, TEXT("k"), list, KV_ITEMS_MAX, 0, &change, &f->error));
  assert_int_equal(change.changed, 0);
  save_and_forget(f);
  const struct text *items;
  size_t size;
  done(f, kv_set_get(f->kv, TEXT("k"), &items, &size, &f->error));
  assert_int_equal(size, KV_ITEMS_MAX);
  free(list);
  free(space);
}

static void items_sets_and_tables_are_bounded_in_bytes(void **state) {
  struct fixture *f = *state;
  struct kv_set_change change;
  char *space, *json = memory_alloc(KV_TABLE_BYTES_MAX + 1);
  struct text *list = make_items(300, KV_ITEM_SIZE_MAX + 1, &space);
  refused(f, kv_set_add(f->kv, TEXT("k"), list, 1, 0, &change, &f->error),
          "an item of a kv string set has more than 1024 bytes");
  for (size_t i = 0; i < 300; i++)
    list[i].size = KV_ITEM_SIZE_MAX;
  refused(f, kv_set_add(f->kv, TEXT("k"), list, 256, 0, &change, &f->error),
          "a kv string set would be larger than 256 KiB");
  done(f, kv_set_add(f->kv, TEXT("k"), list, 255, 0, &change, &f->error));
  assert_int_equal(change.size, 255);
  memset(json, ' ', KV_TABLE_BYTES_MAX + 1);
  done(f, kv_table_put(f->kv, TEXT("t"), (struct text){json, KV_TABLE_BYTES_MAX}, 0, &f->error));
  refused(f,
          kv_table_put(f->kv, TEXT("t"), (struct text){json, KV_TABLE_BYTES_MAX + 1}, 0, &f->error),
          "a kv table would be larger than 64 KiB of JSON");
  free(list);
  free(space);
  free(json);
}

static void a_call_uses_at_most_256_keys(void **state) {
  struct fixture *f = *state;
  char key[16];
  int64_t number;
  for (int i = 0; i < KV_KEYS_A_CALL_MAX; i++) {
    snprintf(key, sizeof key, "k%d", i);
    add(f, key, 1, 0);
    add(f, key, 1, 0);
  }
  refused(f, kv_counter_get(f->kv, TEXT("one more"), &number, &f->error),
          "uses more than 256 kv keys for one event");
  next_call(f, "A", NOW);
  assert_int_equal(count(f, "one more"), 0);
}

/* ---- calls ---- */

static void a_call_that_fails_takes_back_all_that_it_did(void **state) {
  struct fixture *f = *state;
  bool found;
  add(f, "counter", 7, 100);
  set_add(f, "set", "a,b,c,d");
  table_put(f, "table", "{\"a\":1}");
  set_add(f, "cleared", "x");
  next_call(f, "A", NOW + 1);
  add(f, "counter", 1, 5);
  add(f, "counter", 1, 0);
  set_add(f, "set", "e,aa");
  set_remove(f, "set", "a,e,d");
  set_add(f, "set", "a,z");
  set_put(f, "set", "q");
  set_add(f, "set", "r");
  table_put(f, "table", "{}");
  table_put(f, "table", "{\"b\":2}");
  set_remove(f, "cleared", "x");
  add(f, "cleared", 3, 0);
  add(f, "new", 1, 0);
  set_add(f, "new set", "n");
  done(f, kv_set_lifetime(f->kv, TEXT("table"), 1, &found, &f->error));
  kv_end(f->kv, false);
  for (int saved = 0; saved < 2; saved++) {
    kv_begin(f->kv, TEXT("A"), NOW + 99);
    assert_int_equal(count(f, "counter"), 7);
    assert_set(f, "set", "a,b,c,d");
    assert_table(f, "table", "{\"a\":1}");
    assert_set(f, "cleared", "x");
    assert_int_equal(count(f, "new"), 0);
    assert_set(f, "new set", "");
    save_and_forget(f);
    kv_end(f->kv, true);
  }
  kv_begin(f->kv, TEXT("A"), NOW + 100);
  assert_int_equal(count(f, "counter"), 0);
}

static void what_a_backing_could_not_give_makes_the_kv_unsound_until_it_forgets(void **state) {
  struct fixture *f = *state;
  struct error cause = ERROR_NONE;
  int64_t number;
  f->backing.fails = true;
  refused(f, kv_counter_get(f->kv, TEXT("k"), &number, &f->error), "the disk is gone");
  kv_end(f->kv, false);
  assert_false(kv_is_sound(f->kv, &cause));
  assert_string_equal(cause.text, "the disk is gone");
  cause = ERROR_NONE;
  assert_false(kv_save(f->kv, &cause));
  f->backing.fails = false;
  kv_forget(f->kv);
  assert_true(kv_is_sound(f->kv, NULL));
  kv_begin(f->kv, TEXT("A"), NOW);
  add(f, "k", 1, 0);
  save_and_forget(f);
  assert_int_equal(count(f, "k"), 1);
}

static void a_save_that_fails_says_so(void **state) {
  struct fixture *f = *state;
  add(f, "k", 1, 0);
  kv_end(f->kv, true);
  f->backing.fails = true;
  struct error cause = ERROR_NONE;
  assert_false(kv_save(f->kv, &cause));
  assert_string_equal(cause.text, "the disk is full");
  f->backing.fails = false;
  kv_forget(f->kv);
  kv_begin(f->kv, TEXT("A"), NOW);
  assert_int_equal(count(f, "k"), 0);
}

static void memory_stays_bounded_because_much_goes_to_the_backing_between_calls(void **state) {
  struct fixture *f = *state;
  char *json = memory_alloc(KV_TABLE_BYTES_MAX), key[16];
  memset(json, ' ', KV_TABLE_BYTES_MAX);
  for (int i = 0; i < 1000; i++) {
    snprintf(key, sizeof key, "k%d", i);
    next_call(f, "A", NOW);
    done(f, kv_table_put(f->kv, text_from(key), (struct text){json, KV_TABLE_BYTES_MAX}, 0,
                         &f->error));
  }
  assert_in_range(f->backing.saves, 700, 1000);
  struct text found;
  next_call(f, "A", NOW);
  f->backing.loads = 0;
  done(f, kv_table_get(f->kv, TEXT("k0"), &found, &f->error));
  assert_int_equal(f->backing.loads, 1);
  assert_int_equal(found.size, KV_TABLE_BYTES_MAX);
  free(json);
}

static void the_same_small_entries_written_for_ever_stay_in_memory(void **state) {
  struct fixture *f = *state;
  for (int i = 0; i < 200000; i++) {
    next_call(f, "A", NOW + i);
    add(f, "k", 1, 0);
    set_add(f, "s", i % 2 ? "a,b" : "c");
    set_remove(f, "s", i % 2 ? "c" : "a");
    table_put(f, "t", "{\"a\":1}");
  }
  assert_int_equal(f->backing.saves, 0);
  assert_int_equal(count(f, "k"), 200000);
}

#define KV_TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void) {
  const struct CMUnitTest tests[] = {
      KV_TEST(what_was_never_set_is_nought_empty_or_nothing),
      KV_TEST(a_counter_counts_up_and_down_and_starts_again_after_a_reset),
      KV_TEST(a_string_set_is_sorted_and_holds_each_item_once),
      KV_TEST(a_set_without_items_is_none_so_the_key_may_hold_something_else),
      KV_TEST(what_was_saved_comes_back),
      KV_TEST(only_what_changed_is_saved),
      KV_TEST(what_was_not_saved_is_forgotten),
      KV_TEST(damaged_values_are_as_if_they_were_not_there),
      KV_TEST(rules_do_not_see_each_others_keys),
      KV_TEST(a_key_of_another_type_is_refused_with_a_way_out),
      KV_TEST(an_entry_is_there_until_its_expiry_and_gone_at_it),
      KV_TEST(without_a_lifetime_an_entry_lives_90_days_from_the_last_write),
      KV_TEST(a_lifetime_that_was_given_is_not_moved_on_by_other_writes),
      KV_TEST(a_write_that_names_a_lifetime_begins_it_anew),
      KV_TEST(what_is_not_there_gets_no_lifetime),
      KV_TEST(keys_have_at_least_one_byte_and_at_most_512),
      KV_TEST(a_counter_stays_within_whole_numbers),
      KV_TEST(a_string_set_has_at_most_10000_items),
      KV_TEST(items_sets_and_tables_are_bounded_in_bytes),
      KV_TEST(a_call_uses_at_most_256_keys),
      KV_TEST(a_call_that_fails_takes_back_all_that_it_did),
      KV_TEST(what_a_backing_could_not_give_makes_the_kv_unsound_until_it_forgets),
      KV_TEST(a_save_that_fails_says_so),
      KV_TEST(memory_stays_bounded_because_much_goes_to_the_backing_between_calls),
      KV_TEST(the_same_small_entries_written_for_ever_stay_in_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

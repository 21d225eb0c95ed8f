/* The bounds of what stateful rules remember, calls that are taken back, and backings that fail. */
#include "rule/kv/kv_fixture.h"

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

int main(void) {
  const struct CMUnitTest tests[] = {
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

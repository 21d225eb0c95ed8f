/* What stateful rules remember: values, types, expiry. */
#include "rule/kv/kv_fixture.h"

/* ---- values ---- */

static void what_was_never_set_is_zero_empty_or_nothing(void **state) {
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

int main(void) {
  const struct CMUnitTest tests[] = {
      KV_TEST(what_was_never_set_is_zero_empty_or_nothing),
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
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What stateful rules remember, in the store. */
#include "store/store_fixture.h"

#define GRACE (30 * US_PER_DAY)

static const struct text rule = TEXT_INIT("Test.Rule");

static void set(struct store_fixture *f, struct text rule_id, const char *key, const char *value,
                time_us expires_at) {
  const struct store_kv entry = {
      .type = 2, .value = text_from(value), .expires_at = expires_at, .expiry_given = true};
  DONE(store_kv_set(f->store, rule_id, text_from(key), &entry, &f->error));
}

static bool has(struct store_fixture *f, struct text rule_id, const char *key,
                struct buffer *value) {
  struct store_kv entry;
  bool found;
  DONE(store_kv_get(f->store, rule_id, text_from(key), value, &entry, &found, &f->error));
  return found;
}

static void an_entry_comes_back_as_it_was_after_the_store_was_closed(void **state) {
  struct store_fixture *f = *state;
  struct buffer value = BUFFER_NONE;
  struct store_kv entry;
  bool found;
  const struct store_kv given = {
      .type = 3, .value = TEXT("a\0b"), .expires_at = NOON + 1, .expiry_given = true};
  DONE(store_kv_set(f->store, rule, TEXT("k\0ey"), &given, &f->error));
  store_close(f->store);
  f->store = fixture_open(f);
  DONE(store_kv_get(f->store, rule, TEXT("k\0ey"), &value, &entry, &found, &f->error));
  assert_true(found);
  assert_int_equal(entry.type, 3);
  assert_true(text_equal(entry.value, TEXT("a\0b")));
  assert_int_equal(entry.expires_at, NOON + 1);
  assert_true(entry.expiry_given);
  DONE(store_kv_get(f->store, rule, TEXT("k"), &value, &entry, &found, &f->error));
  assert_false(found);
  buffer_free(&value);
}

static void a_later_value_replaces_the_one_before_and_deleting_forgets_it(void **state) {
  struct store_fixture *f = *state;
  struct buffer value = BUFFER_NONE;
  set(f, rule, "key", "one", NOON);
  set(f, rule, "key", "two", NOON);
  set(f, TEXT("Test.Other"), "key", "other", NOON);
  assert_true(has(f, rule, "key", &value));
  assert_string_equal(value.data, "two");
  DONE(store_kv_delete(f->store, rule, TEXT("key"), &f->error));
  DONE(store_kv_delete(f->store, rule, TEXT("none"), &f->error));
  assert_false(has(f, rule, "key", &value));
  assert_true(has(f, TEXT("Test.Other"), "key", &value));
  buffer_free(&value);
}

static void a_rollback_takes_back_what_was_set_and_deleted(void **state) {
  struct store_fixture *f = *state;
  struct buffer value = BUFFER_NONE;
  set(f, rule, "kept", "one", NOON);
  DONE(store_begin(f->store, &f->error));
  set(f, rule, "new", "one", NOON);
  DONE(store_kv_delete(f->store, rule, TEXT("kept"), &f->error));
  store_rollback(f->store);
  assert_true(has(f, rule, "kept", &value));
  assert_false(has(f, rule, "new", &value));
  buffer_free(&value);
}

static int64_t prune(struct store_fixture *f, int64_t limit) {
  const struct store_slice slice = {limit, US_PER_HOUR};
  struct store_pruned pruned;
  DONE(store_kv_prune(f->store, GRACE, &slice, &pruned, &f->error));
  return pruned.rows;
}

static void entries_go_when_events_and_the_clock_are_past_them_by_the_grace(void **state) {
  struct store_fixture *f = *state;
  struct buffer value = BUFFER_NONE;
  set(f, rule, "old", "", NOON);
  set(f, rule, "young", "", NOON + 1);
  f->now = NOON + GRACE + 1;
  assert_int_equal(prune(f, 100), 0); /* no event time is known */
  DONE(store_kv_advance(f->store, NOON + GRACE, &f->error));
  assert_int_equal(prune(f, 100), 0); /* exactly at the grace */
  DONE(store_kv_advance(f->store, NOON + GRACE + 1, &f->error));
  DONE(store_kv_advance(f->store, NOON, &f->error)); /* an older event takes nothing back */
  f->now = NOON + GRACE;
  assert_int_equal(prune(f, 100), 0); /* written no longer than the grace ago */
  f->now = NOON + GRACE + 1;
  assert_int_equal(prune(f, 100), 1);
  assert_false(has(f, rule, "old", &value));
  assert_true(has(f, rule, "young", &value));
  buffer_free(&value);
}

static void a_history_that_is_read_beside_new_events_keeps_its_entries(void **state) {
  struct store_fixture *f = *state;
  DONE(store_kv_advance(f->store, NOON, &f->error));
  set(f, rule, "of a year ago", "", NOON - 365 * US_PER_DAY);
  assert_int_equal(prune(f, 100), 0);
}

static void deleting_goes_in_small_steps(void **state) {
  struct store_fixture *f = *state;
  for (int i = 0; i < 5; i++)
    set(f, rule, (char[]){(char)('a' + i), '\0'}, "", NOON + i);
  f->now = NOON + 2 * GRACE;
  DONE(store_kv_advance(f->store, f->now, &f->error));
  assert_int_equal(prune(f, 2), 2);
  assert_int_equal(prune(f, 2), 2);
  assert_int_equal(prune(f, 2), 1);
  assert_int_equal(prune(f, 2), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(an_entry_comes_back_as_it_was_after_the_store_was_closed),
      STORE_TEST(a_later_value_replaces_the_one_before_and_deleting_forgets_it),
      STORE_TEST(a_rollback_takes_back_what_was_set_and_deleted),
      STORE_TEST(entries_go_when_events_and_the_clock_are_past_them_by_the_grace),
      STORE_TEST(a_history_that_is_read_beside_new_events_keeps_its_entries),
      STORE_TEST(deleting_goes_in_small_steps),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "detect/stateful/question_cache.h"

#include "base/hash_flood.h"
#include "detect/stateful/question_saving.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define MEMORY ((size_t)256 << 10)

static bool get(void *context, int64_t question, struct text name, struct buffer *state,
                struct store_question_state *row, bool *found, struct error *error) {
  (void)context, (void)question, (void)name, (void)state, (void)row, (void)error;
  *found = false;
  return true;
}

static bool set(void *context, const struct store_question_state *row, struct error *error) {
  (void)context, (void)row, (void)error;
  return true;
}

static bool is_sound(const struct question *question, const struct question_state *state) {
  (void)question, (void)state;
  return true;
}

static struct question_text text_of(const char *string) {
  const struct text text = text_from(string);
  return (struct question_text){text, text, hash_text(text)};
}

/* What a key was asked about next is found at once the next time: of this key only. */
static void a_state_is_of_the_key_that_is_asked_about(void **state) {
  (void)state;
  enum { ONE, OTHER, KEYS };
  static const struct {
    int key;
    bool has_value;
  } events[][2] = {
      {{ONE, false}, {ONE, true}},   {{ONE, false}, {OTHER, true}}, {{OTHER, false}, {ONE, true}},
      {{ONE, false}, {OTHER, true}}, {{ONE, false}, {ONE, true}},   {{OTHER, false}, {OTHER, true}},
  };
  const struct question question = {.kind = QUESTION_NEW_VALUE};
  const struct tracked_question tracked = {.question = &question, .id = 1};
  const struct question_text keys[KEYS] = {text_of("one"), text_of("two")}, value = text_of("v");
  struct question_cache cache = {.is_sound = is_sound, .memory_max = SIZE_MAX};
  struct error error = ERROR_NONE;
  question_cache_forget(&cache);
  for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
    question_cache_begin(&cache);
    for (size_t k = 0; k < 2; k++) {
      const struct question_text *key = &keys[events[i][k].key];
      const struct question_state *found =
          question_cache_get(&cache, &tracked, key, events[i][k].has_value ? &value : NULL, &error);
      assert_true(text_equal(question_state_key(found), key->folded));
      assert_int_equal(found->is_value, events[i][k].has_value);
    }
  }
  assert_int_equal(cache.state_count, 4);
  question_cache_clear(&cache);
}

/* Keys of one length after those of another: what the pieces of those leave is of no use to these.
 * Some states cannot leave, as they are not written. */
static void keys_of_any_size_share_the_memory(void **state) {
  (void)state;
  const struct question question = {.kind = QUESTION_RATE};
  const struct tracked_question tracked = {.question = &question, .id = 1};
  struct question_cache cache = {
      .backing = {NULL, get, set}, .is_sound = is_sound, .memory_max = MEMORY};
  struct error error = ERROR_NONE;
  size_t most = 0;
  question_cache_forget(&cache);
  for (unsigned size = 16; size <= 240; size += 16)
    for (unsigned i = 0; i < 2 * MEMORY / (sizeof(struct question_state) + size); i++) {
      char name[300];
      snprintf(name, sizeof name, "%0*u", (int)size, i);
      const struct text text = {name, size};
      const struct question_text key = {text, text, hash_text(text)};
      question_cache_begin(&cache);
      struct question_state *known = question_cache_get(&cache, &tracked, &key, NULL, &error);
      assert_non_null(known);
      question_state_insert(known, 0, 1);
      question_cache_change(&cache, known);
      if (i % 100 == 0)
        assert_true(question_saving_settle(&cache, &error));
      assert_true(question_saving_trim(&cache, &error));
      most = cache.slab.bytes > most ? cache.slab.bytes : most;
    }
  assert_in_range(most, MEMORY / 2, 4 * MEMORY);
  question_cache_clear(&cache);
}

/* Names that somebody chose who knows the key: they take longer, and are none of each other. */
static void keys_of_one_hash_have_states_of_their_own(void **state) {
  (void)state;
  enum { KEYS = 500 };
  static struct question_state *states[KEYS];
  const struct question question = {.kind = QUESTION_RATE};
  const struct tracked_question tracked = {.question = &question, .id = 1};
  struct question_cache cache = {
      .backing = {NULL, get, set}, .is_sound = is_sound, .memory_max = SIZE_MAX};
  struct error error = ERROR_NONE;
  question_cache_forget(&cache);
  for (size_t round = 0; round < 2; round++)
    for (size_t i = 0; i < KEYS; i++) {
      char bytes[HASH_FLOOD_SIZE];
      const struct text text = hash_flood_text(i, bytes);
      const struct question_text key = {text, text, hash_text(text)};
      question_cache_begin(&cache);
      struct question_state *found = question_cache_get(&cache, &tracked, &key, NULL, &error);
      assert_non_null(found);
      assert_true(text_equal(question_cache_name(&cache, found), text));
      if (round > 0)
        assert_ptr_equal(found, states[i]);
      states[i] = found;
    }
  assert_int_equal(cache.state_count, KEYS);
  question_cache_clear(&cache);
}

/* Keys of few hashes stand in long rows of the table, of which some go over its end. Who stays is
 * found there whoever left before it. */
static void who_stays_is_found(void **state) {
  (void)state;
  enum { KEYS = 100, HASHES = 3, ROUNDS = 40 };
  const struct question question = {.kind = QUESTION_RATE};
  const struct tracked_question tracked = {.question = &question, .id = 1};
  struct question_cache cache = {.is_sound = is_sound, .memory_max = SIZE_MAX};
  struct error error = ERROR_NONE;
  question_cache_forget(&cache);
  for (unsigned round = 0; round < ROUNDS; round++) {
    char names[KEYS][8];
    struct question_text keys[KEYS];
    struct question_state *known[KEYS];
    for (unsigned i = 0; i < KEYS; i++) {
      snprintf(names[i], sizeof names[i], "%u", i);
      const struct text text = text_from(names[i]);
      keys[i] = (struct question_text){text, text, (uint64_t)round * HASHES + i % HASHES};
      question_cache_begin(&cache);
      known[i] = question_cache_get(&cache, &tracked, &keys[i], NULL, &error);
      question_state_insert(known[i], 0, 1);
      if (i * (round + 1) % 7 < 3)
        question_cache_change(&cache, known[i]);
    }
    size_t changed = cache.changed_count;
    question_cache_shrink(&cache, false, 0);
    assert_int_equal(cache.state_count, KEYS); /* each was used since */
    question_cache_shrink(&cache, false, 0);
    assert_int_equal(cache.state_count, changed);
    for (unsigned i = 0; i < KEYS; i++) {
      bool stays = i * (round + 1) % 7 < 3;
      question_cache_begin(&cache);
      struct question_state *found = question_cache_get(&cache, &tracked, &keys[i], NULL, &error);
      assert_int_equal(found->count, stays);
      assert_true(!stays || found == known[i]);
      found->changed = false;
    }
    assert_int_equal(cache.state_count, KEYS);
    cache.changed_count = 0;
    question_cache_shrink(&cache, true, 0);
    assert_int_equal(cache.state_count, 0);
    assert_int_equal(cache.bytes, cache.place_count * sizeof(struct question_state *));
    assert_int_equal(cache.slab.bytes, 0);
  }
  question_cache_clear(&cache);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_state_is_of_the_key_that_is_asked_about),
      cmocka_unit_test(keys_of_any_size_share_the_memory),
      cmocka_unit_test(keys_of_one_hash_have_states_of_their_own),
      cmocka_unit_test(who_stays_is_found),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

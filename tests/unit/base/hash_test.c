#include "base/hash.h"

#include "base/hash_flood.h"
#include "base/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define BITS 12
#define BUCKETS (1 << BITS)
/* Of 4,096 texts that are put into 4,096 buckets at random, more than 12 come into one of them once
 * in a million times (Poisson). */
#define FULLEST_MAX 12

/* Each time the same, so that the tests either pass or fail. */
static struct hash_key key_of(unsigned number) {
  uint64_t words[3], state = number + UINT64_C(0x6d61726761790005);
  for (size_t i = 0; i < 3; i++) {
    state = state * UINT64_C(0xd1342543de82ef95) + 1;
    words[i] = (state ^ state >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
  }
  return (struct hash_key){words[0], words[1] | UINT64_C(1) << 63 | 1, words[2]};
}

static int keep_key(void **state) {
  static struct hash_key kept;
  kept = hash_key;
  *state = &kept;
  return 0;
}

static int restore_key(void **state) {
  hash_key = *(struct hash_key *)*state;
  return 0;
}

/* How many texts the fullest bucket has, by the lowest bits or the highest. */
static size_t fullest(const struct text *texts, size_t count, bool highest) {
  unsigned buckets[BUCKETS] = {0};
  size_t most = 0;
  for (size_t i = 0; i < count; i++) {
    const uint64_t hash = hash_text(texts[i]);
    unsigned *bucket = &buckets[highest ? hash >> (64 - BITS) : hash % BUCKETS];
    most = ++*bucket > most ? *bucket : most;
  }
  return most;
}

static void assert_spread(const struct text *texts, size_t count) {
  for (unsigned key = 0; key < 4; key++) {
    hash_key = key_of(key);
    assert_in_range(fullest(texts, count, false), 1, FULLEST_MAX);
    assert_in_range(fullest(texts, count, true), 1, FULLEST_MAX);
  }
}

/* ---- the hash ---- */

static void a_process_has_a_key(void **state) {
  (void)state;
  assert_true(hash_key.start != 0);
  assert_true(hash_key.size != 0);
  assert_true(hash_key.factor & 1);
  assert_true(hash_key.factor >> 63);
}

static void the_hash_is_that_of_eights_with_zeros_behind(void **state) {
  (void)state;
  char bytes[48] = "margay hashes texts of every size, eight bytes";
  for (size_t size = 0; size <= 40; size++) {
    uint64_t hash = size ? hash_start(size) : 0;
    for (size_t at = 0; at < size; at += 8) {
      char eight[8] = "";
      memcpy(eight, bytes + at, size - at < 8 ? size - at : 8);
      hash = hash_8(hash, text_load_8(eight));
    }
    char *exact = malloc(size ? size : 1); /* of its own: nothing beyond it may be read */
    memcpy(exact, bytes, size);
    assert_true(hash_text((struct text){exact, size}) == hash);
    free(exact);
  }
}

static void zeros_of_another_size_have_another_hash(void **state) {
  (void)state;
  static const char zeros[64];
  for (size_t size = 0; size < sizeof zeros; size++)
    for (size_t other = 0; other < size; other++)
      assert_true(hash_text((struct text){zeros, size}) != hash_text((struct text){zeros, other}));
}

static void likely_texts_are_spread(void **state) {
  (void)state;
  static char bytes[BUCKETS][40];
  static struct text texts[BUCKETS];
  static const char *const around[][2] = {
      {"", ""}, {"10.0.0.", ""}, {"user", "@example.com"}, {"{0", "-0000-4000-8000-00000000000}"}};
  for (size_t a = 0; a < sizeof around / sizeof *around; a++) {
    for (unsigned i = 0; i < BUCKETS; i++) {
      snprintf(bytes[i], sizeof *bytes, "%s%u%s", around[a][0], i, around[a][1]);
      texts[i] = text_from(bytes[i]);
    }
    assert_spread(texts, BUCKETS);
  }
}

/* ---- floods ---- */

static void a_flood_for_one_key_is_none_for_another(void **state) {
  (void)state;
  static char bytes[BUCKETS][HASH_FLOOD_SIZE];
  static struct text texts[BUCKETS];
  hash_key = key_of(1000);
  for (unsigned i = 0; i < BUCKETS; i++)
    texts[i] = hash_flood_text(i, bytes[i]);
  for (unsigned i = 0; i < BUCKETS; i++)
    assert_true(hash_text(texts[i]) == hash_text(texts[0]));
  assert_spread(texts, BUCKETS);
}

/* Addresses that share their lowest bits, which is where tables look first. */
static void a_flood_for_a_hash_without_key_is_none(void **state) {
  (void)state;
  enum { FLOOD = 256 };
  static char bytes[FLOOD][32];
  static struct text texts[FLOOD];
  for (unsigned i = 0, found = 0; found < FLOOD; i++) {
    snprintf(bytes[found], sizeof *bytes, "user%u@example.com", i);
    texts[found] = text_from(bytes[found]);
    found += text_hash(texts[found]) % BUCKETS == 0;
  }
  assert_spread(texts, FLOOD);
}

static void a_map_with_keys_of_one_hash_answers(void **state) {
  (void)state;
  enum { KEYS = 1000 };
  static int values[KEYS];
  struct map map = MAP_NONE;
  char bytes[HASH_FLOOD_SIZE];
  hash_key = key_of(2000);
  for (int i = 0; i < KEYS; i++)
    map_put(&map, hash_flood_text((uint64_t)i, bytes), &values[i]);
  map_put(&map, hash_flood_text(7, bytes), &values[8]);
  assert_int_equal(map.count, KEYS);
  for (int i = 0; i < KEYS; i++)
    assert_ptr_equal(map_get(&map, hash_flood_text((uint64_t)i, bytes)), &values[i == 7 ? 8 : i]);
  assert_null(map_get(&map, hash_flood_text(KEYS, bytes)));
  map_clear(&map, NULL);
}

#define WITH_KEY(test) cmocka_unit_test_setup_teardown(test, keep_key, restore_key)

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_process_has_a_key),
      cmocka_unit_test(the_hash_is_that_of_eights_with_zeros_behind),
      cmocka_unit_test(zeros_of_another_size_have_another_hash),
      WITH_KEY(likely_texts_are_spread),
      WITH_KEY(a_flood_for_one_key_is_none_for_another),
      WITH_KEY(a_flood_for_a_hash_without_key_is_none),
      WITH_KEY(a_map_with_keys_of_one_hash_answers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

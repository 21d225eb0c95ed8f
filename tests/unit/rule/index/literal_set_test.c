#include "rule/index/literal_set.h"

#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { LITERALS_MAX = 400, TEXT_SIZE_MAX = 200 };

static const enum literal_engine engines[] = {LITERAL_ENGINE_OWN, LITERAL_ENGINE_VECTORSCAN,
                                              LITERAL_ENGINE_BEST};
enum { ENGINE_COUNT = sizeof engines / sizeof *engines };

static void note(void *context, unsigned literal) {
  bool *found = context;
  found[literal] = true;
}

static void scan(const struct literal_set *set, struct text subject, bool *found) {
  struct literal_scratch *scratch = literal_scratch_new();
  literal_scratch_prepare(scratch, set);
  /* A copy of exactly this size, so that a sanitizer sees a read past it. */
  char *copy = malloc(subject.size ? subject.size : 1);
  if (subject.size)
    memcpy(copy, subject.data, subject.size);
  struct work work;
  work_start(&work);
  assert_true(
      literal_set_scan(set, scratch, &work, (struct text){copy, subject.size}, note, found));
  free(copy);
  literal_scratch_free(scratch);
}

static void a_set_finds_each_literal_that_a_text_contains_in_any_case(void **state) {
  (void)state;
  static const struct text literals[] = {TEXT_INIT("on to off"), TEXT_INIT("passcode"),
                                         TEXT_INIT("pass"), TEXT_INIT("\xC3\xA9t\xC3\xA9"),
                                         TEXT_INIT("a long literal of many words, with commas")};
  static const struct {
    struct text subject;
    const char *found; /* a digit for each literal */
  } rows[] = {
      {TEXT_INIT(""), "00000"},
      {TEXT_INIT("pas"), "00000"},
      {TEXT_INIT("pass"), "00100"},
      {TEXT_INIT("PASS"), "00100"},
      {TEXT_INIT("xxPassCodexx"), "01100"},
      {TEXT_INIT("passcod\xC5"), "00100"},
      {TEXT_INIT("Passcode: from On to Off"), "11100"},
      {TEXT_INIT("On to O\0ff"), "00000"},
      {TEXT_INIT("\0\0\0On to Off"), "10000"},
      {TEXT_INIT("un \xC3\xA9t\xC3\xA9"), "00010"},
      {TEXT_INIT("un \xC3\x89t\xC3\xA9"), "00000"}, /* not ASCII: exact */
      {TEXT_INIT("x a long literal of many words, with commas"), "00001"},
      {TEXT_INIT("x a long literal of many words, with comma"), "00000"},
      {TEXT_INIT("@n to off"), "00000"}, /* '@' is '`' but for the bit of case */
  };
  for (size_t e = 0; e < ENGINE_COUNT; e++) {
    struct literal_set *set = literal_set_new(literals, 5, engines[e]);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
      bool found[5] = {false};
      char shown[6] = "";
      scan(set, rows[i].subject, found);
      for (size_t k = 0; k < 5; k++)
        shown[k] = found[k] ? '1' : '0';
      assert_string_equal(shown, rows[i].found);
    }
    literal_set_free(set);
  }
}

/* literal_set.c explains itself by it. */
static void the_example_of_the_source_is_true(void **state) {
  (void)state;
  static const struct text literals[] = {TEXT_INIT("update meeting passcode"),
                                         TEXT_INIT("update meeting topic"),
                                         TEXT_INIT("delete webinar")};
  struct literal_set *set = literal_set_new(literals, 3, LITERAL_ENGINE_OWN);
  struct literal_set_size size = literal_set_size(set);
  bool found[3] = {false};
  assert_int_equal(size.gram_size, 8);
  assert_int_equal(size.stride, 7);
  assert_int_equal(size.grams, 3 * 7);
  scan(set, TEXT("Update Meeting Topic: From A to B"), found);
  assert_false(found[0]);
  assert_true(found[1]);
  assert_false(found[2]);
  literal_set_free(set);
}

/* xorshift64 (Marsaglia 2003). */
static unsigned random_below(uint64_t *seed, unsigned limit) {
  *seed ^= *seed << 13;
  *seed ^= *seed >> 7;
  *seed ^= *seed << 17;
  return (unsigned)((*seed >> 20) % limit);
}

static size_t random_text(uint64_t *seed, size_t size, bool lower, char *out) {
  static const char letters[] = "aabbccdeAB@`{[ -:\x80\xC3\0";
  for (size_t i = 0; i < size; i++) {
    out[i] = letters[random_below(seed, sizeof letters - 1)];
    if (lower && out[i] >= 'A' && out[i] <= 'Z')
      out[i] |= 0x20;
  }
  return size;
}

static void both_engines_agree_with_looking_for_each_literal(void **state) {
  (void)state;
  uint64_t seed = UINT64_C(0x6d61726761790002);
  char bytes[LITERALS_MAX][40] = {{0}}, subject[TEXT_SIZE_MAX];
  size_t hits = 0;
  for (int round = 0; round < 300; round++) {
    struct text literals[LITERALS_MAX];
    size_t count = 1 + random_below(&seed, round % 10 == 0 ? LITERALS_MAX : 12);
    unsigned shortest = LITERAL_SIZE_MIN + random_below(&seed, 14);
    for (size_t i = 0; i < count; i++) {
      size_t size = shortest + random_below(&seed, 6);
      literals[i] = (struct text){bytes[i], size};
      random_text(&seed, size, true, bytes[i]);
    }
    struct literal_set *sets[ENGINE_COUNT];
    for (size_t e = 0; e < ENGINE_COUNT; e++)
      sets[e] = literal_set_new(literals, count, engines[e]);
    for (int i = 0; i < 20; i++) {
      struct text text = {subject,
                          random_text(&seed, random_below(&seed, TEXT_SIZE_MAX), false, subject)};
      const struct text *part = &literals[random_below(&seed, (unsigned)count)];
      if (text.size > part->size) /* else long literals would never be there */
        memcpy(subject + random_below(&seed, (unsigned)(text.size - part->size + 1)), part->data,
               part->size);
      for (size_t e = 0; e < ENGINE_COUNT; e++) {
        bool found[LITERALS_MAX] = {false};
        scan(sets[e], text, found);
        for (size_t k = 0; k < count; k++) {
          assert_int_equal(found[k], text_contains_folded(text, literals[k]));
          hits += found[k];
        }
      }
    }
    for (size_t e = 0; e < ENGINE_COUNT; e++)
      literal_set_free(sets[e]);
  }
  assert_true(hits > 10000);
}

/* ---- long texts ---- */

#define LONG_SIZE (64 * 1024)

/* Around the places where a block of a long text ends. */
static void a_literal_is_found_at_every_place_of_a_long_text(void **state) {
  (void)state;
  static const struct text literals[] = {TEXT_INIT("from on to off"), TEXT_INIT("passcode")};
  char *bytes = memory_alloc(LONG_SIZE);
  for (size_t e = 0; e < ENGINE_COUNT; e++) {
    struct literal_set *set = literal_set_new(literals, 2, engines[e]);
    for (size_t at = 16 * 1024 - 30; at < 16 * 1024 + 30; at++) {
      bool found[2] = {false};
      memset(bytes, '.', LONG_SIZE);
      memcpy(bytes + at, literals[0].data, literals[0].size);
      memcpy(bytes + 2 * at, literals[1].data, literals[1].size);
      scan(set, (struct text){bytes, LONG_SIZE}, found);
      assert_true(found[0] && found[1]);
    }
    literal_set_free(set);
  }
  free(bytes);
}

/* Every place of the text may be a literal's. */
static void a_scan_ends_when_there_is_no_work_left(void **state) {
  (void)state;
  static const struct text literals[] = {TEXT_INIT("aaaaaaaaaaaaaaaaaaaab"),
                                         TEXT_INIT("aaaaaaaaaaaaaaaaaaaac")};
  struct literal_scratch *scratch = literal_scratch_new();
  char *bytes = memory_alloc(LONG_SIZE);
  memset(bytes, 'a', LONG_SIZE);
  for (size_t e = 0; e < ENGINE_COUNT; e++) {
    struct literal_set *set = literal_set_new(literals, 2, engines[e]);
    bool found[2];
    struct work work;
    work_start(&work);
    work.floor = work.left - 100;
    work.look_at = work.floor;
    literal_scratch_prepare(scratch, set);
    assert_false(
        literal_set_scan(set, scratch, &work, (struct text){bytes, LONG_SIZE}, note, found));
    literal_set_free(set);
  }
  literal_scratch_free(scratch);
  free(bytes);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_set_finds_each_literal_that_a_text_contains_in_any_case),
      cmocka_unit_test(the_example_of_the_source_is_true),
      cmocka_unit_test(both_engines_agree_with_looking_for_each_literal),
      cmocka_unit_test(a_literal_is_found_at_every_place_of_a_long_text),
      cmocka_unit_test(a_scan_ends_when_there_is_no_work_left),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* How bytes are cut into records, in blocks of any size. */
#include "source/file/framing_cases.h"

static struct text without_mark(struct text input) {
  if (input.size >= 3 && memcmp(input.data, "\xef\xbb\xbf", 3) == 0)
    return (struct text){input.data + 3, input.size - 3};
  return input;
}

static void the_form_shows_at_the_first_bytes(void **state) {
  (void)state;
  for (size_t i = 0; i < CASE_COUNT; i++)
    if (framing_guess(without_mark(cases[i].input), true) != cases[i].form)
      fail_msg("%s: wrong form", cases[i].name);
}

static void the_form_is_never_guessed_wrong_from_a_part(void **state) {
  (void)state;
  for (size_t i = 0; i < CASE_COUNT; i++) {
    struct text input = without_mark(cases[i].input);
    for (size_t size = 0; size < input.size; size++) {
      enum framing_form form = framing_guess((struct text){input.data, size}, false);
      if (form != FRAMING_UNKNOWN && form != cases[i].form)
        fail_msg("%s: wrong form after %zu bytes", cases[i].name, size);
    }
  }
}

static void values_are_framed_the_same_in_blocks_of_any_size(void **state) {
  (void)state;
  for (size_t i = 0; i < CASE_COUNT; i++) {
    const struct framing_case *test = &cases[i];
    if (test->form != FRAMING_VALUES)
      continue;
    size_t mark = test->input.size - without_mark(test->input).size;
    for (size_t block_size = 1; block_size <= test->input.size; block_size++) {
      struct framer framer;
      framer_start(&framer, &(struct framing_place){.position = mark});
      size_t count = 0;
      struct framed framed;
      for (size_t at = mark; at < test->input.size; at += block_size) {
        size_t left = test->input.size - at;
        size_t size = left < block_size ? left : block_size;
        char *block = memory_copy_bytes(test->input.data + at, size);
        size_t cursor = 0;
        while (framer_next(&framer, (struct text){block, size}, &cursor, &framed))
          expect_record(test, block_size, count++, framed.record, framed.log_type, framed.position);
        free(block);
      }
      if (framer_finish(&framer, &framed))
        expect_record(test, block_size, count++, framed.record, framed.log_type, framed.position);
      expect_count(test, block_size, count);
      assert_int_equal(framer_is_inside(&framer), test->cut_off);
      framer_free(&framer);
    }
  }
}

/* All records with their log types and positions, as one text. */
static void frame_all(struct text input, size_t block_size, struct buffer *out) {
  struct framer framer;
  struct framed framed;
  framer_start(&framer, &(struct framing_place){.position = 0});
  for (size_t at = 0; at < input.size; at += block_size) {
    size_t left = input.size - at, size = left < block_size ? left : block_size;
    char *block = memory_copy_bytes(input.data + at, size);
    size_t cursor = 0;
    while (framer_next(&framer, (struct text){block, size}, &cursor, &framed)) {
      buffer_printf(out, "%u %.*s ", (unsigned)framed.position, TEXT_ARGS(framed.log_type));
      buffer_append_text(out, framed.record);
    }
    free(block);
  }
  if (framer_finish(&framer, &framed))
    buffer_append_text(out, framed.record);
  buffer_printf(out, " %d", framer_is_inside(&framer));
  framer_free(&framer);
}

static void damage_is_framed_the_same_in_blocks_of_any_size(void **state) {
  (void)state;
  static const char bytes[] = "{}[]\",:\\\n\0 x";
  uint32_t random = 1;
  for (size_t round = 0; round < 100 * CASE_COUNT; round++) {
    struct text input = cases[round % CASE_COUNT].input;
    char *damaged = memory_copy_bytes(input.data, input.size);
    for (int i = 0; i < 3 && input.size > 0; i++) {
      random = random * 1664525 + 1013904223;
      damaged[(random >> 8) % input.size] = bytes[(random >> 3) % (sizeof(bytes) - 1)];
    }
    static const size_t block_sizes[] = {1, 2, 3, 7};
    struct buffer whole = BUFFER_NONE, pieces = BUFFER_NONE;
    frame_all((struct text){damaged, input.size}, input.size + 1, &whole);
    for (size_t i = 0; i < 4; i++) {
      buffer_reset(&pieces);
      frame_all((struct text){damaged, input.size}, block_sizes[i], &pieces);
      if (!text_equal(buffer_text(&whole), buffer_text(&pieces)))
        fail_msg("%s in blocks of %zu", damaged, block_sizes[i]);
    }
    buffer_free(&whole);
    buffer_free(&pieces);
    free(damaged);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_form_shows_at_the_first_bytes),
      cmocka_unit_test(the_form_is_never_guessed_wrong_from_a_part),
      cmocka_unit_test(values_are_framed_the_same_in_blocks_of_any_size),
      cmocka_unit_test(damage_is_framed_the_same_in_blocks_of_any_size),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

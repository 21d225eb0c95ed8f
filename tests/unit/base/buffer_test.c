#include "base/arena.h"
#include "base/buffer.h"
#include "base/memory.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static void appending_keeps_the_bytes_and_a_nul_after_them(void **state) {
  (void)state;
  struct buffer buffer = BUFFER_NONE;
  for (int i = 0; i < 1000; i++) {
    buffer_append_string(&buffer, "ab");
    buffer_append_char(&buffer, '\0');
    buffer_append_text(&buffer, TEXT("c"));
    buffer_append(&buffer, NULL, 0);
    assert_int_equal(buffer.data[buffer.size], '\0');
  }
  assert_int_equal(buffer.size, 4000);
  assert_memory_equal(buffer.data + 3996, "ab\0c", 4);
  buffer_free(&buffer);
  assert_null(buffer.data);
}

static void an_empty_buffer_reads_as_empty_text(void **state) {
  (void)state;
  struct buffer buffer = BUFFER_NONE;
  assert_int_equal(buffer_text(&buffer).size, 0);
  assert_string_equal(buffer_text(&buffer).data, "");
  char *stolen = buffer_steal(&buffer);
  assert_string_equal(stolen, "");
  free(stolen);
  buffer_reset(&buffer);
  buffer_free(&buffer);
}

static void reserved_room_can_be_written_to_its_end(void **state) {
  (void)state;
  struct buffer buffer = BUFFER_NONE;
  for (size_t size = 0; size < 300; size++) {
    char *room = buffer_reserve(&buffer, size);
    memset(room, 'x', size);
    room[size] = '\0';
    buffer.size += size;
  }
  assert_int_equal(strlen(buffer.data), buffer.size);
  buffer_free(&buffer);
}

static void printing_fits_texts_of_any_length(void **state) {
  (void)state;
  struct buffer buffer = BUFFER_NONE;
  size_t expected = 0;
  for (int width = 0; width < 500; width++) {
    buffer_printf(&buffer, "%*d", width, 7);
    expected += width ? (size_t)width : 1;
    assert_int_equal(buffer.size, expected);
    assert_int_equal(strlen(buffer.data), expected);
  }
  buffer_free(&buffer);
}

static void stealing_hands_over_and_resetting_keeps(void **state) {
  (void)state;
  struct buffer buffer = BUFFER_NONE;
  buffer_append_string(&buffer, "mine");
  char *stolen = buffer_steal(&buffer);
  assert_string_equal(stolen, "mine");
  assert_null(buffer.data);
  free(stolen);
  buffer_append_string(&buffer, "again");
  const char *before = buffer.data;
  buffer_reset(&buffer);
  assert_string_equal(buffer.data, "");
  buffer_append_string(&buffer, "same");
  assert_ptr_equal(buffer.data, before);
  buffer_free(&buffer);
}

static void an_empty_text_that_points_nowhere_is_an_empty_json_string(void **state) {
  (void)state;
  struct buffer buffer = BUFFER_NONE;
  buffer_append_json_string(&buffer, (struct text){NULL, 0});
  assert_string_equal(buffer.data, "\"\"");
  buffer_free(&buffer);
}

static void json_strings_are_escaped(void **state) {
  (void)state;
  static const struct {
    struct text text;
    const char *json;
  } table[] = {
      {TEXT_INIT(""), "\"\""},
      {TEXT_INIT("plain / text"), "\"plain / text\""},
      {TEXT_INIT("\"\\\b\f\n\r\t"), "\"\\\"\\\\\\b\\f\\n\\r\\t\""},
      {TEXT_INIT("a\0\x1f"
                 "b"),
       "\"a\\u0000\\u001fb\""},
      {TEXT_INIT("J\xc3\xbcrgen \xf0\x9f\x90\x86"), "\"J\xc3\xbcrgen \xf0\x9f\x90\x86\""},
      {TEXT_INIT("a\xff"
                 "b\xed\xa0\x80"),
       "\"a\xef\xbf\xbd"
       "b\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
      {TEXT_INIT("cut \xe2\x82"), "\"cut \xef\xbf\xbd\xef\xbf\xbd\""},
  };
  for (size_t i = 0; i < COUNT(table); i++) {
    struct buffer buffer = BUFFER_NONE;
    buffer_append_json_string(&buffer, table[i].text);
    assert_string_equal(buffer.data, table[i].json);
    buffer_free(&buffer);
  }
}

static void any_two_bytes_make_valid_json(void **state) {
  (void)state;
  for (unsigned i = 0; i < 65536; i++) {
    struct buffer buffer = BUFFER_NONE;
    char bytes[2] = {(char)(i >> 8), (char)i};
    json_error_t error;
    buffer_append_json_string(&buffer, (struct text){bytes, 2});
    json_t *value = json_loadb(buffer.data, buffer.size, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (!value)
      fail_msg("%04x: %s", i, error.text);
    if (text_is_utf8((struct text){bytes, 2})) {
      assert_int_equal(json_string_length(value), 2);
      assert_memory_equal(json_string_value(value), bytes, 2);
    }
    json_decref(value);
    buffer_free(&buffer);
  }
}

/* Eight bytes are looked at together, and the last ones once more with those before them. */
static void a_byte_is_escaped_wherever_it_is_in_a_text(void **state) {
  (void)state;
  static const struct {
    char byte;
    const char *string, *visible; /* what stands for the byte */
  } cases[] = {
      {'"', "\\\"", "\""},         {'\\', "\\\\", "\\"}, {'\x1f', "\\u001f", "\x1f"},
      {'\x7f', "\x7f", "\\u007f"}, {'~', "~", "~"},      {'\xff', "\xef\xbf\xbd", "\xff"},
  };
  for (size_t i = 0; i < 24 * 24 * sizeof cases / sizeof *cases; i++) {
    const size_t size = i % 24 + 1, at = i / 24 % 24, which = i / (24 * 24);
    if (at >= size)
      continue;
    char text[25] = "abcdefghijklmnopqrstuvwx", expected[2][40];
    text[at] = cases[which].byte;
    snprintf(expected[0], sizeof expected[0], "\"%.*s%s%.*s\"", (int)at, text, cases[which].string,
             (int)(size - at - 1), text + at + 1);
    snprintf(expected[1], sizeof expected[1], "%.*s%s%.*s", (int)at, text, cases[which].visible,
             (int)(size - at - 1), text + at + 1);
    struct buffer string = BUFFER_NONE, visible = BUFFER_NONE;
    buffer_append_json_string(&string, (struct text){text, size});
    buffer_append_json_visible(&visible, (struct text){text, size});
    assert_string_equal(string.data, expected[0]);
    assert_string_equal(visible.data, expected[1]);
    buffer_free(&string);
    buffer_free(&visible);
  }
}

static void json_for_a_terminal_has_nothing_that_it_would_act_on(void **state) {
  (void)state;
  static const struct {
    const char *json, *expected;
  } table[] = {
      {"", ""},
      {"{\"a\":\"plain text of some length\"}\n", "{\"a\":\"plain text of some length\"}\n"},
      {"\"0123456\x7f\"", "\"0123456\\u007f\""},
      {"\"\x7f\x7f\"", "\"\\u007f\\u007f\""},
      {"\"\xc2\x9b"
       "31m\"",
       "\"\\u009b31m\""},
      {"\"\xe2\x80\xae\xef\xbb\xbf\"", "\"\\u202e\\ufeff\""},
      {"\"\xf3\xa0\x81\x81\"", "\"\\udb40\\udc41\""},
      {"\"J\xc3\xbcrgen \xf0\x9f\x98\xba\"", "\"J\xc3\xbcrgen \xf0\x9f\x98\xba\""},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    struct buffer out = BUFFER_NONE;
    buffer_append_json_visible(&out, text_from(table[i].json));
    assert_string_equal(out.data, table[i].expected);
    buffer_free(&out);
  }
}

static void json_numbers_read_back_to_the_same_value(void **state) {
  (void)state;
  static const struct {
    double number;
    const char *json;
  } table[] = {
      {0, "0"},
      {-0.0, "-0.0"},
      {1, "1"},
      {-12, "-12"},
      {0.1, "0.1"},
      {1.5, "1.5"},
      {1.0 / 3, "0.3333333333333333"},
      {9007199254740991, "9007199254740991"},
      {-9007199254740991, "-9007199254740991"},
      {9007199254740992, "9007199254740992"},
      {-0.5, "-0.5"},
      {0.05, "0.05"},
      {48.8566, "48.8566"},
      {-122.4194155, "-122.4194155"},
      {1e-4, "0.0001"},
      {0.00001, "1e-05"},
      {1e22, "1e+22"},
      {5e-324, "4.94065645841247e-324"},
      {1.7976931348623157e308, "1.7976931348623157e+308"},
      {NAN, "null"},
      {INFINITY, "null"},
      {-INFINITY, "null"},
  };
  for (size_t i = 0; i < COUNT(table); i++) {
    struct buffer buffer = BUFFER_NONE;
    buffer_append_json_number(&buffer, table[i].number);
    assert_string_equal(buffer.data, table[i].json);
    if (isfinite(table[i].number)) {
      double back = strtod(buffer.data, NULL);
      assert_memory_equal(&back, &table[i].number, sizeof back);
    }
    buffer_free(&buffer);
  }
}

/* Divides and multiplies random whole numbers, so that many have few places. */
static void json_numbers_are_the_shortest_of_at_least_15_digits(void **state) {
  (void)state;
  uint64_t seed = UINT64_C(0x6d61726761790031);
  struct buffer buffer = BUFFER_NONE;
  for (int i = 0; i < 50000; i++) {
    seed ^= seed << 13; /* xorshift64 (Marsaglia 2003) */
    seed ^= seed >> 7;
    seed ^= seed << 17;
    double number = (double)(seed >> (1 + seed % 63)) * pow(10, (double)(seed >> 40 & 31) - 20);
    if (i % 3 == 0)
      number = nextafter(number, INFINITY);
    char expected[40];
    for (int precision = 15; precision <= 17; precision++) {
      snprintf(expected, sizeof expected, "%.*g", precision, number);
      if (strtod(expected, NULL) == number)
        break;
    }
    if (number == floor(number) && fabs(number) < 0x1p53)
      snprintf(expected, sizeof expected, "%lld", (long long)number);
    buffer_reset(&buffer);
    buffer_append_json_number(&buffer, i % 2 ? number : -number);
    if (number != 0)
      assert_string_equal(buffer.data + (i % 2 == 0), expected);
  }
  buffer_free(&buffer);
}

static void an_arena_gives_zeroed_aligned_memory_that_does_not_overlap(void **state) {
  (void)state;
  struct arena arena = ARENA_NONE;
  for (int round = 0; round < 3; round++) {
    unsigned char *previous = NULL;
    size_t previous_size = 0;
    for (size_t size = 0; size < 3000; size += 7) {
      unsigned char *memory = arena_alloc(&arena, size);
      assert_int_equal((uintptr_t)memory % _Alignof(max_align_t), 0);
      for (size_t i = 0; i < size; i++)
        assert_int_equal(memory[i], 0);
      memset(memory, 0xff, size);
      for (size_t i = 0; previous && i < previous_size; i++)
        assert_int_equal(previous[i], 0xfe);
      memset(memory, 0xfe, size);
      previous = memory;
      previous_size = size;
    }
    arena_reset(&arena);
  }
  arena_free(&arena);
  assert_null(arena.first);
  arena_free(&arena);
}

static void an_arena_takes_pieces_larger_than_its_blocks(void **state) {
  (void)state;
  struct arena arena = ARENA_NONE;
  char *small = arena_copy_string(&arena, "small");
  unsigned char *large = arena_alloc(&arena, 3 << 20);
  large[(3 << 20) - 1] = 1;
  assert_string_equal(small, "small");
  arena_reset(&arena);
  assert_ptr_equal(arena_alloc(&arena, 1), small); /* the blocks are kept */
  arena_free(&arena);
}

static void an_arena_copies_and_prints(void **state) {
  (void)state;
  struct arena arena = ARENA_NONE;
  struct text copy = arena_copy(&arena, TEXT("a\0b"));
  assert_int_equal(copy.size, 3);
  assert_memory_equal(copy.data, "a\0b", 4);
  assert_string_equal(arena_copy(&arena, (struct text){NULL, 0}).data, "");
  assert_null(arena_copy_string(&arena, NULL));
  assert_string_equal(arena_printf(&arena, "%s-%d", "x", 7), "x-7");
  arena_free(&arena);
}

static void an_array_grows_by_doubling(void **state) {
  (void)state;
  size_t capacity = 0, changes = 0;
  int *items = NULL;
  for (size_t i = 0; i < 1000; i++) {
    size_t before = capacity;
    items = memory_reserve(items, &capacity, i + 1, sizeof *items);
    assert_true(capacity > i);
    items[i] = (int)i;
    changes += capacity != before;
  }
  assert_true(changes < 10);
  for (int i = 0; i < 1000; i++)
    assert_int_equal(items[i], i);
  free(items);
}

static void copies_and_empty_allocations_can_be_released(void **state) {
  (void)state;
  char *string = memory_copy_string("abc"), *bytes = memory_copy_bytes("a\0b", 3);
  assert_string_equal(string, "abc");
  assert_memory_equal(bytes, "a\0b", 4);
  assert_null(memory_copy_string(NULL));
  void *empty = memory_alloc(0), *array = memory_alloc_array(0, 8);
  free(string);
  free(bytes);
  free(empty);
  free(array);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(appending_keeps_the_bytes_and_a_nul_after_them),
      cmocka_unit_test(an_empty_buffer_reads_as_empty_text),
      cmocka_unit_test(reserved_room_can_be_written_to_its_end),
      cmocka_unit_test(printing_fits_texts_of_any_length),
      cmocka_unit_test(stealing_hands_over_and_resetting_keeps),
      cmocka_unit_test(json_strings_are_escaped),
      cmocka_unit_test(an_empty_text_that_points_nowhere_is_an_empty_json_string),
      cmocka_unit_test(any_two_bytes_make_valid_json),
      cmocka_unit_test(a_byte_is_escaped_wherever_it_is_in_a_text),
      cmocka_unit_test(json_for_a_terminal_has_nothing_that_it_would_act_on),
      cmocka_unit_test(json_numbers_read_back_to_the_same_value),
      cmocka_unit_test(json_numbers_are_the_shortest_of_at_least_15_digits),
      cmocka_unit_test(an_arena_gives_zeroed_aligned_memory_that_does_not_overlap),
      cmocka_unit_test(an_arena_takes_pieces_larger_than_its_blocks),
      cmocka_unit_test(an_arena_copies_and_prints),
      cmocka_unit_test(an_array_grows_by_doubling),
      cmocka_unit_test(copies_and_empty_allocations_can_be_released),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

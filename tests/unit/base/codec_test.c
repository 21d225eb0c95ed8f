/* The codec of durable blobs: tables of bytes, and random blobs that are cut and damaged. */
#include "base/codec.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* ---- random values ---- */

enum type { U32, U64, I64, BYTES, TYPES };

enum { VALUES_MAX = 12, FIXED = 7 };

struct value {
  enum type type;
  uint64_t number;
  char text[FIXED];
  size_t size;
};

struct blob {
  struct value values[VALUES_MAX];
  size_t count;
};

static uint32_t pick(uint32_t *seed, uint32_t below) {
  *seed = *seed * 1664525u + 1013904223u;
  return (uint32_t)(((uint64_t)*seed * below) >> 32);
}

/* Small, near a power of two, or anything. */
static uint64_t pick_number(uint32_t *seed) {
  uint64_t bits = (uint64_t)pick(seed, UINT32_MAX) << 32 | pick(seed, UINT32_MAX);
  switch (pick(seed, 3)) {
  case 0:
    return bits & 0xff;
  case 1:
    return (UINT64_C(1) << pick(seed, 64)) - pick(seed, 2);
  default:
    return bits;
  }
}

static struct value pick_value(uint32_t *seed) {
  struct value value = {.type = (enum type)pick(seed, TYPES), .number = pick_number(seed)};
  if (value.type == U32)
    value.number &= UINT32_MAX;
  value.size = FIXED;
  for (size_t i = 0; i < value.size; i++)
    value.text[i] = (char)pick(seed, 256);
  return value;
}

static struct blob pick_blob(uint32_t *seed) {
  struct blob blob = {.count = 1 + pick(seed, VALUES_MAX)};
  for (size_t i = 0; i < blob.count; i++)
    blob.values[i] = pick_value(seed);
  return blob;
}

static void put_value(struct buffer *out, const struct value *value) {
  switch (value->type) {
  case U32:
    codec_put_u32(out, (uint32_t)value->number);
    break;
  case U64:
    codec_put_u64(out, value->number);
    break;
  case I64:
    codec_put_i64(out, (int64_t)value->number);
    break;
  case BYTES:
  case TYPES:
    codec_put_bytes(out, value->text, value->size);
    break;
  }
}

static void keep_text(struct value *value, struct text text) {
  value->size = text.size;
  memcpy(value->text, text.data, value->size);
}

static struct value take_value(struct codec_reader *reader, enum type type) {
  struct value value = {.type = type};
  switch (type) {
  case U32:
    value.number = codec_take_u32(reader);
    break;
  case U64:
    value.number = codec_take_u64(reader);
    break;
  case I64:
    value.number = (uint64_t)codec_take_i64(reader);
    break;
  case BYTES:
  case TYPES:
    keep_text(&value, codec_take_bytes(reader, FIXED));
    break;
  }
  return value;
}

static void assert_same(const struct value *value, const struct value *expected) {
  bool is_text = expected->type == BYTES;
  assert_true(is_text || value->number == expected->number);
  assert_true(!is_text || text_equal((struct text){value->text, value->size},
                                     (struct text){expected->text, expected->size}));
}

/* The first `size` bytes in memory of exactly that size: a sanitizer sees a read past them. */
static char *cut(const struct buffer *bytes, size_t size) {
  char *copy = memory_alloc(size);
  memcpy(copy, buffer_text(bytes).data, size);
  return copy;
}

/* ---- tests ---- */

static void the_bytes_are_the_same_on_every_machine(void **state) {
  (void)state;
  static const char expected[] = "\x04\x03\x02\x01"
                                 "\x08\x07\x06\x05\x04\x03\x02\x01"
                                 "\xfe\xff\xff\xff\xff\xff\xff\xff"
                                 "raw";
  struct buffer out = BUFFER_NONE;
  codec_put_u32(&out, 0x01020304);
  codec_put_u64(&out, UINT64_C(0x0102030405060708));
  codec_put_i64(&out, -2);
  codec_put_bytes(&out, "raw", 3);
  assert_int_equal(out.size, sizeof expected - 1);
  assert_memory_equal(out.data, expected, out.size);
  buffer_free(&out);
}

static void whatever_was_put_is_taken_again(void **state) {
  (void)state;
  uint32_t seed = 1;
  for (int round = 0; round < 3000; round++) {
    struct buffer out = BUFFER_NONE;
    struct blob blob = pick_blob(&seed);
    for (size_t i = 0; i < blob.count; i++)
      put_value(&out, &blob.values[i]);
    struct codec_reader reader = codec_reader_of(buffer_text(&out));
    for (size_t i = 0; i < blob.count; i++) {
      struct value value = take_value(&reader, blob.values[i].type);
      assert_same(&value, &blob.values[i]);
    }
    assert_true(codec_ok(&reader));
    assert_true(codec_end(&reader));
    buffer_free(&out);
  }
}

static void a_blob_that_was_cut_anywhere_is_refused(void **state) {
  (void)state;
  uint32_t seed = 2;
  for (int round = 0; round < 100; round++) {
    struct buffer out = BUFFER_NONE;
    struct blob blob = pick_blob(&seed);
    size_t ends[VALUES_MAX];
    for (size_t i = 0; i < blob.count; i++) {
      put_value(&out, &blob.values[i]);
      ends[i] = out.size;
    }
    for (size_t size = 0; size < out.size; size++) {
      char *bytes = cut(&out, size);
      struct codec_reader reader = codec_reader_of((struct text){bytes, size});
      for (size_t i = 0; i < blob.count; i++) {
        struct value value = take_value(&reader, blob.values[i].type);
        assert_int_equal(codec_ok(&reader), ends[i] <= size);
        if (ends[i] <= size)
          assert_same(&value, &blob.values[i]);
      }
      assert_false(codec_end(&reader));
      free(bytes);
    }
    buffer_free(&out);
  }
}

static void a_damaged_blob_is_the_encoding_of_what_was_read(void **state) {
  (void)state;
  uint32_t seed = 3;
  for (int round = 0; round < 2000; round++) {
    struct buffer out = BUFFER_NONE, again = BUFFER_NONE;
    struct blob blob = pick_blob(&seed);
    for (size_t i = 0; i < blob.count; i++)
      put_value(&out, &blob.values[i]);
    for (uint32_t i = 0, flips = 1 + pick(&seed, 4); i < flips; i++)
      out.data[pick(&seed, (uint32_t)out.size)] ^= (char)(1 << pick(&seed, 8));
    char *bytes = cut(&out, out.size);
    struct codec_reader reader = codec_reader_of((struct text){bytes, out.size});
    for (size_t i = 0; i < blob.count; i++) {
      struct value value = take_value(&reader, blob.values[i].type);
      put_value(&again, &value);
    }
    assert_true(codec_end(&reader));
    assert_true(text_equal(buffer_text(&again), (struct text){bytes, out.size}));
    free(bytes);
    buffer_free(&out);
    buffer_free(&again);
  }
}

static void after_a_fault_everything_reads_as_nothing(void **state) {
  (void)state;
  static const char bytes[] = "\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01";
  char copied[] = "xyz";
  struct codec_reader reader = codec_reader_of((struct text){bytes, sizeof bytes - 1});
  assert_int_equal(codec_take_u32(&reader), 0x01010101);
  assert_false(codec_refuse(&reader));
  assert_false(codec_ok(&reader));
  assert_int_equal(codec_take_u32(&reader), 0);
  assert_int_equal(codec_take_u64(&reader), 0);
  assert_int_equal(codec_take_i64(&reader), 0);
  assert_int_equal(codec_take_bytes(&reader, 1).size, 0);
  assert_int_equal(codec_rest(&reader).size, 0);
  codec_copy_bytes(&reader, copied, 3);
  assert_memory_equal(copied, "\0\0\0", 4);
  assert_false(codec_end(&reader));
  assert_int_equal(reader.at, 4);
}

/* The blobs of margay 0.1.0, as a machine with the lowest byte first wrote them. */
static void a_blob_of_the_first_release_can_be_read(void **state) {
  (void)state;
  static const char window[] = "\x02\0\0\0"
                               "\x01\0\0\0"
                               "\0\0\0\0\0\0\0\0"
                               "\x00\x0a\x3f\x9d\xc2\x13\x06\x00"
                               "\x00\x2e\x7b\xc6\xc1\x13\x06\x00"
                               "0123456789abcdef0123456789abcdef";
  struct codec_reader reader = codec_reader_of((struct text){window, sizeof window - 1});
  assert_int_equal(codec_take_u32(&reader), 2); /* the version that it had */
  assert_int_equal(codec_take_u32(&reader), 1); /* alerts */
  assert_int_equal(codec_take_u64(&reader), 0); /* pending */
  assert_int_equal(codec_take_i64(&reader), INT64_C(0x000613c29d3f0a00));
  assert_int_equal(codec_take_i64(&reader), INT64_C(0x000613c1c67b2e00));
  assert_true(text_is(codec_take_bytes(&reader, 32), "0123456789abcdef0123456789abcdef"));
  assert_true(codec_end(&reader));

  struct text set = TEXT("\x01\0\0\0"
                         "a"
                         "\x02\0\0\0"
                         "bc");
  size_t items = 0;
  reader = codec_reader_of(set);
  for (; codec_rest(&reader).size > 0; items++)
    assert_int_equal(codec_take_bytes(&reader, codec_take_u32(&reader)).size, items + 1);
  assert_true(codec_end(&reader));
  assert_int_equal(items, 2);
}

static void bytes_that_are_left_over_are_a_fault_at_the_end_alone(void **state) {
  (void)state;
  struct codec_reader reader = codec_reader_of(TEXT("\x01\0\0\0"
                                                    "ab"));
  assert_int_equal(codec_take_u32(&reader), 1);
  assert_true(text_is(codec_rest(&reader), "ab"));
  assert_true(codec_ok(&reader));
  assert_false(codec_end(&reader));
  assert_false(codec_ok(&reader));
}

static void more_bytes_than_there_are_cannot_be_taken(void **state) {
  (void)state;
  for (size_t size = 0; size < 6; size++) {
    struct codec_reader reader = codec_reader_of(TEXT("abc"));
    assert_int_equal(codec_take_bytes(&reader, size).size, size <= 3 ? size : 0);
    assert_int_equal(codec_ok(&reader), size <= 3);
  }
  struct codec_reader reader = codec_reader_of(TEXT("abc"));
  assert_int_equal(codec_take_bytes(&reader, SIZE_MAX).size, 0);
  assert_false(codec_ok(&reader));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_bytes_are_the_same_on_every_machine),
      cmocka_unit_test(whatever_was_put_is_taken_again),
      cmocka_unit_test(a_blob_that_was_cut_anywhere_is_refused),
      cmocka_unit_test(a_damaged_blob_is_the_encoding_of_what_was_read),
      cmocka_unit_test(after_a_fault_everything_reads_as_nothing),
      cmocka_unit_test(a_blob_of_the_first_release_can_be_read),
      cmocka_unit_test(bytes_that_are_left_over_are_a_fault_at_the_end_alone),
      cmocka_unit_test(more_bytes_than_there_are_cannot_be_taken),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The codec of durable blobs: tables of bytes, and random blobs that are cut and damaged. */
#include "base/codec.h"
#include "base/memory.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* ---- random values ---- */

enum type { U8, U32, U64, I64, DOUBLE, BOOL, VARINT, A_COUNT, CHOICE, A_TEXT, BYTES, TYPES };

enum { VALUES_MAX = 12, TEXT_MAX = 200, FIXED = 7, CHOICES = 5 };

struct value {
  enum type type;
  uint64_t number; /* bits of a double */
  char text[TEXT_MAX];
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

/* Small, near a power of two, or anything: where the sizes of varints change. */
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
  if (value.type == U8)
    value.number &= 0xff;
  if (value.type == U32)
    value.number &= UINT32_MAX;
  if (value.type == BOOL)
    value.number &= 1;
  if (value.type == CHOICE)
    value.number %= CHOICES;
  if (value.type == A_COUNT)
    value.number = 0; /* no items follow */
  value.size = value.type == BYTES ? FIXED : pick(seed, TEXT_MAX);
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
  double number;
  switch (value->type) {
  case U8:
  case CHOICE:
    codec_put_u8(out, (uint8_t)value->number);
    break;
  case U32:
    codec_put_u32(out, (uint32_t)value->number);
    break;
  case U64:
    codec_put_u64(out, value->number);
    break;
  case I64:
    codec_put_i64(out, (int64_t)value->number);
    break;
  case DOUBLE:
    memcpy(&number, &value->number, sizeof number);
    codec_put_double(out, number);
    break;
  case BOOL:
    codec_put_bool(out, value->number != 0);
    break;
  case VARINT:
    codec_put_varint(out, value->number);
    break;
  case A_COUNT:
    codec_put_count(out, (size_t)value->number);
    break;
  case A_TEXT:
    codec_put_text(out, (struct text){value->text, value->size});
    break;
  case BYTES:
  case TYPES:
    codec_put_bytes(out, value->text, value->size);
    break;
  }
}

static void keep_text(struct value *value, struct text text) {
  value->size = text.size < TEXT_MAX ? text.size : TEXT_MAX;
  memcpy(value->text, text.data, value->size);
}

static struct value take_value(struct codec_reader *reader, enum type type) {
  struct value value = {.type = type};
  double number;
  switch (type) {
  case U8:
    value.number = codec_take_u8(reader);
    break;
  case U32:
    value.number = codec_take_u32(reader);
    break;
  case U64:
    value.number = codec_take_u64(reader);
    break;
  case I64:
    value.number = (uint64_t)codec_take_i64(reader);
    break;
  case DOUBLE:
    number = codec_take_double(reader);
    memcpy(&value.number, &number, sizeof value.number);
    break;
  case BOOL:
    value.number = codec_take_bool(reader);
    break;
  case VARINT:
    value.number = codec_take_varint(reader);
    break;
  case A_COUNT:
    value.number = codec_take_count(reader, 1, SIZE_MAX);
    break;
  case CHOICE:
    value.number = codec_take_choice(reader, CHOICES);
    break;
  case A_TEXT:
    keep_text(&value, codec_take_text(reader));
    break;
  case BYTES:
  case TYPES:
    keep_text(&value, codec_take_bytes(reader, FIXED));
    break;
  }
  return value;
}

static void assert_same(const struct value *value, const struct value *expected) {
  bool is_text = expected->type == A_TEXT || expected->type == BYTES;
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
  static const char expected[] = "\xd6w\x03\x6d"
                                 "\xfe"
                                 "\x04\x03\x02\x01"
                                 "\x08\x07\x06\x05\x04\x03\x02\x01"
                                 "\xfe\xff\xff\xff\xff\xff\xff\xff"
                                 "\x00\x00\x00\x00\x00\x00\xf8\xbf"
                                 "\x01\x00"
                                 "\xac\x02"
                                 "\x03"
                                 "\x05h\0llo"
                                 "raw";
  struct buffer out = BUFFER_NONE;
  codec_put_header(&out, 'w', 3);
  codec_put_u8(&out, 0xfe);
  codec_put_u32(&out, 0x01020304);
  codec_put_u64(&out, UINT64_C(0x0102030405060708));
  codec_put_i64(&out, -2);
  codec_put_double(&out, -1.5);
  codec_put_bool(&out, true);
  codec_put_bool(&out, false);
  codec_put_varint(&out, 300);
  codec_put_count(&out, 3);
  codec_put_text(&out, TEXT("h\0llo"));
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
    codec_put_header(&out, 'r', 1);
    for (size_t i = 0; i < blob.count; i++)
      put_value(&out, &blob.values[i]);
    struct codec_reader reader = codec_reader_of(buffer_text(&out));
    unsigned version;
    assert_true(codec_take_header(&reader, 'r', 1, 1, &version));
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
      assert_int_equal(reader.fault, CODEC_TOO_SHORT);
      free(bytes);
    }
    buffer_free(&out);
  }
}

static void a_damaged_blob_is_refused_or_is_the_encoding_of_what_was_read(void **state) {
  (void)state;
  uint32_t seed = 3;
  size_t refused = 0, accepted = 0;
  for (int round = 0; round < 20000; round++) {
    struct buffer out = BUFFER_NONE, again = BUFFER_NONE;
    struct blob blob = pick_blob(&seed);
    for (size_t i = 0; i < blob.count; i++)
      put_value(&out, &blob.values[i]);
    for (uint32_t i = 0, flips = 1 + pick(&seed, 4); out.size > 0 && i < flips; i++)
      out.data[pick(&seed, (uint32_t)out.size)] ^= (char)(1 << pick(&seed, 8));
    char *bytes = cut(&out, out.size);
    struct codec_reader reader = codec_reader_of((struct text){bytes, out.size});
    bool fits = true;
    for (size_t i = 0; i < blob.count; i++) {
      struct value value = take_value(&reader, blob.values[i].type);
      fits = fits && value.size < TEXT_MAX;
      put_value(&again, &value);
    }
    if (!codec_end(&reader)) {
      refused++;
    } else if (fits) {
      accepted++;
      assert_true(text_equal(buffer_text(&again), (struct text){bytes, out.size}));
    }
    free(bytes);
    buffer_free(&out);
    buffer_free(&again);
  }
  assert_true(refused > 1000 && accepted > 1000);
}

static void after_a_fault_everything_reads_as_nothing(void **state) {
  (void)state;
  static const char bytes[] = "\x02"
                              "\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01";
  char copied[] = "xyz";
  unsigned version;
  struct codec_reader reader = codec_reader_of((struct text){bytes, sizeof bytes - 1});
  assert_false(codec_take_bool(&reader));
  assert_int_equal(reader.fault, CODEC_BAD_VALUE);
  assert_int_equal(codec_take_u8(&reader), 0);
  assert_int_equal(codec_take_u32(&reader), 0);
  assert_int_equal(codec_take_u64(&reader), 0);
  assert_int_equal(codec_take_i64(&reader), 0);
  assert_true(codec_take_double(&reader) == 0);
  assert_false(codec_take_bool(&reader));
  assert_int_equal(codec_take_varint(&reader), 0);
  assert_int_equal(codec_take_choice(&reader, 2), 0);
  assert_int_equal(codec_take_count(&reader, 1, SIZE_MAX), 0);
  assert_int_equal(codec_take_text(&reader).size, 0);
  assert_int_equal(codec_take_bytes(&reader, 1).size, 0);
  assert_int_equal(codec_rest(&reader).size, 0);
  assert_false(codec_take_header(&reader, 'w', 0, 1, &version));
  codec_copy_bytes(&reader, copied, 3);
  assert_memory_equal(copied, "\0\0\0", 4);
  assert_false(codec_refuse(&reader));
  assert_false(codec_end(&reader));
  assert_int_equal(reader.fault, CODEC_BAD_VALUE);
  assert_int_equal(reader.at, 0);
}

static void a_varint_has_one_encoding(void **state) {
  (void)state;
  static const struct {
    struct text bytes;
    enum codec_fault fault;
    uint64_t number;
  } table[] = {
      {TEXT_INIT("\x00"), CODEC_SOUND, 0},
      {TEXT_INIT("\x7f"), CODEC_SOUND, 127},
      {TEXT_INIT("\x80\x01"), CODEC_SOUND, 128},
      {TEXT_INIT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), CODEC_SOUND, UINT64_MAX},
      {TEXT_INIT("\x80\x00"), CODEC_BAD_VALUE, 0},
      {TEXT_INIT("\xff\x80\x00"), CODEC_BAD_VALUE, 0},
      {TEXT_INIT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), CODEC_BAD_VALUE, 0},
      {TEXT_INIT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x81\x00"), CODEC_BAD_VALUE, 0},
      {TEXT_INIT("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"), CODEC_BAD_VALUE, 0},
      {TEXT_INIT(""), CODEC_TOO_SHORT, 0},
      {TEXT_INIT("\x80"), CODEC_TOO_SHORT, 0},
      {TEXT_INIT("\xff\xff\xff\xff\xff\xff\xff\xff\xff"), CODEC_TOO_SHORT, 0},
  };
  for (size_t i = 0; i < COUNT(table); i++) {
    struct codec_reader reader = codec_reader_of(table[i].bytes);
    assert_true(codec_take_varint(&reader) == table[i].number);
    assert_int_equal(reader.fault, table[i].fault);
    assert_int_equal(codec_end(&reader), table[i].fault == CODEC_SOUND);
  }
}

static void a_count_is_bounded_by_the_caller_and_by_what_is_left(void **state) {
  (void)state;
  static const struct {
    uint64_t count;
    size_t left, item_size, most;
    enum codec_fault fault;
  } table[] = {
      {0, 0, 1, 10, CODEC_SOUND},
      {5, 5, 1, 10, CODEC_SOUND},
      {6, 5, 1, 10, CODEC_TOO_SHORT},
      {5, 40, 8, 5, CODEC_SOUND},
      {5, 39, 8, 5, CODEC_TOO_SHORT},
      {6, 48, 8, 5, CODEC_BAD_VALUE},
      {UINT64_MAX, 48, 8, SIZE_MAX, CODEC_TOO_SHORT},
      {UINT64_MAX / 8 + 2, 48, 8, SIZE_MAX, CODEC_TOO_SHORT}, /* times 8 it is 8 */
      {1, 48, SIZE_MAX, SIZE_MAX, CODEC_TOO_SHORT},
  };
  for (size_t i = 0; i < COUNT(table); i++) {
    struct buffer out = BUFFER_NONE;
    codec_put_varint(&out, table[i].count);
    for (size_t k = 0; k < table[i].left; k++)
      codec_put_u8(&out, 1);
    struct codec_reader reader = codec_reader_of(buffer_text(&out));
    size_t count = codec_take_count(&reader, table[i].item_size, table[i].most);
    assert_int_equal(reader.fault, table[i].fault);
    assert_true(count == (table[i].fault == CODEC_SOUND ? table[i].count : 0));
    buffer_free(&out);
  }
}

static void a_text_does_not_reach_past_the_end(void **state) {
  (void)state;
  static const struct text table[] = {
      TEXT_INIT("\x04"
                "abc"),
      TEXT_INIT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
                "abc"),
      TEXT_INIT("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"
                "abc"),
  };
  for (size_t i = 0; i < COUNT(table); i++) {
    struct codec_reader reader = codec_reader_of(table[i]);
    assert_int_equal(codec_take_text(&reader).size, 0);
    assert_int_equal(reader.fault, CODEC_TOO_SHORT);
    assert_int_equal(reader.at, 0);
  }
}

static void a_choice_is_below_the_number_of_choices(void **state) {
  (void)state;
  for (unsigned number = 0; number < 256; number++) {
    const char byte = (char)number;
    struct codec_reader reader = codec_reader_of((struct text){&byte, 1});
    assert_int_equal(codec_take_choice(&reader, CHOICES), number < CHOICES ? number : 0);
    assert_int_equal(reader.fault, number < CHOICES ? CODEC_SOUND : CODEC_BAD_VALUE);
  }
}

static void a_header_says_kind_and_version(void **state) {
  (void)state;
  static const struct {
    struct text bytes;
    unsigned oldest, newest;
    enum codec_fault fault;
    unsigned version;
  } table[] = {
      {TEXT_INIT("\xd6w\x03\x6d"), 3, 3, CODEC_SOUND, 3},
      {TEXT_INIT("\xd6w\x02\x6d"), 1, 3, CODEC_SOUND, 2},
      {TEXT_INIT("\xd6w\xff\x6d"), 1, 255, CODEC_SOUND, 255},
      {TEXT_INIT("\xd6w\x02\x6d"), 3, 3, CODEC_OTHER_VERSION, 0},
      {TEXT_INIT("\xd6w\x04\x6d"), 0, 3, CODEC_OTHER_VERSION, 0},
      {TEXT_INIT("\xd6w\x00\x6d"), 0, 3, CODEC_OTHER_VERSION, 0},
      {TEXT_INIT("\xd6x\x03\x6d"), 0, 3, CODEC_OTHER_KIND, 0},
      {TEXT_INIT("\xd6w\x03"), 1, 3, CODEC_OTHER_KIND, 0},
      {TEXT_INIT("\x02\0\0\0\0"), 1, 3, CODEC_OTHER_KIND, 0},
      {TEXT_INIT(""), 1, 3, CODEC_OTHER_KIND, 0},
      {TEXT_INIT("\x02\0\0\0\0"), 0, 3, CODEC_SOUND, 0},
      {TEXT_INIT("\xd6w\x03"), 0, 3, CODEC_SOUND, 0},
      {TEXT_INIT(""), 0, 3, CODEC_SOUND, 0},
  };
  for (size_t i = 0; i < COUNT(table); i++) {
    struct codec_reader reader = codec_reader_of(table[i].bytes);
    unsigned version = 0;
    bool ok = codec_take_header(&reader, 'w', table[i].oldest, table[i].newest, &version);
    assert_int_equal(ok, table[i].fault == CODEC_SOUND);
    assert_int_equal(reader.fault, table[i].fault);
    assert_true(!ok || version == table[i].version);
    assert_int_equal(reader.at, version > 0 && ok ? 4 : 0);
  }
}

/* The blobs of margay 0.1.0, as a machine with the lowest byte first wrote them. */
static void a_blob_without_a_header_can_be_read(void **state) {
  (void)state;
  unsigned version;
  static const char window[] = "\x02\0\0\0"
                               "\x01\0\0\0"
                               "\0\0\0\0\0\0\0\0"
                               "\x00\x0a\x3f\x9d\xc2\x13\x06\x00"
                               "\x00\x2e\x7b\xc6\xc1\x13\x06\x00"
                               "0123456789abcdef0123456789abcdef";
  struct codec_reader reader = codec_reader_of((struct text){window, sizeof window - 1});
  assert_true(codec_take_header(&reader, 'w', 0, 3, &version));
  assert_int_equal(version, 0);
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
  assert_true(codec_take_header(&reader, 's', 0, 1, &version));
  for (; codec_rest(&reader).size > 0; items++)
    assert_int_equal(codec_take_bytes(&reader, codec_take_u32(&reader)).size, items + 1);
  assert_true(codec_end(&reader));
  assert_int_equal(items, 2);
}

static void bytes_that_are_left_over_are_a_fault_at_the_end_alone(void **state) {
  (void)state;
  struct codec_reader reader = codec_reader_of(TEXT("\x01"
                                                    "ab"));
  assert_true(codec_take_bool(&reader));
  assert_true(text_is(codec_rest(&reader), "ab"));
  assert_true(codec_ok(&reader));
  assert_false(codec_end(&reader));
  assert_int_equal(reader.fault, CODEC_TOO_LONG);
}

static void doubles_keep_their_bits(void **state) {
  (void)state;
  static const double table[] = {0.0, -0.0, 1.5, -1e300, 5e-324, INFINITY, -INFINITY, NAN};
  for (size_t i = 0; i < COUNT(table); i++) {
    struct buffer out = BUFFER_NONE;
    codec_put_double(&out, table[i]);
    struct codec_reader reader = codec_reader_of(buffer_text(&out));
    double back = codec_take_double(&reader);
    assert_memory_equal(&back, &table[i], sizeof back);
    buffer_free(&out);
  }
}

static void an_error_says_what_is_wrong_and_where(void **state) {
  (void)state;
  unsigned version;
  struct error error = ERROR_NONE;
  struct codec_reader reader = codec_reader_of(TEXT("\x01\x02\x03"));
  codec_take_u8(&reader);
  codec_take_u32(&reader);
  assert_false(codec_error(&reader, "the saved window", &error));
  assert_string_equal(error.text,
                      "the saved window cannot be read: it ends too early (at byte 1 of 3)");

  error = ERROR_NONE;
  reader = codec_reader_of(TEXT("\x01\x02\x03"));
  codec_take_u8(&reader);
  codec_refuse(&reader);
  assert_false(codec_error(&reader, "the saved window", &error));
  assert_string_equal(
      error.text, "the saved window cannot be read: a value in it is impossible (at byte 1 of 3)");

  error = ERROR_NONE;
  reader = codec_reader_of(TEXT("\xd6w\x09\x6d"));
  assert_false(codec_take_header(&reader, 'w', 1, 3, &version));
  assert_false(codec_error(&reader, "the saved window", &error));
  assert_string_equal(error.text,
                      "the saved window cannot be read: this margay does not know its version, 9");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_bytes_are_the_same_on_every_machine),
      cmocka_unit_test(whatever_was_put_is_taken_again),
      cmocka_unit_test(a_blob_that_was_cut_anywhere_is_refused),
      cmocka_unit_test(a_damaged_blob_is_refused_or_is_the_encoding_of_what_was_read),
      cmocka_unit_test(after_a_fault_everything_reads_as_nothing),
      cmocka_unit_test(a_varint_has_one_encoding),
      cmocka_unit_test(a_count_is_bounded_by_the_caller_and_by_what_is_left),
      cmocka_unit_test(a_text_does_not_reach_past_the_end),
      cmocka_unit_test(a_choice_is_below_the_number_of_choices),
      cmocka_unit_test(a_header_says_kind_and_version),
      cmocka_unit_test(a_blob_without_a_header_can_be_read),
      cmocka_unit_test(bytes_that_are_left_over_are_a_fault_at_the_end_alone),
      cmocka_unit_test(doubles_keep_their_bits),
      cmocka_unit_test(an_error_says_what_is_wrong_and_where),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

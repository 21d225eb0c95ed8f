#include "base/codec.h"

#include <assert.h>

enum { HEADER_SIZE = 4, HEADER_START = 0xd6, HEADER_END = 0x6d };

#define VERSION_MAX 255
#define VARINT_SIZE_MAX 10 /* of 64 bits, seven a byte */

/* ---- writing ---- */

static void put_fixed(struct buffer *out, uint64_t number, size_t size) {
  char bytes[sizeof number];
  for (size_t i = 0; i < size; i++)
    bytes[i] = (char)(number >> 8 * i & 0xff);
  buffer_append(out, bytes, size);
}

void codec_put_header(struct buffer *out, char kind, unsigned version) {
  assert(version >= 1 && version <= VERSION_MAX);
  const uint8_t header[HEADER_SIZE] = {HEADER_START, (uint8_t)kind, (uint8_t)version, HEADER_END};
  buffer_append(out, header, sizeof header);
}

void codec_put_u8(struct buffer *out, uint8_t number) {
  buffer_append_char(out, (char)number);
}

void codec_put_u32(struct buffer *out, uint32_t number) {
  put_fixed(out, number, sizeof number);
}

void codec_put_u64(struct buffer *out, uint64_t number) {
  put_fixed(out, number, sizeof number);
}

void codec_put_i64(struct buffer *out, int64_t number) {
  put_fixed(out, (uint64_t)number, sizeof number);
}

void codec_put_double(struct buffer *out, double number) {
  uint64_t bits;
  static_assert(sizeof bits == sizeof number, "a double has 64 bits");
  memcpy(&bits, &number, sizeof bits);
  put_fixed(out, bits, sizeof bits);
}

void codec_put_bool(struct buffer *out, bool value) {
  codec_put_u8(out, value);
}

void codec_put_varint(struct buffer *out, uint64_t number) {
  char bytes[VARINT_SIZE_MAX];
  size_t size = 0;
  for (; number >= 0x80; number >>= 7)
    bytes[size++] = (char)(0x80 | (number & 0x7f));
  bytes[size++] = (char)number;
  buffer_append(out, bytes, size);
}

void codec_put_count(struct buffer *out, size_t count) {
  codec_put_varint(out, count);
}

void codec_put_text(struct buffer *out, struct text text) {
  codec_put_varint(out, text.size);
  buffer_append_text(out, text);
}

void codec_put_bytes(struct buffer *out, const void *bytes, size_t size) {
  buffer_append(out, bytes, size);
}

/* ---- reading ---- */

struct codec_reader codec_reader_of(struct text bytes) {
  return (struct codec_reader){.bytes = bytes};
}

static size_t left(const struct codec_reader *reader) {
  return reader->fault == CODEC_SOUND ? reader->bytes.size - reader->at : 0;
}

/* The first fault stays. */
static bool fail(struct codec_reader *reader, enum codec_fault fault) {
  if (reader->fault == CODEC_SOUND)
    reader->fault = fault;
  return false;
}

static uint8_t byte_at(const struct codec_reader *reader, size_t offset) {
  return (uint8_t)reader->bytes.data[reader->at + offset];
}

static bool header_is_there(const struct codec_reader *reader) {
  return left(reader) >= HEADER_SIZE && byte_at(reader, 0) == HEADER_START &&
         byte_at(reader, HEADER_SIZE - 1) == HEADER_END;
}

bool codec_take_header(struct codec_reader *reader, char kind, unsigned oldest, unsigned newest,
                       unsigned *version) {
  bool is_there = header_is_there(reader);
  *version = is_there ? byte_at(reader, 2) : 0;
  if (!codec_ok(reader))
    return false;
  if (!is_there)
    return oldest == 0 || fail(reader, CODEC_OTHER_KIND);
  if (byte_at(reader, 1) != (uint8_t)kind)
    return fail(reader, CODEC_OTHER_KIND);
  if (*version == 0 || *version < oldest || *version > newest)
    return fail(reader, CODEC_OTHER_VERSION);
  reader->at += HEADER_SIZE;
  return true;
}

static uint64_t take_fixed(struct codec_reader *reader, size_t size) {
  uint64_t number = 0;
  if (left(reader) < size) {
    fail(reader, CODEC_TOO_SHORT);
    return 0;
  }
  for (size_t i = 0; i < size; i++)
    number |= (uint64_t)byte_at(reader, i) << 8 * i;
  reader->at += size;
  return number;
}

uint8_t codec_take_u8(struct codec_reader *reader) {
  return (uint8_t)take_fixed(reader, sizeof(uint8_t));
}

uint32_t codec_take_u32(struct codec_reader *reader) {
  return (uint32_t)take_fixed(reader, sizeof(uint32_t));
}

uint64_t codec_take_u64(struct codec_reader *reader) {
  return take_fixed(reader, sizeof(uint64_t));
}

int64_t codec_take_i64(struct codec_reader *reader) {
  return (int64_t)take_fixed(reader, sizeof(int64_t));
}

double codec_take_double(struct codec_reader *reader) {
  uint64_t bits = take_fixed(reader, sizeof bits);
  double number;
  memcpy(&number, &bits, sizeof number);
  return number;
}

unsigned codec_take_choice(struct codec_reader *reader, unsigned choices) {
  unsigned choice = left(reader) > 0 ? byte_at(reader, 0) : 0;
  if (left(reader) == 0)
    fail(reader, CODEC_TOO_SHORT);
  else if (choice >= choices)
    fail(reader, CODEC_BAD_VALUE);
  else
    reader->at++;
  return codec_ok(reader) ? choice : 0;
}

bool codec_take_bool(struct codec_reader *reader) {
  return codec_take_choice(reader, 2) == 1;
}

/* Reads the varint at the reader's place without using it up; its size, or 0 at a fault. */
static size_t read_varint(struct codec_reader *reader, uint64_t *number) {
  *number = 0;
  for (size_t i = 0; i < VARINT_SIZE_MAX; i++) {
    if (left(reader) <= i) {
      fail(reader, CODEC_TOO_SHORT);
      return 0;
    }
    uint8_t byte = byte_at(reader, i);
    bool is_last = byte < 0x80;
    /* Nine bytes hold 63 bits, so the tenth holds one; a last byte of 0 would say nothing. */
    if ((i == VARINT_SIZE_MAX - 1 && byte > 1) || (is_last && byte == 0 && i > 0))
      break;
    *number |= (uint64_t)(byte & 0x7f) << 7 * i;
    if (is_last)
      return i + 1;
  }
  fail(reader, CODEC_BAD_VALUE);
  return 0;
}

uint64_t codec_take_varint(struct codec_reader *reader) {
  uint64_t number;
  size_t size = read_varint(reader, &number);
  reader->at += size;
  return size ? number : 0;
}

size_t codec_take_count(struct codec_reader *reader, size_t item_size, size_t most) {
  uint64_t count;
  size_t size = read_varint(reader, &count);
  assert(item_size > 0);
  if (size && count > most)
    fail(reader, CODEC_BAD_VALUE);
  else if (size && count > (left(reader) - size) / item_size)
    fail(reader, CODEC_TOO_SHORT);
  if (!codec_ok(reader))
    return 0;
  reader->at += size;
  return (size_t)count;
}

struct text codec_take_text(struct codec_reader *reader) {
  uint64_t size;
  size_t used = read_varint(reader, &size);
  if (used && size > left(reader) - used)
    fail(reader, CODEC_TOO_SHORT);
  if (!codec_ok(reader))
    return TEXT("");
  reader->at += used;
  return codec_take_bytes(reader, (size_t)size);
}

struct text codec_take_bytes(struct codec_reader *reader, size_t size) {
  if (left(reader) < size)
    fail(reader, CODEC_TOO_SHORT);
  if (!codec_ok(reader) || size == 0)
    return TEXT("");
  struct text bytes = {reader->bytes.data + reader->at, size};
  reader->at += size;
  return bytes;
}

void codec_copy_bytes(struct codec_reader *reader, void *out, size_t size) {
  struct text bytes = codec_take_bytes(reader, size);
  if (bytes.size > 0)
    memcpy(out, bytes.data, bytes.size);
  else if (size > 0)
    memset(out, 0, size);
}

struct text codec_rest(const struct codec_reader *reader) {
  size_t size = left(reader);
  return size ? (struct text){reader->bytes.data + reader->at, size} : TEXT("");
}

bool codec_refuse(struct codec_reader *reader) {
  return fail(reader, CODEC_BAD_VALUE);
}

bool codec_ok(const struct codec_reader *reader) {
  return reader->fault == CODEC_SOUND;
}

bool codec_end(struct codec_reader *reader) {
  return left(reader) > 0 ? fail(reader, CODEC_TOO_LONG) : codec_ok(reader);
}

bool codec_error(const struct codec_reader *reader, const char *what, struct error *error) {
  static const char *const faults[] = {
      [CODEC_SOUND] = "nothing is wrong with it",
      [CODEC_TOO_SHORT] = "it ends too early",
      [CODEC_TOO_LONG] = "bytes follow its end",
      [CODEC_BAD_VALUE] = "a value in it is impossible",
      [CODEC_OTHER_KIND] = "it holds something else",
  };
  if (reader->fault == CODEC_OTHER_VERSION)
    return error_set(error, "%s cannot be read: this margay does not know its version, %u", what,
                     byte_at(reader, 2));
  return error_set(error, "%s cannot be read: %s (at byte %zu of %zu)", what, faults[reader->fault],
                   reader->at, reader->bytes.size);
}

#include "base/codec.h"

/* ---- writing ---- */

static void put_fixed(struct buffer *out, uint64_t number, size_t size) {
  char bytes[sizeof number];
  for (size_t i = 0; i < size; i++)
    bytes[i] = (char)(number >> 8 * i & 0xff);
  buffer_append(out, bytes, size);
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

void codec_put_bytes(struct buffer *out, const void *bytes, size_t size) {
  buffer_append(out, bytes, size);
}

/* ---- reading ---- */

struct codec_reader codec_reader_of(struct text bytes) {
  return (struct codec_reader){.bytes = bytes};
}

static size_t left(const struct codec_reader *reader) {
  return reader->faulty ? 0 : reader->bytes.size - reader->at;
}

static uint8_t byte_at(const struct codec_reader *reader, size_t offset) {
  return (uint8_t)reader->bytes.data[reader->at + offset];
}

static uint64_t take_fixed(struct codec_reader *reader, size_t size) {
  uint64_t number = 0;
  if (left(reader) < size) {
    reader->faulty = true;
    return 0;
  }
  for (size_t i = 0; i < size; i++)
    number |= (uint64_t)byte_at(reader, i) << 8 * i;
  reader->at += size;
  return number;
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

struct text codec_take_bytes(struct codec_reader *reader, size_t size) {
  if (left(reader) < size)
    reader->faulty = true;
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
  reader->faulty = true;
  return false;
}

bool codec_ok(const struct codec_reader *reader) {
  return !reader->faulty;
}

bool codec_end(struct codec_reader *reader) {
  reader->faulty = reader->faulty || left(reader) > 0;
  return !reader->faulty;
}

#include "base/codec.h"

#include <endian.h>

/* ---- writing ---- */

void codec_put_u32(struct buffer *out, uint32_t number) {
  number = htole32(number);
  buffer_append(out, &number, sizeof number);
}

void codec_put_u64(struct buffer *out, uint64_t number) {
  number = htole64(number);
  buffer_append(out, &number, sizeof number);
}

void codec_put_i64(struct buffer *out, int64_t number) {
  codec_put_u64(out, (uint64_t)number);
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

/* The next bytes, which are used up; NULL at a fault. */
static inline const char *take(struct codec_reader *reader, size_t size) {
  if (left(reader) < size) {
    reader->faulty = true;
    return NULL;
  }
  const char *bytes = reader->bytes.data + reader->at;
  reader->at += size;
  return bytes;
}

uint32_t codec_take_u32(struct codec_reader *reader) {
  const char *bytes = take(reader, sizeof(uint32_t));
  return bytes ? le32toh(text_load_4(bytes)) : 0;
}

uint64_t codec_take_u64(struct codec_reader *reader) {
  const char *bytes = take(reader, sizeof(uint64_t));
  return bytes ? le64toh(text_load_8(bytes)) : 0;
}

int64_t codec_take_i64(struct codec_reader *reader) {
  return (int64_t)codec_take_u64(reader);
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

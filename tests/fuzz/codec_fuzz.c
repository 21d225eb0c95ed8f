/*
 * The codec: whatever the bytes and the reads, no read goes past the end, a fault stays, and values
 * that were read encode to the bytes that they came from. The first byte is the size of a script,
 * each byte of which reads one value; the rest is what it reads from.
 */
#include "base/codec.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { READS = 5, ITEM_SIZE = 3 };

static void must(bool holds) {
  if (!holds)
    abort();
}

static void read_copy(struct codec_reader *reader, struct buffer *again) {
  char copied[ITEM_SIZE];
  codec_copy_bytes(reader, copied, sizeof copied);
  codec_put_bytes(again, copied, sizeof copied);
}

static void read_bytes(struct codec_reader *reader, struct buffer *again) {
  struct text bytes = codec_take_bytes(reader, ITEM_SIZE);
  codec_put_bytes(again, bytes.data, bytes.size);
}

static void read_value(unsigned what, struct codec_reader *reader, struct buffer *again) {
  switch (what) {
  case 0:
    codec_put_u32(again, codec_take_u32(reader));
    break;
  case 1:
    codec_put_u64(again, codec_take_u64(reader));
    break;
  case 2:
    codec_put_i64(again, codec_take_i64(reader));
    break;
  case 3:
    read_bytes(reader, again);
    break;
  default:
    read_copy(reader, again);
    break;
  }
}

static void check_end(struct codec_reader *reader, size_t left) {
  bool was_ok = codec_ok(reader);
  must(codec_end(reader) == (was_ok && left == 0));
  must(codec_ok(reader) == (was_ok && left == 0));
  must(codec_rest(reader).size == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  size_t script = size > 0 ? data[0] : 0;
  if (script + 1 > size)
    return 0;
  struct text bytes = {(const char *)data + 1 + script, size - 1 - script};
  struct codec_reader reader = codec_reader_of(bytes);
  struct buffer again = BUFFER_NONE;
  for (size_t i = 0; i < script; i++) {
    struct codec_reader before = reader;
    size_t written = again.size;
    read_value(data[1 + i] % READS, &reader, &again);
    if (codec_ok(&reader)) {
      must(reader.at <= bytes.size && codec_rest(&reader).size == bytes.size - reader.at);
      must(text_equal(buffer_text(&again), (struct text){bytes.data, reader.at}));
      continue;
    }
    must(reader.at == before.at && codec_rest(&reader).size == 0);
    again.size = written;
  }
  check_end(&reader, codec_rest(&reader).size);
  buffer_free(&again);
  return 0;
}

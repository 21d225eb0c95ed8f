#include "api/face/gzip.h"

#include <assert.h>
#include <zlib.h>

/* zlib's word for a stream of gzip, and how much memory it takes: the usual. */
#define GZIP_BITS (15 + 16)
#define MEMORY_LEVEL 8

static unsigned char *bytes_of(struct text text) {
  return (unsigned char *)(uintptr_t)text.data; /* zlib only reads them */
}

/* "gzip;q=0" is rare, and means that it is not. */
bool gzip_accepted(const char *accept_encoding) {
  const char *at = accept_encoding ? strstr(accept_encoding, "gzip") : NULL;
  return at && strncmp(at, "gzip;q=0", 8) != 0;
}

void gzip_pack(struct text plain, struct buffer *out) {
  z_stream stream = {.next_in = bytes_of(plain), .avail_in = (uInt)plain.size};
  int code =
      deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, GZIP_BITS, MEMORY_LEVEL, Z_DEFAULT_STRATEGY);
  assert(code == Z_OK);
  size_t room = deflateBound(&stream, plain.size);
  stream.next_out = (unsigned char *)buffer_reserve(out, room);
  stream.avail_out = (uInt)room;
  code = deflate(&stream, Z_FINISH);
  assert(code == Z_STREAM_END);
  (void)code;
  out->size += stream.total_out;
  deflateEnd(&stream);
}

void gzip_unpack(struct text packed, size_t size, struct buffer *out) {
  z_stream stream = {.next_in = bytes_of(packed),
                     .avail_in = (uInt)packed.size,
                     .next_out = (unsigned char *)buffer_reserve(out, size),
                     .avail_out = (uInt)size};
  if (inflateInit2(&stream, GZIP_BITS) != Z_OK)
    return;
  if (inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.total_out == size)
    out->size += size;
  inflateEnd(&stream);
}

/*
 * Numbers as few bytes (LEB128): seven bits a byte, the lowest first; the high bit says that there
 * is another byte. A number has one encoding, its shortest.
 */
#ifndef STORE_SQLITE_ARCHIVE_NUMBER_H
#define STORE_SQLITE_ARCHIVE_NUMBER_H

#include "base/buffer.h"

#define NUMBER_BYTES_MAX 9 /* of 63 bits */

static inline void number_put(struct buffer *out, uint64_t number) {
  for (; number >= 0x80; number >>= 7)
    buffer_append_char(out, (char)(number | 0x80));
  buffer_append_char(out, (char)number);
}

/* Takes a number from the front of the bytes. False: there is none, or not in its shortest form. */
static inline bool number_take(struct text *bytes, uint64_t *number) {
  *number = 0;
  for (size_t i = 0; i < bytes->size && i < NUMBER_BYTES_MAX; i++) {
    unsigned char byte = (unsigned char)bytes->data[i];
    *number |= (uint64_t)(byte & 0x7f) << (7 * i);
    if (byte & 0x80)
      continue;
    *bytes = (struct text){bytes->data + i + 1, bytes->size - i - 1};
    return byte != 0 || i == 0;
  }
  return false;
}

#endif

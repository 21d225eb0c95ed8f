#include "base/unicode/fold.h"

#include "base/utf8.h"
#include <fold_table.h> /* made by packaging/fold_table.c */

uint32_t fold_code(uint32_t code) {
  if (code < 0x80)
    return code - 'A' < 26 ? code | 0x20 : code;
  if (code >= FOLD_CODES_END)
    return code;
  uint32_t low = code + fold_offsets[fold_pages[code >> 8]][code & 0xff];
  return (code & ~UINT32_C(0xffff)) | (low & 0xffff);
}

/* A character in its folded form, or a byte that is part of none. */
struct folded {
  char bytes[4]; /* 0 behind it */
  size_t size;
  size_t taken; /* bytes of the text */
};

static inline void put_code(struct folded *folded, uint32_t code) {
  uint8_t bytes[4] = {0};
  if (code < 0x80) {
    folded->size = 1;
    bytes[0] = (uint8_t)code;
  } else if (code < 0x800) {
    folded->size = 2;
    bytes[0] = (uint8_t)(0xc0 | code >> 6);
  } else if (code < 0x10000) {
    folded->size = 3;
    bytes[0] = (uint8_t)(0xe0 | code >> 12);
  } else {
    folded->size = 4;
    bytes[0] = (uint8_t)(0xf0 | code >> 18);
  }
  for (size_t i = folded->size; i-- > 1; code >>= 6)
    bytes[i] = (uint8_t)(0x80 | (code & 0x3f));
  memcpy(folded->bytes, bytes, sizeof bytes);
}

/* `left` > 0 */
static inline void fold_next(const char *at, size_t left, struct folded *folded) {
  uint32_t code;
  folded->taken = utf8_read(at, left, &code);
  if (folded->taken) {
    put_code(folded, fold_code(code));
    return;
  }
  *folded = (struct folded){.bytes = {*at}, .size = 1, .taken = 1};
}

/* The character that ends at `end`. UTF-8 can be read backwards: no sequence holds the first byte
 * of another. */
static inline void fold_previous(const char *start, const char *end, struct folded *folded) {
  size_t most = end - start < 4 ? (size_t)(end - start) : 4, size = 1;
  uint32_t code;
  while (size < most && ((uint8_t)end[-(ptrdiff_t)size] & 0xc0) == 0x80)
    size++;
  if (utf8_read(end - size, size, &code) == size)
    fold_next(end - size, size, folded);
  else
    *folded = (struct folded){.bytes = {end[-1]}, .size = 1, .taken = 1};
}

/* Most letters beyond ASCII have two bytes, and so has what they fold to. */
static inline bool fold_two(const char *at, size_t left, char *out) {
  const uint8_t first = (uint8_t)at[0], second = left > 1 ? (uint8_t)at[1] : 0;
  if (first < 0xc2 || first >= 0xe0 || (second & 0xc0) != 0x80)
    return false;
  uint32_t code = fold_code((first & 0x1fu) << 6 | (second & 0x3fu));
  out[0] = (char)(0xc0 | code >> 6);
  out[1] = (char)(0x80 | (code & 0x3f));
  return code >= 0x80 && code < 0x800;
}

size_t fold_write(struct text text, char *out) {
  struct folded folded;
  size_t size = 0;
  for (size_t at = 0; at < text.size; at += folded.taken) {
    for (; text.size - at >= 8 && utf8_eight_are_ascii(text.data + at); at += 8, size += 8) {
      uint64_t eight = text_fold_8(text_load_8(text.data + at));
      memcpy(out + size, &eight, sizeof eight);
    }
    while (at < text.size && (uint8_t)text.data[at] < 0x80) {
      uint8_t c = (uint8_t)text.data[at++];
      out[size++] = (char)((uint8_t)(c - 'A') < 26 ? c | 0x20 : c);
    }
    if (at == text.size)
      break;
    if (fold_two(text.data + at, text.size - at, out + size)) {
      folded.taken = 2;
      size += 2;
      continue;
    }
    fold_next(text.data + at, text.size - at, &folded);
    memcpy(out + size, folded.bytes, sizeof folded.bytes);
    size += folded.size;
  }
  return size;
}

bool fold_equal(struct text a, struct text b) {
  struct folded x, y;
  if (text_equal_folded(a, b))
    return true;
  while (a.size && b.size) {
    fold_next(a.data, a.size, &x);
    fold_next(b.data, b.size, &y);
    if (x.size != y.size || memcmp(x.bytes, y.bytes, x.size) != 0)
      return false;
    a = (struct text){a.data + x.taken, a.size - x.taken};
    b = (struct text){b.data + y.taken, b.size - y.taken};
  }
  return a.size == b.size;
}

bool fold_starts(struct text subject, struct text folded, size_t *size) {
  size_t at = 0;
  for (struct folded next; folded.size; at += next.taken) {
    if (at == subject.size)
      return false;
    fold_next(subject.data + at, subject.size - at, &next);
    if (next.size > folded.size || memcmp(next.bytes, folded.data, next.size) != 0)
      return false;
    folded = (struct text){folded.data + next.size, folded.size - next.size};
  }
  *size = at;
  return true;
}

bool fold_ends(struct text subject, struct text folded, size_t *size) {
  size_t left = subject.size;
  for (struct folded next; folded.size; left -= next.taken) {
    if (left == 0)
      return false;
    fold_previous(subject.data, subject.data + left, &next);
    if (next.size > folded.size ||
        memcmp(next.bytes, folded.data + (folded.size - next.size), next.size) != 0)
      return false;
    folded.size -= next.size;
  }
  *size = subject.size - left;
  return true;
}

struct fold_range fold_range_of(struct text folded) {
  size_t fewer = 0, more = 0;
  bool beyond = false;
  for (size_t i = 0; i < folded.size; i++) {
    uint8_t c = (uint8_t)folded.data[i];
    beyond |= c >= 0x80;
    if (c == 'k')
      more += 2; /* the Kelvin sign has three bytes */
    else if (c == 's')
      more += 1; /* the long s has two */
    else if (c >= 0xc0 && c < 0xe0)
      more += 1; /* two bytes, of which a character of three may become (the Ohm sign) */
    else if (c >= 0xe0 && c < 0xf0)
      fewer += 1; /* three, of two */
  }
  if (!beyond && more == 0)
    return (struct fold_range){SIZE_MAX, 0};
  /* Of the same size as a text of ASCII only ASCII is. */
  return beyond ? (struct fold_range){folded.size - fewer, fewer + more}
                : (struct fold_range){folded.size + 1, more - 1};
}

/* Reading UTF-8 byte by byte (RFC 3629), and what of it nobody sees. Any thread. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The size of the well-formed sequence that starts at `data` with `left` (> 0) bytes to read,
 * and its code point; 0 when there is none. */
static inline size_t utf8_read(const char *data, size_t left, uint32_t *code) {
  const uint8_t *p = (const uint8_t *)data;
  if (p[0] < 0x80) {
    *code = p[0];
    return 1;
  }
  size_t size = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
  if (p[0] < 0xc2 || p[0] > 0xf4 || left < size)
    return 0;
  static const uint32_t smallest[5] = {0, 0, 0x80, 0x800, 0x10000};
  uint32_t value = p[0] & (0x7fu >> size);
  for (size_t i = 1; i < size; i++) {
    if ((p[i] & 0xc0) != 0x80)
      return 0;
    value = value << 6 | (p[i] & 0x3fu);
  }
  if (value < smallest[size] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
    return 0;
  *code = value;
  return size;
}

/* True when none of the 8 bytes at `data` has its high bit set. */
static inline bool utf8_eight_are_ascii(const char *data) {
  uint64_t eight;
  memcpy(&eight, data, sizeof eight);
  return (eight & UINT64_C(0x8080808080808080)) == 0;
}

/* For utf8_is_hidden: what is past the codes that nearly all texts consist of. */
bool utf8_is_listed_hidden(uint32_t code);

/*
 * What a person does not see, or what moves what a person sees: controls, line and paragraph
 * separators, marks of direction, and all that Unicode lets programs show as nothing (zero-width
 * spaces and joiners, fillers, variation selectors, tags). Such a character can make two texts look
 * alike, hide a part of one, or end a line. So text from data is shown with an escape in its place
 * (utf8_escape). Emoji that are joined from several, or carry a variation selector, are shown in
 * their parts.
 */
static inline bool utf8_is_hidden(uint32_t code) {
  if (code < 0xad)
    return code < 0x20 || (code >= 0x7f && code < 0xa0);
  return (code < 0x300 ? code == 0xad : utf8_is_listed_hidden(code));
}

/* Room for the longest, with its NUL. */
struct utf8_escape {
  char text[16];
};

/* Writes how a hidden character is shown, as \u{200B}. Returns its size. */
size_t utf8_escape(uint32_t code, struct utf8_escape *escape);

#endif

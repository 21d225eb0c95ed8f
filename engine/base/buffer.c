#include "base/buffer.h"

#include "base/memory.h"
#include "base/utf8.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

char *buffer_grow(struct buffer *buffer, size_t extra) {
  size_t need;
  if (__builtin_add_overflow(buffer->size, extra, &need) || need == SIZE_MAX)
    need = SIZE_MAX - 1; /* cannot be had: ends in memory.h's message */
  if (!buffer->data || need + 1 > buffer->capacity) {
    if (!buffer->capacity)
      buffer->capacity = 64;
    buffer->data = memory_reserve(buffer->data, &buffer->capacity, need + 1, 1);
  }
  return buffer->data + buffer->size;
}

void buffer_append(struct buffer *buffer, const void *bytes, size_t size) {
  char *end = buffer_reserve(buffer, size);
  if (size)
    memcpy(end, bytes, size);
  end[size] = '\0';
  buffer->size += size;
}

void buffer_append_text(struct buffer *buffer, struct text text) {
  buffer_append(buffer, text.data, text.size);
}

void buffer_append_string(struct buffer *buffer, const char *string) {
  buffer_append(buffer, string, strlen(string));
}

void buffer_printf(struct buffer *buffer, const char *format, ...) {
  char *end = buffer_reserve(buffer, 64);
  size_t room = buffer->capacity - buffer->size;
  va_list arguments;
  va_start(arguments, format);
  int size = vsnprintf(end, room, format, arguments);
  va_end(arguments);
  if (size < 0) {
    *end = '\0';
    return;
  }
  if ((size_t)size >= room) {
    end = buffer_reserve(buffer, (size_t)size);
    va_start(arguments, format);
    vsnprintf(end, (size_t)size + 1, format, arguments);
    va_end(arguments);
  }
  buffer->size += (size_t)size;
}

/* What follows the backslash; 'u' stands for \u00XX. */
static char json_escape(uint8_t c) {
  switch (c) {
  case '"':
  case '\\':
    return (char)c;
  case '\b':
    return 'b';
  case '\f':
    return 'f';
  case '\n':
    return 'n';
  case '\r':
    return 'r';
  case '\t':
    return 't';
  default:
    return c < 0x20 ? 'u' : '\0';
  }
}

/* True when all eight bytes are ASCII that goes into a JSON string as it is. A borrow between bytes
 * can only follow a byte that is caught itself, so the answer is exact. */
static inline bool word_plain(uint64_t word) {
  const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
  uint64_t quote = word ^ ones * '"', backslash = word ^ ones * '\\';
  uint64_t caught = word | (word - ones * 0x20) | (quote - ones) | (backslash - ones);
  return !(caught & tops);
}

static inline bool eight_plain(const char *bytes) {
  return word_plain(text_load_8(bytes));
}

/* The same of one to seven bytes, as most keys have: each stands at least once in a word. */
static inline bool few_plain(struct text text) {
  uint64_t word = UINT64_C(0x6161616161616161);
  if (text.size >= 4) {
    uint32_t first, last;
    memcpy(&first, text.data, sizeof first);
    memcpy(&last, text.data + text.size - 4, sizeof last);
    return word_plain((uint64_t)last << 32 | first);
  }
  for (size_t i = 0; i < text.size; i++)
    word = word << 8 | (uint8_t)text.data[i];
  return word_plain(word);
}

/* The size of the longest start of `text` that goes into a JSON string as it is. */
static size_t plain_size(struct text text) {
  size_t i = 0;
  if (text.size < 8 && (text.size == 0 || few_plain(text)))
    return text.size;
  while (i < text.size) {
    while (text.size - i >= 8 && eight_plain(text.data + i))
      i += 8;
    /* The rest is looked at together with what is before it. */
    if (i == text.size || (i >= 8 && text.size - i < 8 && eight_plain(text.data + text.size - 8)))
      return text.size;
    uint32_t code;
    uint8_t c = (uint8_t)text.data[i];
    size_t size = c < 0x80 ? 1 : utf8_read(text.data + i, text.size - i, &code);
    if (size == 0 || c < 0x20 || c == '"' || c == '\\')
      break;
    i += size;
  }
  return i;
}

void buffer_append_json_string(struct buffer *buffer, struct text text) {
  char *end = buffer_reserve(buffer, text.size + 2);
  size_t plain = plain_size(text);
  *end++ = '"';
  buffer->size += plain + 1;
  if (plain) { /* an empty text may point nowhere */
    memcpy(end, text.data, plain);
    text.data += plain;
    text.size -= plain;
  }
  while (text.size) {
    plain = plain_size(text);
    if (plain) {
      buffer_append(buffer, text.data, plain);
    } else {
      uint8_t c = (uint8_t)text.data[0];
      char escape = json_escape(c);
      if (escape == 'u')
        buffer_printf(buffer, "\\u%04x", c);
      else if (escape)
        buffer_append(buffer, (const char[]){'\\', escape}, 2);
      else
        buffer_append_string(buffer, "\xef\xbf\xbd");
      plain = 1;
    }
    text.data += plain;
    text.size -= plain;
  }
  buffer_append_char(buffer, '"');
}

void buffer_append_json_escape(struct buffer *buffer, uint32_t code) {
  if (code > 0xffff)
    buffer_printf(buffer, "\\u%04x\\u%04x", (unsigned)(0xd7c0 + (code >> 10)),
                  (unsigned)(0xdc00 + (code & 0x3ff)));
  else
    buffer_printf(buffer, "\\u%04x", (unsigned)code);
}

/* White space between values stays: it is below 0x20. */
static bool must_be_escaped(uint32_t code, bool ascii) {
  return code >= 0x7f && (ascii || utf8_is_hidden(code));
}

/* True when all eight bytes are ASCII but DEL, which the addition makes a byte of the upper half.
 */
static inline bool eight_below_del(const char *bytes) {
  const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
  uint64_t word = text_load_8(bytes);
  return ((word | (word + ones)) & tops) == 0;
}

static void append_json(struct buffer *buffer, struct text json, bool ascii) {
  size_t start = 0;
  for (size_t i = 0, size; i < json.size; i += size) {
    uint32_t code = 0;
    while (json.size - i >= 8 && eight_below_del(json.data + i))
      i += 8;
    if (i == json.size)
      break;
    size = utf8_read(json.data + i, json.size - i, &code);
    size = size ? size : 1;
    if (!must_be_escaped(code, ascii))
      continue;
    buffer_append(buffer, json.data + start, i - start);
    buffer_append_json_escape(buffer, code);
    start = i + size;
  }
  buffer_append(buffer, json.data + start, json.size - start);
}

void buffer_append_json_visible(struct buffer *buffer, struct text json) {
  append_json(buffer, json, false);
}

void buffer_append_json_ascii(struct buffer *buffer, struct text json) {
  append_json(buffer, json, true);
}

/* A whole number divided by 10^places. */
static void append_decimal(struct buffer *buffer, double whole, size_t places) {
  char digits[32], *start = digits + sizeof digits;
  uint64_t left = (uint64_t)fabs(whole);
  for (size_t i = 0; left > 0 || i <= places; i++) {
    if (i > 0 && i == places)
      *--start = '.';
    *--start = (char)('0' + left % 10);
    left /= 10;
  }
  if (whole < 0)
    *--start = '-';
  buffer_append(buffer, start, (size_t)(digits + sizeof digits - start));
}

/* Most numbers have a few decimal places. The division rounds as reading does, for the whole number
 * and the power of ten are exact; and of at most 15 digits no others are as near. Less than 0.0001
 * is written with an exponent. */
static bool append_few_places(struct buffer *buffer, double number) {
  static const double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7};
  for (size_t places = 1; fabs(number) >= 1e-4 && places < sizeof powers / sizeof *powers;
       places++) {
    double whole = nearbyint(number * powers[places]);
    if (fabs(whole) >= 1e15)
      return false;
    if (whole / powers[places] == number) {
      append_decimal(buffer, whole, places);
      return true;
    }
  }
  return false;
}

void buffer_append_json_number(struct buffer *buffer, double number) {
  const double exact = 9007199254740992.0; /* 2^53: below it every whole number is exact */
  if (!isfinite(number)) {
    buffer_append_string(buffer, "null");
  } else if (number == 0 && signbit(number)) {
    buffer_append_string(buffer, "-0.0"); /* "-0" would be read as the integer 0 */
  } else if (number == floor(number) && fabs(number) < exact) {
    append_decimal(buffer, number, 0);
  } else if (!append_few_places(buffer, number)) {
    char digits[40];
    for (int precision = 15; precision <= 17; precision++) {
      snprintf(digits, sizeof digits, "%.*g", precision, number);
      if (strtod(digits, NULL) == number)
        break;
    }
    buffer_append_string(buffer, digits);
  }
}

char *buffer_steal(struct buffer *buffer) {
  char *data = buffer->data ? buffer->data : memory_copy_string("");
  *buffer = BUFFER_NONE;
  return data;
}

void buffer_reset(struct buffer *buffer) {
  buffer->size = 0;
  if (buffer->data)
    buffer->data[0] = '\0';
}

void buffer_free(struct buffer *buffer) {
  free(buffer->data);
  *buffer = BUFFER_NONE;
}

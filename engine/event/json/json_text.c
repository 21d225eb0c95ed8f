#include "event/json/json_text.h"

/* The value of four hex digits, or -1. */
static int hex_unit(const char *digits) {
  int value = 0;
  for (int i = 0; i < 4; i++) {
    char c = digits[i];
    int digit = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;
    if (digit < 0)
      return -1;
    value = value * 16 + digit;
  }
  return value;
}

/* The UTF-16 unit of an escape \uXXXX at `at`, or -1 when there is none. */
static int escaped_unit(const char *bytes, size_t size, size_t at) {
  if (size - at < 6 || bytes[at] != '\\' || bytes[at + 1] != 'u')
    return -1;
  return hex_unit(bytes + at + 2);
}

static bool is_high(int unit) {
  return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low(int unit) {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

bool json_mend_surrogates(char *bytes, size_t size) {
  bool repaired = false;
  size_t at = 0;
  while (at < size) {
    const char *escape = memchr(bytes + at, '\\', size - at);
    if (!escape)
      break;
    at = (size_t)(escape - bytes);
    int unit = escaped_unit(bytes, size, at);
    if (is_high(unit) && is_low(escaped_unit(bytes, size, at + 6 <= size ? at + 6 : at))) {
      at += 12;
    } else if (is_high(unit) || is_low(unit)) {
      memset(bytes + at + 2, 'f', 3);
      bytes[at + 5] = 'd';
      repaired = true;
      at += 6;
    } else {
      at += 2;
    }
  }
  return repaired;
}

static size_t skip_digits(struct text text, size_t at) {
  while (at < text.size && text.data[at] >= '0' && text.data[at] <= '9')
    at++;
  return at;
}

/* The end of the well-formed number that starts at `at`, or `at` when there is none. */
static size_t number_end(struct text text, size_t at) {
  size_t start = at, digits;
  if (at < text.size && text.data[at] == '-')
    at++;
  digits = skip_digits(text, at);
  if (digits == at || (text.data[at] == '0' && digits > at + 1))
    return start;
  at = digits;
  if (at < text.size && text.data[at] == '.') {
    digits = skip_digits(text, at + 1);
    if (digits == at + 1)
      return start;
    at = digits;
  }
  if (at < text.size && (text.data[at] == 'e' || text.data[at] == 'E')) {
    at++;
    if (at < text.size && (text.data[at] == '+' || text.data[at] == '-'))
      at++;
    digits = skip_digits(text, at);
    if (digits == at)
      return start;
    at = digits;
  }
  return at;
}

static size_t skip_string(struct text text, size_t at) {
  for (at++; at < text.size && text.data[at] != '"'; at++)
    if (text.data[at] == '\\')
      at++;
  return at + 1;
}

bool json_has_malformed_number(struct text text) {
  static const char delimiters[] = ",]} \t\r\n:[{\"";
  size_t at = 0;
  while (at < text.size) {
    char c = text.data[at];
    if (c == '"') {
      at = skip_string(text, at);
    } else if (c == '-' || (c >= '0' && c <= '9')) {
      size_t end = number_end(text, at);
      if (end == at ||
          (end < text.size && !memchr(delimiters, text.data[end], sizeof delimiters - 1)))
        return true;
      at = end;
    } else {
      at++;
    }
  }
  return false;
}

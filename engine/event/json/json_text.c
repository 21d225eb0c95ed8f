#include "event/json/json_text.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

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

bool json_repair_surrogates(char *bytes, size_t size) {
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

/* ---- numbers that do not fit ---- */

/* The next well-formed number outside of strings, at or after *at, which moves behind it. */
static bool next_number(struct text text, size_t *at, struct text *number) {
  while (*at < text.size) {
    char c = text.data[*at];
    if (c == '"') {
      *at = skip_string(text, *at);
    } else if (c == '-' || (c >= '0' && c <= '9')) {
      size_t end = number_end(text, *at);
      *number = (struct text){text.data + *at, end - *at};
      *at = end > *at ? end : *at + 1;
      if (number->size)
        return true;
    } else {
      ++*at;
    }
  }
  return false;
}

static bool is_whole(struct text number) {
  for (size_t i = 0; i < number.size; i++)
    if (strchr(".eE", number.data[i]))
      return false;
  return true;
}

/* The longest that may fit is -9223372036854775808. */
static bool integer_fits(struct text number) {
  char digits[32];
  if (number.size > 20)
    return false;
  memcpy(digits, number.data, number.size);
  digits[number.size] = '\0';
  errno = 0;
  if (digits[0] == '-')
    strtoll(digits, NULL, 10);
  else
    strtoull(digits, NULL, 10);
  return errno != ERANGE;
}

static bool number_fits(struct text number) {
  return is_whole(number) ? integer_fits(number) : isfinite(json_number_parse(number));
}

bool json_set_numbers_aside(char *bytes, size_t size) {
  struct text text = {bytes, size}, number;
  bool found = false;
  for (size_t at = 0; next_number(text, &at, &number);)
    if (!number_fits(number)) {
      char *start = bytes + (number.data - bytes);
      memset(start, ' ', number.size);
      *start = '0';
      found = true;
    }
  return found;
}

void json_restore_numbers(struct json_node *root, struct text text) {
  size_t at = 0;
  struct text number;
  for (struct json_node *node = root; node < root + root->skip; node++)
    if (node->type >= JSON_TYPE_INT && node->type <= JSON_TYPE_DOUBLE &&
        next_number(text, &at, &number) && !number_fits(number)) {
      node->type = JSON_TYPE_LARGE;
      node->value.string = number.data;
      node->size = (uint32_t)number.size;
    }
}

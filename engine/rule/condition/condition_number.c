#include "rule/condition/condition_operand.h"

#include <math.h>
#include <stdlib.h>

/* Longer strings are not read as numbers: what is past it could not change the value. */
#define NUMBER_SIZE_MAX 64

static const double two_to_63 = 9223372036854775808.0;
static const double two_to_64 = 18446744073709551616.0;

static int compare_unsigned(uint64_t a, uint64_t b) {
  return (a > b) - (a < b);
}

static int compare_signed(int64_t a, int64_t b) {
  return (a > b) - (a < b);
}

static int compare_real(double a, double b) {
  return (a > b) - (a < b);
}

/* The real's whole part is taken as an integer, so that nothing is rounded. */
static int compare_signed_real(int64_t a, double b) {
  if (b >= two_to_63)
    return -1;
  if (b < -two_to_63)
    return 1;
  int64_t whole = (int64_t)b;
  return a != whole ? compare_signed(a, whole) : compare_real(0, b - (double)whole);
}

static int compare_unsigned_real(uint64_t a, double b) {
  if (b >= two_to_64)
    return -1;
  if (b < 0)
    return 1;
  uint64_t whole = (uint64_t)b;
  return a != whole ? compare_unsigned(a, whole) : compare_real(0, b - (double)whole);
}

int condition_number_compare(const struct condition_number *a, const struct condition_number *b) {
  if (a->type > b->type)
    return -condition_number_compare(b, a);
  if (b->type == NUMBER_LARGE)
    return condition_decimal_compare(a, b);
  switch (a->type) {
  case NUMBER_INT:
    if (b->type == NUMBER_INT)
      return compare_signed(a->value.integer, b->value.integer);
    if (b->type == NUMBER_UINT)
      return -1;
    return compare_signed_real(a->value.integer, b->value.real);
  case NUMBER_UINT:
    if (b->type == NUMBER_UINT)
      return compare_unsigned(a->value.unsigned_integer, b->value.unsigned_integer);
    return compare_unsigned_real(a->value.unsigned_integer, b->value.real);
  default:
    return compare_real(a->value.real, b->value.real);
  }
}

static const char *digits_end(const char *at) {
  while (*at >= '0' && *at <= '9')
    at++;
  return at;
}

/* RFC 8259 section 6, from end to end. */
static bool is_json_number(const char *at, const char *end, bool *whole) {
  *whole = true;
  at += *at == '-';
  const char *digits = at;
  at = digits_end(at);
  if (at == digits || (*digits == '0' && at != digits + 1))
    return false;
  if (*at == '.') {
    *whole = false;
    digits = ++at;
    at = digits_end(at);
    if (at == digits)
      return false;
  }
  if (*at == 'e' || *at == 'E') {
    *whole = false;
    at++;
    at += *at == '+' || *at == '-';
    digits = at;
    at = digits_end(at);
    if (at == digits)
      return false;
  }
  return at == end;
}

static bool read_string(struct text text, struct condition_number *number) {
  char digits[NUMBER_SIZE_MAX + 1];
  bool whole;
  if (text.size == 0 || text.size > NUMBER_SIZE_MAX)
    return false;
  memcpy(digits, text.data, text.size);
  digits[text.size] = '\0';
  if (!is_json_number(digits, digits + text.size, &whole))
    return false;
  number->value.real = strtod(digits, NULL);
  if (whole && number->value.real >= -two_to_63 && number->value.real < two_to_63 * 2) {
    char *end;
    if (digits[0] == '-' || text.size < 19) {
      number->type = NUMBER_INT;
      number->value.integer = strtoll(digits, &end, 10);
    } else {
      uint64_t integer = strtoull(digits, &end, 10);
      number->type = integer > INT64_MAX ? NUMBER_UINT : NUMBER_INT;
      if (number->type == NUMBER_UINT)
        number->value.unsigned_integer = integer;
      else
        number->value.integer = (int64_t)integer;
    }
    return true;
  }
  number->type = whole || !isfinite(number->value.real) ? NUMBER_LARGE : NUMBER_REAL;
  if (number->type == NUMBER_LARGE)
    number->value.digits = text;
  return true;
}

bool condition_number_read(const struct json_node *node, struct condition_number *number) {
  switch (node->type) {
  case JSON_TYPE_INT:
    number->type = NUMBER_INT;
    number->value.integer = node->value.integer;
    return true;
  case JSON_TYPE_UINT:
    number->type = NUMBER_UINT;
    number->value.unsigned_integer = node->value.unsigned_integer;
    return true;
  case JSON_TYPE_LARGE:
    number->type = NUMBER_LARGE;
    number->value.digits = json_text(node);
    return true;
  case JSON_TYPE_DOUBLE:
    number->type = NUMBER_REAL;
    number->value.real = node->value.real;
    return true;
  case JSON_TYPE_STRING:
    return read_string(json_text(node), number);
  default:
    return false;
  }
}

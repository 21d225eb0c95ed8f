/*
 * Numbers that fit no type of the processor, compared by their digits: 0.D1D2D3… times ten to the
 * power of `exponent`, D1 not 0. No digit is rounded away, and no number is too large.
 */
#include "rule/condition/condition_operand.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* Room for any double that is a whole number: 309 digits. */
#define SPELLING_SIZE 400
/* From here on every double is a whole number. */
#define WHOLE_FROM 9007199254740992.0
/* Exponents past this are as good as each other: no record holds so many digits. */
#define EXPONENT_MAX INT64_C(1000000000000)

struct decimal {
  bool negative;
  struct text digits; /* with a point among them; without zeros in front; empty: the number is 0 */
  int64_t exponent;
};

static int64_t read_exponent(struct text text) {
  bool negative = text.size && text.data[0] == '-';
  int64_t exponent = 0;
  for (size_t i = 0; i < text.size; i++)
    if (text.data[i] >= '0' && text.data[i] <= '9' && exponent < EXPONENT_MAX)
      exponent = exponent * 10 + (text.data[i] - '0');
  return negative ? -exponent : exponent;
}

static struct decimal read_decimal(struct text text) {
  struct decimal decimal = {.negative = text.size && text.data[0] == '-', .digits = TEXT("")};
  bool fraction = false;
  size_t at = decimal.negative, start = text.size;
  for (; at < text.size && text.data[at] != 'e' && text.data[at] != 'E'; at++) {
    bool leading = start == text.size;
    if (text.data[at] == '.') {
      fraction = true;
      continue;
    }
    if (leading && text.data[at] != '0')
      start = at;
    if (!fraction && start != text.size)
      decimal.exponent++;
    else if (fraction && start == text.size)
      decimal.exponent--;
  }
  if (start < at)
    decimal.digits = (struct text){text.data + start, at - start};
  if (at < text.size)
    decimal.exponent += read_exponent((struct text){text.data + at + 1, text.size - at - 1});
  return decimal;
}

static char next_digit(struct text *digits) {
  while (digits->size) {
    char digit = *digits->data++;
    digits->size--;
    if (digit != '.')
      return digit;
  }
  return '0';
}

static int compare_sizes(struct decimal a, struct decimal b) {
  if (a.digits.size == 0 || b.digits.size == 0)
    return (a.digits.size > 0) - (b.digits.size > 0);
  if (a.exponent != b.exponent)
    return a.exponent < b.exponent ? -1 : 1;
  while (a.digits.size || b.digits.size) {
    char x = next_digit(&a.digits), y = next_digit(&b.digits);
    if (x != y)
      return x < y ? -1 : 1;
  }
  return 0;
}

/* The number's digits; `spelling` has room for those of a type of the processor. */
static struct decimal decimal_of(const struct condition_number *number, char *spelling) {
  switch (number->type) {
  case NUMBER_LARGE:
    return read_decimal(number->value.digits);
  case NUMBER_INT:
    snprintf(spelling, SPELLING_SIZE, "%" PRId64, number->value.integer);
    break;
  case NUMBER_UINT:
    snprintf(spelling, SPELLING_SIZE, "%" PRIu64, number->value.unsigned_integer);
    break;
  case NUMBER_REAL: /* a smaller one than that is far from any large number */
    snprintf(spelling, SPELLING_SIZE, fabs(number->value.real) < WHOLE_FROM ? "%.17g" : "%.0f",
             number->value.real);
    break;
  }
  return read_decimal(text_from(spelling));
}

int condition_decimal_compare(const struct condition_number *a, const struct condition_number *b) {
  char spellings[2][SPELLING_SIZE];
  if (a->type == NUMBER_REAL && isinf(a->value.real))
    return a->value.real > 0 ? 1 : -1;
  if (b->type == NUMBER_REAL && isinf(b->value.real))
    return b->value.real > 0 ? -1 : 1;
  struct decimal x = decimal_of(a, spellings[0]), y = decimal_of(b, spellings[1]);
  bool below = x.negative && x.digits.size, also = y.negative && y.digits.size;
  if (below != also)
    return below ? -1 : 1;
  return below ? compare_sizes(y, x) : compare_sizes(x, y);
}

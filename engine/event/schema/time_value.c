#include "event/schema/time_value.h"

#include <math.h>

/* How many decimal places a unit is smaller than a second. */
static const int places[] = {
    [TIME_UNIX] = 0, [TIME_UNIX_MS] = 3, [TIME_UNIX_US] = 6, [TIME_UNIX_NS] = 9};
enum { PLACES_OF_US = 6 };

static int64_t power_of_ten(int exponent) {
  int64_t power = 1;
  while (exponent-- > 0)
    power *= 10;
  return power;
}

static int64_t divide_down(int64_t number, int64_t by) {
  return number / by - (number % by < 0);
}

static bool take_time(int64_t us, time_us *time) {
  *time = us;
  return time_is_readable(us);
}

static bool from_integer(int64_t number, int unit, time_us *time) {
  int64_t us;
  if (unit > PLACES_OF_US)
    return take_time(divide_down(number, power_of_ten(unit - PLACES_OF_US)), time);
  return !__builtin_mul_overflow(number, power_of_ten(PLACES_OF_US - unit), &us) &&
         take_time(us, time);
}

static bool from_real(double number, int unit, time_us *time) {
  double us = number / (double)power_of_ten(unit) * (double)US_PER_SECOND;
  return us >= (double)TIME_BEGIN && us < (double)TIME_END && take_time(llround(us), time);
}

static bool is_digits(struct text text) {
  for (size_t i = 0; i < text.size; i++)
    if (text.data[i] < '0' || text.data[i] > '9')
      return false;
  return text.size > 0;
}

/* Digits of a number that is written without its point; past its last one come zeros. */
struct digits {
  struct text whole, fraction;
};

static int64_t digit_at(const struct digits *digits, size_t index) {
  if (index < digits->whole.size)
    return digits->whole.data[index] - '0';
  index -= digits->whole.size;
  return index < digits->fraction.size ? digits->fraction.data[index] - '0' : 0;
}

/* "-", digits, and a fraction or none. */
static bool split_digits(struct text text, bool *negative, struct digits *digits) {
  *negative = text.size && text.data[0] == '-';
  text = (struct text){text.data + *negative, text.size - *negative};
  size_t point = 0;
  while (point < text.size && text.data[point] != '.' && text.data[point] != ',')
    point++;
  *digits = (struct digits){.whole = {text.data, point}};
  if (point < text.size)
    digits->fraction = (struct text){text.data + point + 1, text.size - point - 1};
  return is_digits(digits->whole) && (point == text.size || is_digits(digits->fraction));
}

static bool from_digits(struct text text, int unit, time_us *time) {
  struct digits digits;
  bool negative, rest = false;
  int64_t us = 0;
  if (!split_digits(text, &negative, &digits))
    return false;
  size_t size = digits.whole.size + digits.fraction.size;
  /* So many digits are whole microseconds. */
  int64_t wanted = (int64_t)digits.whole.size + PLACES_OF_US - unit;
  for (int64_t i = 0; i < wanted; i++)
    if (__builtin_mul_overflow(us, 10, &us) ||
        __builtin_add_overflow(us, digit_at(&digits, (size_t)i), &us))
      return false;
  for (size_t i = wanted > 0 ? (size_t)wanted : 0; i < size; i++)
    rest |= digit_at(&digits, i) != 0;
  return take_time(negative ? -us - rest : us, time);
}

bool time_value_read(const struct field_time_format *format, const struct json_node *value,
                     time_us *time) {
  bool string = value->type == JSON_TYPE_STRING;
  if (format->kind == TIME_RFC3339)
    return string && time_parse(json_text(value), time);
  if (format->kind == TIME_STRFTIME)
    return string && time_parse_strftime(json_text(value), format->strftime, time);
  const int unit = places[format->kind];
  switch (value->type) {
  case JSON_TYPE_INT:
    return from_integer(value->value.integer, unit, time);
  case JSON_TYPE_UINT:
    return unit > PLACES_OF_US &&
           from_integer((int64_t)(value->value.unsigned_integer / 1000), PLACES_OF_US, time);
  case JSON_TYPE_DOUBLE:
    return from_real(value->value.real, unit, time);
  case JSON_TYPE_LARGE:
  case JSON_TYPE_STRING:
    return from_digits(json_text(value), unit, time);
  default:
    return false;
  }
}

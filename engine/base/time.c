/* Text to time and back, and durations (base/clock.h). The calendar is the proleptic Gregorian
 * one of RFC 3339; time_parse is on the path of every record. */
#include "base/clock.h"

#include <endian.h>
#include <stdio.h>

#define DAYS_TO_1970 719162 /* from 0001-01-01 */

static inline bool is_leap(unsigned year) {
  /* A multiple of 100 is one of 400 when it is one of 16. */
  return (year & (year % 100 ? 3 : 15)) == 0;
}

static const uint16_t days_before_month[2][13] = {
    {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365},
    {0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366},
};

/* Days since 1970-01-01. The day may lie past the end of its month. */
static inline int64_t days_from_date(unsigned year, unsigned month, unsigned day) {
  unsigned past = year - 1, centuries = past / 100;
  return (int64_t)(past * 365 + past / 4 - centuries + centuries / 4 +
                   days_before_month[is_leap(year)][month - 1] + day - 1) -
         DAYS_TO_1970;
}

static inline bool is_date(unsigned year, unsigned month, unsigned day) {
  if (month - 1 > 11 || day == 0)
    return false;
  const uint16_t *before = days_before_month[is_leap(year)] + (month - 1);
  return day <= 28 || day <= (unsigned)(before[1] - before[0]);
}

/* Two digits; what is not a digit sets a bit above the lowest four in *bad. */
static inline unsigned two_digits(const char *p, unsigned *bad) {
  unsigned tens = (unsigned)(uint8_t)p[0] - '0', ones = (unsigned)(uint8_t)p[1] - '0';
  *bad |= tens | (9 - tens) | ones | (9 - ones); /* wraps below 0 and past 9 */
  return tens * 10 + ones;
}

/* Reads digits at *p into microseconds; the count of digits is returned. */
static size_t read_fraction(const char *p, const char *end, int64_t *us) {
  size_t count = 0;
  int64_t scale = US_PER_SECOND;
  for (; p + count < end && (uint8_t)(p[count] - '0') <= 9; count++) {
    scale /= 10;
    *us += (p[count] - '0') * scale; /* nothing from the seventh digit on */
  }
  return count;
}

size_t time_read_offset(struct text text, int64_t *offset_us) {
  const char *p = text.data;
  unsigned bad = 0, minutes = 0;
  if (text.size < 3 || (*p != '+' && *p != '-'))
    return 0;
  unsigned hours = two_digits(p + 1, &bad);
  size_t colon = text.size > 3 && p[3] == ':', size = 3;
  if (colon || (text.size > 3 && (uint8_t)(p[3] - '0') <= 9)) {
    size = 5 + colon;
    if (text.size < size)
      return 0;
    minutes = two_digits(p + 3 + colon, &bad);
  }
  if (bad & ~0xfu || hours > 23 || minutes > 59)
    return 0;
  *offset_us = (int64_t)(hours * 60 + minutes) * US_PER_MINUTE * (*p == '-' ? -1 : 1);
  return size;
}

/* "", "Z" or an offset. */
static bool read_zone(const char *p, size_t size, int64_t *offset_us) {
  *offset_us = 0;
  return size == 0 || (size == 1 && (*p == 'Z' || *p == 'z')) ||
         time_read_offset((struct text){p, size}, offset_us) == size;
}

/* What may follow the seconds: a fraction, a zone. Added to *time. Not inlined, to keep the usual
 * shape's path short. */
static __attribute__((noinline)) bool read_rest(const char *rest, const char *end, time_us *time) {
  int64_t fraction = 0, offset = 0;
  if (rest < end && (*rest == '.' || *rest == ',' || *rest == ':')) {
    size_t digits = read_fraction(rest + 1, end, &fraction);
    if (digits == 0 || (*rest == ':' && digits != 3))
      return false;
    rest += 1 + digits;
  }
  if (!read_zone(rest, (size_t)(end - rest), &offset))
    return false;
  *time += fraction - offset;
  return true;
}

/* What may be added to each byte, the lowest first, before its high bit is set: 0x76 to a digit's
 * value (9 is the largest), 0x7f to what must be 0. */
#define DATE_ROOM UINT64_C(0x7f76767f76767676)  /* "0000-00-" */
#define CLOCK_ROOM UINT64_C(0x76767f76767f7676) /* "00:00:00" */

/*
 * Eight characters at once, of which those where `shape` has '0' must be digits and all others
 * the same as in `shape`. Byte i of the result (from the lowest) is the number that the digits i
 * and i + 1 make; *bad gets a bit set when a character does not fit.
 */
static inline uint64_t read_eight(const char *p, const char *shape, uint64_t room, uint64_t *bad) {
  uint64_t characters, expected;
  memcpy(&characters, p, 8);
  memcpy(&expected, shape, 8);
  uint64_t values = le64toh(characters ^ expected);
  *bad |= (values | (values + room)) & UINT64_C(0x8080808080808080);
  return values * 10 + (values >> 8);
}

static inline unsigned byte_at(uint64_t eight, unsigned index) {
  return eight >> 8 * index & 0xff;
}

bool time_parse(struct text text, time_us *time) {
  const char *p = text.data;
  if (text.size < sizeof "2024-03-21T07:09:03" - 1)
    return false;
  uint64_t bad = 0;
  uint64_t date = read_eight(p, "0000-00-", DATE_ROOM, &bad),
           clock = read_eight(p + 11, "00:00:00", CLOCK_ROOM, &bad);
  unsigned tens = (unsigned)p[8] - '0', ones = (unsigned)p[9] - '0', day = tens * 10 + ones;
  unsigned year = byte_at(date, 0) * 100 + byte_at(date, 2), month = byte_at(date, 5);
  unsigned hour = byte_at(clock, 0), minute = byte_at(clock, 3), second = byte_at(clock, 6);
  if (bad || tens > 9 || ones > 9 || (p[10] != 'T' && p[10] != ' ' && p[10] != 't') || year == 0 ||
      hour > 23 || minute > 59 || second > 60 || !is_date(year, month, day))
    return false;
  int64_t seconds =
      days_from_date(year, month, day) * 86400 + (int64_t)(hour * 3600 + minute * 60 + second);
  time_us read = seconds * US_PER_SECOND;
  const char *rest = p + 19, *end = p + text.size;
  if (((end - rest != 1 || *rest != 'Z') && !read_rest(rest, end, &read)) ||
      !time_is_readable(read))
    return false;
  *time = read;
  return true;
}

/* Writes `count` digits and returns where they end. */
static char *put_digits(char *p, unsigned value, int count) {
  for (int i = count; i-- > 0; value /= 10)
    p[i] = (char)('0' + value % 10);
  return p + count;
}

/* The date of a day since 1970-01-01, as "2024-03-21". Years 0 to 9999. */
static char *put_date(char *p, int64_t days) {
  /* Counted from 0000-03-01 in eras of 400 years, so that the leap day ends a year. */
  unsigned since = (unsigned)(days + 719468), era = since / 146097, in_era = since % 146097;
  unsigned in_year_of_era =
      (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365; /* 0..399 */
  unsigned day_of_year =
      in_era - (365 * in_year_of_era + in_year_of_era / 4 - in_year_of_era / 100);
  unsigned month_from_march = (5 * day_of_year + 2) / 153;
  unsigned day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  unsigned month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  p = put_digits(p, era * 400 + in_year_of_era + (month <= 2), 4);
  *p++ = '-';
  p = put_digits(p, month, 2);
  *p++ = '-';
  return put_digits(p, day, 2);
}

/* Splits into the day and what is left of it; false outside the years 0000-03 to 9999. */
static bool split_day(time_us time, int64_t *day, int64_t *rest) {
  *day = time / US_PER_DAY;
  *rest = time % US_PER_DAY;
  if (*rest < 0) {
    *rest += US_PER_DAY;
    --*day;
  }
  return *day >= -719468 && *day <= 2932896;
}

const char *time_format(time_us time, struct time_string *string) {
  int64_t day, rest;
  string->text[0] = '\0';
  if (!split_day(time, &day, &rest))
    return string->text;
  unsigned seconds = (unsigned)(rest / US_PER_SECOND), us = (unsigned)(rest % US_PER_SECOND);
  char *p = put_date(string->text, day);
  *p++ = 'T';
  p = put_digits(p, seconds / 3600, 2);
  *p++ = ':';
  p = put_digits(p, seconds / 60 % 60, 2);
  *p++ = ':';
  p = put_digits(p, seconds % 60, 2);
  if (us) {
    *p++ = '.';
    p = us % 1000 ? put_digits(p, us, 6) : put_digits(p, us / 1000, 3);
  }
  *p++ = 'Z';
  *p = '\0';
  return string->text;
}

const char *time_format_date(time_us time, struct time_string *string) {
  int64_t day, rest;
  char *p = string->text;
  if (split_day(time, &day, &rest))
    p = put_date(p, day);
  *p = '\0';
  return string->text;
}

/* Largest first. */
static const struct {
  const char *name;
  int64_t us;
  bool written; /* duration_parse reads it */
} units[] = {
    {"w", 7 * US_PER_DAY, true},
    {"d", US_PER_DAY, true},
    {"h", US_PER_HOUR, true},
    {"m", US_PER_MINUTE, true},
    {"s", US_PER_SECOND, true},
    {"ms", US_PER_MS, true},
    {"us", 1, false},
};
enum { UNIT_COUNT = sizeof units / sizeof units[0], UNIT_SECONDS = 4 };

bool duration_parse(struct text text, int64_t *duration_us, struct error *error) {
  char shown[40];
  int64_t number = 0;
  size_t digits = 0;
  bool fits = true;
  for (; digits < text.size && (uint8_t)(text.data[digits] - '0') <= 9; digits++)
    fits = fits && !__builtin_mul_overflow(number, 10, &number) &&
           !__builtin_add_overflow(number, text.data[digits] - '0', &number);
  struct text unit = {text.data + digits, text.size - digits};
  int64_t scale = digits && fits && number == 0 && unit.size == 0 ? 1 : 0;
  for (size_t i = 0; digits && i < UNIT_COUNT; i++)
    if (units[i].written && text_is(unit, units[i].name))
      scale = units[i].us;
  if (!scale)
    return error_set(error,
                     "expected a duration: a whole number and one of s, m, h, d, w "
                     "(such as 90s, 5m, 24h), found '%s'",
                     text_printable(text, shown, sizeof shown));
  if (!fits || __builtin_mul_overflow(number, scale, &number))
    return error_set(error, "the duration '%s' is too long",
                     text_printable(text, shown, sizeof shown));
  *duration_us = number;
  return true;
}

const char *duration_format(int64_t duration_us, struct time_string *string) {
  size_t i = duration_us ? 0 : UNIT_SECONDS;
  while (duration_us % units[i].us)
    i++;
  snprintf(string->text, sizeof string->text, "%lld%s", (long long)(duration_us / units[i].us),
           units[i].name);
  return string->text;
}

const char *duration_words(int64_t duration_us, struct time_string *string) {
  static const struct {
    int64_t us;
    const char *name;
  } steps[] = {{US_PER_DAY, "d"}, {US_PER_HOUR, "h"}, {US_PER_MINUTE, "min"}, {US_PER_SECOND, "s"}};
  const size_t last = sizeof steps / sizeof *steps - 1;
  size_t i = 0;
  while (i < last && duration_us < steps[i].us)
    i++;
  int whole = duration_us > 0 ? (int)(duration_us / steps[i].us) : 0;
  int rest = i < 2 ? (int)(duration_us % steps[i].us / steps[i + 1].us) : 0;
  if (rest > 0)
    snprintf(string->text, sizeof string->text, "%d %s %d %s", whole, steps[i].name, rest,
             steps[i + 1].name);
  else
    snprintf(string->text, sizeof string->text, "%d %s", whole, steps[i].name);
  return string->text;
}

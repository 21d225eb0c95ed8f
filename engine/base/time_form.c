/*
 * Forms of time in the words of strftime(3). They are read here and not by strptime(3), which takes
 * any word for the name of a zone, forgets the weeks of ISO 8601, follows the locale, and knows no
 * fraction of a second.
 */
#include "base/clock.h"
#include "base/utf8.h"

#include <stdio.h>
#include <time.h>

#define FORM_SIZE_MAX 127
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* What a conversion says of a time: a bit of `says`, and the place of its number. */
enum part {
  PART_YEAR,
  PART_CENTURY,
  PART_SHORT_YEAR,
  PART_MONTH,
  PART_DAY,
  PART_DAY_OF_YEAR,
  PART_WEEK_YEAR, /* of ISO 8601: that of the week's Thursday */
  PART_SHORT_WEEK_YEAR,
  PART_WEEK,        /* of ISO 8601 */
  PART_SUNDAY_WEEK, /* the first one begins with the year's first Sunday; 0 is before it */
  PART_MONDAY_WEEK,
  PART_WEEKDAY, /* 0 is Sunday; 7 is, too */
  PART_HOUR,
  PART_HALF_HOUR, /* of a twelve-hour clock */
  PART_HALF_DAY,  /* 1 after noon */
  PART_MINUTE,
  PART_SECOND,
  PART_FRACTION, /* microseconds */
  PART_EPOCH,    /* seconds since 1970 */
  PART_ZONE,     /* microseconds east of UTC */
  PART_COUNT
};

#define SAYS(part) (1u << (part))
#define SAYS_YEAR (SAYS(PART_YEAR) | SAYS(PART_SHORT_YEAR))
#define SAYS_WEEK_YEAR (SAYS(PART_WEEK_YEAR) | SAYS(PART_SHORT_WEEK_YEAR))
#define SAYS_YEARS_WEEK (SAYS(PART_SUNDAY_WEEK) | SAYS(PART_MONDAY_WEEK))
#define SAYS_HOUR (SAYS(PART_HOUR) | SAYS(PART_HALF_HOUR))

struct reader {
  const char *at, *end;
  uint32_t says;
  int64_t parts[PART_COUNT];
};

/* Conversions that are a number. Spaces may stand before one that strftime pads with them. */
static const struct number {
  char letter;
  enum part part;
  uint8_t digits_min, digits_max;
  int16_t min, max;
  bool padded;
} numbers[] = {
    {'Y', PART_YEAR, 4, 4, 1, 9999, false},
    {'C', PART_CENTURY, 2, 2, 0, 99, false},
    {'y', PART_SHORT_YEAR, 2, 2, 0, 99, false},
    {'m', PART_MONTH, 1, 2, 1, 12, false},
    {'d', PART_DAY, 1, 2, 1, 31, false},
    {'e', PART_DAY, 1, 2, 1, 31, true},
    {'j', PART_DAY_OF_YEAR, 1, 3, 1, 366, false},
    {'G', PART_WEEK_YEAR, 4, 4, 1, 9999, false},
    {'g', PART_SHORT_WEEK_YEAR, 2, 2, 0, 99, false},
    {'V', PART_WEEK, 1, 2, 1, 53, false},
    {'U', PART_SUNDAY_WEEK, 1, 2, 0, 53, false},
    {'W', PART_MONDAY_WEEK, 1, 2, 0, 53, false},
    {'u', PART_WEEKDAY, 1, 1, 1, 7, false},
    {'w', PART_WEEKDAY, 1, 1, 0, 6, false},
    {'H', PART_HOUR, 1, 2, 0, 23, false},
    {'k', PART_HOUR, 1, 2, 0, 23, true},
    {'I', PART_HALF_HOUR, 1, 2, 1, 12, false},
    {'l', PART_HALF_HOUR, 1, 2, 1, 12, true},
    {'M', PART_MINUTE, 1, 2, 0, 59, false},
    {'S', PART_SECOND, 1, 2, 0, 60, false},
};

/* English, in any case: a form means the same whatever the machine's locale. Three letters do. */
static const char *const months[] = {"January",  "February", "March",  "April",     "May",
                                     "June",     "July",     "August", "September", "October",
                                     "November", "December", NULL};
static const char *const weekdays[] = {"Sunday",   "Monday", "Tuesday",  "Wednesday",
                                       "Thursday", "Friday", "Saturday", NULL};
static const char *const half_days[] = {"AM", "PM", NULL};
static const struct name {
  char letter;
  enum part part;
  const char *const *words;
  int64_t first;
} names[] = {
    {'a', PART_WEEKDAY, weekdays, 0},   {'A', PART_WEEKDAY, weekdays, 0},
    {'b', PART_MONTH, months, 1},       {'B', PART_MONTH, months, 1},
    {'h', PART_MONTH, months, 1},       {'p', PART_HALF_DAY, half_days, 0},
    {'P', PART_HALF_DAY, half_days, 0},
};

/* Conversions that stand for several, as strftime has them in the locale C. */
static const struct {
  char letter;
  const char *form;
} composed[] = {{'c', "%a %b %e %H:%M:%S %Y"},
                {'D', "%m/%d/%y"},
                {'F', "%Y-%m-%d"},
                {'r', "%I:%M:%S %p"},
                {'R', "%H:%M"},
                {'T', "%H:%M:%S"},
                {'x', "%m/%d/%y"},
                {'X', "%H:%M:%S"}};

/* Letters of other programs, and ours for the same. */
static const struct {
  char letter, ours;
} foreign[] = {{'L', 'f'}, {'N', 'f'}, {'Q', 's'}, {'i', 'M'}};

static const struct number *find_number(char letter) {
  for (size_t i = 0; i < COUNT(numbers); i++)
    if (numbers[i].letter == letter)
      return &numbers[i];
  return NULL;
}

static const struct name *find_name(char letter) {
  for (size_t i = 0; i < COUNT(names); i++)
    if (names[i].letter == letter)
      return &names[i];
  return NULL;
}

static const char *find_composed(char letter) {
  for (size_t i = 0; i < COUNT(composed); i++)
    if (composed[i].letter == letter)
      return composed[i].form;
  return NULL;
}

/* ---- reading ---- */

static bool is_digit(const struct reader *reader) {
  return reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9';
}

static void skip_spaces(struct reader *reader) {
  while (reader->at < reader->end &&
         (*reader->at == ' ' || (*reader->at >= '\t' && *reader->at <= '\r')))
    reader->at++;
}

static size_t read_digits(struct reader *reader, size_t most, int64_t *number) {
  size_t count = 0;
  for (*number = 0; count < most && is_digit(reader); count++)
    *number = *number * 10 + (*reader->at++ - '0');
  return count;
}

static void say(struct reader *reader, enum part part, int64_t value) {
  reader->says |= SAYS(part);
  reader->parts[part] = value;
}

static bool read_number(struct reader *reader, const struct number *number) {
  int64_t value;
  if (number->padded)
    skip_spaces(reader);
  size_t digits = read_digits(reader, number->digits_max, &value);
  say(reader, number->part, value);
  return digits >= number->digits_min && value >= number->min && value <= number->max;
}

static bool read_name(struct reader *reader, const struct name *name) {
  struct text rest = {reader->at, (size_t)(reader->end - reader->at)};
  for (int64_t i = 0; name->words[i]; i++) {
    struct text word = text_from(name->words[i]);
    if (!text_starts_folded(rest, word))
      word.size = word.size > 3 ? 3 : word.size;
    if (!text_starts_folded(rest, word))
      continue;
    reader->at += word.size;
    say(reader, name->part, name->first + i);
    return true;
  }
  return false;
}

/* Any number of digits; those past microseconds are dropped. */
static bool read_fraction(struct reader *reader) {
  int64_t us = 0, scale = US_PER_SECOND;
  const char *start = reader->at;
  for (; is_digit(reader); reader->at++) {
    scale /= 10;
    us += (*reader->at - '0') * scale;
  }
  say(reader, PART_FRACTION, us);
  return reader->at > start;
}

static bool read_epoch(struct reader *reader) {
  bool negative = reader->at < reader->end && *reader->at == '-';
  int64_t seconds;
  reader->at += negative;
  size_t digits = read_digits(reader, 12, &seconds);
  say(reader, PART_EPOCH, negative ? -seconds : seconds);
  return digits > 0;
}

/* "Z", "UTC" and "GMT" in any case, or an offset. */
static bool read_zone(struct reader *reader) {
  static const char *const utc[] = {"UTC", "GMT", "Z"};
  struct text rest = {reader->at, (size_t)(reader->end - reader->at)};
  int64_t offset = 0;
  for (size_t i = 0; i < COUNT(utc); i++) {
    struct text name = text_from(utc[i]);
    if (text_starts_folded(rest, name)) {
      reader->at += name.size;
      say(reader, PART_ZONE, 0);
      return true;
    }
  }
  size_t size = time_read_offset(rest, &offset);
  reader->at += size;
  say(reader, PART_ZONE, offset);
  return size > 0;
}

static bool read_form(struct reader *reader, const char *form);

static bool read_conversion(struct reader *reader, char letter) {
  const struct number *number = find_number(letter);
  const struct name *name = number ? NULL : find_name(letter);
  if (number)
    return read_number(reader, number);
  if (name)
    return read_name(reader, name);
  switch (letter) {
  case 'f':
    return read_fraction(reader);
  case 's':
    return read_epoch(reader);
  case 'z':
  case 'Z':
    return read_zone(reader);
  case 'n':
  case 't':
    skip_spaces(reader);
    return true;
  case '%':
    return reader->at < reader->end && *reader->at++ == '%';
  default: {
    const char *form = find_composed(letter);
    return form && read_form(reader, form);
  }
  }
}

/* White space in a form is any white space, or none. */
static bool read_form(struct reader *reader, const char *form) {
  for (; *form; form++) {
    if (*form == ' ' || (*form >= '\t' && *form <= '\r')) {
      skip_spaces(reader);
    } else if (*form == '%' && form[1]) {
      if (!read_conversion(reader, *++form))
        return false;
    } else if (reader->at == reader->end || *reader->at++ != *form) {
      return false;
    }
  }
  return reader->at <= reader->end;
}

/* ---- from what was said to a time ---- */

/* Days since 1970; the month counts from 1, and the day may be any number. */
static int64_t day_number(int64_t year, int64_t month, int64_t day) {
  struct tm tm = {.tm_year = (int)(year - 1900), .tm_mon = (int)(month - 1), .tm_mday = 1};
  return timegm(&tm) / 86400 + day - 1;
}

static int64_t weekday_of(int64_t day) { /* 1970-01-01 was a Thursday */
  return ((day + 4) % 7 + 7) % 7;
}

/* POSIX: 69 to 99 are of the 20th century, 00 to 68 of the 21st. */
static int64_t whole_year(int64_t two_digits) {
  return two_digits + (two_digits < 69 ? 2000 : 1900);
}

static int64_t year_of(const struct reader *reader) {
  if (reader->says & SAYS(PART_YEAR))
    return reader->parts[PART_YEAR];
  int64_t two_digits = reader->parts[PART_SHORT_YEAR];
  return reader->says & SAYS(PART_CENTURY) ? reader->parts[PART_CENTURY] * 100 + two_digits
                                           : whole_year(two_digits);
}

static bool day_of_iso_week(const struct reader *reader, int64_t *day) {
  int64_t year = reader->says & SAYS(PART_WEEK_YEAR)
                     ? reader->parts[PART_WEEK_YEAR]
                     : whole_year(reader->parts[PART_SHORT_WEEK_YEAR]);
  int64_t fourth = day_number(year, 1, 4); /* always in the first week */
  int64_t first_monday = fourth - (weekday_of(fourth) + 6) % 7;
  int64_t monday = first_monday + (reader->parts[PART_WEEK] - 1) * 7;
  *day = monday + (reader->parts[PART_WEEKDAY] + 6) % 7;
  return monday + 3 < day_number(year + 1, 1, 1); /* not every year has a week 53 */
}

static bool day_of_year_week(const struct reader *reader, int64_t year, int64_t *day) {
  bool sunday = reader->says & SAYS(PART_SUNDAY_WEEK);
  int64_t week = reader->parts[sunday ? PART_SUNDAY_WEEK : PART_MONDAY_WEEK];
  int64_t start = day_number(year, 1, 1), shift = sunday ? 0 : 6;
  int64_t before_first = (7 - (weekday_of(start) + shift) % 7) % 7; /* days before week 1 */
  *day = start + before_first + (week - 1) * 7 + (reader->parts[PART_WEEKDAY] + shift) % 7;
  return *day >= start && *day < day_number(year + 1, 1, 1);
}

static bool find_day(const struct reader *reader, int64_t *day) {
  int64_t year = year_of(reader), month = reader->parts[PART_MONTH];
  bool has_year = reader->says & SAYS_YEAR;
  if (has_year && (year < 1 || year > 9999))
    return false;
  if (has_year && reader->says & SAYS(PART_MONTH) && reader->says & SAYS(PART_DAY)) {
    *day = day_number(year, month, reader->parts[PART_DAY]);
    return *day < day_number(month < 12 ? year : year + 1, month < 12 ? month + 1 : 1, 1);
  }
  if (has_year && reader->says & SAYS(PART_DAY_OF_YEAR)) {
    *day = day_number(year, 1, reader->parts[PART_DAY_OF_YEAR]);
    return *day < day_number(year + 1, 1, 1);
  }
  if (!(reader->says & SAYS(PART_WEEKDAY)))
    return false;
  if (reader->says & SAYS_WEEK_YEAR && reader->says & SAYS(PART_WEEK))
    return day_of_iso_week(reader, day);
  return has_year && reader->says & SAYS_YEARS_WEEK && day_of_year_week(reader, year, day);
}

static int64_t seconds_of_day(const struct reader *reader) {
  int64_t hour = reader->parts[PART_HOUR];
  if (!(reader->says & SAYS(PART_HOUR)))
    hour = reader->parts[PART_HALF_HOUR] % 12 + 12 * reader->parts[PART_HALF_DAY];
  return hour * 3600 + reader->parts[PART_MINUTE] * 60 + reader->parts[PART_SECOND];
}

bool time_parse_strftime(struct text text, const char *form, time_us *time) {
  struct reader reader = {.at = text.size ? text.data : ""};
  int64_t seconds = 0, day;
  reader.end = reader.at + text.size;
  if (!read_form(&reader, form) || reader.at != reader.end)
    return false;
  if (reader.says & SAYS(PART_EPOCH))
    seconds = reader.parts[PART_EPOCH];
  else if (find_day(&reader, &day))
    seconds = day * 86400 + seconds_of_day(&reader) - reader.parts[PART_ZONE] / US_PER_SECOND;
  else
    return false;
  time_us read = seconds * US_PER_SECOND + reader.parts[PART_FRACTION];
  if (!time_is_readable(read))
    return false;
  *time = read;
  return true;
}

/* ---- checking ---- */

static bool refuse_conversion(const char *at, struct error *error) {
  uint32_t code;
  char shown[16];
  if (!at[1])
    return error_set(error, "it ends in a lone '%%' (write %%%% for a percent sign)");
  for (size_t i = 0; i < COUNT(foreign); i++)
    if (foreign[i].letter == at[1])
      return error_set(error, "unknown conversion '%%%c' (did you mean '%%%c'?)", at[1],
                       foreign[i].ours);
  size_t size = utf8_read(at + 1, strlen(at + 1), &code);
  return error_set(error, "unknown conversion '%%%s'",
                   text_printable((struct text){at + 1, size ? size : 1}, shown, sizeof shown));
}

static bool refuse_second(enum part part, char letter, struct error *error) {
  return error_set(error, "%%%c says again what an earlier conversion says%s", letter,
                   part == PART_MONTH    ? " (minutes are '%M')"
                   : part == PART_MINUTE ? " (months are '%m')"
                                         : "");
}

static bool collect(const char *form, uint32_t *says, struct error *error) {
  for (const char *at = form; (at = strchr(at, '%')); at += 2) {
    const struct number *number = find_number(at[1]);
    const struct name *name = find_name(at[1]);
    const char *parts = at[1] ? find_composed(at[1]) : NULL;
    enum part part = number                         ? number->part
                     : name                         ? name->part
                     : at[1] == 'f'                 ? PART_FRACTION
                     : at[1] == 's'                 ? PART_EPOCH
                     : at[1] == 'z' || at[1] == 'Z' ? PART_ZONE
                                                    : PART_COUNT;
    if (!at[1] || (part == PART_COUNT && !parts && !strchr("nt%", at[1])))
      return refuse_conversion(at, error);
    if (parts && !collect(parts, says, error))
      return false;
    if (part == PART_COUNT)
      continue;
    if (*says & SAYS(part) && part != PART_WEEKDAY)
      return refuse_second(part, at[1], error);
    *says |= SAYS(part);
  }
  return true;
}

/* The part without which a form says no day; NULL: it says one. */
static const char *missing_of_date(uint32_t says) {
  bool week = says & SAYS_YEARS_WEEK, iso_week = says & SAYS(PART_WEEK);
  bool weekday = says & SAYS(PART_WEEKDAY), day = says & SAYS(PART_DAY);
  bool month = says & SAYS(PART_MONTH);
  if (says & SAYS(PART_EPOCH))
    return NULL;
  if (says & SAYS_YEAR && ((month && day) || says & SAYS(PART_DAY_OF_YEAR) || (week && weekday)))
    return NULL;
  if (iso_week && !month && !day)
    return !(says & SAYS_WEEK_YEAR) ? "year of its week (%G)"
           : !weekday               ? "day of the week (%u)"
                                    : NULL;
  if (!(says & SAYS_YEAR))
    return "year (%Y)";
  if (week && !month && !day)
    return "day of the week (%u)";
  return month ? "day (%d)" : "month (%m)";
}

static bool check_clock(uint32_t says, struct error *error) {
  if (says & SAYS(PART_HALF_HOUR) && !(says & SAYS(PART_HALF_DAY)))
    return error_set(error, "it has an hour of a twelve-hour clock without %%p (did you mean "
                            "'%%H'?)");
  if (says & SAYS(PART_HALF_DAY) && !(says & SAYS(PART_HALF_HOUR)))
    return error_set(error, "it has %%p without an hour of a twelve-hour clock (did you mean "
                            "'%%I'?)");
  if (says & SAYS(PART_MINUTE) && !(says & SAYS_HOUR))
    return error_set(error, "it has minutes (%%M) without an hour (%%H)");
  if (says & SAYS(PART_SECOND) && !(says & SAYS(PART_MINUTE)))
    return error_set(error, "it has seconds (%%S) without minutes (%%M)");
  if (says & SAYS(PART_FRACTION) && !(says & (SAYS(PART_SECOND) | SAYS(PART_EPOCH))))
    return error_set(error, "it has a fraction of a second (%%f) without seconds (%%S)");
  return true;
}

/* The smallest step that a form distinguishes. */
static int64_t precision_of(uint32_t says) {
  return says & SAYS(PART_FRACTION)                      ? 1
         : says & (SAYS(PART_SECOND) | SAYS(PART_EPOCH)) ? US_PER_SECOND
         : says & SAYS(PART_MINUTE)                      ? US_PER_MINUTE
         : says & SAYS_HOUR                              ? US_PER_HOUR
                                                         : US_PER_DAY;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* a conversion that collect() knows */

/* Writes a time by the form: as strftime, which knows neither %f nor, without the machine's own
 * zone, %s. False when it is longer than there is room for. */
static bool write_by_form(const char *form, time_us time, char *out, size_t room) {
  const time_t seconds = time / US_PER_SECOND;
  struct tm tm;
  gmtime_r(&seconds, &tm);
  size_t size = 0;
  for (; *form && size + 1 < room; form++) {
    const char conversion[] = {'%', form[1], '\0'};
    if (*form != '%')
      out[size++] = *form;
    else if (*++form == 'f')
      size += (size_t)snprintf(out + size, room - size, "%06d", (int)(time % US_PER_SECOND));
    else if (*form == 's')
      size += (size_t)snprintf(out + size, room - size, "%lld", (long long)seconds);
    else
      size += strftime(out + size, room - size, conversion, &tm);
    if (size >= room)
      return false;
  }
  out[size] = '\0';
  return *form == '\0';
}

#pragma GCC diagnostic pop

/* A form that runs its numbers together may not read what it writes. Day and hour are of one digit
 * and of two, in every combination: those that are padded with spaces run together only in some. */
static bool try_form(const char *form, uint32_t says, struct error *error) {
  static const time_us samples[] = {INT64_C(1732833697123456),  /* 2024-11-28T22:41:37.123456Z */
                                    INT64_C(1172984767000089),  /* 2007-03-04T05:06:07.000089Z */
                                    INT64_C(1711004943000001),  /* 2024-03-21T07:09:03.000001Z */
                                    INT64_C(1381000130500000)}; /* 2013-10-05T19:08:50.5Z */
  for (size_t i = 0; i < COUNT(samples); i++) {
    char written[8 * FORM_SIZE_MAX], shown[80];
    struct time_string wrong;
    time_us read;
    if (!write_by_form(form, samples[i], written, sizeof written))
      return error_set(error, "what it writes is too long");
    text_printable(text_from(written), shown, sizeof shown);
    if (!time_parse_strftime(text_from(written), form, &read))
      return error_set(error, "a time that is written by it, '%s', cannot be read by it", shown);
    if (read != samples[i] - samples[i] % precision_of(says))
      return error_set(error, "a time that is written by it, '%s', would be read as %s", shown,
                       time_format(read, &wrong));
  }
  return true;
}

bool time_form_check(struct text form, struct error *error) {
  uint32_t says = 0;
  if (form.size > FORM_SIZE_MAX || memchr(form.data, '\0', form.size))
    return error_set(error, "longer than %d bytes, or with a zero byte in it", FORM_SIZE_MAX);
  if (!collect(form.data, &says, error))
    return false;
  const char *missing = missing_of_date(says);
  if (missing)
    return error_set(error, "it has no %s, so no time can be read by it", missing);
  return check_clock(says, error) && try_form(form.data, says, error);
}

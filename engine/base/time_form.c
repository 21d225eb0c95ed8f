/*
 * Forms of time in the words of strptime(3), which has no fraction of a second and takes any word
 * for the name of a zone. So a form is taken apart at %f and %Z, which are read here.
 */
#include "base/clock.h"
#include "base/utf8.h"

#include <stdio.h>
#include <time.h>

#define FORM_TEXT_MAX 127 /* of a form, and of a text to be read by one */

/* What a conversion says of a time. */
enum said {
  SAYS_NOTHING = 0,
  SAYS_YEAR = 1,
  SAYS_MONTH = 2,
  SAYS_DAY = 4,
  SAYS_DATE = SAYS_YEAR | SAYS_MONTH | SAYS_DAY,
  SAYS_HALF_HOUR = 8, /* an hour of which it is open whether it is before or after noon */
  SAYS_HALF_DAY = 16  /* which of both */
};

static const struct {
  char letter;
  int says;
} conversions[] = {
    {'a', SAYS_NOTHING},   {'A', SAYS_NOTHING},
    {'b', SAYS_MONTH},     {'B', SAYS_MONTH},
    {'c', SAYS_DATE},      {'C', SAYS_NOTHING},
    {'d', SAYS_DAY},       {'D', SAYS_DATE},
    {'e', SAYS_DAY},       {'f', SAYS_NOTHING},
    {'F', SAYS_DATE},      {'g', SAYS_NOTHING},
    {'G', SAYS_NOTHING},   {'h', SAYS_MONTH},
    {'u', SAYS_NOTHING},   {'U', SAYS_NOTHING},
    {'V', SAYS_NOTHING},   {'w', SAYS_NOTHING},
    {'W', SAYS_NOTHING},   {'H', SAYS_NOTHING},
    {'I', SAYS_HALF_HOUR}, {'j', SAYS_MONTH | SAYS_DAY},
    {'k', SAYS_NOTHING},   {'l', SAYS_HALF_HOUR},
    {'m', SAYS_MONTH},     {'M', SAYS_NOTHING},
    {'n', SAYS_NOTHING},   {'p', SAYS_HALF_DAY},
    {'P', SAYS_HALF_DAY},  {'r', SAYS_NOTHING},
    {'R', SAYS_NOTHING},   {'s', SAYS_DATE},
    {'S', SAYS_NOTHING},   {'t', SAYS_NOTHING},
    {'T', SAYS_NOTHING},   {'x', SAYS_DATE},
    {'X', SAYS_NOTHING},   {'y', SAYS_YEAR},
    {'Y', SAYS_YEAR},      {'z', SAYS_NOTHING},
    {'Z', SAYS_NOTHING},   {'%', SAYS_NOTHING},
};

/* Letters of other programs, and ours for the same. */
static const struct {
  char letter, ours;
} foreign[] = {{'L', 'f'}, {'N', 'f'}, {'Q', 's'}, {'i', 'M'}};

static bool find_conversion(char letter, int *says) {
  for (size_t i = 0; i < sizeof conversions / sizeof *conversions; i++)
    if (conversions[i].letter == letter) {
      *says |= conversions[i].says;
      return true;
    }
  return false;
}

static bool refuse_conversion(const char *at, struct error *error) {
  uint32_t code;
  char shown[16];
  if (!at[1])
    return error_set(error, "it ends in a lone '%%' (write %%%% for a percent sign)");
  for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
    if (foreign[i].letter == at[1])
      return error_set(error, "unknown conversion '%%%c' (did you mean '%%%c'?)", at[1],
                       foreign[i].ours);
  size_t size = utf8_read(at + 1, strlen(at + 1), &code);
  return error_set(error, "unknown conversion '%%%s'",
                   text_printable((struct text){at + 1, size ? size : 1}, shown, sizeof shown));
}

bool time_form_check(struct text form, struct error *error) {
  int says = SAYS_NOTHING;
  if (form.size > FORM_TEXT_MAX || memchr(form.data, '\0', form.size))
    return error_set(error, "longer than %d bytes, or with a zero byte in it", FORM_TEXT_MAX);
  for (const char *at = form.data; (at = strchr(at, '%')); at += 2)
    if (!at[1] || !find_conversion(at[1], &says))
      return refuse_conversion(at, error);
  if ((says & SAYS_DATE) != SAYS_DATE)
    return error_set(error, "it has no %s, so no time can be read by it",
                     !(says & SAYS_YEAR)    ? "year (%Y)"
                     : !(says & SAYS_MONTH) ? "month (%m)"
                                            : "day (%d)");
  if ((says & SAYS_HALF_HOUR) && !(says & SAYS_HALF_DAY))
    return error_set(error, "it has an hour of a twelve-hour clock without %%p (did you mean "
                            "'%%H'?)");
  return true;
}

/* Where the next %f or %Z begins, or the end. */
static const char *own_part(const char *form) {
  const char *at = form;
  while ((at = strchr(at, '%')) && at[1] && at[1] != 'f' && at[1] != 'Z')
    at += 2;
  return at && at[1] ? at : form + strlen(form);
}

static const char *read_zone_name(const char *text) {
  static const char *const names[] = {"UTC", "GMT", "Z"};
  size_t size = 0;
  while ((text[size] | 0x20) >= 'a' && (text[size] | 0x20) <= 'z')
    size++;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (text_equal_folded((struct text){text, size}, text_from(names[i])))
      return text + size;
  return NULL;
}

static const char *read_fraction(const char *text, int64_t *us) {
  int64_t scale = US_PER_SECOND;
  size_t count = 0;
  for (*us = 0; text[count] >= '0' && text[count] <= '9'; count++) {
    scale /= 10;
    *us += (text[count] - '0') * scale; /* nothing from the seventh digit on */
  }
  return count >= 1 && count <= 9 ? text + count : NULL;
}

/* Where the text goes on, or NULL when it does not fit. */
static const char *read_by_form(const char *text, const char *form, struct tm *tm, int64_t *us) {
  char part[FORM_TEXT_MAX + 1];
  while (text && *form) {
    const char *own = own_part(form);
    size_t size = (size_t)(own - form);
    if (size > FORM_TEXT_MAX)
      return NULL;
    memcpy(part, form, size);
    part[size] = '\0';
    if (size)
      text = strptime(text, part, tm);
    if (text && *own)
      text = own[1] == 'f' ? read_fraction(text, us) : read_zone_name(text);
    form = *own ? own + 2 : own;
  }
  return text;
}

static int64_t month_days(int64_t year, int month) {
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return days[month] + (month == 1 && leap);
}

bool time_parse_strftime(struct text text, const char *form, time_us *time) {
  char string[FORM_TEXT_MAX + 1];
  if (text.size > FORM_TEXT_MAX || (text.size && memchr(text.data, '\0', text.size)))
    return false;
  if (text.size)
    memcpy(string, text.data, text.size);
  string[text.size] = '\0';
  struct tm tm = {.tm_year = 70, .tm_mday = 1};
  int64_t fraction = 0;
  const char *rest = read_by_form(string, form, &tm, &fraction);
  int64_t year = (int64_t)tm.tm_year + 1900;
  if (!rest || *rest || year < 1 || year > 9999 || tm.tm_mon < 0 || tm.tm_mon > 11 ||
      tm.tm_mday < 1 || tm.tm_mday > month_days(year, tm.tm_mon))
    return false;
  int64_t offset = tm.tm_gmtoff;
  time_us read = ((int64_t)timegm(&tm) - offset) * US_PER_SECOND + fraction;
  if (read >= TIME_END)
    return false;
  *time = read;
  return true;
}

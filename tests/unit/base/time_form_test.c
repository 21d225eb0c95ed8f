/* Forms of time, as schemas name them: read, tried, refused. */
#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#define T0 INT64_C(1711004943000000)  /* 2024-03-21T07:09:03Z, a Thursday */
#define DAY INT64_C(1710979200000000) /* 2024-03-21 */

static void times_are_read_by_a_form(void **state) {
  (void)state;
  static const struct {
    const char *text, *form;
    time_us time;
  } table[] = {
      {"2024-03-21 07:09:03", "%Y-%m-%d %H:%M:%S", T0},
      {"20240321070903", "%Y%m%d%H%M%S", T0},
      {"21/Mar/2024:07:09:03", "%d/%b/%Y:%H:%M:%S", T0},
      {"21 mARCH 2024", "%d %b %Y", DAY},
      {"Thu, 21 Mar 2024 07:09:03 GMT", "%a, %d %b %Y %T %Z", T0},
      {"Thursday 2024-03-21", "%A %F", DAY},
      {"Thu Mar 21 07:09:03 2024", "%c", T0},
      {"Mar  1 07:09 2024", "%b %e %R %Y", INT64_C(1709276940000000)},
      {"Mar 1   7:09 2024", "%b %e %k:%M %Y", INT64_C(1709276940000000)},
      {"2024-03-21", "%Y-%m-%d", DAY},
      {"2024-03-21\t07:09:03", "%F%n%X", T0},
      {"100%f 2024-03-21", "100%%f %F", DAY},
      /* the clock of twelve hours */
      {"03/21/24 12:00:00 AM", "%D %r", DAY},
      {"03/21/24 12:00:00 PM", "%D %r", DAY + 12 * US_PER_HOUR},
      {"03/21/24  1:30 pm", "%x %l:%M %P", DAY + 13 * US_PER_HOUR + 30 * US_PER_MINUTE},
      {"2024-03-21 07:09:03,250 AM", "%Y-%m-%d %I:%M:%S,%f %p", T0 + 250000},
      /* years */
      {"21.03.24", "%d.%m.%y", DAY},
      {"01.01.68", "%d.%m.%y", INT64_C(3092601600000000)},
      {"01.01.69", "%d.%m.%y", INT64_C(-31536000000000)},
      {"2024-03-21", "%C%y-%m-%d", DAY},
      {"1969-12-31 23:59:59", "%F %T", -US_PER_SECOND},
      {"1900-02-28", "%F", INT64_C(-2203977600000000)},
      {"0001-01-01", "%F", TIME_BEGIN},
      {"2262-04-12", "%F", INT64_C(9223372800000000)},
      {"9999-12-31", "%F", TIME_END - US_PER_DAY},
      /* days of a year, and of its weeks */
      {"2024-081", "%Y-%j", DAY},
      {"2024 366", "%Y %j", INT64_C(1735603200000000)},
      {"2024-W12-4", "%G-W%V-%u", DAY},
      {"24W12Thu", "%gW%V%a", DAY},
      {"2020-W53-7", "%G-W%V-%u", INT64_C(1609632000000000)}, /* 2021-01-03 */
      {"2025-W01-1", "%G-W%V-%u", INT64_C(1735516800000000)}, /* 2024-12-30 */
      {"2024-W01-0", "%G-W%V-%w", INT64_C(1704585600000000)}, /* the Sunday is its last day */
      {"2024 11 4", "%Y %U %w", DAY},
      {"2024 12 Thu", "%Y %W %a", DAY},
      {"2024 00 1", "%Y %W %u", TIME_NONE}, /* 2024 begins with a Monday */
      {"2023 00 0", "%Y %W %w", INT64_C(1672531200000000)},
      /* fractions */
      {"2024-03-21 07:09:03.2", "%F %T.%f", T0 + 200000},
      {"2024-03-21 07:09:03.25", "%F %T.%f", T0 + 250000},
      {"2024-03-21 07:09:03,123456", "%F %T,%f", T0 + 123456},
      {"2024-03-21 07:09:03.123456789012", "%F %T.%f", T0 + 123456},
      {"2024-03-21 07:09:03.000000000000000000000000001", "%F %T.%f", T0},
      /* zones */
      {"2024-03-21 09:09:03 +0200", "%F %T %z", T0},
      {"2024-03-21 12:39:03+05:30", "%F %T%z", T0},
      {"2024-03-21 12:39:03+0530", "%F %T%z", T0},
      {"2024-03-21 12:09:03+05", "%F %T%z", T0},
      {"2024-03-20 23:09:03 -08:00", "%F %T %Z", T0},
      {"2024-03-21 07:09:03 UTC", "%F %T %Z", T0},
      {"2024-03-21T07:09:03.5z", "%FT%T.%f%Z", T0 + 500000},
      {"2024-03-21T07:09:03Z", "%FT%T%z", T0},
      {"GMT 2024-03-21", "%Z %F", DAY},
      /* seconds since 1970 */
      {"1711004943", "%s", T0},
      {"1711004943.25", "%s.%f", T0 + 250000},
      {"-1", "%s", -US_PER_SECOND},
      /* a leap second is the next second */
      {"2016-12-31 23:59:60", "%F %T", INT64_C(1483228800000000)},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    time_us time = TIME_NONE;
    if (time_parse_strftime(text_from(table[i].text), table[i].form, &time) !=
            (table[i].time != TIME_NONE) ||
        time != table[i].time)
      fail_msg("%s by %s: %lld", table[i].text, table[i].form, (long long)time);
  }
}

static void what_does_not_fit_a_form_is_refused(void **state) {
  (void)state;
  static const struct {
    const char *text, *form;
  } table[] = {
      {"2024-03-21 07:09:03x", "%Y-%m-%d %H:%M:%S"},
      {"2024-03-21", "%Y-%m-%d %H:%M:%S"},
      {"", "%F"},
      {"2023-02-29", "%Y-%m-%d"},
      {"2024-04-31", "%F"},
      {"2024-12-32", "%F"},
      {"2024-13-01", "%F"},
      {"2024-00-01", "%F"},
      {"2024-01-00", "%F"},
      {"24-03-21", "%F"},
      {"0000-01-01", "%F"},
      {"00000-01-01", "%F"},
      {"2024-03-21 24:00", "%F %R"},
      {"2024-03-21 07:60", "%F %R"},
      {"2024-03-21 07:09:61", "%F %T"},
      {"2024-03-21 13:00 PM", "%F %I:%M %p"},
      {"2024-03-21 00:00 AM", "%F %I:%M %p"},
      {"2024-03-21 07:00 XM", "%F %I:%M %p"},
      {"21 M\u00E4r 2024", "%d %b %Y"},
      {"2023 366", "%Y %j"},
      {"2024 000", "%Y %j"},
      {"2024-W53-1", "%G-W%V-%u"},
      {"2024-W00-1", "%G-W%V-%u"},
      {"2024-W12-8", "%G-W%V-%u"},
      {"2024-W12-0", "%G-W%V-%u"},
      {"2024 53 3", "%Y %W %w"},
      {"2024-03-21 07:09:03.", "%F %T.%f"},
      {"2024-03-21 07:09:03 EST", "%F %T %Z"},
      {"2024-03-21 07:09:03 IST", "%F %T %Z"},
      {"2024-03-21 07:09:03 UTC+2", "%F %T %Z"},
      {"2024-03-21 07:09:03 ", "%F %T %Z"},
      {"2024-03-21 07:09:03 +0260", "%F %T %z"},
      {"2024-03-21 07:09:03 +2", "%F %T %z"},
      {"2024-03-21 07:09:03 0200", "%F %T %z"},
      {"9999999999999", "%s"},
      {"999999999999", "%s"},
      {"-99999999999", "%s"},
      {"-", "%s"},
      {"9999-12-31 23:59:60", "%Y-%m-%d %H:%M:%S"},
      {"9999-12-31 23:59:59 -0001", "%Y-%m-%d %H:%M:%S %z"},
      {"0001-01-01 00:00:00 +0001", "%F %T %z"},
      /* forms that say no day */
      {"2024", "%Y"},
      {"07:09:03", "%T"},
      {"Mar 21", "%b %e"},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    time_us time;
    if (time_parse_strftime(text_from(table[i].text), table[i].form, &time))
      fail_msg("accepted: %s by %s", table[i].text, table[i].form);
  }
  time_us time;
  assert_false(time_parse_strftime((struct text){"2024-03-21\0x", 12}, "%F", &time));
  assert_false(time_parse_strftime((struct text){NULL, 0}, "%F", &time));
}

/* xorshift64 (Marsaglia 2003). */
static uint64_t random_number(uint64_t *seed) {
  *seed ^= *seed << 13;
  *seed ^= *seed >> 7;
  *seed ^= *seed << 17;
  return *seed >> 8;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

static void every_form_reads_back_what_the_c_library_writes_by_it(void **state) {
  (void)state;
  static const struct {
    const char *form;
    int64_t step; /* what the form distinguishes, in seconds */
    int from, to; /* years */
  } table[] = {
      {"%Y-%m-%d %H:%M:%S", 1, 1000, 9999},
      {"%c", 1, 1000, 9999},
      {"%F %r", 1, 1000, 9999},
      {"%D %T", 1, 1969, 2068},
      {"%x %X", 1, 1969, 2068},
      {"%y%m%d%H%M%S", 1, 1969, 2068},
      {"%C%y%m%d", 86400, 1000, 9999},
      {"%a %d %B %Y %I%p", 3600, 1000, 9999},
      {"%A, %h %e %Y %l:%M %P", 60, 1000, 9999},
      {"%Y/%j %k:%M", 60, 1000, 9999},
      {"%G-W%V-%u", 86400, 1001, 9998},
      {"%g %V %a", 86400, 1970, 2067},
      {"%Y %U %w", 86400, 1000, 9999},
      {"%Y %W %A", 86400, 1000, 9999},
      {"%Y %U %u %R", 60, 1000, 9999},
      {"%FT%T%z", 1, 1000, 9999},
      {"%FT%T%Z", 1, 1000, 9999},
      {"%F%t%T%n%%", 1, 1000, 9999},
  };
  uint64_t seed = UINT64_C(0x6d61726761790003);
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    struct tm from = {.tm_year = table[i].from - 1900, .tm_mday = 1};
    struct tm to = {.tm_year = table[i].to + 1 - 1900, .tm_mday = 1};
    int64_t start = timegm(&from), span = timegm(&to) - start;
    struct error error = ERROR_NONE;
    if (!time_form_check(text_from(table[i].form), &error))
      fail_msg("%s: %s", table[i].form, error.text);
    for (int round = 0; round < 3000; round++) {
      time_t seconds = start + (int64_t)(random_number(&seed) % (uint64_t)span);
      seconds -= ((seconds - start) % table[i].step);
      char written[200];
      struct tm tm;
      time_us read = TIME_NONE;
      gmtime_r(&seconds, &tm);
      strftime(written, sizeof written, table[i].form, &tm);
      if (!time_parse_strftime(text_from(written), table[i].form, &read) ||
          read != seconds * US_PER_SECOND)
        fail_msg("%s by %s: %lld, not %lld", written, table[i].form, (long long)read,
                 (long long)seconds);
    }
  }
}

#pragma GCC diagnostic pop

static void a_form_that_cannot_be_right_is_refused(void **state) {
  (void)state;
  static const struct {
    const char *form, *error;
  } table[] = {
      {"%Y-%m-%d %H:%M:%S", NULL},
      {"%d/%b/%y:%T %z", NULL},
      {"%FT%H:%M:%S.%f%Z", NULL},
      {"%s", NULL},
      {"%s.%f", NULL},
      {"%c", NULL},
      {"%Y %j 100%%", NULL},
      {"%D %I:%M %p", NULL},
      {"%G-W%V-%u", NULL},
      {"%Y week %W, %A", NULL},
      {"%a %A %F", NULL},
      {"%b %e %H:%M:%S", "it has no year (%Y), so no time can be read by it"},
      {"%H:%M:%S", "it has no year (%Y), so no time can be read by it"},
      {"%C-%m-%d", "it has no year (%Y), so no time can be read by it"},
      {"%Y-%d", "it has no month (%m), so no time can be read by it"},
      {"%Y-%m", "it has no day (%d), so no time can be read by it"},
      {"%Y-W%V-%u", "it has no year of its week (%G), so no time can be read by it"},
      {"%G-W%V", "it has no day of the week (%u), so no time can be read by it"},
      {"%Y %U", "it has no day of the week (%u), so no time can be read by it"},
      {"%G-%m-%d", "it has no year (%Y), so no time can be read by it"},
      {"%F %I:%M", "it has an hour of a twelve-hour clock without %p (did you mean '%H'?)"},
      {"%F %H:%M %p", "it has %p without an hour of a twelve-hour clock (did you mean '%I'?)"},
      {"%F %M", "it has minutes (%M) without an hour (%H)"},
      {"%F %H:%S", "it has seconds (%S) without minutes (%M)"},
      {"%F %R.%f", "it has a fraction of a second (%f) without seconds (%S)"},
      {"%Y-%m-%d %H:%m:%S", "%m says again what an earlier conversion says (minutes are '%M')"},
      {"%Y-%M-%d %H:%M", "%M says again what an earlier conversion says (months are '%m')"},
      {"%F %d", "%d says again what an earlier conversion says"},
      {"%F %T %H", "%H says again what an earlier conversion says"},
      {"%F %T%z %Z", "%Z says again what an earlier conversion says"},
      {"%s%f", "a time that is written by it, '1732833697123456', would be read as "
               "7461-02-17T13:21:52.345600Z"},
      {"%F %k%M", "a time that is written by it, '2007-03-04  506', cannot be read by it"},
      {"%Y-%m %k%e", "a time that is written by it, '2024-03  721', cannot be read by it"},
      {"%FT%T.%LZ", "unknown conversion '%L' (did you mean '%f'?)"},
      {"%Q", "unknown conversion '%Q' (did you mean '%s'?)"},
      {"%F %+", "unknown conversion '%+'"},
      {"%F %\xc3\xa4", "unknown conversion '%\xc3\xa4'"},
      {"%F %", "it ends in a lone '%' (write %% for a percent sign)"},
      {"%F %-d", "unknown conversion '%-'"},
      {"%F %Ex", "unknown conversion '%E'"},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    struct error error = ERROR_NONE;
    if (time_form_check(text_from(table[i].form), &error) != (table[i].error == NULL))
      fail_msg("%s: %s", table[i].form, error.text);
    if (table[i].error)
      assert_string_equal(error.text, table[i].error);
  }
  struct error error = ERROR_NONE;
  assert_false(time_form_check(TEXT("%F\0%L"), &error));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(times_are_read_by_a_form),
      cmocka_unit_test(what_does_not_fit_a_form_is_refused),
      cmocka_unit_test(every_form_reads_back_what_the_c_library_writes_by_it),
      cmocka_unit_test(a_form_that_cannot_be_right_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

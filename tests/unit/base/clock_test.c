#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static void times_as_zoom_writes_them_are_read(void **state) {
  (void)state;
  static const struct {
    const char *text;
    time_us time;
  } table[] = {
      {"1970-01-01T00:00:00Z", 0},
      {"2024-03-21T07:09:03Z", 1711004943000000},
      {"2024-03-21t07:09:03z", 1711004943000000},
      {"2024-03-21 07:09:03Z", 1711004943000000},
      {"2024-03-21 07:09:03", 1711004943000000},
      {"2024-03-21T07:09:03", 1711004943000000},
      {"2024-03-21 07:09:03:216", 1711004943216000},
      {"2024-03-21 07:09:03:216Z", 1711004943216000},
      {"2024-03-21T07:09:03.2Z", 1711004943200000},
      {"2024-03-21T07:09:03.216Z", 1711004943216000},
      {"2024-03-21T07:09:03.216001Z", 1711004943216001},
      {"2024-03-21T07:09:03.2160019999999999999999Z", 1711004943216001},
      {"2024-03-21T09:09:03+02:00", 1711004943000000},
      {"2024-03-21T01:39:03.5-05:30", 1711004943500000},
      {"2024-03-21T07:09:03-00:00", 1711004943000000},
      {"2024-03-21T09:09:03+0200", 1711004943000000},
      {"2024-03-21T12:39:03.25+0530", 1711004943250000},
      {"2024-03-21T12:09:03+05", 1711004943000000},
      {"2024-03-21T07:09:03,5Z", 1711004943500000},
      {"2024-03-21 07:09:03,123456789012", 1711004943123456},
      {"1969-12-31T23:59:59Z", -1000000},
      {"1969-12-31T23:59:59.5Z", -500000},
      {"1900-02-28T00:00:00Z", -2203977600000000},
      {"0001-01-01T00:00:00Z", TIME_BEGIN},
      {"2300-01-01T00:00:00Z", 10413792000000000},
      {"1970-01-01T00:00:00+01:00", -3600000000},
      {"2016-12-31T23:59:60Z", 1483228800000000},
      {"2000-02-29T00:00:00Z", 951782400000000},
      {"2100-03-01T00:00:00Z", 4107542400000000},
      {"9999-12-31T23:59:59.999999Z", 253402300799999999},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    time_us time = TIME_NONE;
    if (!time_parse(text_from(table[i].text), &time))
      fail_msg("refused: %s", table[i].text);
    assert_int_equal(time, table[i].time);
  }
}

static void what_is_not_a_time_is_refused(void **state) {
  (void)state;
  static const char *const table[] = {
      "",
      "2024-03-21",
      "2024-03-21T07:09Z",
      "2024-03-21T07:09:0",
      "2024-03-21T07:09:03Z ",
      " 2024-03-21T07:09:03Z",
      "2024-03-21T07:09:03ZZ",
      "2024-03-21T07:09:03.Z",
      "2024-03-21T07:09:03.",
      "2024-03-21T07:09:03:21",
      "2024-03-21T07:09:03:2160",
      "2024-03-21T07:09:03+24:00",
      "2024-03-21T07:09:03+2",
      "2024-03-21T07:09:03+020",
      "2024-03-21T07:09:03+02:0",
      "2024-03-21T07:09:03+02000",
      "2024-03-21T07:09:03+02:00Z",
      "2024-03-21T07:09:03,Z",
      "0000-12-31T00:00:00Z",
      "1900-02-29T00:00:00Z",
      "0001-01-01T00:00:00+00:01",
      "2024-03-21T07:09:03+02:60",
      "2024-03-21T07:09:03+0/:00",
      "2024-13-21T07:09:03Z",
      "2024-00-21T07:09:03Z",
      "2024-03-32T07:09:03Z",
      "2024-03-00T07:09:03Z",
      "2023-02-29T07:09:03Z",
      "2100-02-29T07:09:03Z",
      "2024-03-21T24:00:00Z",
      "2024-03-21T07:60:03Z",
      "2024-03-21T07:09:61Z",
      "2024/03/21 07:09:03",
      "2024-03-21_07:09:03",
      "2024-03-21T07.09.03",
      "202/-03-21T07:09:03Z",
      "202:-03-21T07:09:03Z",
      "2024-03-21T07:09:-3Z",
      "2024-03-21T07:09: 3Z",
      "\xb2\xb0\xb2\xb4-03-21T07:09:03Z",
      "March 21, 2024 at 07:09",
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    time_us time = TIME_NONE;
    if (time_parse(text_from(table[i]), &time))
      fail_msg("accepted: %s", table[i]);
    assert_true(time == TIME_NONE);
  }
}

static void every_byte_that_is_not_a_digit_is_refused_in_every_place(void **state) {
  (void)state;
  static const char sample[] = "2024-03-21T07:09:03Z";
  for (size_t place = 0; place < sizeof sample - 2; place++) {
    if (sample[place] < '0' || sample[place] > '9')
      continue;
    for (int c = 0; c < 256; c++) {
      char text[sizeof sample];
      time_us time;
      memcpy(text, sample, sizeof text);
      text[place] = (char)c;
      if (c < '0' || c > '9')
        assert_false(time_parse((struct text){text, sizeof text - 1}, &time));
    }
  }
}

static void every_day_reads_and_writes_as_the_c_library_says(void **state) {
  (void)state;
  for (time_us time = TIME_BEGIN; time < TIME_END; time += US_PER_DAY) {
    char expected[40];
    struct time_string string;
    struct tm tm;
    time_t seconds = (time_t)(time / US_PER_SECOND);
    gmtime_r(&seconds, &tm);
    /* strftime writes years before 1000 with fewer digits. */
    snprintf(expected, sizeof expected, "%04d-%02d-%02dT00:00:00Z", tm.tm_year + 1900,
             tm.tm_mon + 1, tm.tm_mday);
    time_us back;
    if (strcmp(time_format(time, &string), expected) != 0)
      fail_msg("%s, expected %s", string.text, expected);
    if (!time_parse(text_from(expected), &back) || back != time)
      fail_msg("%s read as %lld", expected, (long long)back);
  }
}

static void a_time_is_written_with_the_digits_it_needs(void **state) {
  (void)state;
  static const struct {
    time_us time;
    const char *text, *date;
  } table[] = {
      {1711004943000000, "2024-03-21T07:09:03Z", "2024-03-21"},
      {1711004943216000, "2024-03-21T07:09:03.216Z", "2024-03-21"},
      {1711004943216001, "2024-03-21T07:09:03.216001Z", "2024-03-21"},
      {1711004943000001, "2024-03-21T07:09:03.000001Z", "2024-03-21"},
      {-1, "1969-12-31T23:59:59.999999Z", "1969-12-31"},
      {-86400000000, "1969-12-31T00:00:00Z", "1969-12-31"},
      {INT64_C(253402300799999999), "9999-12-31T23:59:59.999999Z", "9999-12-31"},
      {INT64_C(253402300800000000), "", ""},
      {INT64_MAX, "", ""},
      {TIME_NONE, "", ""},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    struct time_string string;
    assert_string_equal(time_format(table[i].time, &string), table[i].text);
    assert_string_equal(time_format_date(table[i].time, &string), table[i].date);
  }
}

static void durations_are_read_and_written(void **state) {
  (void)state;
  static const struct {
    const char *text, *written;
    int64_t us;
  } table[] = {
      {"0", "0s", 0},
      {"0s", "0s", 0},
      {"90s", "90s", 90 * US_PER_SECOND},
      {"60s", "1m", US_PER_MINUTE},
      {"5m", "5m", 5 * US_PER_MINUTE},
      {"24h", "1d", US_PER_DAY},
      {"36h", "36h", 36 * US_PER_HOUR},
      {"30d", "30d", 30 * US_PER_DAY},
      {"2w", "2w", 14 * US_PER_DAY},
      {"250ms", "250ms", 250 * US_PER_MS},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    struct error error = ERROR_NONE;
    struct time_string string;
    int64_t us = -1;
    assert_true(duration_parse(text_from(table[i].text), &us, &error));
    assert_int_equal(us, table[i].us);
    assert_string_equal(duration_format(us, &string), table[i].written);
  }
}

static void a_duration_in_words_has_two_units_at_most(void **state) {
  (void)state;
  static const struct {
    int64_t us;
    const char *words;
  } table[] = {
      {-US_PER_HOUR, "0 s"},
      {0, "0 s"},
      {US_PER_SECOND - 1, "0 s"},
      {59 * US_PER_SECOND, "59 s"},
      {61 * US_PER_SECOND, "1 min"},
      {3 * US_PER_HOUR, "3 h"},
      {2 * US_PER_HOUR + 30 * US_PER_MINUTE + 5 * US_PER_SECOND, "2 h 30 min"},
      {5 * US_PER_DAY + 4 * US_PER_HOUR, "5 d 4 h"},
      {INT64_MAX, "106751991 d 4 h"},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    struct time_string string;
    assert_string_equal(duration_words(table[i].us, &string), table[i].words);
  }
}

static void what_is_not_a_duration_is_reported(void **state) {
  (void)state;
  static const char *const table[] = {"", "5", "m", "5 m", "-5m", "5mm", "1.5h", "5M", "1h30m"};
  int64_t us = 7;
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    struct error error = ERROR_NONE;
    if (duration_parse(text_from(table[i]), &us, &error))
      fail_msg("accepted: %s", table[i]);
    assert_true(error.set);
    assert_int_equal(us, 7);
  }
  struct error error = ERROR_NONE;
  assert_false(duration_parse(text_from("99999999999w"), &us, &error));
  assert_string_equal(error.text, "the duration '99999999999w' is too long");
  error = ERROR_NONE;
  assert_false(duration_parse(text_from("99999999999999999999s"), &us, &error));
  assert_string_equal(error.text, "the duration '99999999999999999999s' is too long");
}

static void a_fixed_clock_says_what_it_is_set_to(void **state) {
  (void)state;
  time_us at = 5;
  struct clock clock = clock_fixed(&at);
  assert_int_equal(clock_now(&clock), 5);
  at = 9;
  assert_int_equal(clock_now(&clock), 9);
}

static void
the_system_clock_knows_the_century_and_the_monotonic_one_does_not_go_back(void **state) {
  (void)state;
  struct clock clock = clock_system();
  assert_true(clock_now(&clock) > 1700000000 * US_PER_SECOND);
  time_us before = clock_monotonic();
  assert_true(clock_monotonic() >= before);
}

static void the_cpu_time_of_the_last_tick_is_not_ahead_and_follows(void **state) {
  (void)state;
  int64_t first = clock_cpu_about_ns(), about = first;
  int64_t end = clock_cpu_ns() + 200000000; /* many ticks of any machine */
  assert_true(first > 0 && first <= end);
  while (about < first + 10000000 && clock_cpu_ns() < end) {
    int64_t again = clock_cpu_about_ns();
    assert_true(again >= about && again <= clock_cpu_ns());
    about = again;
  }
  assert_true(about >= first + 10000000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(times_as_zoom_writes_them_are_read),
      cmocka_unit_test(what_is_not_a_time_is_refused),
      cmocka_unit_test(every_byte_that_is_not_a_digit_is_refused_in_every_place),
      cmocka_unit_test(every_day_reads_and_writes_as_the_c_library_says),
      cmocka_unit_test(a_time_is_written_with_the_digits_it_needs),
      cmocka_unit_test(durations_are_read_and_written),
      cmocka_unit_test(a_duration_in_words_has_two_units_at_most),
      cmocka_unit_test(what_is_not_a_duration_is_reported),
      cmocka_unit_test(a_fixed_clock_says_what_it_is_set_to),
      cmocka_unit_test(the_system_clock_knows_the_century_and_the_monotonic_one_does_not_go_back),
      cmocka_unit_test(the_cpu_time_of_the_last_tick_is_not_ahead_and_follows),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

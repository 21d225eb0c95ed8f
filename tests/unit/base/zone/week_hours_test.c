/* Hours of the week: what they cover, and when they end. Europe/Zurich has summer time from
 * 2024-03-31T01:00Z to 2024-10-27T01:00Z. */
#include "base/zone/week_hours.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct week_hours hours_of(const char *days, const char *from, const char *to,
                                  const char *zone) {
  struct week_hours hours = {.days = 0};
  struct error error = ERROR_NONE;
  assert_true(week_days_parse(text_from(days), &hours.days));
  assert_true(week_minute_parse(text_from(from), &hours.from));
  assert_true(week_minute_parse(text_from(to), &hours.to));
  hours.zone = time_zone_open(text_from(zone), &error);
  assert_string_equal(error.text, "");
  return hours;
}

static time_us time_of(const char *text) {
  time_us time;
  assert_true(time_parse(text_from(text), &time));
  return time;
}

static void hours_end_when_none_covers_the_time(void **state) {
  (void)state;
  static const struct {
    const char *days, *from, *to, *zone, *time, *end; /* end NULL: never */
  } rows[] = {
      /* A Thursday. */
      {"mon-fri", "22:00", "06:00", "UTC", "2024-03-21T21:59:59Z", "2024-03-21T21:59:59Z"},
      {"mon-fri", "22:00", "06:00", "UTC", "2024-03-21T22:00:00Z", "2024-03-22T06:00:00Z"},
      {"mon-fri", "22:00", "06:00", "UTC", "2024-03-22T05:59:59Z", "2024-03-22T06:00:00Z"},
      {"mon-fri", "22:00", "06:00", "UTC", "2024-03-22T06:00:00Z", "2024-03-22T06:00:00Z"},
      {"mon-fri", "22:00", "06:00", "UTC", "2024-03-23T23:00:00Z", "2024-03-23T23:00:00Z"},
      {"sat, sun", "00:00", "24:00", "UTC", "2024-03-23T12:00:00Z", "2024-03-25T00:00:00Z"},
      {"mon-sun", "00:00", "24:00", "UTC", "2024-03-23T12:00:00Z", NULL},
      {"fri", "20:00", "08:00", "Europe/Zurich", "2024-03-22T19:00:00Z", "2024-03-23T07:00:00Z"},
      /* Over the nights in which the offset changes. */
      {"sat", "22:00", "06:00", "Europe/Zurich", "2024-03-30T22:00:00Z", "2024-03-31T04:00:00Z"},
      {"sat", "22:00", "06:00", "Europe/Zurich", "2024-10-26T22:00:00Z", "2024-10-27T05:00:00Z"},
      {"sat", "22:00", "02:30", "Europe/Zurich", "2024-03-30T22:00:00Z", "2024-03-31T01:30:00Z"},
  };
  for (size_t i = 0; i < COUNT(rows); i++) {
    struct week_hours hours = hours_of(rows[i].days, rows[i].from, rows[i].to, rows[i].zone);
    time_us time = time_of(rows[i].time), end = week_hours_end(&hours, 1, time);
    if (end != (rows[i].end ? time_of(rows[i].end) : TIME_NONE))
      fail_msg("%s %s to %s at %s", rows[i].days, rows[i].from, rows[i].to, rows[i].time);
    assert_int_equal(week_hours_cover(&hours, time), end != time);
    time_zone_free(hours.zone);
  }
}

static void hours_that_follow_each_other_are_one_span(void **state) {
  (void)state;
  struct week_hours hours[] = {hours_of("mon-fri", "18:00", "22:00", "UTC"),
                               hours_of("mon-fri", "22:00", "07:00", "UTC"),
                               hours_of("sat, sun", "00:00", "24:00", "UTC")};
  assert_true(week_hours_end(hours, 3, time_of("2024-03-21T18:00:00Z")) ==
              time_of("2024-03-22T07:00:00Z"));
  assert_true(week_hours_end(hours, 3, time_of("2024-03-22T18:00:00Z")) ==
              time_of("2024-03-25T00:00:00Z"));
  assert_true(week_hours_end(NULL, 0, 17) == 17);
  for (size_t i = 0; i < 3; i++)
    time_zone_free(hours[i].zone);
}

static void a_minute_of_the_day_comes_once_a_day(void **state) {
  (void)state;
  static const struct {
    int minute;
    const char *time, *next;
  } rows[] = {
      {8 * 60, "2024-03-21T06:59:59Z", "2024-03-21T07:00:00Z"},
      {8 * 60, "2024-03-21T07:00:00Z", "2024-03-22T07:00:00Z"},
      {8 * 60, "2024-03-30T12:00:00Z", "2024-03-31T06:00:00Z"},
      {8 * 60, "2024-10-26T12:00:00Z", "2024-10-27T07:00:00Z"},
      {150, "2024-03-30T12:00:00Z", "2024-03-31T01:30:00Z"}, /* there is no 02:30 */
      {0, "2024-03-21T22:30:00Z", "2024-03-21T23:00:00Z"},
  };
  struct error error = ERROR_NONE;
  struct time_zone *zone = time_zone_open(TEXT("Europe/Zurich"), &error);
  for (size_t i = 0; i < COUNT(rows); i++)
    if (week_minute_next(zone, rows[i].minute, time_of(rows[i].time)) != time_of(rows[i].next))
      fail_msg("%d after %s", rows[i].minute, rows[i].time);
  time_zone_free(zone);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(hours_end_when_none_covers_the_time),
      cmocka_unit_test(hours_that_follow_each_other_are_one_span),
      cmocka_unit_test(a_minute_of_the_day_comes_once_a_day),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

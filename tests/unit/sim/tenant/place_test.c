#include "sim/tenant/place.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct place *place_named(const char *city) {
  for (size_t i = 0; i < PLACE_COUNT; i++)
    if (strcmp(PLACES[i].city, city) == 0)
      return &PLACES[i];
  fail();
  return NULL;
}

static int64_t day_of(const char *date) {
  char text[32];
  time_us time = 0;
  assert_int_equal(strlen(date), 10);
  memcpy(text, date, 10);
  memcpy(text + 10, "T00:00:00Z", 11);
  assert_true(time_parse(text_from(text), &time));
  return time / US_PER_DAY;
}

static void clocks_change_on_the_days_that_the_law_says(void **state) {
  (void)state;
  static const struct {
    const char *city, *date;
    int offset;
  } cases[] = {
      {"Zurich", "2024-03-30", 60},          {"Zurich", "2024-03-31", 120},
      {"Zurich", "2024-10-26", 120},         {"Zurich", "2024-10-27", 60},
      {"Zurich", "2026-03-28", 60},          {"Zurich", "2026-03-29", 120},
      {"London", "2025-07-01", 60},          {"London", "2025-12-01", 0},
      {"New York", "2024-03-09", -300},      {"New York", "2024-03-10", -240},
      {"New York", "2024-11-02", -240},      {"New York", "2024-11-03", -300},
      {"San Francisco", "2026-03-08", -420}, {"Sydney", "2024-04-06", 660},
      {"Sydney", "2024-04-07", 600},         {"Sydney", "2024-10-06", 660},
      {"Sydney", "2025-01-15", 660},         {"Bengaluru", "2025-07-01", 330},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_int_equal(place_offset_minutes(place_named(cases[i].city), day_of(cases[i].date)),
                     cases[i].offset);
}

static void offices_are_shut_on_holidays(void **state) {
  (void)state;
  static const struct {
    const char *city, *date;
    bool holiday;
  } cases[] = {
      {"Tokyo", "2025-12-25", true},
      {"Zurich", "2025-08-01", true},
      {"Berlin", "2025-08-01", false},
      {"New York", "2024-11-28", true},
      {"New York", "2024-11-21", false},
      {"London", "2024-11-28", false},
      {"Zurich", "2024-04-01", true},
      {"Paris", "2025-04-21", true},
      {"London", "2026-04-06", true},
      {"Zurich", "2076-04-20", true}, /* 19 April, by exception */
      {"Berlin", "2049-04-19", true},
      {"Chicago", "2025-04-21", false},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_int_equal(place_is_holiday(place_named(cases[i].city), day_of(cases[i].date)),
                     cases[i].holiday);
}

static void weekdays_count_from_sunday(void **state) {
  (void)state;
  assert_int_equal(place_weekday(day_of("2024-03-31")), 0);
  assert_int_equal(place_weekday(day_of("2026-01-05")), 1);
  assert_int_equal(place_weekday(-1), 3); /* 1969-12-31 */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(clocks_change_on_the_days_that_the_law_says),
      cmocka_unit_test(offices_are_shut_on_holidays),
      cmocka_unit_test(weekdays_count_from_sunday),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

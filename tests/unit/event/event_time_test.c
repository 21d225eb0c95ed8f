/* Times of a day that was read before: the same as time_parse gives, for whatever text. */
#include "event/event_fixture.h"
#include "event/event_time.h"
#include "sim/random.h"

static void times_are_those_of_the_general_parser(void **state) {
  static const char *const texts[] = {
      "2024-03-21T07:09:03Z",       "2024-03-21T23:59:59Z", "2024-03-21T23:59:60Z",
      "2024-03-21T24:00:00Z",       "2024-03-21t00:00:00Z", "2024-03-21 00:00:00Z",
      "2024-02-30T00:00:00Z",       "2024-03-21T07:60:03Z", "2024-03-21T07:09:03.5Z",
      "2024-03-21T07:09:03+01:00",  "2024-03-22T07:09:03Z", "0001-01-01T00:00:00Z",
      "9999-12-31T23:59:59Z",       "2024-03-21T0::09:03Z", "2024-03-21T07-09-03Z",
      "2024-03-21T\xb0\xb7:09:03Z", "0000-01-01T00:00:00Z", ""};
  struct random random = {.state = 1};
  struct event_day day = EVENT_DAY_FIRST;
  (void)state;
  for (unsigned i = 0; i < 20000; i++) {
    char text[40] = "";
    snprintf(text, sizeof text, "%s",
             texts[random_below(&random, random_chance(&random, 0.5) ? 2 : 18)]);
    if (*text && random_chance(&random, 0.3))
      text[random_below(&random, (uint32_t)strlen(text))] = (char)random_below(&random, 256);
    time_us time = 0, expected = 0;
    bool read = event_time_parse(&day, text_from(text), &time);
    assert_int_equal(read, time_parse(text_from(text), &expected));
    assert_int_equal(time, expected);
  }
}

/* Of the first record that a reader sees. */
static void a_day_of_nuls_is_none(void **state) {
  struct fixture *fixture = *state;
  use_schema(fixture,
             "schema: T\n"
             "fields: [{name: time, type: timestamp, timeFormat: rfc3339, isEventTime: true,"
             " required: true}]\n");
  assert_null(read_as(fixture,
                      TEXT("{\"time\":\"\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000"
                           "\\u0000\\u0000\\u0000\\u0000\\u000007:09:03Z\"}"),
                      TEXT("")));
  assert_non_null(strstr(fixture->error.text, "is not a time"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(times_are_those_of_the_general_parser),
      cmocka_unit_test_setup_teardown(a_day_of_nuls_is_none, start, stop),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "source/zoom/zoom_checkpoint.h"
#include "source/zoom/zoom_window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static zoom_day day(const char *text) {
  zoom_day result;
  if (!*text)
    return ZOOM_DAY_NONE;
  if (!zoom_day_parse(text_from(text), &result))
    fail_msg("%s is no day", text);
  return result;
}

static time_us at(const char *text) {
  time_us time;
  if (!time_parse(text_from(text), &time))
    fail_msg("%s is no time", text);
  return time;
}

static void expect_day(const char *what, zoom_day actual, const char *expected) {
  struct time_string string;
  if (actual != day(expected))
    fail_msg("%s: %s instead of %s", what, zoom_day_format(actual, &string), expected);
}

static void months_are_added_by_the_calendar(void **state) {
  (void)state;
  static const struct {
    const char *from;
    int months;
    const char *to;
  } cases[] = {
      {"2026-01-15", 1, "2026-02-15"},   {"2026-01-31", 1, "2026-02-28"},
      {"2024-01-31", 1, "2024-02-29"},   {"2026-03-31", 1, "2026-04-30"},
      {"2026-12-31", 1, "2027-01-31"},   {"2026-08-31", -6, "2026-02-28"},
      {"2024-08-31", -6, "2024-02-29"},  {"2026-03-15", -6, "2025-09-15"},
      {"2026-11-21", -6, "2026-05-21"},  {"2026-02-28", -6, "2025-08-28"},
      {"2026-06-30", -12, "2025-06-30"}, {"2026-06-30", 0, "2026-06-30"},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
    expect_day(cases[i].from, zoom_day_add_months(day(cases[i].from), cases[i].months),
               cases[i].to);
}

static void a_poll_starts_at_the_right_day(void **state) {
  (void)state;
  static const struct {
    const char *name, *checkpoint, *now;
    int64_t lookback_hours, reread_hours;
    const char *forgotten, *first;
    int64_t lost;
  } cases[] = {
      {"the first poll goes back by whole days", "", "2026-11-21T12:00:00Z", 24, 24, "",
       "2026-11-20", 0},
      {"just after midnight too", "", "2026-11-21T00:00:00Z", 24, 24, "", "2026-11-20", 0},
      {"an hour back within the day is today", "", "2026-11-21T12:00:00Z", 1, 24, "", "2026-11-21",
       0},
      {"no lookback is today", "", "2026-11-21T12:00:00Z", 0, 24, "", "2026-11-21", 0},
      {"six months are the most", "", "2026-11-21T12:00:00Z", 24 * 184, 24, "", "2026-05-21", 0},
      {"a later poll reads the day before again", "2026-11-21", "2026-11-21T12:00:00Z", 24, 24, "",
       "2026-11-20", 0},
      {"the first poll of a new day", "2026-11-21", "2026-11-22T00:00:01Z", 24, 24, "",
       "2026-11-20", 0},
      {"no reread starts at the checkpoint", "2026-11-21", "2026-11-22T00:00:01Z", 24, 0, "",
       "2026-11-21", 0},
      {"part of a day counts as one", "2026-11-21", "2026-11-21T12:00:00Z", 24, 25, "",
       "2026-11-19", 0},
      {"after a week away", "2026-11-14", "2026-11-21T12:00:00Z", 24, 24, "", "2026-11-13", 0},
      {"after a year away, what is left", "2025-11-21", "2026-11-21T12:00:00Z", 24, 24, "",
       "2026-05-21", 181},
      {"six months away to the day loses nothing", "2026-05-21", "2026-11-21T12:00:00Z", 24, 24, "",
       "2026-05-21", 0},
      {"days that were forgotten are not read again", "2026-11-21", "2026-11-21T12:00:00Z", 24,
       24 * 7, "2026-11-19", "2026-11-19", 0},
      {"but the checkpoint's day always is", "2026-11-18", "2026-11-21T12:00:00Z", 24, 24,
       "2026-11-20", "2026-11-18", 0},
      {"a clock that went back", "2026-11-25", "2026-11-21T12:00:00Z", 24, 24, "", "2026-11-20", 0},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    struct zoom_reach reach = {cases[i].lookback_hours * US_PER_HOUR,
                               cases[i].reread_hours * US_PER_HOUR, day(cases[i].forgotten)};
    int64_t lost;
    expect_day(cases[i].name,
               zoom_window_first(day(cases[i].checkpoint), at(cases[i].now), &reach, &lost),
               cases[i].first);
    if (lost != cases[i].lost)
      fail_msg("%s: %lld days lost", cases[i].name, (long long)lost);
  }
}

/* What every sequence of windows must keep, whatever `to` means at Zoom. */
static void expect_windows(zoom_day from, time_us now) {
  zoom_day today = zoom_day_of(now), next = from;
  struct zoom_window window;
  while (zoom_window_next(next, now, 0, &window)) {
    assert_true(window.from == next);
    assert_true(window.to > window.from);
    assert_true(window.to <= today + 1);
    /* At most one month, with both days counted. */
    assert_true(window.to < zoom_day_add_months(window.from, 1));
    /* Exclusive: [from, to - 1] is covered, and the next window starts at `to`. */
    next = window.to;
    zoom_day checkpoint = zoom_window_checkpoint(&window, now);
    assert_true(checkpoint <= today && checkpoint <= window.to);
  }
  assert_true(next == today + 1);
  assert_true(zoom_window_checkpoint(&window, now) == today);
}

static void windows_cover_every_day_of_any_calendar(void **state) {
  (void)state;
  static const char *const nows[] = {"2026-11-21T12:00:00Z", "2024-02-29T23:59:59Z",
                                     "2024-03-01T00:00:00Z", "2026-03-31T06:00:00Z",
                                     "2025-12-31T23:59:59Z", "2026-08-31T01:00:00Z"};
  for (size_t i = 0; i < sizeof(nows) / sizeof(nows[0]); i++) {
    zoom_day today = zoom_day_of(at(nows[i]));
    for (zoom_day from = zoom_day_add_months(today, -6); from <= today; from++)
      expect_windows(from, at(nows[i]));
  }
}

static void windows_are_as_long_as_a_month(void **state) {
  (void)state;
  static const struct {
    const char *from, *now, *to;
  } cases[] = {
      {"2026-11-21", "2026-11-21T12:00:00Z", "2026-11-22"},
      {"2026-11-20", "2026-11-21T12:00:00Z", "2026-11-22"},
      {"2026-05-21", "2026-11-21T12:00:00Z", "2026-06-20"},
      {"2026-01-31", "2026-11-21T12:00:00Z", "2026-02-27"},
      {"2026-10-23", "2026-11-21T12:00:00Z", "2026-11-22"},
      {"2026-10-22", "2026-11-21T12:00:00Z", "2026-11-21"},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    struct zoom_window window;
    assert_true(zoom_window_next(day(cases[i].from), at(cases[i].now), 0, &window));
    expect_day(cases[i].from, window.to, cases[i].to);
  }
}

static void windows_may_be_a_few_days_long(void **state) {
  (void)state;
  struct zoom_window window;
  assert_true(zoom_window_next(day("2026-11-01"), at("2026-11-21T12:00:00Z"), 3, &window));
  expect_day("three days", window.to, "2026-11-03");
  assert_true(zoom_window_next(day("2026-11-21"), at("2026-11-21T12:00:00Z"), 3, &window));
  expect_day("not past tomorrow", window.to, "2026-11-22");
}

static void nothing_is_asked_of_tomorrow(void **state) {
  (void)state;
  struct zoom_window window;
  assert_false(zoom_window_next(day("2026-11-22"), at("2026-11-21T23:59:59Z"), 0, &window));
}

static void a_checkpoint_reads_back_as_it_was_written(void **state) {
  (void)state;
  static const char *const texts[] = {
      "{}",
      "{\"operation\":\"2026-11-21\"}",
      "{\"operation\":\"2026-11-21\",\"activity\":\"2026-11-20\",\"meeting_activity\":\"2026-11-"
      "19\","
      "\"forgotten\":\"2026-11-18\"}",
      "{\"activity\":\"2026-11-21\",\"video_sdk_operation\":\"2026-11-21\"}",
      "{\"operation\":\"2026-11-21\",\"forgotten\":\"2026-11-18\",\"details\":{\"operation\":{"
      "\"first\":\"2026-11-20\",\"until\":\"2026-11-21T09:55:00Z\",\"reconciled\":"
      "\"2026-11-21\",\"to_included\":true},\"activity\":{\"first\":\"2026-11-20\"}},"
      "\"requests\":{\"day\":\"2026-11-21\",\"count\":312}}",
      "{\"requests\":{\"day\":\"2026-11-21\",\"count\":0}}",
  };
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    struct zoom_checkpoint checkpoint;
    struct error error = ERROR_NONE;
    assert_true(zoom_checkpoint_read(text_from(texts[i]), &checkpoint, &error));
    char *written = zoom_checkpoint_write(&checkpoint);
    assert_string_equal(written, texts[i]);
    free(written);
  }
}

static void a_damaged_checkpoint_is_refused(void **state) {
  (void)state;
  static const char *const texts[] = {"",
                                      "[]",
                                      "{\"operation\":7}",
                                      "{\"operation\":\"soon\"}",
                                      "{\"operation\":\"2026-11-21",
                                      "{\"details\":[]}",
                                      "{\"details\":{\"operation\":7}}",
                                      "{\"details\":{\"operation\":{\"until\":\"soon\"}}}",
                                      "{\"details\":{\"operation\":{\"to_included\":1}}}",
                                      "{\"requests\":{\"count\":-1}}",
                                      "{\"requests\":{\"count\":\"1\"}}",
                                      "{\"requests\":\"1\"}"};
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    struct zoom_checkpoint checkpoint;
    struct error error = ERROR_NONE;
    if (zoom_checkpoint_read(text_from(texts[i]), &checkpoint, &error))
      fail_msg("'%s' was read", texts[i]);
    assert_true(error.set);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(months_are_added_by_the_calendar),
      cmocka_unit_test(a_poll_starts_at_the_right_day),
      cmocka_unit_test(windows_cover_every_day_of_any_calendar),
      cmocka_unit_test(windows_are_as_long_as_a_month),
      cmocka_unit_test(windows_may_be_a_few_days_long),
      cmocka_unit_test(nothing_is_asked_of_tomorrow),
      cmocka_unit_test(a_checkpoint_reads_back_as_it_was_written),
      cmocka_unit_test(a_damaged_checkpoint_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

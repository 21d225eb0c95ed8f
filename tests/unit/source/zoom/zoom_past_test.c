/* Which days of the past Zoom may be asked for, with which options, and how much of it is done. */
#include "source/source_world.h"
#include "source/zoom/zoom_checkpoint.h"
#include "source/zoom/zoom_past.h"

static time_us day(const char *date) {
  time_us time;
  assert_true(time_parse_strftime(text_from(date), "%Y-%m-%d", &time));
  return time;
}

static void days_that_zoom_no_longer_has_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *from, *to, *error; /* NULL: fine */
  } rows[] = {
      {"2024-03-01", "2024-03-21", NULL},
      {"2023-09-21", "2023-09-21", NULL},
      {"2023-09-20", "2024-03-21", "begin with 2023-09-21 or later"},
      {"2024-03-21", "2024-03-22", "end with 2024-03-21 or earlier"},
  };
  time_us now = day("2024-03-21") + 12 * US_PER_HOUR;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct error error = ERROR_NONE;
    bool ok = zoom_past.check(NULL, day(rows[i].from), day(rows[i].to), now, &error);
    assert_int_equal(ok, !rows[i].error);
    if (rows[i].error && !strstr(error.text, rows[i].error))
      fail_msg("%s", error.text);
  }
}

static void the_share_counts_days_of_all_reports(void **state) {
  (void)state;
  struct text names[] = {TEXT("operation"), TEXT("activity")};
  const struct zoom_options options = {.reports = {names, 2}};
  struct zoom_checkpoint reached = zoom_checkpoint_none();
  time_us from = day("2024-03-01"), to = day("2024-03-10");
  const zoom_day first = zoom_day_of(from);
  static const struct {
    int operation, activity; /* days; -1: none */
    int64_t share;
  } rows[] = {{-1, -1, 0},    {0, -1, 0},      {5, -1, 250000},  {9, -1, 500000},
              {9, 4, 700000}, {9, 9, 1000000}, {40, 40, 1000000}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    reached.reports[zoom_report_find(names[0]) - zoom_report_table].day =
        rows[i].operation < 0 ? ZOOM_DAY_NONE : first + rows[i].operation;
    reached.reports[zoom_report_find(names[1]) - zoom_report_table].day =
        rows[i].activity < 0 ? ZOOM_DAY_NONE : first + rows[i].activity;
    char *checkpoint = zoom_checkpoint_write(&reached);
    assert_int_equal(zoom_past.share(&options, text_from(checkpoint), from, to), rows[i].share);
    free(checkpoint);
  }
  assert_int_equal(zoom_past.share(&options, TEXT("nonsense"), from, to), 0);
}

static void the_options_read_these_days_once(void **state) {
  (void)state;
  struct arena arena = ARENA_NONE;
  const struct zoom_options options = {.page_size = 77, .initial_lookback = 1};
  time_us from = day("2024-03-01"), to = day("2024-03-10"), moment = to + US_PER_DAY - 1;
  const struct zoom_options *past = zoom_past.options(&options, from, to, &arena);
  assert_true(past->poll_once);
  assert_int_equal(past->page_size, 77);
  assert_int_equal(zoom_day_of(moment - past->initial_lookback), zoom_day_of(from));
  arena_free(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(days_that_zoom_no_longer_has_are_refused),
      cmocka_unit_test(the_share_counts_days_of_all_reports),
      cmocka_unit_test(the_options_read_these_days_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Which days to ask a Zoom report for. Pure functions over a clock reading, so that tests can try
 * every calendar.
 *
 * A day is a whole number: days since 1970-01-01, in UTC, as Zoom's `from` and `to` are. Zoom gives
 * at most one month at a time and nothing older than six months, and does not say whether the day
 * `to` is included. So `to` is always one day later than needed, and the next window starts at the
 * day `to`: asked twice when it is included, once when it is not. Rows are known by their row ids,
 * so asking twice does no harm.
 */
#ifndef SOURCE_ZOOM_ZOOM_WINDOW_H
#define SOURCE_ZOOM_ZOOM_WINDOW_H

#include "base/clock.h"

typedef int64_t zoom_day;

#define ZOOM_DAY_NONE INT64_MIN
#define ZOOM_MONTHS_KEPT 6

zoom_day zoom_day_of(time_us time);
static inline time_us zoom_day_start(zoom_day day) {
  return day * US_PER_DAY;
}

/* The same day of the month `months` later (earlier when negative), or the last day of that month
 * when it is shorter. */
zoom_day zoom_day_add_months(zoom_day day, int months);

/* "2026-11-21", and back (false for anything else). */
const char *zoom_day_format(zoom_day day, struct time_string *string);
bool zoom_day_parse(struct text text, zoom_day *day);

struct zoom_reach {
  int64_t initial_lookback_us; /* how far the first poll goes back */
  int64_t reread_us;           /* how far every poll goes back behind the checkpoint */
  zoom_day forgotten; /* rows of earlier days are no longer known, so they must not be asked
                         for again; ZOOM_DAY_NONE when all are known */
};

/*
 * The first day that a poll at `now` asks for. `checkpoint`: the day up to which everything was
 * committed at an earlier poll (that day itself only as far as it had come), or ZOOM_DAY_NONE.
 * Durations count in whole days, rounded up. Never after today, nor before what Zoom still has;
 * *lost (may be NULL) is set to the number of days that Zoom no longer has.
 */
zoom_day zoom_window_first(zoom_day checkpoint, time_us now, const struct zoom_reach *reach,
                           int64_t *lost);

struct zoom_window {
  zoom_day from, to; /* as Zoom is asked */
};

/* The window that starts at `from`: as long as it may be (span_days with both days counted, at
 * least 2; 0: a month), but not past tomorrow. False when `from` is after today: nothing is left to
 * ask for. The next one starts at its `to`. */
bool zoom_window_next(zoom_day from, time_us now, int span_days, struct zoom_window *window);

/* The checkpoint that is true once everything of the window is committed. */
zoom_day zoom_window_checkpoint(const struct zoom_window *window, time_us now);

#endif

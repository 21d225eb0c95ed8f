#include "source/zoom/zoom_window.h"

#include <time.h>

zoom_day zoom_day_of(time_us time) {
  zoom_day day = time / US_PER_DAY;
  return time % US_PER_DAY < 0 ? day - 1 : day;
}

static struct tm day_parts(zoom_day day) {
  time_t seconds = (time_t)(zoom_day_start(day) / US_PER_SECOND);
  struct tm parts;
  gmtime_r(&seconds, &parts);
  return parts;
}

static zoom_day day_from_parts(struct tm *parts) {
  return (zoom_day)(timegm(parts) / (US_PER_DAY / US_PER_SECOND));
}

zoom_day zoom_day_add_months(zoom_day day, int months) {
  struct tm parts = day_parts(day);
  /* Day 0 of the month after the one wanted is the last day of the one wanted. */
  struct tm last = {.tm_year = parts.tm_year, .tm_mon = parts.tm_mon + months + 1, .tm_mday = 0};
  day_from_parts(&last);
  struct tm wanted = {.tm_year = last.tm_year,
                      .tm_mon = last.tm_mon,
                      .tm_mday = parts.tm_mday < last.tm_mday ? parts.tm_mday : last.tm_mday};
  return day_from_parts(&wanted);
}

const char *zoom_day_format(zoom_day day, struct time_string *string) {
  return time_format_date(zoom_day_start(day), string);
}

bool zoom_day_parse(struct text text, zoom_day *day) {
  time_us time;
  if (text.size != 10 || !time_parse_strftime(text, "%Y-%m-%d", &time))
    return false;
  *day = zoom_day_of(time);
  return true;
}

static int64_t days_up(int64_t duration_us) {
  return (duration_us + US_PER_DAY - 1) / US_PER_DAY;
}

zoom_day zoom_window_first(zoom_day checkpoint, time_us now, const struct zoom_reach *reach,
                           int64_t *lost) {
  zoom_day today = zoom_day_of(now);
  zoom_day oldest = zoom_day_add_months(today, -ZOOM_MONTHS_KEPT);
  zoom_day first;
  if (lost)
    *lost = 0;
  if (checkpoint == ZOOM_DAY_NONE) {
    first = zoom_day_of(now - reach->initial_lookback_us);
  } else {
    if (checkpoint > today)
      checkpoint = today;
    if (lost && checkpoint < oldest)
      *lost = oldest - checkpoint;
    first = checkpoint - days_up(reach->reread_us);
    if (first < reach->forgotten)
      first = reach->forgotten < checkpoint ? reach->forgotten : checkpoint;
  }
  return first < oldest ? oldest : first;
}

bool zoom_window_next(zoom_day from, time_us now, int span_days, struct zoom_window *window) {
  zoom_day today = zoom_day_of(now);
  if (from > today)
    return false;
  /* Both days included this is one month, so it is at most one whatever `to` means. */
  zoom_day longest = span_days > 0 ? from + span_days - 1 : zoom_day_add_months(from, 1) - 1;
  *window = (struct zoom_window){from, today + 1 < longest ? today + 1 : longest};
  return true;
}

zoom_day zoom_window_checkpoint(const struct zoom_window *window, time_us now) {
  zoom_day today = zoom_day_of(now);
  return window->to < today ? window->to : today;
}

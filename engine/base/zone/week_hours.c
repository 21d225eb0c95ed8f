#include "base/zone/week_hours.h"

#include "base/buffer.h"

#define DAYS 7
#define ALL_DAYS 0x7fu
#define MINUTES_PER_DAY 1440

static const char *const day_names[DAYS] = {"monday", "tuesday",  "wednesday", "thursday",
                                            "friday", "saturday", "sunday"};

/* A whole name, or its first three letters. */
static bool parse_day(struct text text, int *day) {
  text = text_trim(text);
  for (*day = 0; *day < DAYS; ++*day) {
    struct text name = text_from(day_names[*day]);
    if (text_equal_folded(text, name) || text_equal_folded(text, (struct text){name.data, 3}))
      return true;
  }
  return false;
}

/* "sat", "mon-fri", "fri-mon" */
static bool parse_span(struct text text, unsigned *days) {
  const char *dash = memchr(text.data, '-', text.size);
  int first, last;
  struct text start = {text.data, dash ? (size_t)(dash - text.data) : text.size};
  if (!parse_day(start, &first))
    return false;
  last = first;
  if (dash && !parse_day((struct text){dash + 1, text.size - start.size - 1}, &last))
    return false;
  for (int day = first;; day = (day + 1) % DAYS) {
    *days |= 1u << day;
    if (day == last)
      return true;
  }
}

bool week_days_parse(struct text text, unsigned *days) {
  unsigned found = 0;
  while (text.size > 0) {
    const char *comma = memchr(text.data, ',', text.size);
    size_t size = comma ? (size_t)(comma - text.data) : text.size;
    if (!parse_span(text_trim((struct text){text.data, size}), &found))
      return false;
    size += comma ? 1 : 0;
    text = (struct text){text.data + size, text.size - size};
  }
  *days |= found;
  return found != 0;
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool week_minute_parse(struct text text, int *minute) {
  size_t digits = text.size == 4 ? 1 : 2; /* 6:00, 06:00 */
  if ((text.size != 4 && text.size != 5) || text.data[digits] != ':')
    return false;
  int parts[2] = {0, 0};
  for (size_t i = 0; i < text.size; i++) {
    if (i == digits)
      continue;
    if (!is_digit(text.data[i]))
      return false;
    int *part = &parts[i > digits];
    *part = *part * 10 + (text.data[i] - '0');
  }
  *minute = parts[0] * 60 + parts[1];
  return parts[1] < 60 && *minute <= MINUTES_PER_DAY;
}

struct text week_hours_words(struct arena *arena, unsigned days, int from, int to,
                             struct text zone_name) {
  struct buffer names = BUFFER_NONE;
  for (int day = 0; day < DAYS; day++) {
    int last = day;
    if (!(days >> day & 1))
      continue;
    while (last + 1 < DAYS && days >> (last + 1) & 1)
      last++;
    buffer_printf(&names, "%s%.3s", names.size ? ", " : "", day_names[day]);
    if (last > day)
      buffer_printf(&names, "%s%.3s", last > day + 1 ? "-" : ", ", day_names[last]);
    day = last;
  }
  struct text words = text_from(arena_printf(arena, "%s %02d:%02d to %02d:%02d (%.*s)",
                                             days == ALL_DAYS ? "every day" : names.data, from / 60,
                                             from % 60, to / 60, to % 60, TEXT_ARGS(zone_name)));
  buffer_free(&names);
  return words;
}

/* ---- local time ---------------------------------------------------------------------------- */

/* Spans that may follow each other: more than a week has, whatever it is made of. */
#define JUMPS_MAX 20000

int week_minute_of(const struct time_zone *zone, time_us time, int64_t *day) {
  time_us local = time + time_zone_offset(zone, time);
  *day = local / US_PER_DAY - (local % US_PER_DAY < 0);
  return (int)((local - *day * US_PER_DAY) / US_PER_MINUTE);
}

bool week_hours_cover(const struct week_hours *hours, time_us time) {
  int64_t day;
  int minute = week_minute_of(hours->zone, time, &day);
  int weekday = (int)(((day + 3) % 7 + 7) % 7); /* 1970 began on a Thursday */
  bool today = hours->days >> weekday & 1, yesterday = hours->days >> (weekday + 6) % 7 & 1;
  if (hours->from < hours->to)
    return today && minute >= hours->from && minute < hours->to;
  return (today && minute >= hours->from) || (yesterday && minute < hours->to);
}

time_us week_minute_next(const struct time_zone *zone, int minute, time_us time) {
  int64_t day;
  int ahead = minute - week_minute_of(zone, time, &day);
  if (ahead <= 0)
    ahead += MINUTES_PER_DAY;
  time_us start = time - ((time % US_PER_MINUTE) + US_PER_MINUTE) % US_PER_MINUTE;
  time_us next = start + ahead * US_PER_MINUTE;
  time_us moved = next + time_zone_offset(zone, time) - time_zone_offset(zone, next);
  return moved > time && week_minute_of(zone, moved, &day) == minute ? moved : next;
}

time_us week_hours_end(const struct week_hours *hours, size_t count, time_us time) {
  const time_us latest = time + 8 * US_PER_DAY;
  for (int jumps = 0; jumps < JUMPS_MAX && time <= latest; jumps++) {
    size_t i = 0;
    while (i < count && !week_hours_cover(&hours[i], time))
      i++;
    if (i == count)
      return time;
    time = week_minute_next(hours[i].zone, hours[i].to % MINUTES_PER_DAY, time);
  }
  return TIME_NONE;
}

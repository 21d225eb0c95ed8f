#include "rule/tuning/tuning_hours.h"

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

bool tuning_days_parse(struct text text, unsigned *days) {
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

bool tuning_minute_parse(struct text text, int *minute) {
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

struct text tuning_hours_words(struct arena *arena, const struct tuning_hours *hours) {
  struct buffer days = BUFFER_NONE;
  for (int day = 0; day < DAYS; day++) {
    int last = day;
    if (!(hours->days >> day & 1))
      continue;
    while (last + 1 < DAYS && hours->days >> (last + 1) & 1)
      last++;
    buffer_printf(&days, "%s%.3s", days.size ? ", " : "", day_names[day]);
    if (last > day)
      buffer_printf(&days, "%s%.3s", last > day + 1 ? "-" : ", ", day_names[last]);
    day = last;
  }
  struct text words = text_from(arena_printf(
      arena, "%s %02d:%02d to %02d:%02d (%.*s)", hours->days == ALL_DAYS ? "every day" : days.data,
      hours->from / 60, hours->from % 60, hours->to / 60, hours->to % 60, TEXT_ARGS(hours->zone)));
  buffer_free(&days);
  return words;
}

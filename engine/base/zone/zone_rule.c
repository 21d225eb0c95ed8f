#include "base/zone/zone_rule.h"

#include <time.h>

#define SECONDS_PER_DAY 86400
#define TIME_OF_DAY_USUAL INT64_C(7200) /* where a day says no time */
#define HOURS_MAX 167                   /* a week, as RFC 8536 allows */

/* What is left to read. */
struct input {
  const char *at, *end;
};

static bool take(struct input *input, char c) {
  if (input->at == input->end || *input->at != c)
    return false;
  input->at++;
  return true;
}

static bool take_number(struct input *input, int max, int *number) {
  const char *start = input->at;
  for (*number = 0; input->at < input->end && *input->at >= '0' && *input->at <= '9'; input->at++) {
    *number = *number * 10 + (*input->at - '0');
    if (*number > max)
      return false;
  }
  return input->at > start;
}

static bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* "CET", "<+0330>" */
static bool take_name(struct input *input) {
  const char *start = input->at;
  if (take(input, '<')) {
    while (input->at < input->end && *input->at != '>')
      input->at++;
    return take(input, '>');
  }
  while (input->at < input->end && is_letter(*input->at))
    input->at++;
  return input->at - start >= 3;
}

/* "-1", "3:30", "+02:00:00" in seconds */
static bool take_time(struct input *input, int64_t *seconds) {
  int hours, minutes = 0, rest = 0;
  bool minus = take(input, '-');
  if (!minus)
    take(input, '+');
  if (!take_number(input, HOURS_MAX, &hours) ||
      (take(input, ':') &&
       (!take_number(input, 59, &minutes) || (take(input, ':') && !take_number(input, 59, &rest)))))
    return false;
  *seconds = (hours * 60 + minutes) * 60 + rest;
  if (minus)
    *seconds = -*seconds;
  return true;
}

static bool take_day(struct input *input, struct zone_day *day) {
  bool ok;
  if (take(input, 'M')) {
    day->kind = ZONE_DAY_OF_MONTH;
    ok = take_number(input, 12, &day->month) && day->month > 0 && take(input, '.') &&
         take_number(input, 5, &day->week) && day->week > 0 && take(input, '.') &&
         take_number(input, 6, &day->day);
  } else if (take(input, 'J')) {
    day->kind = ZONE_DAY_WITHOUT_LEAP_DAY;
    ok = take_number(input, 365, &day->day) && day->day > 0;
  } else {
    day->kind = ZONE_DAY_OF_YEAR;
    ok = take_number(input, 365, &day->day);
  }
  day->time = TIME_OF_DAY_USUAL;
  return ok && (!take(input, '/') || take_time(input, &day->time));
}

bool zone_rule_parse(struct text text, struct zone_rule *rule) {
  struct input input = {text.data, text.data + text.size};
  *rule = (struct zone_rule){.has_summer = false};
  if (!take_name(&input) || !take_time(&input, &rule->standard))
    return false;
  rule->standard = -rule->standard; /* POSIX counts to the west */
  if (input.at == input.end)
    return true;
  rule->summer = rule->standard + 3600;
  rule->has_summer = true;
  if (!take_name(&input))
    return false;
  if (input.at < input.end && *input.at != ',') {
    if (!take_time(&input, &rule->summer))
      return false;
    rule->summer = -rule->summer;
  }
  return take(&input, ',') && take_day(&input, &rule->start) && take(&input, ',') &&
         take_day(&input, &rule->end) && input.at == input.end;
}

/* Seconds since 1970 at the start of a day of the month, which may lie past its end. */
static int64_t day_start(int year, int month, int day) {
  struct tm date = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
  return timegm(&date);
}

static bool is_leap(int year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Local time, in seconds since 1970 as if it were UTC. */
static int64_t find_day(const struct zone_day *day, int year) {
  int64_t start;
  if (day->kind == ZONE_DAY_OF_MONTH) {
    int64_t first = day_start(year, day->month, 1), next = day_start(year, day->month + 1, 1);
    int weekday = (int)(((first / SECONDS_PER_DAY + 4) % 7 + 7) % 7); /* 1970 began on a Thursday */
    start = first + ((day->day - weekday + 7) % 7 + (day->week - 1) * 7) * (int64_t)SECONDS_PER_DAY;
    if (start >= next)
      start -= 7 * (int64_t)SECONDS_PER_DAY;
  } else {
    int days = day->day;
    if (day->kind == ZONE_DAY_WITHOUT_LEAP_DAY)
      days += is_leap(year) && days >= 60 ? 0 : -1;
    start = day_start(year, 1, 1) + days * (int64_t)SECONDS_PER_DAY;
  }
  return start + day->time;
}

int64_t zone_rule_offset(const struct zone_rule *rule, int64_t time) {
  struct tm date;
  time_t local = (time_t)(time + rule->standard);
  if (!rule->has_summer || !gmtime_r(&local, &date))
    return rule->standard;
  int year = date.tm_year + 1900;
  int64_t start = find_day(&rule->start, year) - rule->standard;
  int64_t end = find_day(&rule->end, year) - rule->summer;
  bool summer = start < end ? time >= start && time < end : time >= start || time < end;
  return summer ? rule->summer : rule->standard;
}

/* Parts of times: "the hour of this field". */
#include "base/clock.h"
#include "rule/condition/condition_operand.h"

#include <time.h>

/* Numbers are Unix times: from here on (the year 5138) they are taken as milliseconds. */
#define SECONDS_MAX INT64_C(100000000000)

static bool read_time(const struct json_node *node, time_us *time) {
  if (node->type == JSON_TYPE_STRING)
    return time_parse(json_text(node), time);
  if (node->type != JSON_TYPE_INT || node->value.integer < 0)
    return false;
  bool seconds = node->value.integer < SECONDS_MAX;
  if (!seconds && node->value.integer > INT64_MAX / US_PER_SECOND)
    return false;
  *time = node->value.integer * (seconds ? US_PER_SECOND : US_PER_MS);
  return true;
}

static int64_t week_of(const struct tm *day) {
  char week[8]; /* of ISO 8601 */
  strftime(week, sizeof week, "%V", day);
  return (week[0] - '0') * INT64_C(10) + (week[1] - '0');
}

bool condition_time_part(const struct json_node *node, enum time_part part, int64_t *number) {
  time_us time;
  struct tm day;
  if (!read_time(node, &time))
    return false;
  const time_t seconds = time / US_PER_SECOND;
  if (!gmtime_r(&seconds, &day))
    return false;
  switch (part) {
  case PART_MINUTE:
    *number = day.tm_min;
    return true;
  case PART_HOUR:
    *number = day.tm_hour;
    return true;
  case PART_DAY:
    *number = day.tm_mday;
    return true;
  case PART_WEEK:
    *number = week_of(&day);
    return true;
  case PART_MONTH:
    *number = day.tm_mon + 1;
    return true;
  case PART_YEAR:
    *number = day.tm_year + 1900;
    return true;
  case PART_NONE:
    break;
  }
  return false;
}

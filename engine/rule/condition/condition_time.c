/* Parts of times: "the hour of this field". */
#include "base/clock.h"
#include "rule/condition/condition_operand.h"

#include <time.h>

/* Numbers are Unix times: from here on (the year 5138, or before the year 1) they are taken as
 * milliseconds. */
#define SECONDS_MAX INT64_C(100000000000)
#define SECONDS_MIN (TIME_BEGIN / US_PER_SECOND)

static bool read_time(const struct json_node *node, time_us *time) {
  if (node->type == JSON_TYPE_STRING)
    return time_parse(json_text(node), time);
  if (node->type != JSON_TYPE_INT)
    return false;
  int64_t number = node->value.integer;
  bool seconds = number >= SECONDS_MIN && number < SECONDS_MAX;
  return !__builtin_mul_overflow(number, seconds ? US_PER_SECOND : US_PER_MS, time) &&
         time_is_readable(*time);
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
  const time_t seconds = time / US_PER_SECOND - (time % US_PER_SECOND < 0);
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

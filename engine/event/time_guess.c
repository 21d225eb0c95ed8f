#include "event/time_guess.h"

#include <math.h>
#include <stdlib.h>

/* margay's own; then what collectors write; then the record's own time, Windows' last, as some
 * exports have the time of the export beside it. */
static const struct text places[] = {
    TEXT_INIT("p_event_time"),
    TEXT_INIT("@timestamp"),
    TEXT_INIT("timestamp"),
    TEXT_INIT("Timestamp"),
    TEXT_INIT("time"),
    TEXT_INIT("UtcTime"),
    TEXT_INIT("event_time"),
    TEXT_INIT("eventTime"),
    TEXT_INIT("EventTime"),
    TEXT_INIT("TimeCreated"),
    TEXT_INIT("SystemTime"),
    TEXT_INIT("Event.System.TimeCreated.#attributes.SystemTime"),
    TEXT_INIT("Event.System.TimeCreated.@SystemTime"),
    TEXT_INIT("Event.System.TimeCreated.SystemTime"),
    TEXT_INIT("System.TimeCreated.SystemTime"),
    TEXT_INIT("Event.EventData.UtcTime"),
    TEXT_INIT("EventData.UtcTime"),
    TEXT_INIT("created_at"),
    TEXT_INIT("datetime"),
    TEXT_INIT("ts"),
};

/* Where a unit ends and the next smaller one begins: the year 5138 in each. */
#define SECONDS_MAX 1e11
#define UNIT_STEP 1e3

static bool read_unix(double number, time_us *time) {
  double microseconds = 1e6, limit = SECONDS_MAX;
  if (!(number > 0) || number >= SECONDS_MAX * 1e9)
    return false;
  while (number >= limit) {
    limit *= UNIT_STEP;
    microseconds /= UNIT_STEP;
  }
  *time = (time_us)llround(number * microseconds);
  return time_is_readable(*time);
}

static bool read_text(struct text text, time_us *time) {
  char digits[32], *end = digits;
  if (time_parse(text, time))
    return true;
  if (text.size == 0 || text.size >= sizeof digits)
    return false;
  memcpy(digits, text.data, text.size);
  digits[text.size] = '\0';
  return strspn(digits, "0123456789.") == text.size && read_unix(strtod(digits, &end), time) &&
         *end == '\0';
}

static bool read_node(const struct json_node *node, time_us *time) {
  if (node->type == JSON_TYPE_STRING)
    return read_text(json_text(node), time);
  if (node->type == JSON_TYPE_INT)
    return read_unix((double)node->value.integer, time);
  return node->type == JSON_TYPE_DOUBLE && read_unix(node->value.real, time);
}

bool time_guess(const struct event *event, struct text field, time_us *time) {
  size_t count = field.size ? 1 : sizeof places / sizeof *places;
  for (size_t i = 0; i < count; i++) {
    const struct json_node *node = event_path(event, field.size ? field : places[i]);
    if (node && read_node(node, time))
      return true;
  }
  return false;
}

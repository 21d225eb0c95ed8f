#include "source/zoom/zoom_limit.h"

#define DAILY_MIN US_PER_MINUTE
#define OTHER_MAX US_PER_HOUR
/* Numbers from here on are seconds since 1970 (2001-09-09), or milliseconds; smaller ones are
 * seconds from now: nobody is asked to wait for thirty years. */
#define EPOCH_SECONDS INT64_C(1000000000)
#define EPOCH_MILLISECONDS (EPOCH_SECONDS * 1000)

bool zoom_limit_is_daily(const struct http_response *response, struct text message) {
  struct text type;
  if (http_response_header(response, "x-ratelimit-type", &type) &&
      text_contains_folded(type, TEXT("daily")))
    return true;
  return text_contains_folded(message, TEXT("daily"));
}

static bool read_number(struct text value, time_us now, time_us *at) {
  int64_t number = 0;
  if (value.size == 0 || value.size > 15) /* microseconds must not overflow */
    return false;
  for (size_t i = 0; i < value.size; i++) {
    if (value.data[i] < '0' || value.data[i] > '9')
      return false;
    number = number * 10 + (value.data[i] - '0');
  }
  if (number >= EPOCH_MILLISECONDS)
    *at = number * US_PER_MS;
  else
    *at = number * US_PER_SECOND + (number >= EPOCH_SECONDS ? 0 : now);
  return true;
}

/* "Mon, 20 Jan 2025 00:00:00 GMT" */
static bool read_http_date(struct text value, time_us *at) {
  char date[64];
  if (value.size >= sizeof date)
    return false;
  memcpy(date, value.data, value.size);
  date[value.size] = '\0';
  time_t seconds = curl_getdate(date, NULL);
  *at = (time_us)seconds * US_PER_SECOND;
  return seconds > 0;
}

static bool read_time(const struct http_response *response, const char *name, time_us now,
                      time_us *at) {
  struct text value;
  return http_response_header(response, name, &value) &&
         (read_number(value, now, at) || time_parse(value, at) || read_http_date(value, at));
}

static int64_t within(int64_t pause, int64_t min, int64_t max) {
  return pause < min ? min : pause > max ? max : pause;
}

int64_t zoom_limit_pause(const struct http_response *response, bool daily, time_us now) {
  time_us until = now;
  bool said = read_time(response, "retry-after", now, &until) ||
              (response->status == 429 && read_time(response, "x-ratelimit-reset", now, &until));
  if (daily && !said)
    until = (now / US_PER_DAY + 1) * US_PER_DAY;
  return daily ? within(until - now, DAILY_MIN, ZOOM_LIMIT_DAY_MAX)
               : within(until - now, 0, OTHER_MAX);
}

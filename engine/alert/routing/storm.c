#include "alert/routing/storm.h"

#include <string.h>

/* Forgets what is older than a minute, and all when the clock was set. */
static void advance(struct storm_guard *guard, time_us now) {
  int64_t second = now / US_PER_SECOND;
  bool is_other =
      second - guard->second >= STORM_SECONDS || guard->second - second >= STORM_SECONDS;
  if (is_other)
    memset(guard->counts, 0, sizeof guard->counts);
  else
    while (guard->second < second)
      guard->counts[++guard->second % STORM_SECONDS] = 0;
  guard->second = is_other || second > guard->second ? second : guard->second;
}

/* How many came in the last minute. */
static int64_t storm_guard_count(struct storm_guard *guard, time_us now) {
  int64_t count = 0;
  advance(guard, now);
  for (int i = 0; i < STORM_SECONDS; i++)
    count += guard->counts[i];
  return count;
}

void storm_guard_add(struct storm_guard *guard, time_us now, time_us came, int64_t count) {
  int64_t second = came / US_PER_SECOND;
  advance(guard, now);
  if (second > guard->second)
    second = guard->second;
  if (second >= 0 && guard->second - second < STORM_SECONDS)
    guard->counts[second % STORM_SECONDS] += count;
}

void storm_guard_begin(struct storm_guard *guard, time_us began) {
  if (!guard->on)
    guard->since = began - STORM_SECONDS * US_PER_SECOND;
  guard->on = true;
}

int64_t storm_guard_room(struct storm_guard *guard, time_us now) {
  if (guard->limit == 0)
    return INT64_MAX;
  if (guard->on)
    return 0;
  int64_t room = guard->limit - storm_guard_count(guard, now);
  return room > 0 ? room : 0;
}

bool storm_guard_is_over(struct storm_guard *guard, time_us now) {
  return guard->on && storm_guard_count(guard, now) <= guard->limit / 2;
}

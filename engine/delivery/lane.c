#include "delivery/lane.h"

enum {
  TOO_MANY = 429,
  TOO_MANY_REPORTED_AFTER = 3,
  OUTAGE_AFTER = 3, /* failures in a row; fewer may be the fault of one message */
};
#define SAID_AGAIN_AFTER US_PER_HOUR

struct lane lane_of(const struct destination *destination) {
  return (struct lane){.destination = destination,
                       .next_due = LANE_NEVER,
                       .at_once = 1,
                       .health = {TIME_NONE, TIME_NONE, TIME_NONE, false}};
}

size_t lane_room(const struct lane *lane, size_t shared_free) {
  if (lane->under_way >= lane->at_once)
    return 0;
  size_t room = lane->at_once - lane->under_way;
  size_t places = shared_free + (lane->under_way == 0 ? 1 : 0);
  if (room > places)
    room = places;
  return lane->destination->max_per_second > 0 && room > 1 ? 1 : room;
}

size_t lane_shared(const struct lane *lane) {
  return lane->under_way > 0 ? lane->under_way - 1 : 0;
}

bool lane_is_open_circuit(const struct lane *lane) {
  return lane->failures >= OUTAGE_AFTER;
}

void lane_note(struct lane *lane, time_us now, bool failed) {
  struct lane_health *health = &lane->health;
  health->changed = true;
  if (!failed) {
    health->last_success = now;
    health->failing_since = TIME_NONE;
    return;
  }
  health->last_failure = now;
  if (health->failing_since == TIME_NONE)
    health->failing_since = now;
}

void lane_start(struct lane *lane, int64_t now) {
  lane->under_way++;
  int64_t rate = lane->destination->max_per_second;
  if (rate > 0)
    lane->opens_at = now + US_PER_SECOND / rate;
}

void lane_works(struct lane *lane, struct log *log) {
  if (lane->reported)
    LOG_INFO(log, "destination works again", LOG_TEXT("destination", lane->destination->id),
             LOG_INT("failures", lane->failures));
  lane->recovered = lane->recovered || lane->was_failing || lane_is_open_circuit(lane);
  lane->was_failing = false;
  lane->failures = 0;
  lane->reported = false;
  if (lane->at_once < LANE_AT_ONCE_MAX)
    lane->at_once++;
}

static void say_outage(const struct lane *lane, const char *words, int64_t now, struct log *log) {
  LOG_WARN(log, words, LOG_TEXT("destination", lane->destination->id),
           LOG_STRING("error", lane->reason), LOG_INT("failures", lane->failures),
           LOG_REAL("hours", (double)(now - lane->failing_since) / US_PER_HOUR));
}

void lane_stops(const struct lane *lane, int64_t now, struct log *log) {
  if (lane->reported)
    say_outage(lane, "stopping while a destination does not take alerts; the next run sends them",
               now, log);
}

void lane_failed(struct lane *lane, int64_t now, int64_t delay_us, long kind,
                 const struct error *reason, struct log *log) {
  if (lane->failures++ == 0)
    lane->failing_since = now;
  struct error_line line;
  snprintf(lane->reason, sizeof lane->reason, "%s", error_line(reason, &line));
  bool news = lane->reported ? lane->reported_kind != kind
                             : kind != TOO_MANY || lane->failures >= TOO_MANY_REPORTED_AFTER;
  LOG_AT(log, news ? LOG_LEVEL_WARN : LOG_LEVEL_DEBUG,
         "destination does not take alerts; they are kept and tried again",
         LOG_TEXT("destination", lane->destination->id), LOG_ERROR_LINE(reason),
         LOG_REAL("next_try_seconds", (double)delay_us / US_PER_SECOND));
  if (news) {
    lane->reported = true;
    lane->reported_kind = kind;
    lane->said_at = now;
  } else if (lane->reported && now - lane->said_at >= SAID_AGAIN_AFTER) {
    lane->said_at = now;
    say_outage(lane, "destination still does not take alerts; they are kept and tried again", now,
               log);
  }
  lane->at_once = 1;
  if (lane->retry_at < now + delay_us)
    lane->retry_at = now + delay_us;
  if (lane->opens_at < now + delay_us)
    lane->opens_at = now + delay_us;
}

#include "sim/tenant/people_words.h"
#include "sim/tenant/plan.h"
#include "sim/tenant/shape.h"
#include "sim/tenant/template.h"

#define HOUR UINT32_C(3600)

enum { PURPOSE_MEETING = 0x3e << 8 };

#define OTHERS_MAX 40

/* A meeting while it is planned. */
struct meeting {
  struct plan *plan;
  const struct day *day;
  struct random *random;
  uint64_t key;
  uint32_t host;
  time_us start, end;
  unsigned others; /* beside the host */
};

static void add(struct meeting *meeting, time_us time, uint32_t whom, uint16_t shape) {
  agenda_add(&meeting->plan->agenda,
             (struct act){.time = time,
                          .key = meeting->key,
                          .who = meeting->host,
                          .whom = whom,
                          .since = (int32_t)((time - meeting->start) / US_PER_MS),
                          .shape = shape});
}

/* The webhook and, 400 ms later, what becomes the row of the report. */
static void add_both(struct meeting *meeting, time_us time, uint32_t whom, uint16_t webhook,
                     uint16_t row) {
  add(meeting, time, whom, webhook);
  add(meeting, time + 400 * US_PER_MS, whom, row);
}

static time_us around(struct random *random, time_us time, uint32_t before, uint32_t after) {
  return time - before * US_PER_SECOND + random_below(random, (before + after) * 1000) * US_PER_MS;
}

/* Of ten meetings, four are of two people. */
static unsigned pick_size(struct random *random) {
  uint32_t kind = random_below(random, 100);
  if (kind < 40)
    return 1;
  if (kind < 82)
    return 2 + random_below(random, 5);
  return kind < 97 ? 6 + random_below(random, 9) : 15 + random_below(random, OTHERS_MAX - 15);
}

/* Somebody of the host's team, or of the whole company, who is at work then. The host if nobody is
 * found. */
static uint32_t pick_participant(const struct meeting *meeting) {
  const struct people *people = &meeting->plan->people;
  for (int attempt = 0; attempt < 3; attempt++) {
    uint32_t who =
        random_chance(meeting->random, 0.6)
            ? meeting->host / PEOPLE_TEAM * PEOPLE_TEAM + random_below(meeting->random, PEOPLE_TEAM)
            : random_below(meeting->random, (uint32_t)people->count);
    if (who < people->count && who != meeting->host &&
        plan_is_at_work(meeting->plan, who, meeting->start))
      return who;
  }
  return meeting->host;
}

/* What the quality subscription sends of some participants. */
static void add_quality(struct meeting *meeting, uint32_t whom, time_us joined) {
  if (whom < meeting->plan->people.count && random_chance(meeting->random, 0.04)) {
    const struct person *person = &meeting->plan->people.list[whom];
    struct online online = {person->desktop, PLACE_HOME, person->place, 0};
    agenda_add(&meeting->plan->agenda,
               (struct act){.time = joined + 5 * US_PER_SECOND,
                            .key = meeting->key,
                            .who = meeting->host,
                            .whom = whom,
                            .since = (int32_t)((joined - meeting->start) / US_PER_MS) + 5000,
                            .number = online_pack(online),
                            .shape = SHAPE_MEETING_DATA});
  }
  if (random_chance(meeting->random, 0.015))
    add(meeting, joined + 60 * US_PER_SECOND, whom, SHAPE_MEETING_QOS);
}

/* One stay; one in twenty comes back after a break in the line. */
static void add_stay(struct meeting *meeting, uint32_t whom, bool host) {
  struct random *random = meeting->random;
  time_us joined = host ? around(random, meeting->start, 60, 0) + 1500 * US_PER_MS
                        : around(random, meeting->start, 40, 200);
  time_us left = host ? meeting->end - 1200 * US_PER_MS : around(random, meeting->end, 240, 0);
  if (joined < meeting->start + 1000 * US_PER_MS)
    joined = meeting->start + (1000 + random_below(random, 20000)) * US_PER_MS;
  if (random_chance(random, 0.05)) {
    time_us lost = joined + (left - joined) / 2;
    add_both(meeting, joined, whom, SHAPE_MEETING_JOINED, SHAPE_ROW_MEETING_JOINED);
    add_both(meeting, lost, whom, SHAPE_MEETING_LEFT, SHAPE_ROW_MEETING_LEFT);
    joined = lost + 25 * US_PER_SECOND;
  }
  add_both(meeting, joined, whom, SHAPE_MEETING_JOINED, SHAPE_ROW_MEETING_JOINED);
  add_quality(meeting, whom, joined);
  if (random_chance(random, 0.12))
    add(meeting, around(random, meeting->start + 120 * US_PER_SECOND, 0, 400), whom,
        SHAPE_ROW_MEETING_CHAT);
  add_both(meeting, left, whom, SHAPE_MEETING_LEFT, SHAPE_ROW_MEETING_LEFT);
}

/* From outside come customers, applicants, suppliers. */
static void add_stays(struct meeting *meeting) {
  struct random *random = meeting->random;
  uint32_t there[OTHERS_MAX];
  unsigned count = 0;
  add_stay(meeting, meeting->host, true);
  for (unsigned i = 0; i < meeting->others; i++) {
    uint32_t whom = pick_participant(meeting);
    unsigned known = 0;
    while (known < count && there[known] != whom)
      known++;
    if (whom == meeting->host || known < count)
      continue;
    there[count++] = whom;
    add_stay(meeting, whom, false);
  }
  if (!random_chance(random, 0.17))
    return;
  for (uint32_t guests = 1 + random_below(random, 3); guests > 0; guests--)
    add_stay(meeting, PEOPLE_GUEST | (uint32_t)(random_next(random) & 0xffff), false);
}

/* Every twelfth meeting is recorded; what nobody needs is deleted within a day. */
static void add_recording(struct meeting *meeting) {
  struct random *random = meeting->random;
  if (!random_chance(random, 0.08))
    return;
  time_us ready = meeting->end + (meeting->end - meeting->start) / 2;
  add(meeting, meeting->start + 90 * US_PER_SECOND, meeting->host, SHAPE_RECORDING_STARTED);
  add(meeting, meeting->end - 4 * US_PER_SECOND, meeting->host, SHAPE_RECORDING_STOPPED);
  add(meeting, ready, meeting->host, SHAPE_RECORDING_COMPLETED);
  time_us later = ready + (600 + random_below(random, 2 * HOUR)) * US_PER_SECOND;
  if (random_chance(random, 0.3))
    add(meeting, ready + 300 * US_PER_SECOND, meeting->host, SHAPE_OPERATION_RECORDING_VIEW);
  if (random_chance(random, 0.07))
    add(meeting, ready + 500 * US_PER_SECOND, meeting->host, SHAPE_OPERATION_RECORDING_DOWNLOAD);
  if (random_chance(random, 0.1))
    add(meeting, later, meeting->host, SHAPE_OPERATION_RECORDING_SHARE);
  if (random_chance(random, 0.02))
    add(meeting, later + 40 * US_PER_SECOND, meeting->host, SHAPE_OPERATION_RECORDING_DOWNLOAD_ON);
  if (random_chance(random, 0.09)) {
    add(meeting, later + 900 * US_PER_SECOND, meeting->host, SHAPE_OPERATION_RECORDING_DELETE);
    add(meeting, later + 901 * US_PER_SECOND, meeting->host, SHAPE_RECORDING_TRASHED);
  }
}

/* Three in five are scheduled within the days before; the others recur, or begin at once. */
static bool add_schedule(struct meeting *meeting, const struct shift *shift) {
  struct random *random = meeting->random;
  if (!random_chance(random, 0.58))
    return true;
  bool day_before = random_chance(random, 0.5) && place_weekday(meeting->day->number) != 1;
  uint32_t latest = (uint32_t)((meeting->start - meeting->day->midnight) / US_PER_SECOND);
  time_us time = day_before
                     ? plan_moment(random, meeting->day, shift->begin, shift->end) - US_PER_DAY
                     : plan_moment(random, meeting->day, shift->begin, latest);
  if (time >= meeting->start)
    time = meeting->start - 60 * US_PER_SECOND;
  uint32_t invited = pick_participant(meeting);
  add_both(meeting, time, invited, SHAPE_MEETING_CREATED, SHAPE_ROW_MEETING_CREATED);
  uint32_t fate = random_below(random, 100);
  time_us change = time + (meeting->start - time) / 2;
  if (fate < 4)
    add(meeting, change, invited, SHAPE_MEETING_UPDATED);
  else if (fate < 7)
    add(meeting, change, invited, SHAPE_MEETING_DELETED);
  return fate < 4 || fate >= 7;
}

static void add_meeting(struct meeting *meeting, const struct shift *shift) {
  if (!add_schedule(meeting, shift))
    return;
  struct random *random = meeting->random;
  add_both(meeting, meeting->start, meeting->host, SHAPE_MEETING_STARTED,
           SHAPE_ROW_MEETING_STARTED);
  add_stays(meeting);
  if (random_chance(random, 0.6)) {
    add(meeting, meeting->start + 240 * US_PER_SECOND, meeting->host,
        SHAPE_MEETING_SHARING_STARTED);
    add(meeting, meeting->end - 60 * US_PER_SECOND, meeting->host, SHAPE_MEETING_SHARING_ENDED);
  }
  if (random_chance(random, 0.012))
    add(meeting, meeting->start + 300 * US_PER_SECOND, meeting->host, SHAPE_MEETING_ALERT);
  add_both(meeting, meeting->end, meeting->host, SHAPE_MEETING_ENDED, SHAPE_ROW_MEETING_ENDED);
  add_recording(meeting);
}

void plan_meetings(struct plan *plan, uint32_t number, const struct day *day) {
  struct shift shift = plan_shift(plan, number, day);
  if (!shift.works || shift.short_one)
    return;
  struct random random = plan_random(plan, PURPOSE_MEETING, number, day->number);
  const struct person *person = &plan->people.list[number];
  uint32_t count = plan_count(&random, PEOPLE_DEPARTMENTS[person->department].meetings / 100.0);
  uint32_t slots = (shift.end - shift.begin) / (HOUR / 2);
  for (uint32_t i = 0; i < count; i++) {
    uint32_t slot = (shift.begin / (HOUR / 2) + 1 + random_below(&random, slots - 2)) * (HOUR / 2);
    struct meeting meeting = {.plan = plan,
                              .day = day,
                              .random = &random,
                              .key = random_next(&random),
                              .host = number,
                              .others = pick_size(&random)};
    /* The host comes up to two minutes late. */
    meeting.start = day_at(day, slot) + random_below(&random, 120000) * US_PER_MS;
    meeting.end = meeting.start + template_minutes(meeting.key) * US_PER_MINUTE -
                  random_below(&random, 240000) * US_PER_MS;
    add_meeting(&meeting, &shift);
  }
}

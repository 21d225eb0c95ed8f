#include "sim/tenant/plan.h"
#include "sim/tenant/shape.h"
#include "sim/tenant/template.h"

#define HOUR UINT32_C(3600)
#define MINUTE UINT32_C(60)

enum { PURPOSE_ROOM = 0x12 << 8, PURPOSE_PROVISION = 0x5c << 8, PURPOSE_WEBINAR = 0x3b << 8 };

/* Days between somebody's last day and the deletion of the account. */
#define DELETED_AFTER 7

static void add(struct plan *plan, time_us time, uint64_t key, uint32_t who, uint32_t whom,
                uint16_t shape) {
  agenda_add(&plan->agenda,
             (struct act){.time = time, .key = key, .who = who, .whom = whom, .shape = shape});
}

/* A problem of a room, and its end within two hours. */
static void add_trouble(struct plan *plan, const struct day *day, struct random *random,
                        uint32_t room, uint16_t begins, uint16_t ends) {
  time_us time = plan_moment(random, day, 7 * HOUR, 18 * HOUR);
  add(plan, time, 0, PEOPLE_OWNER, room, begins);
  add(plan, time + (180 + random_below(random, 2 * HOUR)) * US_PER_SECOND, 0, PEOPLE_OWNER, room,
      ends);
}

static void plan_rooms(struct plan *plan, const struct day *day) {
  for (uint32_t room = 0; room < plan->people.rooms; room++) {
    if (room % PLACE_COUNT != day->place)
      continue;
    struct random random = plan_random(plan, PURPOSE_ROOM, room, day->number);
    uint32_t uses = day->working ? plan_count(&random, 4) : 0;
    for (uint32_t i = 0; i < uses; i++) {
      time_us time = plan_moment(&random, day, 8 * HOUR, 18 * HOUR);
      add(plan, time, random_next(&random), PEOPLE_OWNER, room, SHAPE_ROOM_CHECKED_IN);
    }
    if (random_chance(&random, 0.02))
      add_trouble(plan, day, &random, room, SHAPE_ROOM_OFFLINE, SHAPE_ROOM_ONLINE);
    if (random_chance(&random, 0.03))
      add_trouble(plan, day, &random, room, SHAPE_ROOM_CPU_HIGH, SHAPE_ROOM_CPU_NORMAL);
  }
}

/* What one person's account undergoes: the row of the report, and the webhook. */
static void provision(struct plan *plan, time_us time, uint32_t who, uint32_t whom,
                      uint16_t operation, uint16_t webhook) {
  uint64_t key = (uint64_t)time ^ (uint64_t)whom << 40;
  add(plan, time, key, who, whom, operation);
  add(plan, time + 600 * US_PER_MS, key, who, whom, webhook);
}

static uint32_t pick_member(const struct plan *plan, struct random *random, int64_t day) {
  uint32_t first = 2 + plan->people.admins + plan->people.help_desk;
  for (int attempt = 0; attempt < 20; attempt++) {
    uint32_t number = first + random_below(random, (uint32_t)plan->people.count - first);
    if (person_is_here(&plan->people.list[number], day) &&
        plan->people.list[number].left == PEOPLE_NEVER)
      return number;
  }
  return PEOPLE_OWNER;
}

static uint32_t pick_help_desk(const struct plan *plan, struct random *random) {
  return 2 + plan->people.admins + random_below(random, plan->people.help_desk);
}

/* The personnel system's changes, at the start of the day. */
static void plan_changes(struct plan *plan, const struct day *day, struct random *random) {
  uint32_t changes = plan_count(random, (double)plan->people.count * 0.0025);
  for (uint32_t i = 0; i < changes; i++) {
    uint32_t whom = pick_member(plan, random, day->number);
    time_us time = plan_moment(random, day, 5 * HOUR, 5 * HOUR + 20 * MINUTE);
    if (random_chance(random, 0.7))
      provision(plan, time, PEOPLE_SERVICE, whom, SHAPE_OPERATION_USER_DEPARTMENT,
                SHAPE_USER_DEPARTMENT);
    else
      provision(plan, time, PEOPLE_SERVICE, whom, SHAPE_OPERATION_USER_TYPE, SHAPE_USER_TYPE);
  }
}

/* A fifth of the people a year, on Mondays, most on the first one of a month. */
static void plan_joiners(struct plan *plan, const struct day *day, struct random *random) {
  if (place_weekday(day->number) != 1)
    return;
  struct time_string string;
  bool first = strcmp(time_format_date(day->number * US_PER_DAY, &string) + 8, "08") < 0;
  uint32_t joiners = plan_count(random, (double)plan->people.count * (first ? 0.009 : 0.0023));
  time_us time = day_at(day, 8 * HOUR);
  for (uint32_t i = 0; i < joiners; i++) {
    uint32_t whom = people_add(&plan->people, day->number);
    time += (2000 + random_below(random, 4000)) * US_PER_MS;
    provision(plan, time, PEOPLE_SERVICE, whom, SHAPE_OPERATION_USER_ADD, SHAPE_USER_CREATED);
    provision(plan, time + 1500 * US_PER_MS, PEOPLE_SERVICE, whom, SHAPE_OPERATION_GROUP_MEMBERS,
              SHAPE_GROUP_MEMBER_ADDED);
    if (plan->people.list[whom].phone)
      add(plan, time + 2 * US_PER_HOUR, 0, pick_help_desk(plan, random), whom,
          SHAPE_OPERATION_PHONE_ASSIGN);
  }
}

/* A seventh of the people a year. Deactivated at night, deleted a week later, when what they own
 * has been handed over. */
static void plan_leavers(struct plan *plan, const struct day *day, struct random *random) {
  uint32_t leavers = plan_count(random, (double)plan->people.count * 0.00057);
  for (uint32_t i = 0; i < leavers; i++) {
    uint32_t whom = pick_member(plan, random, day->number);
    if (whom != PEOPLE_OWNER)
      plan->people.list[whom].left = (int32_t)day->number + 2; /* tomorrow is planned already */
  }
  for (uint32_t whom = 0; whom < plan->people.count; whom++) {
    int64_t since = day->number - plan->people.list[whom].left;
    if (since == 0)
      provision(plan, plan_moment(random, day, 22 * HOUR, 22 * HOUR + 10 * MINUTE), PEOPLE_SERVICE,
                whom, SHAPE_OPERATION_USER_DEACTIVATE, SHAPE_USER_DEACTIVATED);
    else if (since == DELETED_AFTER)
      provision(plan, plan_moment(random, day, 10 * HOUR, 11 * HOUR), pick_help_desk(plan, random),
                whom, SHAPE_OPERATION_USER_DELETE, SHAPE_USER_DELETED);
  }
}

static void add_webinar(struct plan *plan, time_us time, time_us start, struct act act,
                        uint16_t shape) {
  act.time = time;
  act.since = (int32_t)((time - start) / US_PER_MS);
  act.shape = shape;
  agenda_add(&plan->agenda, act);
}

/* A webinar: registered for in the morning, held in the afternoon, seen by people and guests. */
static void plan_webinar(struct plan *plan, const struct day *day, struct random *random) {
  uint32_t host = pick_member(plan, random, day->number);
  struct act act = {.key = random_next(random), .who = host, .whom = host};
  time_us start = day_at(day, 14 * HOUR + 30 * MINUTE * random_below(random, 5));
  time_us end = start + template_minutes(act.key) * US_PER_MINUTE;
  add_webinar(plan, day_at(day, 8 * HOUR + 30 * MINUTE), start, act, SHAPE_WEBINAR_CREATED);
  add_webinar(plan, start, start, act, SHAPE_WEBINAR_STARTED);
  for (uint32_t people = 20 + random_below(random, 180); people > 0; people--) {
    act.whom = random_chance(random, 0.3)
                   ? pick_member(plan, random, day->number)
                   : PEOPLE_GUEST | (uint32_t)(random_next(random) & 0xfffff);
    add_webinar(plan, plan_moment(random, day, 9 * HOUR, 14 * HOUR), start, act,
                SHAPE_WEBINAR_REGISTRATION);
    add_webinar(plan, start + (10000 + random_below(random, 300000)) * US_PER_MS, start, act,
                SHAPE_WEBINAR_JOINED);
    add_webinar(plan, end - random_below(random, 600000) * US_PER_MS, start, act,
                SHAPE_WEBINAR_LEFT);
  }
  act.whom = host;
  add_webinar(plan, end, start, act, SHAPE_WEBINAR_ENDED);
}

void plan_office(struct plan *plan, const struct day *day) {
  plan_rooms(plan, day);
  if (day->place != 0 || day->midnight + US_PER_DAY <= plan->agenda.begin)
    return;
  struct random random = plan_random(plan, PURPOSE_PROVISION, 0, day->number);
  plan_leavers(plan, day, &random);
  if (!day->working)
    return;
  plan_changes(plan, day, &random);
  plan_joiners(plan, day, &random);
  struct random webinars = plan_random(plan, PURPOSE_WEBINAR, 0, day->number);
  for (uint32_t count = plan_count(&webinars, (double)plan->people.count / 4000); count > 0;
       count--)
    plan_webinar(plan, day, &webinars);
}

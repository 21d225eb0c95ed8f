#include "sim/tenant/people_words.h"
#include "sim/tenant/plan.h"
#include "sim/tenant/routine.h"
#include "sim/tenant/shape.h"
#include "sim/tenant/template.h"

#define HOUR UINT32_C(3600)

enum {
  PURPOSE_SIGN_IN = 0x51 << 8,
  PURPOSE_CHAT = 0xc4 << 8,
  PURPOSE_CALL = 0xca << 8,
  PURPOSE_ROUTINE = 0x40 << 8
};

/* One person's day while it is planned. */
struct own_day {
  struct plan *plan;
  uint32_t number;
  const struct person *person;
  const struct day *day;
  struct shift shift;
};

/* The row of the report and the webhook; `number` describes the client. */
static void add_sign(struct own_day *own, time_us time, struct online online, bool out) {
  struct act act = {.time = time,
                    .who = own->number,
                    .number = online_pack(online),
                    .shape = out ? SHAPE_SIGN_OUT_ROW : SHAPE_SIGN_IN_ROW};
  agenda_add(&own->plan->agenda, act);
  act.time += 350 * US_PER_MS;
  act.shape = out ? SHAPE_SIGN_OUT : SHAPE_SIGN_IN;
  agenda_add(&own->plan->agenda, act);
}

/* Programs stay signed in for days, so not every day begins with a sign-in. */
static void add_sign_ins(struct own_day *own) {
  struct shift *shift = &own->shift;
  struct random random = plan_random(own->plan, PURPOSE_SIGN_IN, own->number, own->day->number);
  struct online online = {own->person->desktop, shift->network, shift->place, 0};
  bool first_day = own->person->joined == own->day->number;
  if (first_day || random_chance(&random, 0.62)) {
    add_sign(own, plan_moment(&random, own->day, shift->begin, shift->begin + 900), online, false);
    if (random_chance(&random, 0.25))
      add_sign(own, plan_moment(&random, own->day, shift->end, shift->end + 900), online, true);
  }
  if (!shift->short_one && random_chance(&random, 0.12)) /* the session ended at noon */
    add_sign(own, plan_moment(&random, own->day, shift->begin + 4 * HOUR, shift->begin + 5 * HOUR),
             online, false);
  if (random_chance(&random, 0.5)) {
    online.client = CLIENT_BROWSER;
    time_us time = plan_moment(&random, own->day, shift->begin + 900, shift->end);
    add_sign(own, time, online, false);
    if (random_chance(&random, 0.4))
      add_sign(own, time + (300 + random_below(&random, 3600)) * US_PER_SECOND, online, true);
  }
  if (random_chance(&random, 0.26)) {
    bool at_home = random_chance(&random, 0.4);
    online = (struct online){own->person->mobile, at_home ? PLACE_HOME : PLACE_MOBILE,
                             at_home ? own->person->place : shift->place, 0};
    add_sign(own, plan_moment(&random, own->day, 7 * HOUR, 22 * HOUR), online, false);
  }
}

/* Somebody of the same team; every third time anybody. */
static uint32_t pick_colleague(const struct plan *plan, struct random *random, uint32_t number,
                               int64_t day) {
  for (int attempt = 0; attempt < 4; attempt++) {
    uint32_t other = random_chance(random, 0.65)
                         ? number / PEOPLE_TEAM * PEOPLE_TEAM + random_below(random, PEOPLE_TEAM)
                         : random_below(random, (uint32_t)plan->people.count);
    if (other < plan->people.count && other != number && other != PEOPLE_SERVICE &&
        person_is_here(&plan->people.list[other], day))
      return other;
  }
  return number == PEOPLE_OWNER ? number + 2 : PEOPLE_OWNER;
}

/* Channels are the department's and a few of everybody's. */
static uint32_t pick_channel(const struct own_day *own, struct random *random) {
  return random_chance(random, 0.8) ? 100 + own->person->department * 8u + random_below(random, 6)
                                    : random_below(random, 16);
}

static void add_chat(struct own_day *own) {
  struct random random = plan_random(own->plan, PURPOSE_CHAT, own->number, own->day->number);
  uint32_t messages = plan_count(&random, own->shift.short_one ? 1.5 : 6.2);
  struct act act = {.who = own->number};
  for (uint32_t i = 0; i < messages; i++) {
    act.time = plan_moment(&random, own->day, own->shift.begin, own->shift.end);
    act.key = random_next(&random);
    bool direct = random_chance(&random, 0.62);
    act.shape = direct ? SHAPE_CHAT_DIRECT : SHAPE_CHAT_CHANNEL;
    act.number = direct ? 0 : pick_channel(own, &random);
    act.whom = pick_colleague(own->plan, &random, own->number, own->day->number);
    agenda_add(&own->plan->agenda, act);
    if (!direct && random_chance(&random, 0.01)) { /* and thought better of it */
      act.shape = SHAPE_CHAT_DELETED;
      act.time += (20 + random_below(&random, 200)) * US_PER_SECOND;
      agenda_add(&own->plan->agenda, act);
    }
  }
  for (int i = 0; i < 2; i++) { /* files sent, and files fetched */
    uint32_t files = plan_count(&random, i ? 0.35 : 0.2);
    for (uint32_t k = 0; k < files; k++) {
      act.time = plan_moment(&random, own->day, own->shift.begin, own->shift.end);
      act.key = random_next(&random);
      act.shape = i ? SHAPE_FILE_DOWNLOADED : SHAPE_FILE_SHARED;
      act.number = pick_channel(own, &random);
      act.whom = pick_colleague(own->plan, &random, own->number, own->day->number);
      agenda_add(&own->plan->agenda, act);
    }
  }
}

static void add_internal_call(struct own_day *own, struct act act, struct random *random) {
  act.whom = pick_colleague(own->plan, random, own->number, own->day->number);
  int32_t ringing = 2000 + (int32_t)random_below(random, 14000);
  act.since = ringing;
  act.time += ringing * US_PER_MS;
  bool missed = random_chance(random, 0.22);
  act.shape = missed ? SHAPE_CALL_MISSED : SHAPE_CALL_ANSWERED;
  agenda_add(&own->plan->agenda, act);
  if (missed)
    return;
  int32_t talk = (int32_t)act.number * 1000;
  act.time += talk * US_PER_MS;
  act.since += talk;
  act.shape = SHAPE_CALL_INTERNAL;
  agenda_add(&own->plan->agenda, act);
}

static void add_calls(struct own_day *own) {
  if (!own->person->phone || own->shift.short_one)
    return;
  struct random random = plan_random(own->plan, PURPOSE_CALL, own->number, own->day->number);
  uint32_t calls = plan_count(&random, PEOPLE_DEPARTMENTS[own->person->department].calls / 10.0);
  for (uint32_t i = 0; i < calls; i++) {
    struct act act = {.time = plan_moment(&random, own->day, own->shift.begin, own->shift.end),
                      .key = random_next(&random),
                      .who = own->number,
                      .number = 20 + random_below(&random, 60) * random_below(&random, 20)};
    uint32_t kind = random_below(&random, 100);
    if (kind < 40) {
      add_internal_call(own, act, &random);
      continue;
    }
    act.since = (int32_t)act.number * 1000;
    act.time += act.since * US_PER_MS;
    act.shape = kind < 72 ? SHAPE_CALL_OUT : kind < 95 ? SHAPE_CALL_IN : SHAPE_VOICEMAIL;
    agenda_add(&own->plan->agenda, act);
  }
}

/* Whom an admin's work is about. */
static uint32_t pick_anybody(const struct own_day *own, struct random *random) {
  const struct people *people = &own->plan->people;
  for (int attempt = 0; attempt < 8; attempt++) {
    uint32_t other = random_below(random, (uint32_t)people->count);
    if (other > PEOPLE_SERVICE + people->admins && other != own->number &&
        person_is_here(&people->list[other], own->day->number))
      return other;
  }
  return (uint32_t)people->count - 1;
}

/* What somebody does by office: operations, some of which webhooks report, too. */
static void add_routines(struct own_day *own) {
  double mean = routine_mean(own->person->role);
  if (mean == 0 || own->shift.short_one)
    return;
  struct random random = plan_random(own->plan, PURPOSE_ROUTINE, own->number, own->day->number);
  uint32_t count = plan_count(&random, mean);
  for (uint32_t i = 0; i < count; i++) {
    size_t row = routine_pick(own->person->role, &random);
    struct act act = {.time = plan_moment(&random, own->day, own->shift.begin, own->shift.end),
                      .key = random_next(&random),
                      .who = own->number,
                      .whom = ROUTINES[row].about == ROUTINE_ROOM
                                  ? random_below(&random, own->plan->people.rooms)
                                  : pick_anybody(own, &random),
                      .shape = (uint16_t)(SHAPE_NAMES + 2 * row)};
    agenda_add(&own->plan->agenda, act);
    if (ROUTINES[row].webhook) {
      act.time += 700 * US_PER_MS;
      act.shape++;
      agenda_add(&own->plan->agenda, act);
    }
  }
}

void plan_person(struct plan *plan, uint32_t number, const struct day *day) {
  struct own_day own = {plan, number, &plan->people.list[number], day,
                        plan_shift(plan, number, day)};
  if (!own.shift.works)
    return;
  add_sign_ins(&own);
  add_chat(&own);
  add_calls(&own);
  add_routines(&own);
}

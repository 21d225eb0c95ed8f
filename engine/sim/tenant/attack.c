#include "sim/tenant/attack.h"

#include "sim/tenant/attack_stories.h"

#include <stdlib.h>

const struct attack *const ATTACKS[] = {
    &ATTACK_ACCOUNT_TAKEOVER, &ATTACK_CALL_FORWARDING, &ATTACK_CHAT_PHISHING,
    &ATTACK_INSIDER,          &ATTACK_MALICIOUS_APP,   &ATTACK_MASS_DELETION,
    &ATTACK_MEETING_BOMBING,  &ATTACK_OWNER_CHANGED,   &ATTACK_RECORDING_LEAK,
    &ATTACK_ROGUE_ADMIN,      &ATTACK_ROLE_RAISED,     &ATTACK_SCIM_ABUSE,
    &ATTACK_SLOW_WEAKENING,   &ATTACK_SSO_BYPASS,      &ATTACK_SUMMARY_LEAK,
    &ATTACK_TOLL_FRAUD,
};
const size_t ATTACK_COUNT = sizeof ATTACKS / sizeof *ATTACKS;

static const struct attack *find_attack(struct text name) {
  for (size_t i = 0; i < ATTACK_COUNT; i++)
    if (text_is(name, ATTACKS[i]->name))
      return ATTACKS[i];
  return NULL;
}

static bool name_error(struct text name, struct error *error) {
  struct buffer names = BUFFER_NONE;
  for (size_t i = 0; i < ATTACK_COUNT; i++)
    buffer_printf(&names, "%s%s", i ? ", " : "", ATTACKS[i]->name);
  char printable[256];
  error_set(error, "unknown attack '%s'; known are: %s",
            text_printable(name, printable, sizeof printable), names.data);
  buffer_free(&names);
  return false;
}

bool attack_parse(const char *written, uint32_t days, size_t index, size_t count,
                  struct attack_run *run, uint32_t *day, struct error *error) {
  size_t name_size = strcspn(written, ":");
  run->attack = find_attack((struct text){written, name_size});
  if (!run->attack)
    return name_error((struct text){written, name_size}, error);
  *day = 1 + (uint32_t)(days * (2 * index + 1) / (2 * count));
  if (written[name_size] == '\0')
    return true;
  static const char setting[] = ":day=";
  const char *number = written + name_size;
  char *end = NULL;
  if (strncmp(number, setting, sizeof setting - 1) == 0) {
    number += sizeof setting - 1;
    long value = *number >= '0' && *number <= '9' ? strtol(number, &end, 10) : 0;
    if (end && *end == '\0' && value >= 1 && value <= (long)days) {
      *day = (uint32_t)value;
      return true;
    }
  }
  return error_set(error, "attack '%s': after the name comes :day=N, with N from 1 to %u",
                   run->attack->name, days);
}

/* A member who stays. */
static uint32_t cast_victim(const struct plan *plan, struct random *random, int64_t day) {
  const struct people *people = &plan->people;
  uint32_t first = 2 + people->admins + people->help_desk, found = first;
  for (int attempt = 0; attempt < 200; attempt++) {
    uint32_t number = first + random_below(random, (uint32_t)people->count - first);
    const struct person *person = &people->list[number];
    if (!person_is_here(person, day - 30) || person->left != PEOPLE_NEVER)
      continue;
    found = number;
    if (person->licensed && person->phone && person->vpn == false)
      break;
  }
  return found;
}

static uint32_t person_of(const struct attack_run *run, enum attack_actor actor,
                          struct random *random, const struct plan *plan) {
  switch (actor) {
  case ATTACK_VICTIM:
    return run->victim;
  case ATTACK_ADMIN:
    return run->admin;
  case ATTACK_SERVICE:
    return PEOPLE_SERVICE;
  case ATTACK_BACKUP:
  case ATTACK_OUTSIDER:
  case ATTACK_SYNC:
    return PEOPLE_ROGUE + (uint32_t)(actor - ATTACK_BACKUP);
  case ATTACK_ANYBODY:
    return 2 + plan->people.admins +
           random_below(random, (uint32_t)plan->people.count - 2 - plan->people.admins);
  case ATTACK_GUEST:
    return PEOPLE_GUEST | (uint32_t)(random_next(random) & 0xffff);
  case ATTACK_OWNER:
  case ATTACK_NOBODY:
    break;
  }
  return PEOPLE_OWNER;
}

/* Chooses who plays whom, and the moment at which it begins. */
static void cast(struct attack_run *run, const struct plan *plan) {
  struct random random = random_of(run->seed, (uint64_t)run->day);
  run->victim = cast_victim(plan, &random, run->day);
  run->admin = 2 + random_below(&random, plan->people.admins);
  uint32_t whose = person_of(run, run->attack->at_home_of, &random, plan);
  struct day day = plan_day(plan->people.list[whose].place, run->day);
  while (run->attack->working_day && !day.working)
    day = plan_day(day.place, day.number + 1);
  run->begin = day;
  run->start = plan_moment(&random, &day, run->attack->hour * UINT32_C(3600),
                           run->attack->hour * UINT32_C(3600) + 1800);
  run->cast = true;
}

/* When a step happens. A story that waits for a working day counts working days: its intruders
 * hide among what is usual. */
static time_us moment_of(const struct attack_run *run, const struct attack_step *step) {
  static const uint32_t one_day = 86400;
  uint32_t days = run->attack->working_day ? step->at / one_day : 0;
  struct day day = run->begin;
  for (uint32_t left = days; left > 0; left -= day.working)
    day = plan_day(day.place, day.number + 1);
  return run->start + (day.midnight - run->begin.midnight) +
         (time_us)(step->at - days * one_day) * US_PER_SECOND;
}

/* Those of the step's times that lie from `begin` until before `end`. */
static void add_step(const struct attack_run *run, struct plan *plan, size_t number, time_us begin,
                     time_us end) {
  const struct attack_step *step = &run->attack->steps[number];
  time_us first = moment_of(run, step);
  for (uint32_t i = 0; i < step->times; i++) {
    struct random random = random_of(run->seed, (uint64_t)number << 20 | i);
    time_us time =
        first + (time_us)i * step->every * US_PER_SECOND + random_below(&random, 900) * US_PER_MS;
    if (time < begin || time >= end)
      continue;
    /* Steps of one time and thing make records of the same people: what comes first is the same. */
    struct random cast_random = random_of(run->seed ^ 0xca57, i);
    struct act act = {.time = time,
                      .key = run->seed ^ 0x0e,
                      .who = person_of(run, step->who, &cast_random, plan),
                      .whom = person_of(run, step->whom, &cast_random, plan),
                      .number = i,
                      .shape = (uint16_t)(run->first_shape + number),
                      .attack = run->mark,
                      .step = (uint16_t)number};
    if (step->thing == ATTACK_OWN_THING)
      act.key = random_next(&cast_random);
    /* The story's meeting starts an hour after the story; calls have lasted for a minute. */
    time_us since =
        step->thing == ATTACK_ONE_THING ? time - run->start - US_PER_HOUR : US_PER_MINUTE;
    act.since = (int32_t)(since / US_PER_MS);
    if (step->network || step->client)
      act.number = online_pack(
          (struct online){step->client, step->network, plan->people.list[run->victim].place, 0});
    agenda_add(&plan->agenda, act);
  }
}

void attack_plan(struct attack_run *run, struct plan *plan, const struct day *day) {
  if (run->day > day->number + 1)
    return;
  if (!run->cast)
    cast(run, plan);
  time_us end = plan_day(day->place, day->number + 1).midnight;
  for (size_t i = 0; i < run->attack->step_count; i++)
    add_step(run, plan, i, day->midnight, end);
}

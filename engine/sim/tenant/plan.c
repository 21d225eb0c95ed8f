#include "sim/tenant/plan.h"

#define HOUR 3600
#define MINUTE 60

enum { PURPOSE_WEEK = 0x3ee4, PURPOSE_DAY = 0xda71 };

struct day plan_day(size_t place, int64_t number) {
  const struct place *at = &PLACES[place];
  int weekday = place_weekday(number);
  int64_t offset = place_offset_minutes(at, number) * US_PER_MINUTE;
  return (struct day){.number = number,
                      .place = place,
                      .midnight = number * US_PER_DAY - offset,
                      .working = weekday != 0 && weekday != 6 && !place_is_holiday(at, number)};
}

struct random plan_random(const struct plan *plan, uint64_t purpose, uint32_t number, int64_t day) {
  return random_of(plan->seed ^ purpose << 32, (uint64_t)number << 20 ^ (uint64_t)day);
}

uint32_t plan_count(struct random *random, double mean) {
  double spread = mean * (0.5 + random_below(random, 1001) / 1000.0);
  uint32_t whole = (uint32_t)spread;
  return whole + random_chance(random, spread - whole);
}

time_us plan_moment(struct random *random, const struct day *day, uint32_t first, uint32_t last) {
  uint32_t second = first + random_below(random, last > first ? last - first : 1);
  return day_at(day, second) + random_below(random, 1000) * US_PER_MS;
}

/* About 0, hardly ever further than `range`: the sum of three even ones. */
static int32_t around(struct random *random, int32_t range) {
  int32_t sum = 0;
  for (int i = 0; i < 3; i++)
    sum += (int32_t)random_below(random, (uint32_t)range * 2 / 3) - range / 3;
  return sum;
}

/* Where somebody works from: one in a hundred weeks is spent at another place. */
static void choose_network(struct shift *shift, const struct person *person, struct random *week,
                           struct random *today) {
  if (!shift->short_one && random_chance(week, 0.012)) {
    shift->network = PLACE_HOTEL;
    shift->place = (uint8_t)random_below(week, PLACE_COUNT);
  } else if (shift->short_one || person->remote || random_chance(today, 0.45)) {
    shift->network = person->vpn && random_chance(today, 0.6) ? PLACE_VPN : PLACE_HOME;
  } else {
    shift->network = PLACE_OFFICE;
  }
}

struct shift plan_shift(const struct plan *plan, uint32_t number, const struct day *day) {
  const struct person *person = &plan->people.list[number];
  struct shift shift = {.place = person->place};
  if (person->role == PERSON_SERVICE || !person_is_here(person, day->number))
    return shift;
  struct random week = plan_random(plan, PURPOSE_WEEK, number, (day->number + 3) / 7);
  struct random today = plan_random(plan, PURPOSE_DAY, number, day->number);
  struct random habits = random_of(person->key, PURPOSE_DAY);
  bool holidays = random_chance(&week, 0.07); /* 3 to 4 weeks a year */
  shift.works = day->working ? !holidays && !random_chance(&today, 0.025)
                             : !holidays && random_chance(&today, 0.03);
  if (!shift.works)
    return shift;
  shift.short_one = !day->working;
  int32_t usual = 8 * HOUR + 45 * MINUTE + around(&habits, 105 * MINUTE);
  int32_t begin = usual + around(&today, 40 * MINUTE);
  if (person->joined == day->number && begin < 9 * HOUR + 30 * MINUTE)
    begin = 9 * HOUR + 30 * MINUTE; /* the first day begins with the account */
  int32_t length = 8 * HOUR + 50 * MINUTE + around(&today, 75 * MINUTE);
  if (shift.short_one) {
    begin += random_below(&today, 8) * HOUR;
    length = 40 * MINUTE;
  }
  shift.begin = (uint32_t)begin;
  shift.end = (uint32_t)(begin + length);
  choose_network(&shift, person, &week, &today);
  return shift;
}

bool plan_is_at_work(const struct plan *plan, uint32_t number, time_us time) {
  const struct person *person = &plan->people.list[number];
  const struct place *place = &PLACES[person->place];
  int64_t guess = (time + place->offset_minutes * US_PER_MINUTE) / US_PER_DAY;
  struct day day = plan_day(person->place, guess);
  struct shift shift = plan_shift(plan, number, &day);
  return shift.works && !shift.short_one && time >= day_at(&day, shift.begin) &&
         time < day_at(&day, shift.end);
}

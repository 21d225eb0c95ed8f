/*
 * What people do on a day, put into the agenda: each day of a place is planned at its midnight.
 *
 * Everything follows from the seed, the person's number and the day, so who is asked about somebody
 * else's day (may they join this meeting?) gets the answer that the plan of that day gives.
 *
 * Rates: docs/simulator.md has the table, with where each figure comes from.
 *
 * Threads: one.
 */
#ifndef SIM_TENANT_PLAN_H
#define SIM_TENANT_PLAN_H

#include "sim/tenant/agenda.h"
#include "sim/tenant/people.h"
#include "sim/tenant/place.h"

struct plan {
  uint64_t seed;
  struct people people;
  struct agenda agenda;
};

/* A day at a place. */
struct day {
  int64_t number; /* from 1970-01-01, in local time */
  size_t place;
  time_us midnight; /* when it begins, in UTC */
  bool working;     /* neither a weekend nor a holiday */
};
struct day plan_day(size_t place, int64_t number);

static inline time_us day_at(const struct day *day, uint32_t second) {
  return day->midnight + (time_us)second * US_PER_SECOND;
}

/* When and from where somebody works on a day. */
struct shift {
  bool works;
  bool short_one;      /* at a weekend: a look at messages, no meetings of one's own */
  uint32_t begin, end; /* seconds of the local day */
  uint8_t network, place;
};
struct shift plan_shift(const struct plan *plan, uint32_t number, const struct day *day);

/* Whether somebody is at work at this moment. */
bool plan_is_at_work(const struct plan *plan, uint32_t number, time_us time);

/* A generator for one purpose (any constant) of one person and day. */
struct random plan_random(const struct plan *plan, uint64_t purpose, uint32_t number, int64_t day);

/* A number whose mean this is, and that is seldom far from it. */
uint32_t plan_count(struct random *random, double mean);

/* A moment between two seconds of the day, with its milliseconds. */
time_us plan_moment(struct random *random, const struct day *day, uint32_t first, uint32_t last);

/* Sign-ins, messages, files, calls, and what an admin does. */
void plan_person(struct plan *plan, uint32_t number, const struct day *day);

/* The meetings that somebody hosts on a day, from their scheduling to the deletion of recordings.
 * Planned a day ahead. */
void plan_meetings(struct plan *plan, uint32_t number, const struct day *day);

/* Rooms and, at the first place, provisioning and webinars. People may be added. */
void plan_office(struct plan *plan, const struct day *day);

#endif

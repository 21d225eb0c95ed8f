/*
 * What is going to happen in a made-up tenant, in order of time.
 *
 * Whole days are planned ahead, person by person, so acts come in any order and are due within
 * AGENDA_HOURS. They lie in one list for each hour; a list is sorted when its hour comes. Memory
 * grows with the acts of some two days, not with the number of days.
 *
 * Threads: one.
 */
#ifndef SIM_TENANT_AGENDA_H
#define SIM_TENANT_AGENDA_H

#include "base/clock.h"

#define AGENDA_HOURS 96

/* One record that is to be written: everything that its text does not hold. */
struct act {
  time_us time;
  uint64_t key;    /* a meeting's, call's or message's: made-up ids come from it */
  uint64_t order;  /* decides among equal times: who was added first. Set by agenda_add */
  uint32_t who;    /* the actor (a meeting's host); numbers as in people.h */
  uint32_t whom;   /* whom it is about: a participant, a new user, a room */
  int32_t since;   /* milliseconds from the start of what it belongs to: the meeting, the call */
  uint32_t number; /* as the shape says */
  uint16_t shape;  /* what is written: shape.h */
  uint16_t attack; /* 0: everyday; else 1 + the attack's number */
  uint16_t step;   /* of the attack */
};

struct agenda_hour {
  struct act *acts;
  size_t count, capacity;
};

struct agenda {
  struct agenda_hour hours[AGENDA_HOURS];
  time_us begin, end; /* acts outside are dropped: the tenant lived before, and goes on living */
  time_us hour;       /* the current one */
  size_t at;          /* the next act of it */
  uint64_t order;
};

/* Starts at `hour`, a whole hour at or before `begin`. */
void agenda_start(struct agenda *agenda, time_us hour, time_us begin, time_us end);
void agenda_free(struct agenda *agenda);

/* Not before the current hour, and less than AGENDA_HOURS after it. */
void agenda_add(struct agenda *agenda, struct act act);

/* Makes the next hour the current one. Everything that happens in it must have been added. */
void agenda_next_hour(struct agenda *agenda);

/* Sorts the current hour: what is added to it from here on comes too late. */
void agenda_open_hour(struct agenda *agenda);

/* The next act of the current hour, or NULL: none is left. Valid until the hour changes. */
const struct act *agenda_take(struct agenda *agenda);

#endif

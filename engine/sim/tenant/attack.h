/*
 * Attacks on a made-up tenant: stories that leave traces in several logs, as tables of steps.
 *
 * A story has a cast: a victim, an admin, the owner, an account that the attackers bring along. Who
 * plays the victim and the admin is chosen from the seed when the day comes. Everyday records do
 * not depend on attacks.
 *
 * Threads: one; the tables are constant.
 */
#ifndef SIM_TENANT_ATTACK_H
#define SIM_TENANT_ATTACK_H

#include "sim/tenant/plan.h"
#include "sim/tenant/template.h"

enum attack_actor {
  ATTACK_NOBODY, /* whom: of no matter */
  ATTACK_VICTIM, /* a member with a licence and a phone */
  ATTACK_ADMIN,
  ATTACK_OWNER,
  ATTACK_SERVICE, /* that provisions users */
  ATTACK_BACKUP,  /* the attackers' accounts: people.c */
  ATTACK_OUTSIDER,
  ATTACK_SYNC,
  ATTACK_ANYBODY, /* another member each time */
  ATTACK_GUEST    /* another guest each time */
};

/* Whose meeting, recording, message or call an act is about. */
enum attack_thing { ATTACK_OWN_THING, ATTACK_ONE_THING /* the same in all such steps */ };

struct attack_step {
  const char *words; /* what happens */
  uint32_t at; /* seconds after the story's beginning; days are working days if it waits for one */
  uint16_t times;
  uint16_t every; /* seconds between two times */
  enum attack_actor who, whom;
  enum attack_thing thing;
  uint8_t client, network; /* of sign-ins; the network's place is the victim's */
  enum tenant_log log;
  const char *shape; /* <n> counts the times, from 0, where it is no sign-in */
};

struct attack {
  const char *name;
  const char *story;            /* one sentence */
  enum attack_actor at_home_of; /* whose local time counts */
  uint8_t hour;                 /* local, at which it begins */
  bool working_day;             /* it waits for one */
  const struct attack_step *steps;
  size_t step_count;
};

extern const struct attack *const ATTACKS[]; /* by name */
extern const size_t ATTACK_COUNT;

/* An attack that is to happen. */
struct attack_run {
  const struct attack *attack;
  int64_t day; /* on which it begins, from 1970-01-01 */
  uint64_t seed;
  size_t first_shape; /* the number of its first step's shape */
  uint16_t mark;      /* of its acts */
  bool cast;          /* who is who has been chosen, and the start computed */
  uint32_t victim, admin;
  struct day begin; /* the day of the start */
  time_us start;
};

/* Reads "name" or "name:day=N", N from 1; without N, it is number `index` of `count` attacks that
 * are spread over the tenant's days. False with the reason. */
bool attack_parse(const char *written, uint32_t days, size_t index, size_t count,
                  struct attack_run *run, uint32_t *day, struct error *error);

/* Puts what happens on a day of the first place into the agenda. */
void attack_plan(struct attack_run *run, struct plan *plan, const struct day *day);

#endif

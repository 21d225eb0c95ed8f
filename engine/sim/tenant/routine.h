/*
 * What admins of a made-up tenant do from time to time: users' details, groups, rooms, phones, and
 * seldom the account's settings. A settled account is tightened more often than it is weakened.
 *
 * Constant: any thread.
 */
#ifndef SIM_TENANT_ROUTINE_H
#define SIM_TENANT_ROUTINE_H

#include "sim/random.h"

#include <stddef.h>

/* What it is about; what is about phones has a report of its own. */
enum routine_about { ROUTINE_PERSON, ROUTINE_ROOM, ROUTINE_PHONE };

struct routine {
  unsigned weight;    /* within its role, whose weights add up to 1000 */
  unsigned char role; /* enum person_role */
  enum routine_about about;
  const char *operation; /* the shape of its row in the report */
  const char *webhook;   /* the shape of a body that reports it, too; NULL: none */
};

extern const struct routine ROUTINES[];
extern const size_t ROUTINE_COUNT;

/* How many of them somebody of this role does on a working day. */
double routine_mean(int role);

/* A row for this role, which must have some. */
size_t routine_pick(int role, struct random *random);

#endif

/*
 * The room sim/tenant makes up the records of a whole Zoom account: an organisation whose people
 * sign in, meet, chat, call, come and go by day and night, in order of time. docs/simulator.md says
 * what is in it, how often, and why.
 *
 * The same options make the same bytes on every machine. Attacks only add records: without theirs
 * the stream is the one without attacks, byte for byte.
 *
 * Memory grows with the people (some 4 KB each), not with the days.
 *
 * Threads: one for each tenant.
 */
#ifndef SIM_TENANT_TENANT_H
#define SIM_TENANT_TENANT_H

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"

/* Where a record is found: four reports, and the bodies of webhooks. */
enum tenant_log {
  TENANT_OPERATION,
  TENANT_PHONE_OPERATION,
  TENANT_ACTIVITY,
  TENANT_MEETING_ACTIVITY,
  TENANT_WEBHOOK,
  TENANT_LOGS
};
extern const char *const TENANT_LOG_NAMES[TENANT_LOGS]; /* "operation", …, "webhook" */

#define TENANT_USERS_MIN 20
#define TENANT_USERS_MAX 1000000
#define TENANT_DAYS_MAX 3660
#define TENANT_ATTACKS_MAX 1000

struct tenant_options {
  uint64_t seed;
  uint32_t users;             /* TENANT_USERS_MIN to TENANT_USERS_MAX, at the start */
  uint32_t days;              /* 1 to TENANT_DAYS_MAX */
  time_us from;               /* midnight in UTC, from 2000 to 2099: the first moment */
  const char *const *attacks; /* each a name of attack.h, or "name:day=N" with N from 1 */
  size_t attack_count;        /* at most TENANT_ATTACKS_MAX */
};

struct tenant;

/* NULL with the reason: a number out of its range, an attack that nobody knows. */
struct tenant *tenant_new(const struct tenant_options *options, struct error *error);
void tenant_free(struct tenant *tenant); /* NULL is fine */

struct tenant_record {
  time_us time;
  enum tenant_log log;
  const char *attack; /* NULL: everyday; else its name, a constant */
  const char *step;   /* what of the attack it is, in words, a constant */
};

/* Appends the next record, one JSON object without a newline, and describes it. False: there are no
 * more. Times never fall. */
bool tenant_next(struct tenant *tenant, struct buffer *out, struct tenant_record *record);

/* Appends a lookup table for the tenant's networks: place_append_table. */
void tenant_append_places(struct buffer *out);

#endif

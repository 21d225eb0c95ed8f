/*
 * The people of a made-up tenant: who they are, where they live, what they use, when they come and
 * go. They are made from the seed one after the other, so the same seed makes the same people.
 *
 * Eight people whose numbers follow each other are a team: they share a city and a department. The
 * first number is the account's owner, the second the service that provisions users.
 *
 * Threads: one.
 */
#ifndef SIM_TENANT_PEOPLE_H
#define SIM_TENANT_PEOPLE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/map.h"
#include "sim/random.h"

enum person_role { PERSON_OWNER, PERSON_SERVICE, PERSON_ADMIN, PERSON_HELP_DESK, PERSON_MEMBER };

struct person {
  struct text email, name, first, last; /* fit for a JSON string; in the arena */
  uint64_t key;                         /* the person's made-up ids come from it */
  int32_t joined, left;                 /* the first day and the day after the last one */
  uint8_t place, department, role;
  uint8_t desktop, mobile; /* rows of the table of clients */
  bool licensed, remote, phone, vpn;
};

#define PEOPLE_TEAM 8
#define PEOPLE_OWNER 0
#define PEOPLE_SERVICE 1
#define PEOPLE_NEVER INT32_MAX /* `left` of who stays */

/* Numbers of somebody who is not one of the people: guests of meetings, and the accounts that
 * attackers bring along (rows of a table). */
#define PEOPLE_GUEST UINT32_C(0x80000000)
#define PEOPLE_ROGUE UINT32_C(0xc0000000)
#define PEOPLE_ROGUE_COUNT 4

struct people {
  struct person *list;
  size_t count, capacity;
  uint64_t seed;
  uint32_t admins, help_desk; /* how many; they follow the service */
  uint32_t rooms;
  struct arena arena;
  struct map addresses; /* how often each address before its number is taken */
};

/* `count` people, all of whom joined before `day`. */
void people_start(struct people *people, uint64_t seed, uint32_t count, int64_t day);
void people_free(struct people *people);

/* One more, who joins on `day`. Pointers into `list` are no longer valid. */
uint32_t people_add(struct people *people, int64_t day);

static inline bool person_is_here(const struct person *person, int64_t day) {
  return day >= person->joined && day < person->left;
}

/* Somebody's names: of one of the people, or made up in `scratch` for a guest, whose address may be
 * empty. Valid until the people or the scratch change. */
struct somebody {
  struct text email, name, first, last;
  uint64_t key;
};
struct somebody people_somebody(const struct people *people, uint32_t number,
                                struct buffer *scratch);

/* A client: as the report of sign-ins and as webhooks call it. */
struct people_client {
  unsigned weight;
  const char *report, *webhook;
};
enum { CLIENT_BROWSER, CLIENT_WINDOWS, CLIENT_MAC, CLIENT_LINUX, CLIENT_IOS, CLIENT_ANDROID };
extern const struct people_client PEOPLE_CLIENTS[];

/* The version of somebody's client on a day: releases come every 28 days, and people upgrade late.
 * "-" for a browser. */
void people_append_version(struct buffer *out, uint64_t key, int client, int64_t day);

#endif

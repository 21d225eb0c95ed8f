#include "sim/tenant/people.h"

#include "sim/tenant/people_words.h"
#include "sim/tenant/place.h"

#include "base/memory.h"

#include <stdlib.h>

#define DOMAIN "@example.com"
#define SUBSIDIARY_DOMAIN "@north-west.example.com"

const struct people_client PEOPLE_CLIENTS[] = {
    [CLIENT_BROWSER] = {0, "Browser", "browser"},
    [CLIENT_WINDOWS] = {56, "Windows", "win"},
    [CLIENT_MAC] = {40, "Mac", "mac"},
    [CLIENT_LINUX] = {4, "Linux", "linux"},
    [CLIENT_IOS] = {55, "iOS", "iphone"},
    [CLIENT_ANDROID] = {45, "Android", "android"},
};

/* The accounts that attackers bring along, in the order of the attacks' tables. */
static const struct {
  const char *first, *last, *email;
} ROGUES[PEOPLE_ROGUE_COUNT] = {
    {"Backup", "Admin", "backup.admin@example.com"},
    {"Zoom", "Support", "zoom-support@example.net"},
    {"Sync", "Service", "sync.service@example.com"},
    {"Max", "Mustermann", "max.mustermann@example.org"},
};

static const struct people_name *pick_name(const struct people_name *names, struct random *random) {
  return &names[random_below(random, PEOPLE_NAMES)];
}

/* A weighted choice among `first` to `last`. */
static uint8_t pick_client(struct random *random, int first, int last) {
  uint32_t at = random_below(random, 100);
  for (int client = first; client < last; client++) {
    if (at < PEOPLE_CLIENTS[client].weight)
      return (uint8_t)client;
    at -= PEOPLE_CLIENTS[client].weight;
  }
  return (uint8_t)last;
}

static uint8_t pick_place(struct random *random) {
  uint32_t at = random_below(random, 100);
  for (uint8_t i = 0; i + 1 < PLACE_COUNT; i++) {
    if (at < PLACES[i].weight)
      return i;
    at -= PLACES[i].weight;
  }
  return PLACE_COUNT - 1;
}

static uint8_t pick_department(struct random *random) {
  uint32_t at = random_below(random, 100);
  for (uint8_t i = 0; i + UINT64_C(1) < PEOPLE_DEPARTMENT_COUNT; i++) {
    if (at < PEOPLE_DEPARTMENTS[i].weight)
      return i;
    at -= PEOPLE_DEPARTMENTS[i].weight;
  }
  return (uint8_t)(PEOPLE_DEPARTMENT_COUNT - 1);
}

/* "lena.mueller@example.com", the second of this name "lena.mueller2@example.com". */
static struct text make_address(struct people *people, const char *first, const char *last,
                                const char *domain) {
  const char *address = arena_printf(&people->arena, "%s.%s%s", first, last, domain);
  struct text text = text_from(address);
  uint32_t *taken = map_get(&people->addresses, text);
  if (!taken) {
    taken = arena_alloc(&people->arena, sizeof *taken);
    map_put(&people->addresses, text, taken);
  }
  if (++*taken == 1)
    return text;
  return text_from(arena_printf(&people->arena, "%s.%s%u%s", first, last, *taken, domain));
}

static void name_person(struct people *people, struct person *person, struct random *random) {
  const char *mix = PEOPLE_MIX[person->place];
  const struct people_culture *culture = &PEOPLE_CULTURES[mix[random_below(random, 10)] - 'a'];
  const struct people_name *first = pick_name(culture->first, random);
  const struct people_name *last = pick_name(culture->last, random);
  person->first = text_from(first->shown);
  person->last = text_from(last->shown);
  person->name = text_from(arena_printf(&people->arena, "%s %s", first->shown, last->shown));
  bool subsidiary = strcmp(PLACES[person->place].country, "PL") == 0;
  person->email =
      make_address(people, first->plain, last->plain, subsidiary ? SUBSIDIARY_DOMAIN : DOMAIN);
}

static uint8_t role_of(const struct people *people, uint32_t number) {
  if (number == PEOPLE_OWNER)
    return PERSON_OWNER;
  if (number == PEOPLE_SERVICE)
    return PERSON_SERVICE;
  if (number < 2 + people->admins)
    return PERSON_ADMIN;
  return number < 2 + people->admins + people->help_desk ? PERSON_HELP_DESK : PERSON_MEMBER;
}

uint32_t people_add(struct people *people, int64_t day) {
  uint32_t number = (uint32_t)people->count;
  people->list =
      memory_reserve(people->list, &people->capacity, people->count + 1, sizeof *people->list);
  struct person *person = &people->list[people->count++];
  struct random team = random_of(people->seed ^ 0x7ea3, number / PEOPLE_TEAM);
  struct random random = random_of(people->seed ^ 0x9e09, number);
  *person = (struct person){.key = random_next(&random),
                            .joined = (int32_t)day,
                            .left = PEOPLE_NEVER,
                            .place = pick_place(&team),
                            .department = pick_department(&team),
                            .role = role_of(people, number),
                            .desktop = pick_client(&random, CLIENT_WINDOWS, CLIENT_LINUX),
                            .mobile = pick_client(&random, CLIENT_IOS, CLIENT_ANDROID),
                            .licensed = random_chance(&random, 0.86),
                            .remote = random_chance(&random, 0.3),
                            .phone = random_chance(&random, 0.6),
                            .vpn = random_chance(&random, 0.12)};
  if (random_chance(&random, 0.1)) /* not all of a team live in one city */
    person->place = pick_place(&random);
  name_person(people, person, &random);
  if (person->role == PERSON_SERVICE) {
    person->first = TEXT("SCIM");
    person->last = TEXT("Provisioning");
    person->name = TEXT("SCIM Provisioning");
    person->email = TEXT("scim-provisioning" DOMAIN);
  }
  return number;
}

void people_start(struct people *people, uint64_t seed, uint32_t count, int64_t day) {
  *people = (struct people){.seed = seed,
                            .admins = 2 + count / 1600,
                            .help_desk = 1 + count / 500,
                            .rooms = 2 + count / 150,
                            .arena = ARENA_NONE,
                            .addresses = MAP_NONE};
  for (uint32_t i = 0; i < count; i++) {
    struct random random = random_of(seed ^ 0x0ff1, i);
    people_add(people, day - 1 - random_below(&random, 1500));
  }
}

void people_free(struct people *people) {
  free(people->list);
  map_clear(&people->addresses, NULL);
  arena_free(&people->arena);
  *people = (struct people){.list = NULL};
}

/* Guests come from everywhere; one in three is signed in, so that Zoom knows the address. */
static struct somebody make_guest(uint32_t number, struct buffer *scratch) {
  struct random random = random_of(0x6e57, number);
  const struct people_culture *culture = &PEOPLE_CULTURES[random_below(&random, CULTURE_COUNT)];
  const struct people_name *first = pick_name(culture->first, &random);
  const struct people_name *last = pick_name(culture->last, &random);
  struct somebody guest = {.first = text_from(first->shown),
                           .last = text_from(last->shown),
                           .key = random_next(&random)};
  buffer_reset(scratch);
  buffer_printf(scratch, "%s %s", first->shown, last->shown);
  size_t name_size = scratch->size;
  if (random_chance(&random, 0.35))
    buffer_printf(scratch, "%s.%s@partner%u.example.net", first->plain, last->plain,
                  random_below(&random, 40));
  guest.name = (struct text){scratch->data, name_size};
  guest.email = (struct text){scratch->data + name_size, scratch->size - name_size};
  return guest;
}

struct somebody people_somebody(const struct people *people, uint32_t number,
                                struct buffer *scratch) {
  if (number >= PEOPLE_ROGUE) {
    uint32_t row = (number - PEOPLE_ROGUE) % PEOPLE_ROGUE_COUNT;
    buffer_reset(scratch);
    buffer_printf(scratch, "%s %s", ROGUES[row].first, ROGUES[row].last);
    struct random random = random_of(people->seed ^ 0xbad, row);
    return (struct somebody){text_from(ROGUES[row].email), buffer_text(scratch),
                             text_from(ROGUES[row].first), text_from(ROGUES[row].last),
                             random_next(&random)};
  }
  if (number >= PEOPLE_GUEST)
    return make_guest(number - PEOPLE_GUEST, scratch);
  const struct person *person = &people->list[number];
  return (struct somebody){person->email, person->name, person->first, person->last, person->key};
}

void people_append_version(struct buffer *out, uint64_t key, int client, int64_t day) {
  if (client == CLIENT_BROWSER) {
    buffer_append_char(out, '-');
    return;
  }
  struct random random = random_of(key, 0x5e7 + (uint64_t)client);
  uint32_t lag = random_below(&random, 100);
  /* Releases since 2024; most have the latest one or the one before, one in 200 is a year late. */
  int64_t release = (day - 19723 - random_below(&random, 28)) / 28;
  release -= lag < 60 ? lag / 30 : lag < 99 ? lag % 5 : (int64_t)random_below(&random, 2) * 12;
  if (release < 0)
    release = 0;
  unsigned quarter = (unsigned)(release / 3), patch = (unsigned)(release % 3) * 5;
  if (quarter == 0)
    buffer_printf(out, "5.17.%u.%u", patch, 2543 + (unsigned)client * 1000);
  else
    buffer_printf(out, "6.%u.%u.%u", quarter - 1, patch,
                  (unsigned)release * 941 + (unsigned)client * 1000);
}

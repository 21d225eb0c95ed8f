/*
 * Where the people of a made-up tenant live: cities with their time zones, summer time and
 * holidays, and the networks from which people come.
 *
 * Everything here is constant or computed from its arguments: any thread.
 */
#ifndef SIM_TENANT_PLACE_H
#define SIM_TENANT_PLACE_H

#include "base/buffer.h"

/* When clocks are put forward, by the law of the region. They change at night, so a whole day has
 * one offset. */
enum place_summer {
  PLACE_SUMMER_NONE,
  PLACE_SUMMER_EUROPE,   /* last Sunday of March to last Sunday of October (2000/84/EC) */
  PLACE_SUMMER_AMERICA,  /* second Sunday of March to first Sunday of November (15 U.S.C. 260a) */
  PLACE_SUMMER_AUSTRALIA /* first Sunday of October to first Sunday of April */
};

struct place {
  unsigned weight; /* share of the people */
  const char *city, *country, *zone;
  int16_t offset_minutes; /* from UTC, in winter */
  enum place_summer summer;
  double latitude, longitude;
  const char
      *dial; /* four digits make it a phone number; of those kept for fiction where there are */
};

extern const struct place PLACES[];
#define PLACE_COUNT 16

/* Days are counted from 1970-01-01, in local time. */
int place_weekday(int64_t day); /* 0: Sunday */
int place_offset_minutes(const struct place *place, int64_t day);
bool place_is_holiday(const struct place *place, int64_t day);

/* From which kind of network somebody comes. */
enum place_network {
  PLACE_HOME,     /* 198.18.0.0/15 (RFC 2544), or 2001:db8::/32 (RFC 3849) for every fifth */
  PLACE_OFFICE,   /* 203.0.113.0/24 (RFC 5737): few addresses that all share */
  PLACE_MOBILE,   /* 100.64.0.0/10 (RFC 6598) */
  PLACE_VPN,      /* 192.0.2.0/24 (RFC 5737): the company's gateways on three continents */
  PLACE_HOTEL,    /* 198.51.100.0/25 (RFC 5737) */
  PLACE_ATTACKER, /* 198.51.100.128/25 */
  PLACE_NETWORKS
};

/* Appends an address; `number` decides among those of the network at this place. */
void place_append_address(struct buffer *out, size_t place, enum place_network network,
                          uint64_t number);

/* Appends a lookup table (YAML, match: cidr) that says where each of these networks is, in the
 * nesting of MaxMind's files. Attackers are in the country XA, which ISO 3166 leaves to its users.
 */
void place_append_table(struct buffer *out);

#endif

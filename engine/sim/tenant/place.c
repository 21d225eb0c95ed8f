#include "sim/tenant/place.h"

#include "base/clock.h"

#include <stdlib.h>

/* Zones are those of the tz database; offsets, places and laws are public facts; weights are
 * chosen: a European company with offices everywhere. */
const struct place PLACES[PLACE_COUNT] = {
    {18, "Zurich", "CH", "Europe/Zurich", 60, PLACE_SUMMER_EUROPE, 47.4, 8.5, "+4155501"},
    {10, "Berlin", "DE", "Europe/Berlin", 60, PLACE_SUMMER_EUROPE, 52.5, 13.4, "+493023125"},
    {9, "London", "GB", "Europe/London", 0, PLACE_SUMMER_EUROPE, 51.5, -0.1, "+44207946"},
    {6, "Paris", "FR", "Europe/Paris", 60, PLACE_SUMMER_EUROPE, 48.9, 2.4, "+3319900"},
    {4, "Madrid", "ES", "Europe/Madrid", 60, PLACE_SUMMER_EUROPE, 40.4, -3.7, "+3491550"},
    {4, "Warsaw", "PL", "Europe/Warsaw", 60, PLACE_SUMMER_EUROPE, 52.2, 21.0, "+4822550"},
    {12, "New York", "US", "America/New_York", -300, PLACE_SUMMER_AMERICA, 40.7, -74.0, "+1212555"},
    {6, "Chicago", "US", "America/Chicago", -360, PLACE_SUMMER_AMERICA, 41.9, -87.6, "+1312555"},
    {7, "San Francisco", "US", "America/Los_Angeles", -480, PLACE_SUMMER_AMERICA, 37.8, -122.4,
     "+1415555"},
    {3, "São Paulo", "BR", "America/Sao_Paulo", -180, PLACE_SUMMER_NONE, -23.5, -46.6, "+5511555"},
    {9, "Bengaluru", "IN", "Asia/Kolkata", 330, PLACE_SUMMER_NONE, 13.0, 77.6, "+9180555"},
    {3, "Singapore", "SG", "Asia/Singapore", 480, PLACE_SUMMER_NONE, 1.3, 103.8, "+6565550"},
    {4, "Tokyo", "JP", "Asia/Tokyo", 540, PLACE_SUMMER_NONE, 35.7, 139.7, "+8135550"},
    {3, "Sydney", "AU", "Australia/Sydney", 600, PLACE_SUMMER_AUSTRALIA, -33.9, 151.2, "+6125550"},
    {1, "Lagos", "NG", "Africa/Lagos", 60, PLACE_SUMMER_NONE, 6.5, 3.4, "+2341555"},
    {1, "Istanbul", "TR", "Europe/Istanbul", 180, PLACE_SUMMER_NONE, 41.0, 29.0, "+9021255"},
};

struct date {
  int year, month, day;
};

static struct date date_of(int64_t day) {
  struct time_string string;
  const char *text = time_format_date(day * US_PER_DAY, &string);
  char *end = NULL;
  struct date date = {.year = (int)strtol(text, &end, 10)};
  if (*end == '-')
    date.month = (int)strtol(end + 1, &end, 10);
  if (*end == '-')
    date.day = (int)strtol(end + 1, &end, 10);
  return date;
}

int place_weekday(int64_t day) {
  return (int)(((day + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
}

/* Whether the `nth` Sunday of the day's month (1 for the first, 5 for the last) has come. Both
 * months of a change that is the last Sunday have 31 days. */
static bool sunday_has_come(const struct date *date, int64_t day, int nth) {
  int sunday = date->day - place_weekday(day); /* the latest one, or before the month */
  return nth == 5 ? sunday + 7 > 31 : sunday > 7 * (nth - 1);
}

int place_offset_minutes(const struct place *place, int64_t day) {
  static const struct {
    int first_month, first_sunday, last_month, last_sunday;
  } rules[] = {[PLACE_SUMMER_EUROPE] = {3, 5, 10, 5},
               [PLACE_SUMMER_AMERICA] = {3, 2, 11, 1},
               [PLACE_SUMMER_AUSTRALIA] = {10, 1, 4, 1}};
  if (place->summer == PLACE_SUMMER_NONE)
    return place->offset_minutes;
  struct date date = date_of(day);
  int first = rules[place->summer].first_month, last = rules[place->summer].last_month;
  bool summer = first < last ? date.month > first && date.month < last
                             : date.month > first || date.month < last;
  if (date.month == first)
    summer = sunday_has_come(&date, day, rules[place->summer].first_sunday);
  else if (date.month == last)
    summer = !sunday_has_come(&date, day, rules[place->summer].last_sunday);
  return place->offset_minutes + (summer ? 60 : 0);
}

/* Holidays with a date of their own: the country ("*": all), month, day. Chosen: those on which
 * offices are shut. */
static const struct {
  const char *country;
  int month, day;
} HOLIDAYS[] = {
    {"*", 1, 1},    {"*", 12, 25},  {"CH", 8, 1},  {"CH", 12, 26}, {"DE", 5, 1},   {"DE", 10, 3},
    {"DE", 12, 26}, {"GB", 12, 26}, {"FR", 5, 1},  {"FR", 7, 14},  {"FR", 11, 11}, {"ES", 1, 6},
    {"ES", 5, 1},   {"ES", 10, 12}, {"PL", 5, 1},  {"PL", 5, 3},   {"PL", 11, 11}, {"US", 7, 4},
    {"US", 6, 19},  {"US", 11, 11}, {"BR", 4, 21}, {"BR", 9, 7},   {"IN", 1, 26},  {"IN", 8, 15},
    {"IN", 10, 2},  {"SG", 8, 9},   {"JP", 2, 11}, {"JP", 4, 29},  {"JP", 5, 3},   {"JP", 5, 4},
    {"JP", 5, 5},   {"AU", 1, 26},  {"AU", 4, 25}, {"NG", 10, 1},  {"TR", 4, 23},  {"TR", 10, 29},
};

/* The days from 1 March to Easter Sunday, by Gauss's rule for the Gregorian calendar, 1900 to 2099;
 * its two exceptions (years that give 57 with d = 29, and 56 with d = 28, e = 6) move a week. */
static int easter_after_february(int year) {
  int a = year % 19, d = (19 * a + 24) % 30;
  int e = (2 * (year % 4) + 4 * (year % 7) + 6 * d + 5) % 7;
  int day = 22 + d + e;
  return day == 57 || (day == 56 && d == 28 && a > 10) ? day - 7 : day;
}

static bool is_easter_monday(const struct place *place, const struct date *date) {
  if (strstr("US BR IN SG JP NG TR", place->country))
    return false;
  int after = date->month == 3 ? date->day : date->month == 4 ? 31 + date->day : 0;
  return after == easter_after_february(date->year) + 1;
}

bool place_is_holiday(const struct place *place, int64_t day) {
  struct date date = date_of(day);
  for (size_t i = 0; i < sizeof HOLIDAYS / sizeof *HOLIDAYS; i++)
    if (date.month == HOLIDAYS[i].month && date.day == HOLIDAYS[i].day &&
        (HOLIDAYS[i].country[0] == '*' || strcmp(HOLIDAYS[i].country, place->country) == 0))
      return true;
  /* Thanksgiving: the fourth Thursday of November. */
  if (strcmp(place->country, "US") == 0 && date.month == 11 && place_weekday(day) == 4 &&
      date.day >= 22 && date.day <= 28)
    return true;
  return is_easter_monday(place, &date);
}

/* The company's gateways are in Zurich, New York and Singapore: 64 addresses each. */
static const uint8_t GATEWAYS[] = {0, 6, 11};

static size_t gateway_of(size_t place) {
  if (PLACES[place].longitude < -30)
    return 1;
  return PLACES[place].longitude > 60 ? 2 : 0;
}

void place_append_address(struct buffer *out, size_t place, enum place_network network,
                          uint64_t number) {
  unsigned low = (unsigned)(number & 0xffff), at = (unsigned)place;
  switch (network) {
  case PLACE_HOME:
    if (number % 5 == 0)
      buffer_printf(out, "2001:db8:%x:%x::%x", 0x10 + at, low,
                    (unsigned)(number >> 16 & 0xfff) + 1);
    else
      buffer_printf(out, "198.%u.%u.%u", 18 + at / 16, (at % 16) * 16 + low % 16,
                    low / 16 % 254 + 1);
    return;
  case PLACE_OFFICE:
    buffer_printf(out, "203.0.113.%u", at * 16 + low % 3 + 1);
    return;
  case PLACE_MOBILE:
    buffer_printf(out, "100.%u.%u.%u", 64 + at, low % 256, low / 256 % 254 + 1);
    return;
  case PLACE_VPN:
    buffer_printf(out, "192.0.2.%u", 64 * (unsigned)gateway_of(place) + 1 + low % 4);
    return;
  case PLACE_HOTEL:
    buffer_printf(out, "198.51.100.%u", at * 8 + low % 8);
    return;
  case PLACE_ATTACKER:
  case PLACE_NETWORKS:
    buffer_printf(out, "198.51.100.%u", 129 + low % 120);
    return;
  }
}

static void append_network(struct buffer *out, const struct place *place) {
  buffer_printf(out, ": {country: %s, location: {latitude: %.1f, longitude: %.1f}}\n",
                place->country, place->latitude, place->longitude);
}

void place_append_table(struct buffer *out) {
  static const struct place nowhere = {.country = "XA", .latitude = -35, .longitude = -20};
  for (unsigned i = 0; i < PLACE_COUNT; i++) {
    const struct place *place = &PLACES[i];
    buffer_printf(out, "198.%u.%u.0/20", 18 + i / 16, (i % 16) * 16);
    append_network(out, place);
    buffer_printf(out, "2001:db8:%x::/48", 0x10 + i);
    append_network(out, place);
    buffer_printf(out, "203.0.113.%u/28", i * 16);
    append_network(out, place);
    buffer_printf(out, "100.%u.0.0/16", 64 + i);
    append_network(out, place);
    buffer_printf(out, "198.51.100.%u/29", i * 8);
    append_network(out, place);
  }
  for (unsigned i = 0; i < sizeof GATEWAYS; i++) {
    buffer_printf(out, "192.0.2.%u/26", i * 64);
    append_network(out, &PLACES[GATEWAYS[i]]);
  }
  buffer_append_string(out, "198.51.100.128/25");
  append_network(out, &nowhere);
}

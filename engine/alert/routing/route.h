/*
 * A route: an entry of `routes` in the configuration. It asks of an alert and says where those go
 * that fit, or that they go nowhere.
 *
 * All that a route asks must hold; of a list one item must. Words are compared in any case of
 * letters; those of rules, log types, tags, packs, sources and actors are patterns: `*` is any run
 * of characters, `?` any one.
 *
 * A route is plain data that whoever read it owns; any thread.
 */
#ifndef ALERT_ROUTING_ROUTE_H
#define ALERT_ROUTING_ROUTE_H

#include "alert/alert.h"

/* What a route can ask by lists of words. */
enum route_ask {
  ROUTE_RULES, /* ids */
  ROUTE_LOG_TYPES,
  ROUTE_TAGS,
  ROUTE_PACKS,
  ROUTE_SOURCES, /* ids */
  ROUTE_ACTORS,
  ROUTE_ASK_COUNT
};

extern const char *const route_ask_keys[ROUTE_ASK_COUNT]; /* "rules", "log_types", … */

struct route_list {
  const struct text *items;
  size_t count; /* 0: it does not ask */
};

#define ROUTE_ANY UINT32_MAX /* of `severities` and `alert_types`: it does not ask */

struct route {
  struct text name; /* for people: "weekend", or "routes[2]" */
  unsigned line;    /* where it stands in the configuration */
  struct route_list asks[ROUTE_ASK_COUNT];
  uint32_t severities;  /* bit 1 << severity */
  uint32_t alert_types; /* bit 1 << alert_type */
  struct route_list send_to;
  bool mutes;    /* alerts that fit are kept, and go nowhere */
  time_us until; /* of events before that time; TIME_NONE: always */
  struct text reason;
  bool goes_on; /* the routes that follow are looked at, too */
};

/* What a route is asked of: an alert, and what it does not know of its rule. */
struct route_subject {
  const struct alert *alert;
  struct text pack; /* empty: none, or no rule opened it */
};

/* Whether the route takes the alert. A mute that is over takes none. */
bool route_fits(const struct route *route, const struct route_subject *subject);

/* Whether a word fits a pattern. */
bool route_pattern_fits(struct text pattern, struct text word);

/* Whether every alert that `later` takes is taken by `earlier` before, so that `later` never is:
 * `earlier` ends the search, for good, and asks no more. Never true by mistake; what is only found
 * by thinking about two patterns may be missed. */
bool route_shadows(const struct route *earlier, const struct route *later);

#endif

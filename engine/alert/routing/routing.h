/*
 * The room alert/routing chooses the destinations of an alert, and when they hear of it.
 *
 * Which destinations an alert goes to.
 */
#ifndef ALERT_ROUTING_ROUTING_H
#define ALERT_ROUTING_ROUTING_H

#include "alert/destination/destination.h"
#include "alert/routing/route.h"

/* What a rule asks for. Not `given`: by routes, or by severity and type. */
struct routing_names {
  bool given;
  const struct text *items;
  size_t count;
};

/* Where alerts can go. All of it must outlive who uses it. */
struct routing {
  const struct destination *destinations;
  size_t destination_count;
  const struct route *routes; /* in their order */
  size_t route_count;
};

/* False when there are names, and none of them is a destination's: then routing takes their place,
 * and who gets the alert should know. Any thread. */
bool destinations_known(const struct routing *routing, const struct routing_names *names);

/* What decided where an alert goes. */
enum routing_way {
  ROUTING_BY_RULE,    /* its rule's names */
  ROUTING_BY_ROUTE,   /* routes */
  ROUTING_BY_SEVERITY /* no route took it: by severity and type */
};

struct routing_outcome {
  enum routing_way way;
  const struct route *route; /* BY_ROUTE: the last one that took it */
  bool muted;                /* by that route: it goes nowhere */
};

/* Who is called while an alert is routed; both with `context`. */
struct routing_calls {
  void (*each)(void *context, const struct destination *destination);
  void (*unknown)(void *context, struct text name); /* NULL: nobody */
  void *context;
};

/*
 * Chooses the destinations of an alert, in this order:
 *
 *   1. Given names (from destinations() or the metadata): known ones are used, unknown ones are
 *      reported; an empty list means nowhere. When none of the names is known, it goes on.
 *   2. Routes: the first one that takes the alert, and after one that goes on the next ones, too.
 *      One that mutes ends the search; the alert then goes where earlier ones sent it, or nowhere.
 *   3. Every destination that takes this severity and alert type.
 *
 * Calls `each` for every destination chosen, once, in the order of the configuration, but of names
 * in theirs. `names` may be NULL: none. Any thread; everything is only read.
 */
struct routing_outcome routing_choose(const struct routing *routing,
                                      const struct routing_names *names,
                                      const struct route_subject *subject,
                                      const struct routing_calls *calls);

#endif

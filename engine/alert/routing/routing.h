/*
 * The room alert/routing chooses the destinations of an alert.
 *
 * Which destinations an alert goes to.
 */
#ifndef ALERT_ROUTING_ROUTING_H
#define ALERT_ROUTING_ROUTING_H

#include "alert/destination/destination.h"

/* What a rule asks for. Not `given`: routing by severity and type. */
struct routing_names {
  bool given;
  const struct text *items;
  size_t count;
};

/* False when there are names, and none of them is a destination's: then routing by severity and
 * type takes their place, and who gets the alert should know. Any thread. */
bool destinations_known(const struct destination *destinations, size_t count,
                        const struct routing_names *names);

/*
 * Given names (from destinations() or the metadata) win: known ones are used, unknown ones are
 * reported to `unknown` (NULL: to nobody); an empty list means nowhere. Otherwise, and when none of
 * the names is known, every destination that takes this severity and alert type. Calls `each` for
 * every destination chosen, once. Any thread; destinations are only read.
 */
void destinations_route(const struct destination *destinations, size_t count,
                        const struct routing_names *names, enum severity severity,
                        enum alert_type type,
                        void (*each)(void *context, const struct destination *destination),
                        void (*unknown)(void *context, struct text name), void *context);

#endif

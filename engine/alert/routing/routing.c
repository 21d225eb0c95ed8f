#include "alert/routing/routing.h"

static const struct destination *find(const struct destination *destinations, size_t count,
                                      struct text id) {
  for (size_t i = 0; i < count; i++)
    if (text_equal(destinations[i].id, id))
      return &destinations[i];
  return NULL;
}

bool destinations_known(const struct destination *destinations, size_t count,
                        const struct routing_names *names) {
  bool known = !names->given || names->count == 0;
  for (size_t i = 0; i < names->count && !known; i++)
    known = find(destinations, count, names->items[i]) != NULL;
  return known;
}

static bool named_before(const struct routing_names *names, size_t end) {
  for (size_t i = 0; i < end; i++)
    if (text_equal(names->items[i], names->items[end]))
      return true;
  return false;
}

/* Calls `each` for the names that are known, once. */
static void route_by_names(const struct destination *destinations, size_t count,
                           const struct routing_names *names,
                           void (*each)(void *context, const struct destination *destination),
                           void (*unknown)(void *context, struct text name), void *context) {
  for (size_t i = 0; i < names->count; i++) {
    if (named_before(names, i))
      continue;
    const struct destination *destination = find(destinations, count, names->items[i]);
    if (destination)
      each(context, destination);
    else if (unknown)
      unknown(context, names->items[i]);
  }
}

void destinations_route(const struct destination *destinations, size_t count,
                        const struct routing_names *names, enum severity severity,
                        enum alert_type type,
                        void (*each)(void *context, const struct destination *destination),
                        void (*unknown)(void *context, struct text name), void *context) {
  if (names && names->given)
    route_by_names(destinations, count, names, each, unknown, context);
  if (names && names->given && destinations_known(destinations, count, names))
    return;
  for (size_t i = 0; i < count; i++)
    if ((destinations[i].severities >> severity & 1) && (destinations[i].alert_types >> type & 1))
      each(context, &destinations[i]);
}

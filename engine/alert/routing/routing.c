#include "alert/routing/routing.h"

static const struct destination *find(const struct destination *destinations, size_t count,
                                      struct text id) {
  for (size_t i = 0; i < count; i++)
    if (text_equal(destinations[i].id, id))
      return &destinations[i];
  return NULL;
}

static bool named_before(const struct routing_names *names, size_t end) {
  for (size_t i = 0; i < end; i++)
    if (text_equal(names->items[i], names->items[end]))
      return true;
  return false;
}

void destinations_route(const struct destination *destinations, size_t count,
                        const struct routing_names *names, enum severity severity,
                        enum alert_type type,
                        void (*each)(void *context, const struct destination *destination),
                        void (*unknown)(void *context, struct text name), void *context) {
  if (names && names->given) {
    for (size_t i = 0; i < names->count; i++) {
      if (named_before(names, i))
        continue;
      const struct destination *destination = find(destinations, count, names->items[i]);
      if (destination)
        each(context, destination);
      else if (unknown)
        unknown(context, names->items[i]);
    }
    return;
  }
  for (size_t i = 0; i < count; i++)
    if ((destinations[i].severities >> severity & 1) && (destinations[i].alert_types >> type & 1))
      each(context, &destinations[i]);
}

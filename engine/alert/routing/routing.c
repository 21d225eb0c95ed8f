#include "alert/routing/routing.h"

#include "base/memory.h"

#include <stdlib.h>

static const struct destination *find(const struct routing *routing, struct text id) {
  for (size_t i = 0; i < routing->destination_count; i++)
    if (text_equal(routing->destinations[i].id, id))
      return &routing->destinations[i];
  return NULL;
}

bool destinations_known(const struct routing *routing, const struct routing_names *names) {
  bool known = !names->given || names->count == 0;
  for (size_t i = 0; i < names->count && !known; i++)
    known = find(routing, names->items[i]) != NULL;
  return known;
}

/* ---- by names ------------------------------------------------------------------------------ */

static bool named_before(const struct routing_names *names, size_t end) {
  for (size_t i = 0; i < end; i++)
    if (text_equal(names->items[i], names->items[end]))
      return true;
  return false;
}

/* Calls `each` for the names that are known, once. */
static void choose_by_names(const struct routing *routing, const struct routing_names *names,
                            const struct routing_calls *calls) {
  for (size_t i = 0; i < names->count; i++) {
    if (named_before(names, i))
      continue;
    const struct destination *destination = find(routing, names->items[i]);
    if (destination)
      calls->each(calls->context, destination);
    else if (calls->unknown)
      calls->unknown(calls->context, names->items[i]);
  }
}

/* ---- by routes ----------------------------------------------------------------------------- */

static void mark(const struct routing *routing, const struct route *route, bool *chosen) {
  for (size_t i = 0; i < route->send_to.count; i++) {
    const struct destination *destination = find(routing, route->send_to.items[i]);
    if (destination)
      chosen[destination - routing->destinations] = true;
  }
}

/* Marks what the routes choose. */
static struct routing_outcome follow_routes(const struct routing *routing,
                                            const struct route_subject *subject, bool *chosen) {
  struct routing_outcome outcome = {.way = ROUTING_BY_SEVERITY};
  bool sent = false;
  for (size_t i = 0; i < routing->route_count; i++) {
    const struct route *route = &routing->routes[i];
    if (!route_fits(route, subject))
      continue;
    if (!route->mutes)
      mark(routing, route, chosen);
    sent = sent || !route->mutes;
    outcome = (struct routing_outcome){ROUTING_BY_ROUTE, route, !sent};
    if (route->mutes || !route->goes_on)
      break;
  }
  return outcome;
}

struct routing_outcome routing_choose(const struct routing *routing,
                                      const struct routing_names *names,
                                      const struct route_subject *subject,
                                      const struct routing_calls *calls) {
  const struct alert *alert = subject->alert;
  if (names && names->given)
    choose_by_names(routing, names, calls);
  if (names && names->given && destinations_known(routing, names))
    return (struct routing_outcome){.way = ROUTING_BY_RULE};
  bool *chosen = memory_alloc_array(routing->destination_count + 1, sizeof *chosen);
  struct routing_outcome outcome = follow_routes(routing, subject, chosen);
  for (size_t i = 0; i < routing->destination_count; i++) {
    const struct destination *destination = &routing->destinations[i];
    bool takes =
        destination->severities >> alert->severity & destination->alert_types >> alert->type & 1;
    if (outcome.way == ROUTING_BY_ROUTE ? chosen[i] : takes)
      calls->each(calls->context, destination);
  }
  free(chosen);
  return outcome;
}
